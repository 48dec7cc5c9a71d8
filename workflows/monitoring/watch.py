"""Tells records and lineage of each task that begins and ends, in the process that runs it. Nothing here fails a task.

A run of our own commands is watched as a whole beside its tasks: it has a record and events of its own, as the parent
of theirs. Under the command ``luigi`` nobody knows of a whole; there the task ``DailyDiscovery``, which comes last,
stands for it.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import luigi

from joins.errors import DiscoveryError
from storage_tiers.stores.address import root_of
from workflows.monitoring import lineage_events, lineage_sinks
from workflows.operations.interruption import EXIT_CODES, last_words
from workflows.progress import say
from workflows.records.recorder import Recorder, is_whole_day
from workflows.settings.of_monitoring import OPENLINEAGE_NAMESPACE

if TYPE_CHECKING:
    from workflows.tasks.base import DiscoveryTask

AfterTask = Callable[["DiscoveryTask", BaseException | None], None]


@dataclass(slots=True)
class _Watched:
    """What is watched in this process. The id was there before Luigi forked its workers, so they have it, too."""

    id_of_run: uuid.UUID = field(default_factory=uuid.uuid4)
    is_whole_run: bool = False
    recorders: dict[str, Recorder] = field(default_factory=dict)  # by Luigi's id of the task
    after_task: list[AfterTask] = field(default_factory=list)


class RunFailedError(DiscoveryError, RuntimeError):
    """A run as a whole failed; its tasks' records say why."""


_WATCHED = _Watched()


def task_began(task: "DiscoveryTask") -> None:
    """Begin the record of a task, and say so to whom lineage is sent."""
    if not _has_no_record(task):
        _never_failing(lambda: _begin(task))


def task_ended(task: "DiscoveryTask", error: BaseException | None = None) -> None:
    """End the record of a task, and say so to whom lineage is sent."""
    if not _has_no_record(task):
        _never_failing(lambda: _end(task, error))
        for act in _WATCHED.after_task:
            _never_failing(partial(act, task, error))


def after_each_task(act: AfterTask) -> None:
    """Let something be done when a task has ended and its record is written; it is told of the error, if any."""
    if act not in _WATCHED.after_task:
        _WATCHED.after_task.append(act)


@contextmanager
def run_watched(day: "DiscoveryTask") -> Iterator[Callable[[str], None]]:
    """Watch a run of a day as a whole; what is given is told why it failed, if it did."""
    failures: list[str] = []
    _WATCHED.id_of_run, _WATCHED.is_whole_run = uuid.uuid4(), True
    lineage_sinks.try_again()
    _never_failing(lambda: _begin(day))
    error: BaseException | None = None
    try:
        with last_words(_interrupted):
            yield failures.append
    except BaseException as interrupted:
        error = interrupted
        raise
    finally:
        error = error or next((RunFailedError(why) for why in failures), None)
        for recorder in reversed(list(_WATCHED.recorders.values())):  # of a task that was interrupted, and of the day
            _never_failing(partial(_end, recorder.task, error))
        _WATCHED.is_whole_run = False


def is_run_watched() -> bool:
    """Return whether a run is watched as a whole in this process, or in the one that this was forked from."""
    return _WATCHED.is_whole_run


def parent_run_id(task: "DiscoveryTask") -> str:
    """Return the id of all that this run does for the date of a task."""
    return str(uuid.uuid5(_WATCHED.id_of_run, f"{root_of(task.output_root).absolute()} {task.date}"))


def _has_no_record(task: "DiscoveryTask") -> bool:
    """Return whether a task has no record of its own: raw files are no work, and of a watched day its run tells."""
    return isinstance(task, luigi.ExternalTask) or (is_whole_day(task) and _WATCHED.is_whole_run)


def _begin(task: "DiscoveryTask") -> None:
    parent = parent_run_id(task)
    recorder = Recorder(task, task.root, parent, parent if is_whole_day(task) else "")
    _WATCHED.recorders[task.task_id] = recorder
    if lineage_sinks.is_wanted():
        lineage_sinks.emit(lineage_events.began(task, recorder.record, OPENLINEAGE_NAMESPACE.value()))


def _end(task: "DiscoveryTask", error: BaseException | None) -> None:
    recorder = _WATCHED.recorders.get(task.task_id)
    if recorder is None:  # it couldn't begin: what it needs wasn't there
        return
    try:
        record = recorder.end(error)
    finally:
        _WATCHED.recorders.pop(task.task_id, None)  # not before: a signal that comes meanwhile waits for its end
    if lineage_sinks.is_wanted():
        manifests, namespace = recorder.versions.manifests, OPENLINEAGE_NAMESPACE.value()
        lineage_sinks.emit(lineage_events.ended(record, manifests, recorder.root, root_of(task.input_root), namespace))


def _interrupted(code: int, _say: object) -> None:
    """End the records of all that is being worked on, before a signal ends this process."""
    numbers = {of_signal: number.name for number, of_signal in EXIT_CODES.items()}
    why = f"interrupted by {numbers[code]}; the same command goes on from there"
    recorders = list(_WATCHED.recorders.values())
    records = [recorder.interrupt(why) for recorder in reversed(recorders)]
    for recorder, record in zip(reversed(recorders), records, strict=True):  # a server may take its time
        if record.outcome == "interrupted" and lineage_sinks.is_wanted():
            raw_root, namespace = root_of(recorder.task.input_root), OPENLINEAGE_NAMESPACE.value()
            lineage_sinks.emit(lineage_events.ended(record, (), recorder.root, raw_root, namespace))


def _never_failing(act: Callable[[], None]) -> None:
    try:
        act()
    except Exception as error:  # noqa: BLE001 - watching is no reason to lose a night's work, whatever goes wrong in it
        say(f"warning: a task can't be recorded: {type(error).__name__}: {error}; the run goes on without it")
