"""What all tasks of a day share: their parameters, where their inputs lie and how they publish."""

import datetime as dt
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import TypeVar, cast

import luigi
from luigi.cmdline_parser import CmdlineParser
from luigi.parameter import ParameterException

from joins.engine.local import LocalEngine
from joins.engine.mrjob.engine import MOST_TASKS, ON_HADOOP, MRJobEngine, Runner
from joins.engine.places import fetched_into
from joins.engine.probe import Probe
from joins.engine.spark.spark_engine import SparkEngine
from joins.engine.step import Engine
from joins.errors import DiscoveryError
from storage_tiers.stores.address import Root, root_of
from storage_tiers.stores.local_home import work_folder
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.staging import DatasetSpec, staging_folder, staging_place
from storage_tiers.versioned.versions import Variant, Version
from workflows import settings
from workflows.luigi_cfg import USAGE, SettingsError
from workflows.monitoring.watch import task_began, task_ended
from workflows.parameters import DAY, CheckedParameter, between, spark_settings
from workflows.progress import say
from workflows.reports.report_places import ReportLink
from workflows.tasks.targets import DatasetTarget

_ARCHIVES = "sent-to-nodes"  # below the work folder
_ROWS_ON_DISK, _ROWS_IN_STORE = 2**17, 2**20  # a part, unless a setting says otherwise
_SHARED_BY_THREADS = 8  # times as much may be whole where a machine holds it once

Sibling = TypeVar("Sibling", bound="DiscoveryTask")


