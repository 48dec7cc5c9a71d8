"""What a task of a mrjob job does: splits a shard into blocks, or builds a partition from them.

Both leave a mark in the job's folder when they are done, and the traceback when they failed.
"""

import pickle
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from joins.engine.mrjob.blocks import Block, BlockLines, NumberedLines, blocks_of_shard, gather
from joins.engine.mrjob.folder import JobFolder
from joins.engine.step import PartitionStep


@dataclass(frozen=True)
class MRJobTask:
    """The tasks of a process.

    Parameters
    ----------
    path
        The job's folder.
    """

    path: Path
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
        return self._folder.step()
