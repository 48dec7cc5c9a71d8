"""The one MRJob behind every step: map splits shards, mrjob shuffles the blocks, reduce builds the partitions.

``MRJobEngine`` starts it, and mrjob starts it again for each task. The step travels in the job's folder.
"""

import pickle
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from mrjob.job import MRJob
from mrjob.protocol import JSONValueProtocol

from joins.mrjob_blocks import Block, BlockLines, NumberedLines, blocks_of_shard, gather
from joins.mrjob_folder import JobFolder
from joins.partition_step import PartitionStep


class PartitionJob(MRJob):  # type: ignore[misc] # mrjob has no types
    """Runs a ``PartitionStep``.

    The input's lines are ``[name, shard]``, which splits a shard, or ``[number]``, which only asks for a partition;
    the output's lines are a partition's number and the sink's result.
    """

    INPUT_PROTOCOL = JSONValueProtocol
    INTERNAL_PROTOCOL = BlockLines
    OUTPUT_PROTOCOL = NumberedLines

    def configure_args(self) -> None:
        """Tell every task where the step lies."""
        super().configure_args()
        self.add_passthru_arg("--folder", help="folder of the job, seen by every worker")

    def mapper(self, _: None, line: list[Any]) -> Iterator[tuple[int, Block | None]]:
        """Split a shard, or ask for a partition."""
        if len(line) == 1:
            yield line[0], None
            return
        name, shard = line
        with self._folder.told(f"{name}-{shard}"):
            yield from blocks_of_shard(self._step, name, shard)

    def reducer(self, number: int, blocks: Iterator[Block | None]) -> Iterator[tuple[int, bytes]]:
        """Build a partition from the blocks of all shards."""
        with self._folder.told(str(number)):
            yield number, pickle.dumps(self._step.finish(number, gather(self._step, blocks)))

    @property
    def _folder(self) -> JobFolder:
        return JobFolder(Path(self.options.folder))

    @cached_property
    def _step(self) -> PartitionStep[object]:
        """The step, read once a task."""
        return self._folder.step()


if __name__ == "__main__":
    PartitionJob.run()
