"""Records an attempt at a task while it runs. It never makes a task fail: a record that can't be written is a warning.

Luigi tells of the start and the end of a task in the process that runs it, which with several workers is one of its
own for each task. So what is recorded lives in that process, and is handed on as a file.
"""

import datetime as dt
import threading
import traceback
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from joins.errors import DiscoveryError
from joins.uri_secrets import without_secrets
from storage_tiers.stores.address import Root
from storage_tiers.versioned.versions import Version
from workflows.parameters import written
from workflows.progress import hear, say, unhear
from workflows.records.heard_log import HeardLog, masked_value
from workflows.records.record import Outcome, TaskRecord, Value, installed_versions, this_process
from workflows.records.record_files import RUN_OF_A_DAY, folder_of, write_record
from workflows.records.task_versions import TaskVersions, n_rows_read, versions_made, versions_read
from workflows.records.usage import Meter

if TYPE_CHECKING:
    from workflows.tasks.base import DiscoveryTask

Found = TypeVar("Found")
_told: set[tuple[str, int | None]] = set()  # runs, and what kept their records from being written
_ERROR_CHARS, _TRACEBACK_CHARS = 4_000, 16_000


class Recorder:
    """Records one attempt, from when it is made until `end`."""

    def __init__(self, task: "DiscoveryTask", root: Root, parent_run_id: str, run_id: str = "") -> None:
        self.root, self.task = root, task
        version = version_of(task)
        significant, others = _parameters_of(task)
        self.record = TaskRecord(
            run_id=run_id or str(uuid.uuid4()),
            parent_run_id=parent_run_id,
            task=label_of(task),
            date=version.date,
            iteration=version.iteration,
            outcome="running",
            started_at=dt.datetime.now(dt.UTC),
            process=this_process(),
            parameters=significant,
            other_parameters=others,
            seeds={name: value for name, value in (significant | others).items() if "seed" in name},
            versions=installed_versions(),
        )
        self.versions = TaskVersions()
        self._log = HeardLog()
        self._ending = threading.Lock()  # a signal is met by another thread than the one that works
        self._write()
        hear(self._log.hear)
        self._meter = Meter()

    def end(self, error: BaseException | None = None) -> TaskRecord:
        """Write down how it ended, and return that."""
        with self._ending:
            return self.record if self.has_ended else self._end(error)

    def interrupt(self, why: str) -> TaskRecord:
        """Write down that it was interrupted, if it hasn't ended; what was made by then isn't looked at.

        The process ends in a moment, so this takes only what is at hand.
        """
        with self._ending:
            if not self.has_ended:
                self.record = replace(
                    self.record,
                    outcome="interrupted",
                    ended_at=self._now(),
                    usage=self._meter.stop(),
                    log=self._log.lines(),
                    error=why,
                )
                self._write()
            return self.record

    @property
    def has_ended(self) -> bool:
        """Whether its end is written down."""
        return self.record.outcome != "running"

    def _end(self, error: BaseException | None) -> TaskRecord:
        usage = self._meter.stop()
        unhear(self._log.hear)
        self.versions = _looked_up(lambda: versions_made(self.task), TaskVersions())
        manifests = self.versions.manifests
        self.record = replace(
            self.record,
            outcome=_outcome_of(error),
            ended_at=self._now(),
            usage=usage,
            n_rows_in=_looked_up(lambda: n_rows_read(self.root, self.versions), None),
            inputs=_looked_up(lambda: versions_read(self.task, self.versions), ()),
            raw_files=tuple(
                dict.fromkeys(replace(raw, files=()) for manifest in manifests for raw in manifest.raw_files)
            ),
            outputs=self.versions.made,
            counts={name: n for manifest in manifests for name, n in manifest.counts.items()},
            checks=tuple(dict.fromkeys(check for manifest in manifests for check in manifest.checks)),
            log=self._log.lines(),
            error=_said_of(error),
            traceback=_traceback_of(error),
        )
        self._write()
        return self.record

    def _now(self) -> dt.datetime:
        return max(self.record.started_at, dt.datetime.now(dt.UTC))  # clocks may jump back

    def _write(self) -> None:
        """Write the record; one warning a run says that it can't be."""
        try:
            write_record(self.root, self.record)
        except OSError as error:
            told = (self.record.parent_run_id, error.errno)
            if told not in _told:
                _told.add(told)
                say(f"warning: the record of {self.record.task} can't be written: {self._why_unwritten(error)}")

    def _why_unwritten(self, error: OSError) -> str:
        why = error.strerror or str(error)
        above = folder_of(self.root, self.record.date)
        for path in (above, above.parent):
            if path.exists() and not path.is_dir():
                why = f"{path}: a file lies where a folder belongs; move it away"
        return f"{why}; the run goes on without records"


def version_of(task: "DiscoveryTask") -> Version:
    """Return the version that a task makes, or the base of its date."""
    version: Version = getattr(task, "version", None) or Version(task.date, getattr(task, "base", 0))
    return version


def label_of(task: "DiscoveryTask") -> str:
    """Return what records call a task: Luigi's name, and the tier or dataset where that is a parameter."""
    given = {name: getattr(task, name) for name, _ in task.get_params()}
    return "-".join([task.task_family, *(str(given[name]) for name in ("tier", "dataset") if name in given)])


def is_whole_day(task: "DiscoveryTask") -> bool:
    """Return whether a task is that of all tasks of a date."""
    return bool(task.task_family == RUN_OF_A_DAY)


def _parameters_of(task: "DiscoveryTask") -> tuple[dict[str, Value], dict[str, Value]]:
    """Return the parameters that make a task another, and the others."""
    found: tuple[dict[str, Value], dict[str, Value]] = ({}, {})
    for name, parameter in task.get_params():
        value = getattr(task, name)
        shown = masked_value(name, written(value))
        is_plain = isinstance(value, int | float | None) and shown == written(value)
        found[0 if parameter.significant else 1][name] = value if is_plain else shown
    return found


def _looked_up(look: Callable[[], Found], otherwise: Found) -> Found:
    """Return what is found, or what stands for it where the files can't be looked at."""
    try:
        return look()
    except (DiscoveryError, OSError) as error:
        say(f"warning: what was made can't be looked at for its record: {error}")
        return otherwise


def _outcome_of(error: BaseException | None) -> Outcome:
    """Return how it ended: what is no fault, as Ctrl-C, is an interruption."""
    if error is None:
        return "done"
    return "failed" if isinstance(error, Exception) else "interrupted"


def _said_of(error: BaseException | None) -> str:
    """Return an error in one line; empty where there is none."""
    if error is None:
        return ""
    name = type(error).__name__
    said = " ".join(str(error).split()) or (name if isinstance(error, Exception) else f"interrupted ({name})")
    return without_secrets(said)[:_ERROR_CHARS]


def _traceback_of(error: BaseException | None) -> str:
    """Return the trace of a fault; an error that was raised on purpose, or by the system, says enough itself."""
    if not isinstance(error, Exception) or isinstance(error, DiscoveryError | OSError):
        return ""
    return without_secrets("".join(traceback.format_exception(error)))[-_TRACEBACK_CHARS:]
