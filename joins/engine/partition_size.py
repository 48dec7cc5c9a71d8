"""Whether the rows of a partition fit a task, seen before it is built, and which key is to blame if they don't.

One key lies in one partition, however many there are. If it has too many rows, the task would be killed while it
builds them, which names nobody. So what it takes is reckoned from bytes that are known before: those of packed blocks,
of files, of tables that were read.

Reckoned is what building takes at least, so that nothing is refused that works: packed rows as they are, and unpacked
ones 1.5 times. One picture with 1, 5 and 10 million pins took 1.66 times its rows in PinJoins, a board of a million
pins 2.4 times its rows in BoardFeatures and 3.7 times in RepinEdges. What is told to set has room for that.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import pyarrow as pa
import pyarrow.compute as pc

from joins.engine.task_memory import TaskMemory
from joins.errors import EngineError

_LEAST_TIMES = 1.5  # the bytes of unpacked rows that building them takes, at least
_USUAL_TIMES = 4  # at most, in the steps that were measured
_ONE_KEY = 0.5  # share of the rows from which on one key makes a partition large
_MOST_PENDING = 16  # counts of keys that wait to be added up
_ROUNDED_TO_MB = 256
_MIB = 2**20


class PartitionTooLargeError(EngineError):
    """The rows of a partition don't fit the memory of the task that was about to build it."""


@dataclass(frozen=True, slots=True)
class InputSize:
    """What a partition has of an input.

    Parameters
    ----------
    name
        The input.
    key
        The column by which its rows came into this partition; empty where that isn't known.
    n_bytes
        Of its rows, unpacked.
    read_keys
        Reads that column, or another one if it isn't known, a piece at a time; called if the partition is refused.
    packed_bytes
        Of its rows as they came, where they are held as well.
    """

    name: str
    key: str
    n_bytes: int
    read_keys: Callable[[], Iterable[pa.ChunkedArray]]
    packed_bytes: int = 0


@runtime_checkable
class MeasuredInput(Protocol):
    """A ``PartitionInput`` whose size can be told without reading it."""

    key: str

    def __call__(self, number: int) -> pa.Table:
        """Return the rows of a partition."""
        ...

    def least_size(self, name: str, number: int) -> InputSize:
        """Return what a partition has of it at least, under the name of the function's argument."""
        ...


@dataclass(slots=True)
class KeyCounts:
    """How many rows each key has, counted piece by piece."""

    n_rows: int = 0
    _pending: list[pa.Table] = field(default_factory=list)

    def add(self, keys: pa.ChunkedArray | pa.Array) -> None:
        """Count the keys of some rows."""
        self.n_rows += len(keys)
        counted = pc.value_counts(keys)
        self._pending.append(pa.table([counted.field(0), counted.field(1)], names=["key", "n"]))
        if len(self._pending) > _MOST_PENDING:
            self._pending = [self._added_up()]

    def largest(self) -> tuple[object, int]:
        """Return the key with the most rows, of several the least, and how many it has; there is at least one row.

        Examples
        --------
        >>> counts = KeyCounts()
        >>> counts.add(pa.array([7, 5])), counts.add(pa.array([9, 9, 5]))
        (None, None)
        >>> counts.largest()
        (5, 2)
        """
        first = self._added_up().sort_by([("n", "descending"), ("key", "ascending")]).slice(0, 1)
        return first["key"][0].as_py(), first["n"][0].as_py()

    def _added_up(self) -> pa.Table:
        added = pa.concat_tables(self._pending).group_by("key", use_threads=False).aggregate([("n", "sum")])
        return pa.table({"key": added["key"], "n": added["n_sum"]})


@dataclass(slots=True)
class RefusedPartition:
    """Adds up what a partition would have taken and which keys it has, while its rows come and are let go."""

    sizes: dict[str, InputSize] = field(default_factory=dict)
    counts: dict[str, KeyCounts] = field(default_factory=dict)

    def add(self, size: InputSize) -> None:
        """Take some rows of an input."""
        before = self.sizes.get(size.name, InputSize(size.name, size.key, 0, list))
        n_bytes, packed_bytes = before.n_bytes + size.n_bytes, before.packed_bytes + size.packed_bytes
        self.sizes[size.name] = InputSize(size.name, size.key, n_bytes, list, packed_bytes)
        for keys in size.read_keys():
            self.counts.setdefault(size.name, KeyCounts()).add(keys)

    def error(self, where: str, memory: TaskMemory) -> PartitionTooLargeError:
        """Return the error that says so, with the keys of the largest input."""
        sizes = list(self.sizes.values())
        largest = max(sizes, key=lambda size: size.n_bytes)
        return _too_large(where, sizes, largest, self.counts.get(largest.name, KeyCounts()), memory)


