"""The commands that decide which versions are kept and which serve: rollback, clean, redshift-sql, pin, unpin.

None builds anything, and none is ever done by itself. What they do stands in `workflows.retention`; `redshift-sql`
writes down what lets a version serve in Redshift. They end with 0 where they did what was asked or there was nothing to
do, and with 2, and one line that says why, where they refuse: `rollback` a version that isn't whole in every tier,
`clean` a call that doesn't say what is to be kept, `pin` one that isn't there.
"""

import datetime as dt
import shlex
from typing import Annotated

import typer

from storage_tiers.postgresql.redshift_sql import RedshiftPlace, write_redshift_sql
from storage_tiers.registry import ALL_TIERS
from storage_tiers.stores.address import root_of
from workflows.commands.options import OutputOption, VersionDate, VersionIteration
from workflows.luigi_cfg import SettingsError
from workflows.output_console import print_text
from workflows.parameters import DAY, argument, between, option
from workflows.retention.clean_report import lines_of_clean
from workflows.retention.cleaning import clean as clean_output
from workflows.retention.going_back import lines_of, planned_switches, switch_all
from workflows.retention.pins import MOST_OF_A_NOTE, Pin, command_of_unpin, put_pin, remove_pin
from workflows.settings.of_retention import KEEP_DATES, KEPT, Kept
from workflows.tasks.tiers import datasets_of

_RETENTION = f"[retention] of luigi.cfg; {KEEP_DATES.limits}"
_MOST_DAYS = 36_500  # a hundred years
# As people write them; the long names are taken as well.
PinnedDate = Annotated[dt.date, argument("date", DAY, "date to keep, YYYY-MM-DD")]
PinnedIteration = Annotated[
    int | None, option("iteration", between(0), "one iteration of it, 0 for what is made once; all by default")
]
PinnedDataset = Annotated[str | None, typer.Option(help="one dataset alone; all by default")]
_TIERS = ", ".join(tier.short_name for tier in ALL_TIERS)


def rollback(
    date: Annotated[dt.date, option("date", DAY, "date that is to serve, YYYY-MM-DD")],
    output_root: OutputOption,
    iteration: VersionIteration = None,
    tier: Annotated[
        list[str] | None, typer.Option(help=f"tier to switch, again for each; all by default: {_TIERS}")
    ] = None,
) -> None:
    """Let an older complete version serve in all tiers, until something newer is loaded; nothing is removed."""
    output = root_of(output_root)
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
    keep_dates: Annotated[
        Kept | None,
        option("keep_dates", KEPT, f"dates to keep of each dataset, in place of {_RETENTION}", "--keep-dates"),
    ] = None,
    keep_iterations: Annotated[
        Kept | None,
        option(
            "keep_iterations",
            KEPT,
            f"iterations to keep of a date, in place of {_RETENTION}",
            "--keep-iterations",
        ),
    ] = None,
    plan: Annotated[
        bool, typer.Option("--dry-run", "--plan", help="only say what would be removed, and why the rest stays")
    ] = False,
) -> None:
    """Remove old versions from datasets and tiers, but for what serves, is pinned, is being read or is needed."""
    cleaned = clean_output(
        root_of(output_root),
        keep_days=keep_days,
        before=before,
        keep_dates=keep_dates,
        keep_iterations=keep_iterations,
        only_plan=plan,
    )
    print_text("\n".join(lines_of_clean(cleaned)))


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


def pin(
    date: PinnedDate,
    output_root: OutputOption,
    iteration: PinnedIteration = None,
    dataset: PinnedDataset = None,
    note: Annotated[str, typer.Option(help="why, for those who look at status")] = "",
) -> None:
    """Keep a date, an iteration of it, or one dataset of either, until it is unpinned: nothing removes it."""
    if len(note) > MOST_OF_A_NOTE:
        raise SettingsError(f"the note has {len(note):,} characters; allowed: up to {MOST_OF_A_NOTE:,}", where="pin")
    held = put_pin(root_of(output_root), Pin(date, iteration, dataset), note)
    print_text(f"pinned: {held}; to take it away: {command_of_unpin(held.pin)}")


def unpin(
    date: PinnedDate, output_root: OutputOption, iteration: PinnedIteration = None, dataset: PinnedDataset = None
) -> None:
    """Take a pin away; what it kept stays until a clean removes it."""
    taken = Pin(date, iteration, dataset)
    remove_pin(root_of(output_root), taken)
    print_text(f"not pinned any more: {taken}; it stays until a clean removes it")
