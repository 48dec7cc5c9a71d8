"""The commands that build days: run, rebuild, backfill, and daily, which a timer starts."""

import datetime as dt
from typing import Annotated

import typer

from workflows import settings
from workflows.backfills.asked_dates import AskedDates
from workflows.commands.days.rebuild import rebuild_day
from workflows.commands.days.run import run_day
from workflows.commands.options import (
    CoresOption,
    DateOption,
    FirstDate,
    InputOption,
    IterationsOption,
    LastDate,
    OutputOption,
    VerboseOption,
)
from workflows.daily import DailyDiscovery
from workflows.notices.configured_notices import Notices, try_notices
from workflows.operations.daily_run import DailyRun, date_of_today, refuse_far
from workflows.parameters import DAY, between, option


def run(
    date: DateOption,
    input_root: InputOption,
    output_root: OutputOption,
    iterations: IterationsOption,
    cores: CoresOption,
    repair: Annotated[bool, typer.Option("--repair", help="make again what is damaged; every byte is read")] = False,
    verbose: VerboseOption = False,
) -> None:
    """Build everything of a date and load the tiers; what is there already is left as it is."""
    day = _day(date, input_root, output_root, iterations, cores)
    raise typer.Exit(run_day(day, verbose=verbose, repair=repair))


def rebuild(
    date: DateOption,
    input_root: InputOption,
    output_root: OutputOption,
    iterations: IterationsOption,
    cores: CoresOption,
    replace: Annotated[
        bool, typer.Option("--replace", help="remove the date's older versions when the new one is complete")
    ] = False,
    verbose: VerboseOption = False,
) -> None:
    """Build a date anew from the present input and settings; what is published of it stays until that is complete."""
    day = _day(date, input_root, output_root, iterations, cores)
    raise typer.Exit(rebuild_day(day, replace=replace, verbose=verbose))


def daily(
    input_root: InputOption,
    output_root: OutputOption,
    iterations: IterationsOption,
    cores: CoresOption,
    date: Annotated[dt.date | None, option("date", DAY, "date of the snapshot; by default as [daily] says")] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="wait until the input is complete")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="print the summary of the run as JSON, nothing else")] = False,
    test_notices: Annotated[
        bool, typer.Option("--test-notices", help="send a test through every channel of [notices], and run nothing")
    ] = False,
    verbose: VerboseOption = False,
) -> None:
    """Run a date as a timer starts it: wait for its input, build it, leave a log, tell people what went wrong."""
    settings.check_settings()
    notices = Notices.configured()
    if test_notices:
        raise typer.Exit(try_notices(notices))
    date = date or date_of_today()
    refuse_far(date)
    day = _day(date, input_root, output_root, iterations, cores)
    raise typer.Exit(DailyRun(day, notices, waits=wait, verbose=verbose, as_json=as_json).run())


def backfill(
    start: FirstDate,
    stop: LastDate,
    input_root: InputOption,
    output_root: OutputOption,
    iterations: IterationsOption,
    cores: CoresOption,
    jobs: Annotated[
        int, option("jobs", between(0), "dates built side by side; 0: as many as cores and memory allow")
    ] = 0,
    plan: Annotated[bool, typer.Option("--plan", help="say what would be done, date by date, and do nothing")] = False,
    force_stale: Annotated[
        bool,
        typer.Option("--force-stale", help="rebuild dates whose input, settings or code changed; else they are left"),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="the report, or with --plan the plan, as JSON")] = False,
) -> None:
    """Build every date from start to stop, both included, that isn't there yet: a plan, its dates, one report."""
    # One date needs nothing of what plans many, and its start is a good part of a small one.
    from workflows.backfills.backfill import backfill as backfill_dates  # noqa: PLC0415

    day = _day(start, input_root, output_root, iterations, cores)
    asked = AskedDates(start, stop)
    code = backfill_dates(day, asked, plan_only=plan, force_stale=force_stale, n_jobs=jobs, as_json=json)
    raise typer.Exit(code)


def _day(date: dt.date, input_root: str, output_root: str, iterations: int, cores: int) -> DailyDiscovery:
    return DailyDiscovery(  # type: ignore[no-untyped-call]
        date=date, input_root=input_root, output_root=output_root, iterations=iterations, cores=cores
    )
