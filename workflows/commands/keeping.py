"""The commands that decide which versions are kept and which serve: rollback, clean.

Neither builds anything, and neither is ever done by itself. What they do stands in `workflows.retention`. Both end with
0 where they did what was asked or there was nothing to do, and with 2, and one line that says why, where they refuse:
`rollback` a version that isn't whole in every tier, `clean` a call that doesn't say what is to be kept.
"""

import datetime as dt
from typing import Annotated

import typer

from storage_tiers.registry import TIERS
from storage_tiers.stores.address import root_of
from workflows.commands.options import OutputOption, VersionIteration
from workflows.parameters import DAY, between, option
from workflows.retention.cleaning import clean as clean_output
from workflows.retention.going_back import lines_of, planned_switches, switch_all

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
    plan: Annotated[bool, typer.Option("--plan", help="only say what would be removed")] = False,
) -> None:
    """Remove old dates from datasets and tiers, but for what serves and what newer ones need."""
    output = root_of(output_root)
    cleaned = clean_output(output, keep_days=keep_days, before=before, only_plan=plan)
    print("\n".join(cleaned.lines()))
