"""The floor of a step of a day: what it read, read once; split where it splits; what it published, written again.

Nothing is done with the rows between. Reading and splitting run on the engine of a run, writing is the writer of every
part (Parquet, digest, waiting for the disk), and both use all cores. The rows that are written are those of the
finished parts: they are read a few at a time, which the clock doesn't see. It is checked that the same bytes were
written. Not in it are checks, manifests, what a task keeps in its scratch folder, and what it reads or splits a second
time.
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
from storage_tiers.versioned.parts import FOR_LOOKUPS, FOR_SCANS, PartWriter, fsync
from workflows.daily import MADE
from workflows.records.record import TaskRecord
from workflows.tasks.base import IterationTask
from workflows.tasks.derived import DatasetTask
from workflows.tasks.tiers import SPECS

_PARTS_A_CORE = 4  # in memory at a time
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
            n_bytes = self._copy(record, clock)
            return _figures(clock, n_bytes), ""
        task = self._task(record)
        outputs = [target.open() for target in task.output()]
        inputs = inputs_of(task)
        self._read(inputs, max(one.n_parts for one in outputs), clock)
        equal = self.write_again(outputs, clock)
        return _figures(clock, inputs.n_bytes), "" if equal else "DIFFERENT bytes were written"

    def write_again(self, outputs: Sequence[Dataset], clock: Clock) -> bool:
        """Write the parts of finished datasets again, and return whether they came out as they are."""
        parts = [(dataset, part) for dataset in outputs for part in dataset.manifest.parts]
        equal = True
        with ThreadPoolExecutor(self.cores) as pool:
            for start in range(0, len(parts), _PARTS_A_CORE * self.cores):
                some = parts[start : start + _PARTS_A_CORE * self.cores]
                tables = list(pool.map(_finished, some))
                with clock.running():
                    written = list(pool.map(self._write, some, tables))
                equal &= [part.digest for part in written] == [part.digest for _, part in some]
        return equal

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

    def _copy(self, record: TaskRecord, clock: Clock) -> int:
        """Read what a tier has loaded, and write as many bytes as it holds; return how many bytes were read."""
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
        return inputs.n_bytes


def _why_no_floor(record: TaskRecord, tier: type[Tier] | None) -> str:
    if tier and tier.on_server:
        return "loads a server: no floor"
    if tier and not tier.copies:
        return "files are read where they lie: no floor"
    if record.task in _DECODING and any(made.n_rows for made in record.outputs):
        return "reads pictures: no floor"
    return ""


def _finished(one: tuple[Dataset, Part]) -> pa.Table:
    """Return the rows of a part as they were given to the writer: Parquet has its own name for what is in lists."""
    dataset, part = one
    table = dataset.reader()(part.number)
    return table.cast(SPECS[dataset.name].schema.with_metadata(table.schema.metadata))


def _figures(clock: Clock, n_bytes: int) -> Figures:
    return {"floor_wall_s": clock.wall_s, "floor_cpu_s": clock.cpu_s, "input_bytes": n_bytes}


def _write_bytes(path: Path, n_bytes: int) -> None:
    with path.open("wb") as file:
        for start in range(0, n_bytes, len(_BLOCK)):
            file.write(_BLOCK[: n_bytes - start])
    fsync(path)
