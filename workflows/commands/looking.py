"""The commands that look at what came out and change nothing: show, explain, status, records, diff and so on."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from storage_tiers.reading.answer_formats import csv_blocks, json_blocks, with_distinct_names, write_parquet
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
from workflows.commands.outputs.answers import print_answer, print_blocks
from workflows.commands.outputs.diff import diff_as_json, diff_of, print_diff
from workflows.commands.outputs.explain import explained_board, not_explained
from workflows.commands.outputs.records import find_records, print_records, records_as_json
from workflows.commands.outputs.settings_in_force import print_settings, settings_in_force
from workflows.commands.outputs.show import (
    HAS_ALL,
    JOINS,
    KEY_TIER,
    KEY_TIERS_HELP,
    find_rows,
    json_lines,
    not_found,
    print_found,
    trimmed_away,
)
from workflows.commands.outputs.sql import QUERY_TIER, QUERY_TIERS_HELP, checked_file, opened_answer, query_text
from workflows.commands.outputs.status import print_status, problems_of, status_of
from workflows.commands.outputs.verify import verify_output
from workflows.daily import DailyDiscovery
from workflows.luigi_cfg import USAGE, SettingsError
from workflows.output_console import output_console, print_text
from workflows.parameters import between, checked, option
from workflows.progress import say
from workflows.settings.of_monitoring import METRICS_FILE
from workflows.staleness.stale import staleness_of

_NOT_FOUND = 1
_WRONG = 1
_TABLE_ROWS = 40


def show(
    dataset: Annotated[str, typer.Argument(help=f"{', '.join(JOINS)}, or any other dataset, as facts or board_ranks")],
    key: Annotated[
        str,
        typer.Argument(help="its key: image signature, board id, user id, as here or as in the source of an import"),
    ],
    output_root: OutputOption,
    tier: Annotated[
        str | None,
        typer.Option(help=f"where to look: {KEY_TIERS_HELP}; {KEY_TIER} for joins, {HAS_ALL} for others by default"),
    ] = None,
    date: VersionDate = None,
    iteration: VersionIteration = None,
    json: Annotated[
        bool, typer.Option("--json", help="all of it as JSON; a list where a key has several rows")
    ] = False,
) -> None:
    """Show one PinJoin, BoardJoin or UserJoin, or the rows that any other dataset has of a key."""
    found = find_rows(root_of(output_root), dataset, key, tier, date, iteration)
    if not found.rows:
        say(trimmed_away(found) or not_found(found))
        raise typer.Exit(_NOT_FOUND)
    if json:
        for line in json_lines(found):
            print(line)
    else:
        with output_console() as console:
            print_found(found, console)


def sql(
    output_root: OutputOption,
    query: Annotated[
        str | None, typer.Argument(help="one SELECT; @FILE, or - for standard input", show_default=False)
    ] = None,
    file: Annotated[str | None, typer.Option(help="the file that the query is in", metavar="FILE")] = None,
    tier: Annotated[str, typer.Option(help=f"what answers: {QUERY_TIERS_HELP}")] = QUERY_TIER,
    date: VersionDate = None,
    iteration: VersionIteration = None,
    rows: Annotated[int, option("rows", between(0), "rows that the table has at most")] = _TABLE_ROWS,
    csv: Annotated[bool, typer.Option("--csv", help="all rows as CSV")] = False,
    json: Annotated[bool, typer.Option("--json", help="all rows as JSON, a list of objects")] = False,
    parquet: Annotated[str | None, typer.Option(help="write all rows to this file", metavar="FILE")] = None,
) -> None:
    """Answer a SQL query over what is published, whose names are tables: pin_joins, facts, board_ranks, ..."""
    if csv + json + (parquet is not None) > 1:
        raise SettingsError("--csv, --json and --parquet were given together", remedy="give one of them")
    output = root_of(output_root)
    text = query_text(query, file)
    path = None if parquet is None else checked_file(output, parquet)
    with opened_answer(output, text, tier, date, iteration) as opened:
        answer = with_distinct_names(opened)
        if path:
            print_text(f"{write_parquet(answer, path):,} rows written to {path}")
        elif csv or json:
            print_blocks((csv_blocks if csv else json_blocks)(answer))
        else:
            with output_console() as console:
                print_answer(answer, rows, console)


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


def diff(
    dataset: Annotated[str, typer.Argument(help="dataset, as pin_joins or pin_joins/light; full by default")],
    a: Annotated[str, typer.Argument(help="version before: 2026-11-20, 2026-11-20/2, newest, current or previous")],
    b: Annotated[str, typer.Argument(help="version after, likewise; previous is what is before the other one")],
    output_root: OutputOption,
    limit: Annotated[int, option("limit", between(1, 1_000), "fields and rows to show of each kind; 10")] = 10,
    json: Annotated[bool, typer.Option("--json", help="all of it as JSON")] = False,
) -> None:
    """Say what differs between two versions: rows, fields, ranks, categories."""
    found = diff_of(root_of(output_root), dataset, a, b, limit)
    if json:
        print(diff_as_json(found, limit))
    else:
        with output_console() as console:
            print_diff(found, limit, console)


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
