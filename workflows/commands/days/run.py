"""Runs a day the way ``interest-graph run`` does: Luigi underneath, one-line errors and an exit code on top."""

import re
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import luigi
from luigi.execution_summary import LuigiStatusCode

from joins.errors import DiscoveryError
from storage_tiers.registry import announce_anew
from storage_tiers.stores.listing_cache import cached_listings
from storage_tiers.versioned.removal import finish_removals
from storage_tiers.versioned.verification import faults_of
from workflows import luigi_cfg
from workflows.commands.days.begun import discard_begun
from workflows.commands.days.made_from import lines_of_finished, lines_of_unfinished, origin_of
from workflows.commands.days.missing_input import missing_tables
from workflows.daily import DailyDiscovery, where_to_look
from workflows.luigi_cfg import SettingsError
from workflows.monitoring.metrics_refresh import metrics_after
from workflows.monitoring.watch import run_watched
from workflows.operations.run_lock import AlreadyRunningError, day_locked, refuse_held
from workflows.origins.bases import bases_of, newest_base
from workflows.progress import say, say_error, words_of_system
from workflows.shortages import shortage_in_words
from workflows.tasks.base import DiscoveryTask, task_in_words
from workflows.tasks.derived import DatasetTask
from workflows.tasks.faults import lines_of_other_dates, refuse_obstacles
from workflows.tasks.lost_datasets import giving_up_mark
from workflows.tasks.repair import iterations_above, mend_announced, tasks_of_damaged, tasks_of_lost

_EXIT_CODES = {
    LuigiStatusCode.SUCCESS: 0,
    LuigiStatusCode.SUCCESS_WITH_RETRY: 0,
    LuigiStatusCode.FAILED: luigi_cfg.FAILED,
    LuigiStatusCode.FAILED_AND_SCHEDULING_FAILED: luigi_cfg.FAILED,
    LuigiStatusCode.SCHEDULING_FAILED: luigi_cfg.SCHEDULING_FAILED,
    LuigiStatusCode.NOT_RUN: luigi_cfg.NOT_RUN,
    LuigiStatusCode.MISSING_EXT: luigi_cfg.MISSING_INPUT,
}
_LOST_NEED = "Unfulfilled dependenc"  # Luigi's words, "y at run time" or "ies at run time"
_TASK_NAME = re.compile(r": (\w+?)_")
_FAILURES = (luigi.Event.FAILURE, luigi.Event.BROKEN_TASK)  # in its run, and in saying what it needs

LISTINGS_FRESH_S = 5.0  # for so long a run goes by what a store listed; a publication lists anew


@cached_listings(LISTINGS_FRESH_S)
def run_day(day: DailyDiscovery, *, verbose: bool = False, repair: bool = False) -> int:
    """Run everything of a date that isn't there yet and return the exit code; `verbose` shows Luigi's own log, too.

    A date that was rebuilt is gone on with from its newest base. What was lost is made again; with `repair` every byte
    is read to find what was damaged as well, and no iteration is added.

    Raises SettingsError if an unfinished rebuild has taken the number of an iteration that is asked for.
    """
    if is_held_by_another(day):
        return luigi_cfg.ALREADY_RUNNING
    refuse_obstacles(day.root, day.date)
    if not day.base:
        newest = newest_base(day.root, day.date)
        iterations = iterations_above(day, newest) if repair else day.iterations
        day = day.sibling(DailyDiscovery, base=newest, iterations=iterations)
    for base in bases_of(day.root, day.date):
        if day.base < base.iteration <= day.version.iteration:
            raise SettingsError(
                f"iteration {base.iteration} of date={day.date} belongs to a rebuild that isn't finished",
                remedy=f"finish it first: interest-graph rebuild --date {day.date}",
            )
    lost = tasks_of_damaged(day) if repair else tasks_of_lost(day)
    code = build_day(day, lost, verbose=verbose)
    if repair:
        mend_announced(day.root)
    for line in lines_of_other_dates(day.root, day.date):
        say(line)
    return code


def is_held_by_another(day: DailyDiscovery) -> bool:
    """Say who else works on the date, if anybody does: before its input is looked at, which that one may wait for."""
    try:
        refuse_held(day.root, day.date)
    except AlreadyRunningError as error:
        say_error(error)
        return True
    return False


