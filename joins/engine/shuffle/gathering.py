"""What a reduce task does: it gathers the blocks of a group of partitions and hands over one partition after the other.

The rows of a partition come in the order of the shards, in whatever order the blocks came. Blocks that came twice, as
retried and speculative tasks send them, count once. A group may have many times the rows of a partition. Where these
are more than may be held, they are split by partition to the task's own disk, as soon as so many are there.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Generic

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.engine.partition_size import InputSize, RefusedPartition, fits
from joins.engine.shuffle.blocks import Block
from joins.engine.shuffle.shuffle_file import ShuffleFile, size_in_files
from joins.engine.step import PartitionStep, Result, split_by_number
from joins.engine.task_memory import TaskMemory, memory_of_process

Shards = npt.NDArray[np.int32]  # the number of the shard that each row comes from

MOST_HELD_BYTES = 128 * 2**20  # uncompressed, of the rows of several partitions


@dataclass(slots=True)
class GatheredGroup(Generic[Result]):
    """The rows of a group of partitions; a context manager, which removes what it put aside.

    Parameters
    ----------
    step
        The step that they are for.
    partitions
        The numbers of the partitions of the group.
    most_held_bytes
        How many bytes of rows are held, uncompressed, before they are put aside. The rows of a single partition are
        never put aside, as building it needs them all.
    """

    step: PartitionStep[Result]
    partitions: range
    most_held_bytes: int = MOST_HELD_BYTES
    _held: dict[str, list[Block]] = field(default_factory=dict)
    _held_bytes: int = 0
    _seen: set[tuple[str, int]] = field(default_factory=set)
    _aside: dict[str, list[ShuffleFile]] = field(default_factory=dict)
    _folder: Path | None = None
    _packed_bytes: int = 0
    _memory: TaskMemory | None = None
    _refused: RefusedPartition | None = None

    def __post_init__(self) -> None:
        """Look what this task has."""
        self._memory = self.step.memory or memory_of_process()

    def __enter__(self) -> "GatheredGroup[Result]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, blocks: Iterable[Block]) -> None:
        """Take blocks, in any order."""
        for block in blocks:
            if (block.name, block.shard) in self._seen:
                continue
            self._seen.add((block.name, block.shard))
            if self._refused:
                self._refused.add(self._size(block))
                continue
            self._held.setdefault(block.name, []).append(block)
            self._held_bytes += block.n_bytes
            self._packed_bytes += block.content.size
            if len(self.partitions) == 1:
                self._refuse_too_large()
            elif self._held_bytes > self.most_held_bytes:
                self._put_aside()

    def tables(self) -> Iterator[tuple[int, Mapping[str, pa.Table]]]:
        """Yield the number of each partition and its rows, by input; all blocks must have been added.

        Raises PartitionTooLargeError if the rows of a partition don't fit this task.
        """
        if self._refused and self._memory:
            raise self._refused.error(self.step.where(self.partitions.start), self._memory)
        if len(self.partitions) == 1:
            held = {name: _in_order(blocks)[0].combine_chunks() for name, blocks in self._held.items()}
            yield self.partitions.start, held
            return
        if self._aside:
            self._put_aside()
            for place, number in enumerate(self.partitions):
                sizes = [size_in_files(name, self._key(name), files, place) for name, files in self._aside.items()]
                self.step.refuse_too_large(number, sizes)
                yield number, {name: _rows_of(files, place) for name, files in self._aside.items()}
            return
        shares = {name: self._split(name, *_in_order(blocks)) for name, blocks in self._held.items()}
        for number in self.partitions:
            yield number, {name: _without_shard(next(rows)) for name, rows in shares.items()}

    def _refuse_too_large(self) -> None:
        """Hold no rows of a partition that can't be built: what comes is counted from now on, to say whose it is."""
        if fits([InputSize("", "", self._held_bytes, list, self._packed_bytes)], self._memory):
            return
        self._refused = RefusedPartition()
        for blocks in self._held.values():
            while blocks:
                self._refused.add(self._size(blocks.pop()))

    def _size(self, block: Block) -> InputSize:
        key = self._key(block.name)
        return InputSize(block.name, key, block.n_bytes, lambda: [block.rows()[key]], block.content.size)

    def _key(self, name: str) -> str:
        return self.step.shuffled[name].key

    def _put_aside(self) -> None:
        """Write what is held by partition, and hold it no longer."""
        self._folder = self._folder or Path(tempfile.mkdtemp(prefix="shuffle-"))
        for name, blocks in self._held.items():
            files = self._aside.setdefault(name, [])
            path = self._folder / f"{name}-{len(files):05d}"
            files.append(ShuffleFile.written(path, self._split(name, *_in_order(blocks))))
        self._held, self._held_bytes = {}, 0

    def _split(self, name: str, rows: pa.Table, shard: Shards) -> Iterator[pa.Table]:
        """Return the rows of each partition of the group, each row with its shard in a last column."""
        number = self.step.numbers_of(name, rows) - self.partitions.start
        return split_by_number(rows.append_column("", pa.array(shard)), number, len(self.partitions))


def _in_order(blocks: list[Block]) -> tuple[pa.Table, Shards]:
    """Return the rows of blocks in the order of their shards, and the shard of each row."""
    ordered = sorted(blocks, key=lambda block: block.shard)
    tables = [block.rows() for block in ordered]
    shard = np.repeat(np.array([block.shard for block in ordered], np.int32), [rows.num_rows for rows in tables])
    return pa.concat_tables(tables), shard


def _rows_of(files: list[ShuffleFile], place: int) -> pa.Table:
    """Return the rows that several files have of a partition, in the order of their shards."""
    rows = pa.Table.from_batches([file.read(place) for file in files]).combine_chunks()
    shard = rows.column(rows.num_columns - 1).to_numpy()
    is_ordered = bool((shard[1:] >= shard[:-1]).all())
    return _without_shard(rows if is_ordered else rows.take(pa.array(np.argsort(shard, kind="stable"))))


def _without_shard(rows: pa.Table) -> pa.Table:
    """Return rows in memory of their own: a slice would hold those of the whole group, as long as it lives."""
    return rows.remove_column(rows.num_columns - 1).take(pa.array(np.arange(rows.num_rows))).combine_chunks()
