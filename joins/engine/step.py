"""What is done to each hash partition: the unit of work that every engine runs, in process or on a cluster.

A join, and every narrow step before it, is a pure function of one partition. A step says what the function is given:

- *aligned* inputs, which already lie in partitions of the same keys (parts of a stored dataset), or which every
  partition sees whole (a ``SharedTable``);
- *shuffled* inputs, read shard by shard and split by the hash of a key on the way.

The result of the function goes to a sink inside the same worker, so that no wide table ever travels to the driver.
Everything in a step must be picklable: on a cluster it is sent to other machines.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.arrow.ordering import order_by_partition
from joins.engine.partition_size import InputSize, read_if_they_fit, refuse_too_large, size_of
from joins.engine.places import Place, mapped_table, put_table
from joins.engine.task_memory import TaskMemory, memory_of_process

Result = TypeVar("Result")
Rest = TypeVar("Rest")
PartitionOf = Callable[[pa.ChunkedArray, int], npt.NDArray[np.int64]]
PartitionInput = Callable[[int], pa.Table]
OnDone = Callable[[int, int], None]  # told how many of how many tasks are done


@dataclass(frozen=True, slots=True)
class Shuffled:
    """A table that is to be split by the hash of a key.

    Parameters
    ----------
    read
        Returns the table of a shard; it runs inside the worker that splits the shard.
    n_shards
        Shards 0 to ``n_shards - 1``; their order is the order of the rows that a partition gets.
    key
        The column whose hash names the partition.
    partition_of
        What maps keys to partition numbers, if it is another than the step's.
    """

    read: PartitionInput
    n_shards: int
    key: str
    partition_of: PartitionOf | None = None


@dataclass(frozen=True, slots=True)
class PartitionStep(Generic[Result]):
    """One function applied to every partition.

    Parameters
    ----------
    n_partitions
        Partitions 0 to ``n_partitions - 1``; each is built, with and without rows.
    inputs
        Aligned and shared inputs, by the name of the function's argument.
    build
        The function; called with every input by name.
    sink
        Takes the partition's number and what was built, and returns something small.
    shuffled
        Shuffled inputs, by the name of the function's argument.
    partition_of
        Maps keys to partition numbers; needed where anything is shuffled.
    name
        What is made, for people.
    memory
        What a task has, told by the engine; None where a task is to look around itself.
    """

    n_partitions: int
    inputs: Mapping[str, PartitionInput]
    build: Callable[..., pa.Table]
    sink: Callable[[int, pa.Table], Result]  # or whatever else ``build`` returns
    shuffled: Mapping[str, Shuffled] = field(default_factory=dict)
    partition_of: PartitionOf | None = None
    name: str = "a step"
    memory: TaskMemory | None = None

    @property
    def shards(self) -> list[tuple[str, int]]:
        """Every shard of every shuffled input: what a map task splits."""
        return [(name, number) for name, table in self.shuffled.items() for number in range(table.n_shards)]

    @property
    def mixed_shards(self) -> list[tuple[str, int]]:
        """The same, so that every stretch of them holds as much of each input as others."""
        return sorted(self.shards, key=lambda shard: shard[1] / self.shuffled[shard[0]].n_shards)

    def numbers_of(self, name: str, rows: pa.Table) -> npt.NDArray[np.int64]:
        """Return the number of the partition that each row of a shuffled input belongs to."""
        shuffled = self.shuffled[name]
        return _partition_numbers(rows, shuffled.key, self.n_partitions, shuffled.partition_of or self.partition_of)

    def split(self, name: str, shards: Iterable[int]) -> Iterator[pa.Table]:
        """Read some shards and yield their rows for each partition, in partition order; every engine's map task."""
        tables = map(self.shuffled[name].read, shards)
        split = (split_by_number(rows, self.numbers_of(name, rows), self.n_partitions) for rows in tables)
        yield from map(pa.concat_tables, zip(*split, strict=True))

    def finish(self, number: int, shuffled: Mapping[str, pa.Table]) -> Result:
        """Build one partition from its shuffled rows and its aligned inputs; every engine's reduce task.

        Raises PartitionTooLargeError if its rows don't fit the task.
        """
        sizes = [size_of(name, rows, self.shuffled[name].key) for name, rows in shuffled.items()]
        aligned = read_if_they_fit(self.inputs, number, sizes, self.refuse_too_large)
        return self.sink(number, self.build(**aligned, **shuffled))

    def refuse_too_large(self, number: int, sizes: Sequence[InputSize]) -> None:
        """Raise PartitionTooLargeError if the rows of a partition don't fit its task."""
        refuse_too_large(self.where(number), sizes, self.memory or memory_of_process())

    def where(self, number: int) -> str:
        """Return the name of a partition, for people."""
        return f"{self.name}, partition {number} of {self.n_partitions:,}"


