"""Runs a day the way ``interest-graph run`` does: Luigi underneath, one-line errors and an exit code on top."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import luigi
from luigi.execution_summary import LuigiStatusCode

from joins.errors import DiscoveryError
from storage_tiers.versioned.versions import Version
from workflows import luigi_cfg
from workflows.daily import DailyDiscovery, where_to_look
from workflows.progress import say
from workflows.tasks.base import DiscoveryTask
from workflows.tasks.raw_snapshot import RawSnapshot

_EXIT_CODES = {
    LuigiStatusCode.SUCCESS: 0,
    LuigiStatusCode.SUCCESS_WITH_RETRY: 0,
    LuigiStatusCode.FAILED: luigi_cfg.FAILED,
    LuigiStatusCode.FAILED_AND_SCHEDULING_FAILED: luigi_cfg.FAILED,
    LuigiStatusCode.SCHEDULING_FAILED: luigi_cfg.SCHEDULING_FAILED,
    LuigiStatusCode.NOT_RUN: luigi_cfg.NOT_RUN,
    LuigiStatusCode.MISSING_EXT: luigi_cfg.MISSING_INPUT,
}
_FAILURES = (luigi.Event.FAILURE, luigi.Event.BROKEN_TASK)  # in its run, and in saying what it needs


def run_day(day: DailyDiscovery, *, verbose: bool = False) -> int:
    """Run everything of a date that isn't there yet and return the exit code; `verbose` shows Luigi's own log, too."""
    if day.complete():  # type: ignore[no-untyped-call]
        say("nothing to do: versions are immutable, another date or a higher --iterations makes a new one")
        say("\n".join(where_to_look(day.root, Version(day.date, day.iterations))))
        return 0
    missing = list(_missing_tables(day))
    if missing:
        say("\n".join(missing))
        return luigi_cfg.MISSING_INPUT
    with _failures_told():
        result = luigi.build(  # type: ignore[no-untyped-call]
            [day], local_scheduler=True, workers=1, detailed_summary=True, log_level="INFO" if verbose else "CRITICAL"
        )
    return _EXIT_CODES[result.status]


def _missing_tables(day: DailyDiscovery) -> Iterator[str]:
    for name in ("pins", "boards", "users"):
        target = day.sibling(RawSnapshot, table=name).output()
        if not target.exists():
            dates = sorted(path.name.removeprefix("date=") for path in target.folder.parent.glob("date=*"))
            there = f"dates there: {', '.join(dates[-5:])}" if dates else "no date is there"
            yield (
                f"error: no raw {name} of date={day.date}: {target.folder} holds no *.parquet; {there}; "
                "bring them with 'interest-graph import' or make some with 'interest-graph generate'"
            )


@contextmanager
def _failures_told() -> Iterator[None]:
    """Print each failing task's error: one line where it is ours, the whole trace where it is a fault."""

    def tell(task: luigi.Task, error: BaseException) -> None:
        say(f"error: {task.task_family} {_version_of(task)}: {error}")
        if not isinstance(error, DiscoveryError | OSError):  # a full disk needs no trace
            say("".join(traceback.format_exception(error)))

    for event in _FAILURES:
        DiscoveryTask.event_handler(event)(tell)  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        for event in _FAILURES:
            DiscoveryTask.remove_event_handler(event, tell)  # type: ignore[no-untyped-call]


def _version_of(task: luigi.Task) -> str:
    iteration = getattr(task, "iteration", None)
    return f"date={getattr(task, 'date', '')}" + (f" iteration={iteration}" if iteration else "")
