"""What the Python workers of Spark do in a step: they split shards into blocks, and build the partitions of groups.

A worker serves many tasks of many steps, one after the other. It loads a step once, and prepares a shared table once.
What it keeps belongs to the step at hand, and is forgotten with the next.
"""

import gc
import pickle
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zipimport import zipimporter

import pyarrow as pa

from joins.engine.places import forget_fetched
from joins.engine.shuffle.blocks import Block, blocks_of_shard
from joins.engine.shuffle.gathering import GatheredGroup
from joins.engine.shuffle.partition_groups import PartitionGroups
from joins.engine.step import PartitionStep, forget_shared_tables

if TYPE_CHECKING:
    from pyspark import Broadcast

SentBlock = tuple[str, int, int, bytes]  # the fields of a `Block`, as they are pickled fastest
_MOST_STEPS = 1  # that a worker keeps: steps of a session run one after the other


@dataclass(frozen=True, slots=True)
class SentStep:
    """A step that was broadcast; ``number`` tells it from the others of its session."""

    number: int
    pickled: "Broadcast[bytes]"

    def load(self) -> PartitionStep[Any]:
        """Return the step, loaded once a worker."""
        return _loaded(self)

    def __hash__(self) -> int:
        return self.number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SentStep) and other.number == self.number


@lru_cache(maxsize=_MOST_STEPS)
def _loaded(sent: SentStep) -> PartitionStep[Any]:
    forget_shared_tables()
    forget_fetched(f"step-{sent.number}")
    step: PartitionStep[Any] = pickle.loads(sent.pickled.value)  # noqa: S301 - by our own driver
    _spare_what_stays()
    return step


def _spare_what_stays() -> None:
    """Keep what PySpark does around each task from looking through all that a worker has imported.

    After a task it collects garbage among all objects, and before one it has Python read the archives on its path anew:
    of 24 seconds of a worker on small partitions that was 20. Objects that are there are set apart from garbage, and
    archives are looked into when something is imported that isn't there yet.
    """
    gc.collect()
    gc.freeze()
    for place, finder in list(sys.path_importer_cache.items()):
        if isinstance(finder, zipimporter):
            del sys.path_importer_cache[place]


@dataclass(frozen=True, slots=True)
class SplitShards:
    """Splits the shards of a task; yields the number of a group and the block that is for it."""

    sent: SentStep

    def __call__(self, shards: Iterable[tuple[str, int]]) -> Iterator[tuple[int, SentBlock]]:
        """Split one shard after the other."""
        step = self.sent.load()
        groups = PartitionGroups.of(step.n_partitions)
        for name, shard in shards:
            for group, block in blocks_of_shard(step, name, shard, groups):
                yield group, (block.name, block.shard, block.n_bytes, block.content.to_pybytes())


@dataclass(frozen=True, slots=True)
class BuildGroup:
    """Builds the partitions of a group; yields the number of each and the sink's result."""

    sent: SentStep

    def __call__(self, group: int, blocks: Iterable[tuple[int, SentBlock]]) -> Iterator[tuple[int, Any]]:
        """Build the partitions of a group from its blocks, which come in any order."""
        step = self.sent.load()
        with GatheredGroup(step, PartitionGroups.of(step.n_partitions).partitions(group)) as gathered:
            gathered.add(
                Block(name, shard, n_bytes, pa.py_buffer(content)) for _, (name, shard, n_bytes, content) in blocks
            )
            for number, rows in gathered.tables():
                yield number, step.finish(number, rows)


@dataclass(frozen=True, slots=True)
class BuildGroups:
    """Builds the partitions of some groups, of a step that shuffles nothing."""

    sent: SentStep

    def __call__(self, groups: Iterable[int]) -> Iterator[tuple[int, Any]]:
        """Build one group after the other."""
        build = BuildGroup(self.sent)
        for group in groups:
            yield from build(group, ())


def group_itself(group: int) -> int:
    """Return the number of the task that builds a group: its own."""
    return group
