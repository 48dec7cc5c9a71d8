"""The floor of a step of a day: what it read, read once; split where it splits; what it published, written again.

Nothing is done with the rows between. Reading and splitting run on the engine of a run, writing is the writer of every
part (Parquet, digest, waiting for the disk), and both use all cores. The rows that are written are those of the
finished parts: they are read a few at a time, which the clock doesn't see. It is checked that as many bytes are written
as were published, within a hundredth: row groups are cut by how much memory their rows take, and that isn't always the
same when they are read back. Not in it are checks, manifests, what a task keeps in its scratch folder, and what it
reads or splits a second time.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from benchmarks.days.floor_inputs import FloorInputs, inputs_of
from benchmarks.harness.contender import Figures, n_cores
from joins.engine.local import LocalEngine
from storage_tiers.registry import ALL_TIERS
from storage_tiers.tier import Tier
from storage_tiers.versioned.datasets import Dataset, open_dataset
from storage_tiers.versioned.manifest import Part
from storage_tiers.versioned.parts import PartWriter, fsync
from storage_tiers.versioned.row_groups import FOR_LOOKUPS, FOR_SCANS
from workflows.daily import MADE
from workflows.records.record import TaskRecord
from workflows.tasks.base import IterationTask
from workflows.tasks.derived import DatasetTask
from workflows.tasks.tiers import SPECS

_PARTS_A_CORE = 4  # in memory at a time
_MOST_DIFFERENCE = 0.01  # of the bytes that were published
_BLOCK = bytes(2**20)
_DECODING = ("ImageFiles", "PictureSignatures")
_TASKS = {task.task_family: task for task in MADE}
_TIERS = {f"Load{tier.name.title().replace('_', '')}": tier for tier in ALL_TIERS}


@dataclass(slots=True)
class Clock:
    """Adds up wall and CPU time of this process over the blocks in which it runs."""

    wall_s: float = 0.0
    cpu_s: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let it run for a block."""
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        yield
        self.wall_s += time.perf_counter() - wall_s
        self.cpu_s += time.process_time() - cpu_s


@dataclass(frozen=True, slots=True)
class Floors:
    """Measures the floors of a day that is finished, with an empty folder for what they write."""

    input_root: Path
    output_root: Path
    scratch: Path
    cores: int = field(default_factory=n_cores)

    def of(self, record: TaskRecord) -> tuple[Figures, str]:
        """Return the floor of a step; nothing, and why, where there is none."""
        tier = _TIERS.get(record.task.partition("-")[0])
        why_not = _why_no_floor(record, tier)
        if why_not:
            return {}, why_not
        clock = Clock()
        if tier:
            inputs = self._copy(record, clock)
            return _figures(clock, inputs), ""
        task = self._task(record)
        outputs = [target.open() for target in task.output()]
        inputs = inputs_of(task)
        self._read(inputs, max(one.n_parts for one in outputs), clock)
        n_written, n_published = self.write_again(outputs, clock), sum(one.manifest.n_bytes for one in outputs)
        alike = abs(n_written - n_published) <= _MOST_DIFFERENCE * n_published
        return _figures(clock, inputs), "" if alike else f"DIFFERENT: the floor wrote {n_written:,} bytes"

    def write_again(self, outputs: Sequence[Dataset], clock: Clock) -> int:
        """Write the parts of finished datasets again, and return how many bytes that took."""
        parts = [(dataset, part) for dataset in outputs for part in dataset.manifest.parts]
        n_bytes = 0
        with ThreadPoolExecutor(self.cores) as pool:
            for start in range(0, len(parts), _PARTS_A_CORE * self.cores):
                some = parts[start : start + _PARTS_A_CORE * self.cores]
                tables = list(pool.map(_finished, some))
                with clock.running():
                    written = list(pool.map(self._write, some, tables))
                n_bytes += sum(part.n_bytes for part in written)
        return n_bytes

    def _task(self, record: TaskRecord) -> DatasetTask:
        day = {"date": record.date, "base": record.parameters["base"]}
        folders = {"input_root": str(self.input_root), "output_root": str(self.output_root)}
        task = _TASKS[record.task]
        return task(**day, **folders, **({"iteration": record.iteration} if issubclass(task, IterationTask) else {}))

    def _read(self, inputs: FloorInputs, n_parts: int, clock: Clock) -> None:
        step, engine = inputs.step(n_parts), LocalEngine(self.scratch, self.cores)
        with clock.running():
            engine.run(step)

    def _write(self, one: tuple[Dataset, Part], table: pa.Table) -> Part:
        dataset, part = one
        bounds = FOR_SCANS if dataset.place.variant == "light" else FOR_LOOKUPS
        folder = self.scratch / f"{dataset.name}-{dataset.place.variant}"
        folder.mkdir(exist_ok=True)
        written = PartWriter(folder, table.schema, dataset.manifest.key, bounds)(part.number, table)
        (folder / written.name).unlink()
        return written

    def _copy(self, record: TaskRecord, clock: Clock) -> FloorInputs:
        """Read what a tier has loaded, and write as many bytes as it holds; return what was read."""
        loaded = {made.digest for made in record.outputs}
        inputs = FloorInputs()
        for given in record.inputs:
            if given.digest in loaded:
                variant, version = given.variant, given.version
                dataset = open_dataset(self.output_root, given.dataset, variant, version.date, version.iteration)
                inputs.add_parts(f"{given.dataset}_{variant}", dataset)
        self._read(inputs, 1, clock)
        for made in record.outputs:
            with clock.running():
                _write_bytes(self.scratch / made.dataset, made.n_bytes)
            (self.scratch / made.dataset).unlink()
        return inputs


def _why_no_floor(record: TaskRecord, tier: type[Tier] | None) -> str:
    if tier and tier.on_server:
        return "loads a server: no floor"
    if tier and not tier.copies:
        return "files are read where they lie: no floor"
    if not tier and record.task not in _TASKS:
        return "it isn't known what it reads: no floor"
    if record.task in _DECODING and any(made.n_rows for made in record.outputs):
        return "reads pictures: no floor"
    return ""


def _finished(one: tuple[Dataset, Part]) -> pa.Table:
    """Return the rows of a part as they were given to the writer: Parquet has its own name for what is in lists."""
    dataset, part = one
    table = dataset.reader()(part.number)
    return table.cast(SPECS[dataset.name].schema.with_metadata(table.schema.metadata))


def _figures(clock: Clock, inputs: FloorInputs) -> Figures:
    took = {"floor_wall_s": clock.wall_s, "floor_cpu_s": clock.cpu_s}
    return took | {"input_bytes": inputs.bytes_of.total(), "inputs": dict(inputs.bytes_of)}


def _write_bytes(path: Path, n_bytes: int) -> None:
    with path.open("wb") as file:
        for start in range(0, n_bytes, len(_BLOCK)):
            file.write(_BLOCK[: n_bytes - start])
    fsync(path)
