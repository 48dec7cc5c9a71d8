"""The commands that write down how other systems take what was built: redshift-sql."""

import shlex
from typing import Annotated

import typer

from storage_tiers.postgresql.redshift_sql import RedshiftPlace, write_redshift_sql
from workflows.commands.options import OutputOption, VersionDate, VersionIteration
from workflows.tasks.tiers import datasets_of


def redshift_sql(
    output_root: OutputOption,
    location: Annotated[str, typer.Option(help="the output folder as Redshift sees it, s3://bucket/output")],
    datasets: Annotated[
        list[str] | None, typer.Argument(help="datasets to load; by default those of [tiers] sql_batch")
    ] = None,
    iam_role: Annotated[
        str, typer.Option(help="ARN of the role by whose rights it reads there; default: the cluster's own")
    ] = "default",
    schema: Annotated[str, typer.Option(help="schema of the tables")] = "public",
    swap: Annotated[
        str, typer.Option(help="rename: by tables of new columns; delete_insert: into tables that stay as they are")
    ] = "rename",
    date: VersionDate = None,
    iteration: VersionIteration = None,
) -> None:
    """Write the SQL that loads a version into Amazon Redshift from S3, and switches to it; it wasn't tried there."""
    names = datasets or list(datasets_of("sql_batch"))
    path = write_redshift_sql(output_root, names, RedshiftPlace(location, iam_role, schema, swap), date, iteration)
    print(f"{path}\nrun it whole: psql --set ON_ERROR_STOP=1 --file {shlex.quote(str(path))} ...")
