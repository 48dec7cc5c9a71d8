"""The commands that decide which versions are kept and which serve: rollback, clean, redshift-sql.

None builds anything, and none is ever done by itself. What the first two do stands in `workflows.retention`; the third
writes down what lets a version serve in Redshift. They end with 0 where they did what was asked or there was nothing to
do, and with 2, and one line that says why, where they refuse: `rollback` a version that isn't whole in every tier,
`clean` a call that doesn't say what is to be kept.
"""

import datetime as dt
import shlex
from pathlib import Path
from typing import Annotated

import typer

from storage_tiers.postgresql.redshift_sql import RedshiftPlace, write_redshift_sql
from storage_tiers.registry import TIERS
from workflows.commands.options import OutputOption, VersionDate, VersionIteration
from workflows.parameters import DAY, between, option
from workflows.retention.cleaning import clean as clean_output
from workflows.retention.going_back import lines_of, planned_switches, switch_all
from workflows.tasks.tiers import datasets_of

_MOST_DAYS = 36_500  # a hundred years
# As people write them; the long names are taken as well.
_TIERS = ", ".join(tier.short_name for tier in TIERS)


def rollback(
    date: Annotated[dt.date, option("date", DAY, "date that is to serve, YYYY-MM-DD")],
    output_root: OutputOption,
    iteration: VersionIteration = None,
    tier: Annotated[
        list[str] | None, typer.Option(help=f"tier to switch, again for each; all by default: {_TIERS}")
    ] = None,
) -> None:
    """Let an older complete version serve in all tiers, until something newer is loaded; nothing is removed."""
    output = Path(output_root)
    version, switches = planned_switches(output, date, iteration, tier or [])
    switch_all(switches)
    print("\n".join(lines_of(output, version, switches)))


def clean(
    output_root: OutputOption,
    keep_days: Annotated[
        int | None,
        option("keep_days", between(1, _MOST_DAYS), "days to keep, up to the newest complete date", "--keep-days"),
    ] = None,
    before: Annotated[dt.date | None, option("before", DAY, "remove dates before this one, YYYY-MM-DD")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="only say what would be removed")] = False,
) -> None:
    """Remove old dates from datasets and tiers, but for what serves and what newer ones need."""
    output = Path(output_root)
    cleaned = clean_output(output, keep_days=keep_days, before=before, only_plan=plan)
    print("\n".join(cleaned.lines()))


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
