"""What a task of a mrjob job does: splits a shard into blocks, or builds the partitions of a group from them.

Both report when they failed, and where the driver counts marks when they are done. This is a module of its own,
imported by tasks alone: it brings Arrow, which the process that schedules them can spare.
"""

import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from joins.engine.mrjob.folder import SentJob
from joins.engine.mrjob.lines import BlockLines, NumberedLines
from joins.engine.mrjob.reports import TaskReports
from joins.engine.shuffle.blocks import Block, blocks_of_shard
from joins.engine.shuffle.gathering import GatheredGroup
from joins.engine.shuffle.partition_groups import PartitionGroups, spread_keys
from joins.engine.step import PartitionStep


@dataclass(frozen=True)
class MRJobTask:
    """The tasks of a process.

    ``path`` is the file that the job was sent with, ``digest`` that of its content, ``n_reducers`` how many reduce
    tasks share the groups.
    """

    path: Path
    digest: str
    n_reducers: int = 1
    result_lines = NumberedLines()

    @cached_property
    def block_lines(self) -> BlockLines:
        """How blocks travel."""
        with self._reports.failure_told("step"):
            return BlockLines(spread_keys(self._groups.n_groups, self.n_reducers))

    def split(self, name: str, shard: int) -> list[tuple[int, Block]]:
        """Split a shard of a shuffled input and return its blocks with the numbers of their groups."""
        what = f"{name}-{shard}"
        with self._reports.failure_told(what):
            blocks = list(blocks_of_shard(self._step, name, shard, self._groups))
        self._reports.tell_done(what)
        return blocks

    def build(self, group: int, blocks: Iterable[Block]) -> Iterator[tuple[int, bytes]]:
        """Build the partitions of a group and yield the number of each and the sink's result, pickled."""
        with (
            self._reports.failure_told(f"group-{group}"),
            GatheredGroup(self._step, self._groups.partitions(group)) as gathered,
        ):
            gathered.add(blocks)
            for number, rows in gathered.tables():
                built = pickle.dumps(self._step.finish(number, rows))
                self._reports.tell_done(str(number))
                yield number, built

    @cached_property
    def _sent(self) -> SentJob:
        return SentJob.read(self.path, self.digest)

    @property
    def _reports(self) -> TaskReports:
        return self._sent.reports

    @cached_property
    def _groups(self) -> PartitionGroups:
        return PartitionGroups.of(self._step.n_partitions)

    @cached_property
    def _step(self) -> PartitionStep[object]:
        """The step, read once a process, on a node that has what it needs."""
        if self._sent.check:
            self._sent.check().refuse()
        return self._sent.step()
