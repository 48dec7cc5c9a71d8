"""``interest-graph records``: what the tasks of a date did, what it cost, and why they failed."""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from joins.shown_text import shown_json
from storage_tiers.errors import VersionNotFoundError
from storage_tiers.obstacles import RECORDS_FOLDER
from storage_tiers.stores.address import Root
from storage_tiers.versioned.versions import check_root
from workflows.catalog import DERIVATIONS
from workflows.config_files import SettingsError
from workflows.records.record import TaskRecord
from workflows.records.record_files import dates_with_records, records_of

_COLUMNS = ("task", "iteration", "outcome", "started", "wall s", "CPU s", "peak MB", "read MB", "written MB", "rows")
_UNKNOWN = "-"


def find_records(
    output: Root, what: str | None, date: dt.date | None, iteration: int | None
) -> tuple[list[TaskRecord], list[Path]]:
    """Return the records that are asked for, oldest first, and the files that can't be read as such.

    `what` is a task, or a dataset that it makes; without a date it is the one that was worked on last.

    Raises VersionNotFoundError if there are none; the message says which there are.
    """
    check_root(output)
    if what is not None and not what.strip():
        raise SettingsError("an empty name is no task or dataset", where="records", remedy="name one, or leave it out")
    dates = dates_with_records(output)
    day = date or next(iter(dates), None)
    records, unread = records_of(output, day) if day else ([], [])
    of_iteration = [one for one in records if iteration in (None, one.iteration)]
    found = [one for one in of_iteration if what is None or _is_about(one, what)]
    if not found:
        asked = " ".join(filter(None, (what, f"date={day}" if day else "", _asked_iteration(iteration))))
        raise VersionNotFoundError(
            f"no task of {asked or 'any date'} has a record in {output / RECORDS_FOLDER}",
            remedy="; ".join([_what_is_recorded(records, of_iteration, dates), *_left_out(unread)]),
        )
    return found, unread


def records_as_json(records: Sequence[TaskRecord]) -> str:
    """Return whole records as JSON, a list."""
    return shown_json(msgspec.json.format(msgspec.json.encode(records), indent=2).decode())


def print_records(records: Sequence[TaskRecord], unread: Sequence[Path], console: Console) -> None:
    """Print a line for each attempt, then why those failed that did."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in _COLUMNS:
        is_text = column in ("task", "outcome", "started")
        table.add_column(column, justify="left" if is_text else "right", no_wrap=True)
    for one in records:
        table.add_row(one.task, str(one.iteration), *_cells(one), style="bold red" if one.has_failed else "")
    console.print(Text(f"date={records[0].date}", style="bold"), table, sep="\n")
    for one in records:
        if one.has_failed:
            failed = f"{one.outcome}: {one.task} iteration={one.iteration} at {_time(one.started_at)}: {one.error}"
            console.print(Text(failed, style="bold red"), soft_wrap=True)
    for path in unread:
        why = "it was edited, or put there, or a later release wrote it"
        console.print(Text(f"problem: {path} is no record that can be read; {why}"), soft_wrap=True)


def _cells(one: TaskRecord) -> list[str]:
    used = one.usage
    measured = [_UNKNOWN] * 5
    if used:
        in_mb = (used.peak_memory_bytes, used.read_bytes, used.written_bytes)
        measured = [f"{used.wall_s:,.1f}", f"{used.cpu_s:,.1f}", *map(_megabytes, in_mb)]
    return [one.outcome, _time(one.started_at), *measured, f"{one.n_rows_out:,}" if one.outputs else _UNKNOWN]


def _is_about(record: TaskRecord, what: str) -> bool:
    """Return whether a record is of a task, or of one that makes or loads a dataset, whether it came to that or not."""
    makers = {one.task for one in DERIVATIONS for spec in one.outputs if spec.name == what}
    return record.task in {what, *makers} or any(made.dataset == what for made in record.outputs)


def _asked_iteration(iteration: int | None) -> str:
    return "" if iteration is None else f"iteration={iteration}"


def _left_out(unread: Sequence[Path]) -> Iterator[str]:
    if unread:
        yield f"{len(unread):,} left out that can't be read as records (first: {unread[0]})"


def _what_is_recorded(
    records: Sequence[TaskRecord], of_iteration: Sequence[TaskRecord], dates: Sequence[dt.date]
) -> str:
    if records and not of_iteration:
        return f"iterations recorded: {', '.join(map(str, sorted({one.iteration for one in records})))}"
    if records:
        datasets = {made.dataset for one in of_iteration for made in one.outputs}
        tasks = {one.task for one in of_iteration}
        return f"recorded: {', '.join(sorted(tasks))}, and datasets {', '.join(sorted(datasets)) or 'none'}"
    return f"dates recorded: {', '.join(map(str, dates[:5])) or 'none; each run writes them'}"


def _time(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _megabytes(n_bytes: int | None) -> str:
    return _UNKNOWN if n_bytes is None else f"{n_bytes / 1e6:,.1f}"