@dataclass(frozen=True, slots=True)
class Then:
    """One function after another, as one that is picklable: ``after`` takes what ``build`` returns."""

    build: Callable[..., pa.Table]
    after: Callable[[pa.Table], pa.Table]

    def __call__(self, **inputs: pa.Table) -> pa.Table:
        """Apply both."""
        return self.after(self.build(**inputs))


class Engine(Protocol):
    """Runs a step on all partitions."""

    def run(self, step: PartitionStep[Result], on_done: OnDone | None = None) -> list[Result]:
        """Return what the sink returned, in partition order."""
        ...


@dataclass(frozen=True, slots=True)
class SharedTable:
    """A table that every partition sees whole, memory-mapped so that all workers of a machine share its pages.

    Parameters
    ----------
    place
        An Arrow IPC file, in a folder that all workers see or in a store; its content never changes.
    prepare
        Turns the table into what the step's function takes, e.g. a lookup; done once a worker, not once a partition.
    """

    place: Place
    prepare: Callable[[pa.Table], object] | None = None

    def __call__(self, number: int) -> pa.Table:  # noqa: ARG002 - a PartitionInput like the others
        """Return the whole table, or what was prepared from it."""
        with _one_at_a_time:  # or all workers would begin by preparing the same
            return _prepared(self.place, self.prepare)


def forget_shared_tables() -> None:
    """Let go of what was prepared for the partitions of a step, which may be large."""
    _prepared.cache_clear()


def share(table: pa.Table, place: Place, prepare: Callable[[pa.Table], object] | None = None) -> SharedTable:
    """Write a table where every worker can map it into memory.

    It is written whole and then seen under its name: tasks that run twice, side by side or after others have begun to
    read, change nothing.
    """
    put_table(table, place)
    return SharedTable(place, prepare)


def only_column(table: pa.Table) -> npt.NDArray[Any]:
    """Return the column of a table of one, as an array; a ``prepare`` of ids or numbers that are shared."""
    column: npt.NDArray[Any] = table.column(0).to_numpy()
    return column


def hand_over(_number: int, built: Result) -> Result:
    """Return what was built: the sink of steps that build something small."""
    return built


_one_at_a_time = threading.Lock()


@lru_cache(maxsize=4)
def _prepared(place: Place, prepare: Callable[[pa.Table], object] | None) -> pa.Table:
    table = mapped_table(place)
    return prepare(table) if prepare else table


def split_by_hash(table: pa.Table, key: str, n_partitions: int, partition_of: PartitionOf | None) -> Iterator[pa.Table]:
    """Yield the rows of each partition, in partition order; rows keep their order inside a partition.

    Examples
    --------
    >>> table = pa.table({"board_id": [4, 7, 9]})
    >>> odd = lambda keys, n: keys.to_numpy() % n
    >>> [rows["board_id"].to_pylist() for rows in split_by_hash(table, "board_id", 2, odd)]
    [[4], [7, 9]]
    """
    return split_by_number(table, _partition_numbers(table, key, n_partitions, partition_of), n_partitions)


def split_by_number(rows: pa.Table, number: npt.NDArray[np.int64], n: int) -> Iterator[pa.Table]:
    """Yield the rows that have each of ``n`` numbers, from 0; those of one keep their order."""
    ordered = rows if (number[1:] >= number[:-1]).all() else rows.take(pa.array(order_by_partition(number)))
    ends = np.cumsum(np.bincount(number, minlength=n)).tolist()
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        yield ordered.slice(start, end - start)


def numbers_themselves(keys: pa.ChunkedArray, _n_partitions: int) -> npt.NDArray[np.int64]:
    """Return keys that are numbers of partitions: a ``PartitionOf``."""
    return np.asarray(keys.to_numpy(), np.int64)


def _partition_numbers(
    rows: pa.Table, key: str, n_partitions: int, partition_of: PartitionOf | None
) -> npt.NDArray[np.int64]:
    if n_partitions == 1:
        return np.zeros(rows.num_rows, np.int64)
    if partition_of is None:
        raise ValueError(f"{key}: a step that shuffles needs partition_of; pass the hash of the stored datasets")
    return partition_of(rows[key], n_partitions)