@metrics_after
def build_day(day: DailyDiscovery, lost: Sequence[DiscoveryTask] = (), *, verbose: bool = False) -> int:
    """Build what isn't there yet of a date under its base, unless it was begun with other input or settings.

    `lost` are tasks whose versions are to be made again, whether the day needs them or not.
    """
    finish_removals(day.root)
    is_complete = not lost and day.complete()
    missing = [] if is_complete else list(missing_tables(day, [*lost, *day.requires()]))
    if missing:
        say("\n".join([*missing, *_given_up(lost)]))
        return luigi_cfg.MISSING_INPUT
    origin = origin_of(day)
    if origin.differences and not _is_built(day) and not discard_begun(day, origin.differences):
        say("\n".join(lines_of_unfinished(day, origin)))
        return luigi_cfg.OTHER_INPUT
    if not is_complete:
        try:
            with day_locked(day.root, day.date):
                code = _run_tasks(day, lost, verbose=verbose)
        except AlreadyRunningError as error:
            say_error(error)
            return luigi_cfg.ALREADY_RUNNING
        if code:
            return code
        if lost:
            announce_anew(day.root)
        origin = origin_of(day)  # files may have changed while they were worked on
    if origin.differences:
        say("\n".join(lines_of_finished(day, origin)))
        return luigi_cfg.OTHER_INPUT
    if is_complete:
        say("nothing to do: versions are immutable, another date or a higher --iterations makes a new one")
        say("\n".join([*origin.unknown, *where_to_look(day)]))
    return 0


def _run_tasks(day: DailyDiscovery, lost: Sequence[DiscoveryTask], *, verbose: bool) -> int:
    with _failures_told(), run_watched(day) as failed:
        level = "INFO" if verbose else "CRITICAL"
        result = luigi.build(  # type: ignore[no-untyped-call]
            [*lost, day], local_scheduler=True, workers=1, detailed_summary=True, log_level=level
        )
        if _EXIT_CODES[result.status]:
            failed(f"exit code {_EXIT_CODES[result.status]}; the records of its tasks say why")
    return _EXIT_CODES[result.status]


def _is_built(day: DailyDiscovery) -> bool:
    """Return whether every dataset of the day is there, and at most tiers are to be loaded."""
    return all(task.complete() for task in day.requires() if isinstance(task, DatasetTask))


def day_to_run(day: DailyDiscovery) -> DailyDiscovery:
    """Return the day under its newest base, which a date has that was rebuilt."""
    return day.sibling(DailyDiscovery, base=newest_base(day.root, day.date), iterations=day.iterations)


def _given_up(lost: Sequence[DiscoveryTask]) -> Iterator[str]:
    """Say how to do without what was lost and can't be made again, as its raw input is gone."""
    for task in lost:
        if isinstance(task, DatasetTask) and task.derivation.raw:
            for place in (target.place for target in task.output()):
                if next(faults_of(place), None):
                    what = f"remove {place.folder} and rename {place.found_manifest} to {giving_up_mark(place)}"
                    yield f"{place} can't be made again from what is there; to do without it, {what}"


@contextmanager
def _failures_told() -> Iterator[None]:
    """Print each failing task's error: one line where it is ours, the whole trace where it is a fault."""

    def tell(task: luigi.Task, error: BaseException) -> None:
        shortage = shortage_in_words(error, [task.output_root]) if isinstance(task, DiscoveryTask) else None
        of_system = words_of_system(error) if isinstance(error, OSError) and error.errno else ""
        said = shortage or _words_for_lost_need(error) or of_system
        say_error(f"{task_in_words(task)}: {said or error}")
        if not said and not isinstance(error, DiscoveryError | OSError):
            say("".join(traceback.format_exception(error)))

    for event in _FAILURES:
        DiscoveryTask.event_handler(event)(tell)  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        for event in _FAILURES:
            DiscoveryTask.remove_event_handler(event, tell)  # type: ignore[no-untyped-call]


def _words_for_lost_need(error: BaseException) -> str:
    """Return what to do where Luigi found at the last moment that what a task needs is gone; else nothing."""
    if not isinstance(error, RuntimeError) or not str(error).startswith(_LOST_NEED):
        return ""
    return f"what it needs was there when the run began and is gone ({_TASK_NAME.findall(str(error))[0]}); run again"
