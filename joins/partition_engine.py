"""The partition engine: split tables by the hash of a key, then build partition after partition on all cores.

A join, and every narrow step before it, is a pure function of one hash partition. The engine feeds it: it reads
each input's share of the partition, calls the function, and hands the result to a sink, all inside one worker, so
that no table ever travels between processes. Inputs are anything that returns the table of a partition number:
a ``SpilledTable`` split here, the parts of a stored dataset, or a ``SharedTable`` that every partition sees whole.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.errors import JoinError

Result = TypeVar("Result")
PartitionOf = Callable[[pa.ChunkedArray, int], npt.NDArray[np.int64]]
PartitionInput = Callable[[int], pa.Table]
_SPILL = pa.ipc.IpcWriteOptions(compression="lz4")


@dataclass(frozen=True, slots=True)
class SpilledTable:
    """A table split by hash into one Arrow IPC file a partition, under a scratch folder."""

    folder: Path
    schema: pa.Schema

    def __call__(self, number: int) -> pa.Table:
        """Return one partition, rows in the order they came."""
        path = self.folder / _spill_name(number)
        if not path.exists():
            return self.schema.empty_table()
        with pa.OSFile(str(path)) as source:
            return pa.ipc.open_stream(source).read_all().combine_chunks()


@dataclass(frozen=True, slots=True)
class SharedTable:
    """A table that every partition sees whole, memory-mapped so that all workers share its pages."""

    path: Path

    def __call__(self, number: int) -> pa.Table:  # noqa: ARG002 - a PartitionInput like the others
        """Return the whole table."""
        return pa.ipc.open_file(pa.memory_map(str(self.path))).read_all()


def spill(
    tables: Iterable[pa.Table],
    schema: pa.Schema,
    key: str,
    n_partitions: int,
    *,
    partition_of: PartitionOf,
    folder: Path,
) -> SpilledTable:
    """Split a stream of tables by the hash of a key.

    Parameters
    ----------
    tables
        The stream; only one table is held at a time.
    schema
        Their schema.
    key
        The column whose hash names the partition.
    n_partitions
        How many partitions.
    partition_of
        Maps keys to partition numbers.
    folder
        An empty scratch folder of its own, made here.
    """
    folder.mkdir(parents=True)
    writers: dict[int, pa.ipc.RecordBatchStreamWriter] = {}
    try:
        for table in tables:
            for number, rows in _shares(table, key, n_partitions, partition_of):
                if number not in writers:
                    path = str(folder / _spill_name(number))
                    writers[number] = pa.ipc.new_stream(path, schema, options=_SPILL)
                writers[number].write_table(rows)
    finally:
        for writer in writers.values():
            writer.close()
    return SpilledTable(folder, schema)


def share(table: pa.Table, path: Path) -> SharedTable:
    """Write a table where every worker can map it into memory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return SharedTable(path)


@dataclass(frozen=True, slots=True)
class PartitionStep(Generic[Result]):
    """What is done to each partition: read the inputs, build, hand to the sink. Must be picklable."""

    inputs: Mapping[str, PartitionInput]
    build: Callable[..., pa.Table]
    sink: Callable[[int, pa.Table], Result]

    def __call__(self, number: int) -> Result:
        """Do it for one partition."""
        return self.sink(number, self.build(**{name: read(number) for name, read in self.inputs.items()}))


def run_partitions(
    step: PartitionStep[Result],
    n_partitions: int,
    executor: Executor | None = None,
    on_done: Callable[[int], None] | None = None,
) -> list[Result]:
    """Run a step on every partition and return the sink's results in partition order.

    Parameters
    ----------
    step
        What to do.
    n_partitions
        Partitions 0 to ``n_partitions - 1``.
    executor
        Where to run; in this process, one after the other, where not given. Process pools must start their
        workers afresh (spawn), never fork a process in which Arrow has threads.
    on_done
        Told how many partitions are done, after each.

    Raises
    ------
    JoinError
        If a worker process died, for example killed for lack of memory.
    """
    done = on_done or (lambda _: None)
    if executor is None or n_partitions == 1:
        results = []
        for number in range(n_partitions):
            results.append(step(number))
            done(len(results))
        return results
    futures: list[Future[Result]] = []
    try:
        futures += [executor.submit(step, number) for number in range(n_partitions)]
        for n_done, future in enumerate(as_completed(futures), start=1):
            future.result()
            done(n_done)
    except BrokenProcessPool as error:
        raise JoinError(
            f"a worker process died while building one of {n_partitions} partitions (often killed for lack of "
            "memory); nothing was published; run again with fewer workers"
        ) from error
    finally:
        _stop(futures)
    return [future.result() for future in futures]


def _shares(table: pa.Table, key: str, n_partitions: int, partition_of: PartitionOf) -> Iterable[tuple[int, pa.Table]]:
    if n_partitions == 1:
        yield 0, table
        return
    number = partition_of(table[key], n_partitions)
    ordered = table.take(pa.array(np.argsort(number, kind="stable")))
    ends = np.cumsum(np.bincount(number, minlength=n_partitions))
    for partition, (start, end) in enumerate(zip(np.concatenate([[0], ends[:-1]]), ends, strict=True)):
        if end > start:
            yield partition, ordered.slice(int(start), int(end - start))


def _stop(futures: Sequence[Future[Result]]) -> None:
    """Cancel what hasn't begun and wait for the rest, or it would write into a folder that is being removed."""
    wait([future for future in futures if not future.cancel()])


def _spill_name(number: int) -> str:
    return f"partition-{number:05d}.arrows"
