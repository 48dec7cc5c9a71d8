"""The commands that look at what came out and change nothing: show, explain, status, records, stale, verify, config."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from storage_tiers.stores.address import Root, root_of
from workflows.commands.options import (
    InputOption,
    LookedAtFrom,
    LookedAtTo,
    OutputOption,
    RecordsDate,
    RecordsIteration,
    VerifiedDate,
    VersionDate,
    VersionIteration,
)
from workflows.commands.outputs.explain import explained_board, not_explained
from workflows.commands.outputs.records import find_records, print_records, records_as_json
from workflows.commands.outputs.settings_in_force import print_settings, settings_in_force
from workflows.commands.outputs.show import JOINS, KEY_TIER, KEY_TIERS_HELP, as_json, find_row, not_found, print_row
from workflows.commands.outputs.status import print_status, problems_of, status_of
from workflows.commands.outputs.verify import verify_output
from workflows.daily import DailyDiscovery
from workflows.luigi_cfg import USAGE
from workflows.output_console import output_console, print_text
from workflows.parameters import checked
from workflows.progress import say
from workflows.settings.of_monitoring import METRICS_FILE
from workflows.staleness.stale import staleness_of

_NOT_FOUND = 1
_WRONG = 1


def show(
    join: Annotated[str, typer.Argument(help=f"{', '.join(JOINS)}")],
    key: Annotated[
        str, typer.Argument(help="image signature, board id or user id, as here or as in the source of an import")
    ],
    output_root: OutputOption,
    tier: Annotated[str, typer.Option(help=f"where to look: {KEY_TIERS_HELP}")] = KEY_TIER,
    date: VersionDate = None,
    iteration: VersionIteration = None,
    json: Annotated[bool, typer.Option("--json", help="the whole row as JSON")] = False,
) -> None:
    """Show one PinJoin, BoardJoin or UserJoin."""
    version, row = find_row(root_of(output_root), join, key, tier, date, iteration)
    if row is None:
        say(not_found(join, key, version))
        raise typer.Exit(_NOT_FOUND)
    if json:
        print(as_json(row))
    else:
        with output_console() as console:
            print_row(row, join, key, tier, version, console)


def explain(
    what: Annotated[str, typer.Argument(help="what to explain: board")],
    key: Annotated[str, typer.Argument(help="board id, as here or as in the source of an import")],
    output_root: OutputOption,
    date: VersionDate = None,
    iteration: VersionIteration = None,
) -> None:
    """Tell why a board has the category it has: the numbers that decided, its pictures, the boards that voted."""
    version, why = explained_board(root_of(output_root), what, key, date, iteration)
    if why is None:
        say(not_explained(key, version))
        raise typer.Exit(_NOT_FOUND)
    print_text(f"{why}\n\n{version} of board_categories under {output_root}")


def status(
    output_root: OutputOption,
    json: Annotated[bool, typer.Option("--json", help="as JSON, with ages, gaps and the last run")] = False,
    prometheus: Annotated[
        str | None, typer.Option(help="write it as metrics to this file, FILE.prom, and print nothing", metavar="FILE")
    ] = None,
) -> None:
    """Say which versions are published, which are loaded and current in each tier, and what is wrong."""
    output = root_of(output_root)
    if json or prometheus:
        status_for_machines(output, prometheus, as_json=json)
        return
    found = status_of(output)
    with output_console() as console:
        print_status(found, console)
    raise typer.Exit(_WRONG if problems_of(found) else 0)


def status_for_machines(output: Root, prometheus: str | None, *, as_json: bool) -> None:
    """Print the status as JSON, write it as metrics, or both."""
    # What Prometheus needs takes 75 ms to import, which no other command needs.
    from workflows.monitoring.machine_status import machine_status  # noqa: PLC0415 - as above
    from workflows.monitoring.prometheus_file import write_metrics  # noqa: PLC0415 - as above

    if prometheus:
        write_metrics(output, Path(checked("--prometheus", METRICS_FILE, prometheus)))
    if as_json:
        found = machine_status(output)
        print(found.as_json())
        raise typer.Exit(0 if found.is_sound else _WRONG)


def records(
    output_root: OutputOption,
    what: Annotated[str | None, typer.Argument(help="a task, or a dataset that it makes; all by default")] = None,
    date: RecordsDate = None,
    iteration: RecordsIteration = None,
    json: Annotated[bool, typer.Option("--json", help="whole records as JSON")] = False,
) -> None:
    """Say what the tasks of a date did: time, CPU, memory, bytes, rows, and why those failed that did."""
    found, unread = find_records(root_of(output_root), what, date, iteration)
    if json:
        print(records_as_json(found))
    else:
        with output_console() as console:
            print_records(found, unread, console)


def stale(
    input_root: InputOption,
    output_root: OutputOption,
    date: VerifiedDate = None,
    start: LookedAtFrom = None,
    stop: LookedAtTo = None,
    every_byte: Annotated[
        bool, typer.Option("--every-byte", help="read raw files as well whose size and time are as they were")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="the same as JSON")] = False,
) -> None:
    """Say which versions were made from other input, settings or code than there are now, and what a rebuild redoes."""
    if date and (start or stop):
        raise typer.TyperException("--date names one date; leave it out to give --start and --stop")
    day = DailyDiscovery(  # type: ignore[no-untyped-call]
        date=date or start or dt.date.min, input_root=input_root, output_root=output_root
    )
    found = staleness_of(day, date or start, date or stop, every_byte=every_byte)
    if json:
        print(found.as_json())
    else:
        print_text("\n".join(found.lines()))
    raise typer.Exit(_WRONG if found.stale else 0)


def verify(output_root: OutputOption, date: VerifiedDate = None) -> None:
    """Compare every byte of what is published and loaded with what was written, and say what is lost or damaged."""
    found = verify_output(root_of(output_root), date)
    print_text("\n".join([*found.lines, str(found)]))
    raise typer.Exit(_WRONG if found.faults else 0)


def config(json: Annotated[bool, typer.Option("--json", help="the same as JSON")] = False) -> None:
    """Print the settings in force and where each comes from, and what is wrong with them."""
    found = settings_in_force()
    if json:
        print(found.as_json())
    else:
        with output_console() as console:
            print_settings(found, console)
    raise typer.Exit(USAGE if found.problems else 0)
