"""What a task of a mrjob job does: splits a shard into blocks, or builds a partition from them.

Both leave a mark in the job's folder when they are done, and the traceback when they failed. This is a module of its
own, imported by tasks alone: it brings Arrow, which the process that schedules them can spare.
"""

import pickle
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from joins.engine.mrjob.blocks import Block, BlockLines, NumberedLines, pack, unpack
from joins.engine.mrjob.folder import JobFolder
from joins.engine.step import PartitionStep, Result


@dataclass(frozen=True)
class MRJobTask:
    """The tasks of a process; ``path`` is the job's folder, ``step_digest`` that of the step that lies there."""

    path: Path
    step_digest: str
    block_lines = BlockLines()
    result_lines = NumberedLines()

    def split(self, name: str, shard: int) -> list[tuple[int, Block]]:
        """Split a shard of a shuffled input and return its blocks with their partitions' numbers."""
        with self._folder.told(f"{name}-{shard}"):
            return list(blocks_of_shard(self._step, name, shard))

    def build(self, number: int, blocks: Iterable[Block | None]) -> tuple[int, bytes]:
        """Build a partition and return its number and the sink's result, pickled."""
        with self._folder.told(str(number)):
            return number, pickle.dumps(self._step.finish(number, gather(self._step, blocks)))

    @property
    def _folder(self) -> JobFolder:
        return JobFolder(self.path)

    @cached_property
    def _step(self) -> PartitionStep[object]:
        """The step, read once a process."""
        return self._folder.step(self.step_digest)


def blocks_of_shard(step: PartitionStep[Result], name: str, shard: int) -> Iterator[tuple[int, Block]]:
    """Split a shard and yield the blocks of the partitions it has rows for.

    Shard 0 has a block for every partition, with or without rows: it brings the schema, and sees to it that every
    partition is built.
    """
    for number, rows in enumerate(step.split(name, [shard])):
        if rows.num_rows or shard == 0:
            yield number, Block(name, shard, *pack(rows))


def gather(step: PartitionStep[Result], blocks: Iterable[Block | None]) -> Mapping[str, pa.Table]:
    """Put the blocks of a partition together, by input, in the order of the shards.

    Blocks that came twice, as retried and speculative tasks send them, count once.
    """
    found = {(block.name, block.shard): block for block in blocks if block is not None}
    tables = {}
    for name, table in step.shuffled.items():
        its_blocks = (found.pop((name, shard), None) for shard in range(table.n_shards))
        batches = [batch for block in its_blocks if block for batch in unpack(block.n_bytes, block.content)]
        tables[name] = pa.Table.from_batches(batches).combine_chunks()
    return tables
