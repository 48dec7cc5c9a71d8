"""What all tasks of a day share: their parameters, where their inputs lie and how they publish."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TypeVar, cast

import luigi
import numpy as np
import pyarrow as pa

from joins.partition_engine import PartitionInput, PartitionStep, SpilledTable, run_partitions, spill
from storage_tiers.datasets import Dataset
from storage_tiers.manifest import InputVersion, Manifest, Parameter, Part
from storage_tiers.partitioning import partition_of
from storage_tiers.parts import FullAndLightWriter
from storage_tiers.staging import DatasetSpec, Provenance, stage_dataset, staging_folder
from storage_tiers.versions import Variant, Version
from workflows.parameters import IterationParameter, ShareParameter, SnapshotDateParameter
from workflows.progress import Progress, say
from workflows.settings import setting
from workflows.targets import DatasetTarget
from workflows.worker_pool import forget_worker_pool, worker_pool

Result = TypeVar("Result")
Sibling = TypeVar("Sibling", bound="DiscoveryTask")


class DiscoveryTask(luigi.Task):
    """A task of one date. Its parameters are those of the whole day, handed down by ``clone``."""

    date = SnapshotDateParameter(description="date of the snapshot, YYYY-MM-DD")
    input_root = luigi.Parameter(default=str(setting("input")), description="folder of the raw input")
    output_root = luigi.Parameter(default=str(setting("output")), description="folder of the published datasets")
    damping = ShareParameter(default=float(setting("damping")), description="PageRank damping, 0 to 1")
    tolerance = luigi.FloatParameter(default=float(setting("tolerance")), description="largest L1 error of PageRank")
    min_confidence = ShareParameter(
        default=float(setting("min_confidence")), description="least confidence to change a board's category, 0 to 1"
    )
    max_rejected_share = ShareParameter(
        default=float(setting("max_rejected_share")),
        description="largest share of rejected rows in a raw table, 0 to 1",
        significant=False,
    )
    processes = luigi.IntParameter(
        default=int(setting("processes")), description="worker processes; 0: one a core", significant=False
    )

    @property
    def root(self) -> Path:
        """The output folder."""
        return Path(self.output_root)

    @property
    def n_processes(self) -> int:
        """Worker processes, at least one."""
        return int(self.processes) or len(os.sched_getaffinity(0))

    def on_failure(self, exception: BaseException) -> str:
        """Let go of the workers, one of which may be dead."""
        forget_worker_pool()
        return str(super().on_failure(exception))  # type: ignore[no-untyped-call]

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

    def spill(self, tables: Iterator[pa.Table], key: str, n_parts: int, folder: Path) -> SpilledTable:
        """Split a stream of tables of one schema by the hash of a key."""
        first = next(tables)
        return spill(
            _chain(first, tables), first.schema, key, n_parts, partition_of=partition_of, folder=folder / f"by-{key}"
        )

    def run_step(self, step: PartitionStep[Result], n_parts: int, what: str) -> list[Result]:
        """Run a step on all partitions, on all cores, and show how far it is."""
        with Progress(self, what, n_parts, "partitions") as progress:
            return run_partitions(step, n_parts, worker_pool(self.n_processes), progress)

    def publish(
        self,
        spec: DatasetSpec,
        version: Version,
        n_parts: int,
        inputs: Mapping[str, PartitionInput],
        build: Callable[..., pa.Table],
        *,
        made_from: Sequence[Dataset],
        counts: Mapping[str, int] | None = None,
        light: bool = False,
    ) -> None:
        """Build every partition of a dataset and publish it, full or full and light."""
        started = time.monotonic()
        provenance = self.provenance(made_from, counts)
        with stage_dataset(self.root, spec, "full", version) as full:
            if not light:
                parts = self.run_step(PartitionStep(inputs, build, full.writer), n_parts, spec.name)
                manifests = [full.publish(parts, provenance)]
            else:
                with stage_dataset(self.root, spec, "light", version) as small:
                    sink = FullAndLightWriter(full.writer, small.writer)
                    pairs = self.run_step(PartitionStep(inputs, build, sink), n_parts, spec.name)
                    manifests = [
                        small.publish([pair[1] for pair in pairs], provenance),
                        full.publish([pair[0] for pair in pairs], provenance),
                    ]
        self.tell(manifests, started)

    def publish_table(
        self,
        spec: DatasetSpec,
        version: Version,
        table: pa.Table,
        n_parts: int,
        *,
        made_from: Sequence[Dataset],
        counts: Mapping[str, int] | None = None,
        parameters: Mapping[str, Parameter] | None = None,
        started: float | None = None,
    ) -> None:
        """Publish a narrow table that is already there, sorted by its key."""
        spec = replace(spec, schema=spec.schema.with_metadata(spec.schema.metadata | (table.schema.metadata or {})))
        with stage_dataset(self.root, spec, "full", version) as staging:
            parts = list(_write_shares(table, spec, n_parts, staging.writer))
            manifest = staging.publish(parts, self.provenance(made_from, counts, parameters))
        self.tell([manifest], started or time.monotonic())

    def provenance(
        self,
        made_from: Sequence[Dataset],
        counts: Mapping[str, int] | None = None,
        parameters: Mapping[str, Parameter] | None = None,
    ) -> Provenance:
        """Describe for the manifest what a version is made from and how."""
        settings: dict[str, Parameter] = {
            name: getattr(self, name) for name in ("damping", "tolerance", "min_confidence")
        }
        inputs: list[InputVersion] = [dataset.manifest.as_input() for dataset in made_from]
        code = f"interest-graph {installed_version('interest-graph')}"
        return Provenance(inputs, settings | dict(parameters or {}), counts, code_version=code)

    def tell(self, manifests: Sequence[Manifest], started: float) -> None:
        """Say in one line what was published."""
        first = manifests[0]
        sizes = " + ".join(f"{m.n_bytes / 1e6:,.1f} MB {m.variant}" for m in reversed(manifests))
        took_s = time.monotonic() - started
        say(f"  {first.dataset:<17} {first.version}  {first.n_rows:>11,} rows  {sizes}  {took_s:.1f} s")


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


def _chain(first: pa.Table, rest: Iterator[pa.Table]) -> Iterator[pa.Table]:
    yield first
    yield from rest


def _write_shares(
    table: pa.Table, spec: DatasetSpec, n_parts: int, writer: Callable[[int, pa.Table], Part]
) -> Iterator[Part]:
    number = partition_of(table[spec.key], n_parts)
    for part in range(n_parts):
        yield writer(part, table.take(pa.array(np.flatnonzero(number == part))))