class DiscoveryTask(luigi.Task):
    """A task of one date. Its parameters are those of the whole day, handed down by ``clone``."""

    date = CheckedParameter(name="date", allowed=DAY, description="date of the snapshot, YYYY-MM-DD")
    base = CheckedParameter(
        name="base",
        allowed=between(0),
        description="iteration under which what is read off the raw input is published; more than 0 in a rebuilt date",
        read_default=lambda: 0,
    )
    input_root = settings.INPUT.parameter()
    output_root = settings.OUTPUT.parameter()
    damping = settings.DAMPING.parameter()
    tolerance = settings.TOLERANCE.parameter()
    max_edge_weight_per_user = settings.MAX_EDGE_WEIGHT_PER_USER.parameter()
    min_confidence = settings.MIN_CONFIDENCE.parameter()
    max_rejected_share = settings.MAX_REJECTED_SHARE.parameter()
    cores = settings.CORES.parameter()
    memory_mb = settings.MEMORY_MB.parameter()
    task_timeout_s = settings.TASK_TIMEOUT_S.parameter()
    runner = settings.RUNNER.parameter()
    spark_master = settings.SPARK_MASTER.parameter()
    spark_conf = settings.SPARK_CONF.parameter()
    python_bin = settings.PYTHON_BIN.parameter()
    mrjob_conf = settings.MRJOB_CONF.parameter()
    task_memory_mb = settings.TASK_MEMORY_MB.parameter()
    ranks_on = settings.RANKS_ON.parameter()
    rows_per_part = settings.ROWS_PER_PART.parameter()
    broadcast_mb = settings.BROADCAST_MB.parameter()
    driver_rows = settings.DRIVER_ROWS.parameter()
    task_rows = settings.TASK_ROWS.parameter()

    _lap_began_s = 0.0
    set_tracking_url = ReportLink()

    @classmethod
    @cache
    def get_params(cls) -> list[tuple[str, luigi.Parameter[object]]]:
        """Return the parameters by name; Luigi looks through all attributes each time, a thousand times a day."""
        params: list[tuple[str, luigi.Parameter[object]]] = super().get_params()  # type: ignore[no-untyped-call]
        return params

    @classmethod
    def get_param_values(
        cls, params: list[tuple[str, luigi.Parameter[object]]], args: Sequence[object], kwargs: Mapping[str, object]
    ) -> list[tuple[str, object]]:
        """Check the file and the parameters. The ``luigi`` command would print a trace, so it ends here with a line.

        Raises SettingsError if a setting or parameter is not known or has a value that it can't have, or one is
        missing.
        """
        try:
            settings.check_settings_once()
            values: list[tuple[str, object]] = super().get_param_values(params, args, kwargs)  # type: ignore[no-untyped-call]
            given = dict(values)
            settings.check_folders(str(given["input_root"]), str(given["output_root"]))
        except (SettingsError, ParameterException) as error:
            if CmdlineParser.get_instance() is None:  # type: ignore[no-untyped-call]
                raise
            say(f"error: {error}")
            sys.exit(USAGE)
        return values

    def complete(self) -> bool:
        """Return whether everything that it makes is there."""
        return bool(super().complete())  # type: ignore[no-untyped-call]

    @property
    def root(self) -> Root:
        """The output folder, or its place in a store."""
        return root_of(self.output_root)

    @property
    def n_cores(self) -> int:
        """Cores to work on, at least one."""
        return self.cores or len(os.sched_getaffinity(0))

    def sibling(self, task: type[Sibling], **parameters: str | int | dt.date) -> Sibling:
        """Return another task of the same day, with the parameters of this one."""
        return cast("Sibling", self.clone(task, **parameters))  # type: ignore[no-untyped-call]

    def raw_version(self) -> Version:
        """Return the version of what is read off the raw input alone."""
        return Version(self.date, self.base)

    def target(self, spec: DatasetSpec, version: Version, variant: Variant = "full") -> DatasetTarget:
        """Return the target of a version under the output folder."""
        return DatasetTarget(self.root, spec, version, variant)

    def open(self, spec: DatasetSpec, version: Version) -> Dataset:
        """Open a full version under the output folder."""
        return self.target(spec, version).open()

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Open a folder for spilled tables, on the disk of the output, or of its work folder."""
        with staging_folder(self.root, f"scratch-{self.task_family}") as folder:
            yield folder

    @contextmanager
    def shared_scratch(self) -> Iterator[Root]:
        """Open a place for tables that tasks hand to each other: where all workers see it."""
        if not self.works_elsewhere:
            with self.scratch() as folder:
                yield folder
            return
        with self._staging_place() as place, self.scratch() as here, fetched_into(here):
            yield place

    def _staging_place(self) -> AbstractContextManager[Root]:
        return staging_place(self.root, f"scratch-{self.task_family}")

    @property
    def works_elsewhere(self) -> bool:
        """Whether parts are built on other machines, which see what is in stores and no folder of this one."""
        return self.runner in settings.ON_CLUSTERS and isinstance(self.root, StorePath)

    @property
    def broadcast_bytes(self) -> int:
        """Size of the largest table that every task is given whole; the threads of one process share it."""
        return self.broadcast_mb * 2**20 * (_SHARED_BY_THREADS if self.runner == settings.IN_PROCESS else 1)

    def n_parts(self, n_rows: int) -> int:
        """Return in how many parts so many rows lie."""
        usual = _ROWS_IN_STORE if isinstance(self.root, StorePath) else _ROWS_ON_DISK
        return max(1, -(-n_rows // (self.rows_per_part or usual)))

    @contextmanager
    def engine(self, n_rows: int) -> Iterator[Engine]:
        """Open what runs a step of this task that reads about so many rows, with a folder for what it puts aside."""
        if self.runner == settings.ON_SPARK:
            yield SparkEngine(
                self.spark_master,
                self.python_bin,
                spark_settings(self.spark_conf),
                archives=self._archives,
                tell=say,
                probe=self._probe,
            )
            return
        with ExitStack() as opened:
            scratch = opened.enter_context(self.scratch())
            if self.runner == settings.IN_PROCESS or (self.runner in ON_HADOOP and n_rows <= self.driver_rows):
                yield LocalEngine(scratch, self.n_cores, self.memory_mb * 2**20)
                return
            yield MRJobEngine(
                scratch,
                cast("Runner", self.runner),
                python_bin=self.python_bin,
                conf_paths=[Path(self.mrjob_conf)] if self.mrjob_conf else [],
                n_tasks=min(MOST_TASKS, max(1, -(-n_rows // self.task_rows))),
                n_cores=self.n_cores,
                task_memory_mb=self.task_memory_mb,
                errors=opened.enter_context(self._staging_place()) if self.works_elsewhere else None,
                archives=self._archives,
                say=say,
                probe=self._probe,
            )

    @property
    def _archives(self) -> Path | None:
        """Where archives of what tasks import lie; None where the Python of tasks has it."""
        are_sent = not self.python_bin and self.runner in (settings.ON_SPARK, "hadoop")
        return work_folder() / _ARCHIVES if are_sent else None

    @property
    def _probe(self) -> Probe:
        """What every node of a cluster must have."""
        return Probe(lambda: staging_place(self.root, "probe"), root_of(self.input_root))

    def lap_s(self) -> float:
        """Return the seconds since the task began or since the last call."""
        before, self._lap_began_s = self._lap_began_s, time.monotonic()
        return self._lap_began_s - before


class IterationTask(DiscoveryTask):
    """A task of one iteration of a date."""

    iteration = CheckedParameter(
        name="iteration", allowed=between(1), description="number of the iteration, from 1, or from that of the base"
    )

    @property
    def version(self) -> Version:
        """Date and iteration."""
        return Version(self.date, self.iteration)

    @property
    def previous_version(self) -> Version | None:
        """The iteration that this one starts from; None for the first after the base."""
        return Version(self.date, self.iteration - 1) if self.iteration > self.base + 1 else None


def task_in_words(task: luigi.Task) -> str:
    """Return the name of a task with its date and, if it has one, its iteration, as people are told of it."""
    iteration = getattr(task, "iteration", None)
    version = f"date={getattr(task, 'date', '')}" + (f" iteration={iteration}" if iteration else "")
    return f"{task.task_family} {version}"


class TaskTimeoutError(DiscoveryError, RuntimeError):
    """A task took longer than the setting ``task_timeout_s`` allows."""


# So that a run that hangs at night ends with an error before the morning. Luigi's own limit forks a process for each
# task; here tasks run in one process, which has Arrow's threads.
@DiscoveryTask.event_handler(luigi.Event.START)  # type: ignore[no-untyped-call,untyped-decorator]
def _start_clock_and_alarm(task: DiscoveryTask) -> None:
    task_began(task)
    task.lap_s()
    limit_s = task.task_timeout_s

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise TaskTimeoutError(
            f"still not done after {limit_s:,} s",
            remedy="look at what it waits for, or raise task_timeout_s (0: no limit)",
        )

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGALRM, ring)
        signal.alarm(limit_s)


@DiscoveryTask.event_handler(luigi.Event.SUCCESS)  # type: ignore[no-untyped-call,untyped-decorator]
@DiscoveryTask.event_handler(luigi.Event.FAILURE)  # type: ignore[no-untyped-call,untyped-decorator]
def _stop_alarm(task: DiscoveryTask, error: BaseException | None = None) -> None:
    if threading.current_thread() is threading.main_thread():
        signal.alarm(0)
    task_ended(task, error)