def size_of(name: str, rows: pa.Table, key: str) -> InputSize:
    """Return the size of rows that are there, with or without their key."""
    return InputSize(
        name,
        key if key in rows.column_names else "",
        rows.nbytes,
        lambda: [rows.column(key if key in rows.column_names else 0)],
    )


def fits(sizes: Iterable[InputSize], memory: TaskMemory | None) -> bool:
    """Return whether building a partition may work, as far as is known.

    Examples
    --------
    >>> sizes = [InputSize("pins", "board_id", 1000, list, packed_bytes=300)]
    >>> [fits(sizes, TaskMemory(n_bytes, "its machine", "")) for n_bytes in (1_799, 1_800)]
    [False, True]
    """
    return memory is None or _least_bytes(sizes) <= memory.n_bytes - memory.beside_bytes


def refuse_too_large(where: str, sizes: Sequence[InputSize], memory: TaskMemory | None) -> None:
    """Raise PartitionTooLargeError if what a partition takes is more than its task has.

    Parameters
    ----------
    where
        The step and the partition, for people.
    sizes
        What the partition has of each input.
    memory
        That of the task; None where it isn't known, and nothing is refused.
    """
    if fits(sizes, memory) or memory is None:
        return
    refused = RefusedPartition()
    for size in sizes:
        refused.add(size)
    raise refused.error(where, memory)


def read_if_they_fit(
    inputs: Mapping[str, Callable[[int], pa.Table]],
    number: int,
    sizes: Sequence[InputSize],
    refuse: Callable[[int, Sequence[InputSize]], None],
) -> dict[str, pa.Table]:
    """Read what lies in a partition as it is, unless that, beside what is there, doesn't fit; it may show when read."""
    measured = {name: read for name, read in inputs.items() if isinstance(read, MeasuredInput)}
    refuse(number, [*sizes, *(read.least_size(name, number) for name, read in measured.items())])
    found = {name: read(number) for name, read in inputs.items()}
    refuse(number, [*sizes, *(size_of(name, found[name], read.key) for name, read in measured.items())])
    return found


def _too_large(
    where: str, sizes: Sequence[InputSize], largest: InputSize, counts: KeyCounts, memory: TaskMemory
) -> PartitionTooLargeError:
    """Return the error of a partition, with the keys of its largest input."""
    takes = f"its {counts.n_rows:,} rows of {largest.name} are {_in_mb(largest.n_bytes):,} MiB"
    needs = f"building them takes at least {_in_mb(_least_bytes(sizes) + memory.beside_bytes):,} MiB"
    has = f"a task has {memory.n_bytes // _MIB:,} MiB ({memory.granted_by})"
    remedy = f"{memory.remedy.format(mb=_usual_mb(sizes, memory))}, and run again"
    if largest.key and counts.n_rows:
        key, n_rows = counts.largest()
        takes += f", {n_rows:,} of them of {largest.key} {key}"
        if n_rows < _ONE_KEY * counts.n_rows:
            fit = counts.n_rows * (memory.n_bytes - memory.beside_bytes) / (_USUAL_TIMES * _bytes(sizes))
            remedy = (
                f"no key is that large: set rows_per_part to {max(1, int(fit)):,} and rebuild the date; or {remedy}"
            )
    return PartitionTooLargeError(f"{takes}; {needs}, and {has}", where=where, remedy=remedy)


def _least_bytes(sizes: Iterable[InputSize]) -> int:
    """Return what building a partition takes at least."""
    return sum(size.packed_bytes + int(_LEAST_TIMES * size.n_bytes) for size in sizes)


def _usual_mb(sizes: Sequence[InputSize], memory: TaskMemory) -> int:
    """Return how much memory is told to be set."""
    needed = _in_mb(memory.beside_bytes + _USUAL_TIMES * _bytes(sizes))
    return -(-needed // _ROUNDED_TO_MB) * _ROUNDED_TO_MB


def _bytes(sizes: Iterable[InputSize]) -> int:
    """Return the bytes of the rows, unpacked and, where they are held, packed."""
    return sum(size.n_bytes + size.packed_bytes for size in sizes)


def _in_mb(n_bytes: int) -> int:
    return -(-n_bytes // _MIB)
