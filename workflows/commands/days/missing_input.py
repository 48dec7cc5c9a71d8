"""Which raw tables a day has still to read, and what to say where they aren't there.

A store that can't be asked is an error of its own: nobody is told that input is missing which may be there.
"""

from collections.abc import Iterator, Sequence

from storage_tiers.stores.address import Root
from storage_tiers.versioned.dated_folders import dates_in
from workflows.daily import DailyDiscovery
from workflows.tasks.base import DiscoveryTask
from workflows.tasks.derived import DatasetTask
from workflows.tasks.raw_input.raw_snapshot import RawSnapshot
from workflows.tasks.repair import tasks_of_lost

BRING_INPUT = "bring them with 'interest-graph import' or make some with 'interest-graph generate'"
_DATES_NAMED = 5  # of those that have raw input, where one has none


def reads_raw_input(day: DailyDiscovery) -> bool:
    """Return whether something of the day isn't made yet that is read off the raw input."""
    return not day.complete() and bool(_tables_to_read([*tasks_of_lost(day, told=False), *day.requires()]))


def _tables_to_read(tasks: Sequence[DiscoveryTask]) -> list[str]:
    """Return the raw tables that tasks which aren't complete read."""
    unmade = [task for task in tasks if isinstance(task, DatasetTask) and not task.complete()]
    return list(dict.fromkeys(name for task in unmade for name in task.derivation.raw))


def missing_tables(day: DailyDiscovery, tasks: Sequence[DiscoveryTask]) -> Iterator[str]:
    """Say in one line which raw tables aren't there that something has still to be read off, and what is there."""
    targets = {name: day.sibling(RawSnapshot, table=name).output() for name in _tables_to_read(tasks)}
    missing = {name: target for name, target in targets.items() if not target.holds_files()}
    if missing:
        there = {name: _dates_of(day, name, target.folder.parent) for name, target in targets.items()}
        dates = set(there.values()) if len(set(there.values())) == 1 else [f"{name} {of}" for name, of in there.items()]
        lines = [(name, target.contents().passed_over_line()) for name, target in missing.items()]
        passed_over = "".join(f"; {name}: {line}" for name, line in lines if line)
        yield (
            f"error: no raw {', '.join(missing)} of date={day.date}: no Parquet file in "
            f"{', '.join(str(target.folder) for target in missing.values())}{passed_over}; dates there: "
            f"{', '.join(dates)}; {BRING_INPUT}"
        )


def _dates_of(day: DailyDiscovery, table: str, folder: Root) -> str:
    """Return the newest dates of a raw table that have files; where there are more, say so."""
    targets = {date: day.sibling(RawSnapshot, table=table, date=date).output() for date in reversed(dates_in(folder))}
    dates = [str(date) for date, target in targets.items() if target.exists()]
    more = f" ({len(dates) - _DATES_NAMED:,} older ones are there, too)" if dates[_DATES_NAMED:] else ""
    return ", ".join(reversed(dates[:_DATES_NAMED])) + more or "none"
