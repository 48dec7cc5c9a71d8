"""Looks at every date of a backfill and decides what is to be done about it."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from joins.errors import RawInputError
from joins.raw.schemas import RAW_TABLES
from storage_tiers.obstacles import is_of_a_date
from storage_tiers.stores.address import Root, root_of
from storage_tiers.stores.local_home import local_home
from storage_tiers.versioned.dated_folders import date_named, dates_in
from storage_tiers.versioned.verification import faults_of
from workflows.backfills.asked_dates import AskedDates
from workflows.backfills.estimate import DayBefore, estimate
from workflows.backfills.plan import Action, Plan, PlannedDate, State
from workflows.backfills.sharing import shared_out
from workflows.daily import DailyDiscovery
from workflows.operations.run_lock import holder_of
from workflows.progress import progress_of
from workflows.staleness.changes import Changes, changes_of
from workflows.staleness.published import Published, Serving
from workflows.staleness.stale import day_of
from workflows.tasks.derived import DatasetTask
from workflows.tasks.faults import Fault, obstacle_faults, places_of, refuse
from workflows.tasks.raw_input.arriving_snapshot import arriving_dates
from workflows.tasks.raw_input.raw_digests import sizes_and_seconds
from workflows.tasks.raw_input.raw_snapshot import RawSnapshot


def make_plan(any_day: DailyDiscovery, asked: AskedDates, *, force_stale: bool = False, n_jobs: int = 0) -> Plan:
    """Look at every date and decide; nothing is written.

    `any_day` has the input, output and settings, whatever its date.

    Raises DatasetError if something lies in the output folder where something else belongs, in the way of every date.
    """
    obstacles = _obstacles(any_day.root)
    published = Published(any_day.root)
    damaged = _damaged(any_day.root, asked) | obstacles
    dates = tuple(_planned_dates(any_day, asked, published, damaged, force_stale=force_stale))
    to_do = [one for one in dates if one.action != "leave"]
    sharing = shared_out(len(to_do), any_day.n_cores, any_day.memory_mb, n_jobs)
    raw_bytes = sum(one.raw_bytes for one in to_do)
    expected = estimate(raw_bytes, _before(published), sharing.n_jobs)
    return Plan(asked, str(any_day.root), dates, sharing, expected, force_stale)


def _planned_dates(
    any_day: DailyDiscovery,
    asked: AskedDates,
    published: Published,
    damaged: Mapping[dt.date, str],
    *,
    force_stale: bool,
) -> Iterator[PlannedDate]:
    """Yield what is to be done about each date; one of which nothing is anywhere costs next to nothing."""
    input_root = root_of(any_day.input_root)
    # Dates that have a folder of any raw table, whatever is in it: what is wrong with it is said of each date.
    with_folders = dates_in(*(input_root / raw.name for raw in RAW_TABLES))
    known = {*published.dates, *damaged, *with_folders, *arriving_dates(input_root)}
    with progress_of(None, "planning", len(asked), "dates") as progress:
        for number, date in enumerate(asked.days(), 1):
            if date in known:
                day = day_of(any_day, date, published)
                yield _planned(day, published, damaged.get(date, ""), force_stale=force_stale)
            else:
                yield PlannedDate(date, "no input", "leave", _no_raw([raw.name for raw in RAW_TABLES]))
            progress(number)


def _no_raw(missing: Sequence[str]) -> str:
    return f"no raw {', '.join(missing)}"


def _planned(day: DailyDiscovery, published: Published, damage: str, *, force_stale: bool) -> PlannedDate:
    missing, raw_bytes = _raw_of(day)
    if missing and not _is_read_off(day):
        return PlannedDate(day.date, "no input", "leave", _no_raw(missing))
    if holder := holder_of(day.root, day.date):
        return PlannedDate(day.date, "running", "leave", holder, raw_bytes)
    serving = published.serving(day.date)
    changes = changes_of(day, published) if serving else Changes()
    is_complete = serving is not None and not damage and day.complete()
    state, action, why = _decided(changes, damage, serving, is_complete=is_complete, force_stale=force_stale)
    if action == "rebuild" and missing:
        action, why = "leave", f"{why}; raw {', '.join(missing)} are gone, so that it can't be rebuilt"
    return PlannedDate(day.date, state, action, why, raw_bytes, holds_later=action == "rebuild" or day.base > 0)


def _decided(
    changes: Changes, damage: str, serving: Serving | None, *, is_complete: bool, force_stale: bool
) -> tuple[State, Action, str]:
    """Return the state of a date, what is done about it, and why."""
    if changes.changes and force_stale:
        return "stale", "rebuild", _why(changes)
    if damage:
        return "damaged", "run", damage
    if changes.changes and not changes.is_of_code_alone:
        return "stale", "leave" if is_complete else "run", _why(changes)  # that run says what can be done
    if is_complete:
        return "complete", "leave", f"rows may be the same, but {_why(changes)}" if changes.changes else ""
    if serving is None:
        return "to build", "run", ""
    return "to finish", "run", f"begun, up to iteration {serving.last}"


def _why(changes: Changes) -> str:
    first, more = changes.changes[0], len(changes.changes) - 1
    return f"{first}{f' (and {more:,} more)' if more else ''}"


def _raw_of(day: DailyDiscovery) -> tuple[list[str], int]:
    """Return which raw tables of a date have no file, and the bytes of those that have."""
    missing, n_bytes = [], 0
    for raw in RAW_TABLES:
        target = day.sibling(RawSnapshot, table=raw.name).output()
        if not target.exists():
            missing.append(raw.name)
            continue
        with suppress(RawInputError):  # bytes are for the estimate alone; the date's own run says what is wrong
            n_bytes += sum(size for size, _ in sizes_and_seconds(target).values())
    return missing, n_bytes


def _is_read_off(day: DailyDiscovery) -> bool:
    """Return whether all that is read off raw files is there, so that a date can do without them."""
    tasks = (task for task in day.requires() if isinstance(task, DatasetTask) and task.derivation.raw)
    return all(task.complete() for task in tasks)


def _obstacles(root: Root) -> dict[dt.date, str]:
    """Return what lies in the way of each date, the first thing of each; what lies in the way of all is raised."""
    found: dict[dt.date, str] = {}
    home = local_home(root)
    of_all = list[Fault]()
    for fault in obstacle_faults(root):
        path = Path(fault.error.where)
        inside = path.parts[len(home.parts) :] if home in path.parents else ()
        date = next(filter(None, map(date_named, inside)), None)
        if date:
            found.setdefault(date, str(fault))
        elif not inside or not is_of_a_date(path, home):  # a date of no calendar is in nobody's way
            of_all.append(fault)
    refuse(of_all)
    return found


def _damaged(root: Root, asked: AskedDates) -> dict[dt.date, str]:
    """Return the first fault of each date that was asked for, by the sizes of files and by marks of damage."""
    found: dict[dt.date, str] = {}
    for place in places_of(root):
        date = place.version.date
        if asked.start <= date <= asked.stop and date not in found:
            for fault in faults_of(place):
                found.setdefault(date, f"{fault.where}: {fault.problem}")
    return found


def _before(published: Published) -> Iterator[DayBefore]:
    for date in published.dates:
        serving = published.serving(date)
        if serving and serving.is_finished:
            before = DayBefore.of(published.served(date))
            if before:
                yield before
