"""What all tasks of a day share: their parameters, where their inputs lie and how they publish."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar, cast

import luigi

from joins.engine.local import LocalEngine
from joins.engine.mrjob.engine import MRJobEngine, Runner
from joins.engine.step import Engine
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.staging import DatasetSpec, staging_folder
from storage_tiers.versioned.versions import Variant, Version
from workflows.parameters import (
    IN_PROCESS,
    ON_DRIVER,
    ON_ENGINE,
    RUNNERS,
    IterationParameter,
    OneOfParameter,
    ShareParameter,
    SnapshotDateParameter,
)
from workflows.settings import setting
from workflows.tasks.targets import DatasetTarget

Sibling = TypeVar("Sibling", bound="DiscoveryTask")


class DiscoveryTask(luigi.Task):
    """A task of one date. Its parameters are those of the whole day, handed down by ``clone``."""

    date = SnapshotDateParameter(description="date of the snapshot, YYYY-MM-DD")
    input_root = luigi.Parameter(default=str(setting("input")), description="folder of the raw input")
    output_root = luigi.Parameter(default=str(setting("output")), description="folder of the published datasets")
    damping = ShareParameter(default=float(setting("damping")), description="PageRank damping, 0 to 1")
    tolerance = luigi.FloatParameter(default=float(setting("tolerance")), description="largest L1 error of PageRank")
    max_edge_weight_per_user = luigi.IntParameter(
        default=int(setting("max_edge_weight_per_user")),
        description="PageRank: repins of one user that count on an edge; 0: all",
    )
    min_confidence = ShareParameter(
        default=float(setting("min_confidence")), description="least confidence to change a board's category, 0 to 1"
    )
    max_rejected_share = ShareParameter(
        default=float(setting("max_rejected_share")),
        description="largest share of rejected rows in a raw table, 0 to 1",
        significant=False,
    )
    cores = luigi.IntParameter(default=int(setting("cores")), description="cores to work on; 0: all", significant=False)
    memory_mb = luigi.IntParameter(
        default=int(setting("memory_mb")),
        description="memory that partitions built side by side may hold, MiB",
        significant=False,
    )
    task_timeout_s = luigi.IntParameter(
        default=int(setting("task_timeout_s")),
        description="longest time a task may take, s; 0: no limit",
        significant=False,
    )
    runner = OneOfParameter(
        name="runner",
        allowed=RUNNERS,
        default=str(setting("runner")),
        description=f"where partitions are built: {', '.join(RUNNERS)}",
        significant=False,
    )
    spark_master = luigi.Parameter(
        default=str(setting("spark_master")), description="address of the Spark cluster", significant=False
    )
    python_bin = luigi.Parameter(
        default=str(setting("python_bin")), description="Python of the workers; empty: this one", significant=False
    )
    mrjob_conf = luigi.Parameter(
        default=str(setting("mrjob_conf")), description="mrjob.conf file; empty: none", significant=False
    )

    ranks_on = OneOfParameter(
        name="ranks_on",
        allowed=(ON_DRIVER, ON_ENGINE),
        default=str(setting("ranks_on")),
        description="where PageRank sweeps: driver, the process that runs the task, or engine, as its steps",
    )

    _lap_began_s = 0.0

    @property
    def root(self) -> Path:
        """The output folder."""
        return Path(self.output_root)

    @property
    def n_cores(self) -> int:
        """Cores to work on, at least one."""
        return int(self.cores) or len(os.sched_getaffinity(0))

    def sibling(self, task: type[Sibling], **parameters: str | int) -> Sibling:
        """Return another task of the same day, with the parameters of this one."""
        return cast("Sibling", self.clone(task, **parameters))  # type: ignore[no-untyped-call]

    def raw_version(self) -> Version:
        """Return the version of what is read off the raw input alone."""
        return Version(self.date, 0)

    def target(self, spec: DatasetSpec, version: Version, variant: Variant = "full") -> DatasetTarget:
        """Return the target of a version under the output folder."""
        return DatasetTarget(self.root, spec, version, variant)

    def open(self, spec: DatasetSpec, version: Version) -> Dataset:
        """Open a full version under the output folder."""
        return self.target(spec, version).open()

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Open a folder for spilled tables, on the disk of the output."""
        with staging_folder(self.root, f"scratch-{self.task_family}") as folder:
            yield folder

    def engine(self, scratch: Path) -> Engine:
        """Return what runs the steps of this task; its shuffle files go to the scratch folder."""
        if self.runner != IN_PROCESS:
            return MRJobEngine(
                scratch,
                cast("Runner", self.runner),
                spark_master=self.spark_master,
                python_bin=self.python_bin,
                conf_paths=[Path(self.mrjob_conf)] if self.mrjob_conf else [],
                n_cores=self.n_cores,
            )
        return LocalEngine(scratch, self.n_cores, int(self.memory_mb) * 2**20)

    def lap_s(self) -> float:
        """Return the seconds since the task began or since the last call."""
        before, self._lap_began_s = self._lap_began_s, time.monotonic()
        return self._lap_began_s - before


@DiscoveryTask.event_handler(luigi.Event.START)  # type: ignore[no-untyped-call,untyped-decorator]
def _start_clock(task: DiscoveryTask) -> None:
    task.lap_s()


class IterationTask(DiscoveryTask):
    """A task of one iteration of a date."""

    iteration = IterationParameter(description="number of the iteration, from 1")

    @property
    def version(self) -> Version:
        """Date and iteration."""
        return Version(self.date, self.iteration)

    @property
    def previous_version(self) -> Version | None:
        """The iteration that this one starts from; None for the first."""
        return Version(self.date, self.iteration - 1) if self.iteration > 1 else None
