"""The grouping as a step of ours: split by signature, sort a partition, cut it into groups, write it as one part.

Sorting, lists and distinct members are the functions that the PinJoin is built with, and the encodings are those of
our datasets, here and in the floor; the small row groups, the digest and the syncing to disk that published datasets
have are measured with the real joins.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.harness.contender import Job
from benchmarks.joins.contenders import COLUMNS, KEY, shards
from joins.arrow.hashing import partition_of
from joins.engine.step import PartitionStep, Shuffled
from joins.pin_lists import pin_lists, sorted_by_picture
from joins.small_structs import DistinctMembers, Ints, distinct_members
from storage_tiers.versioned.parts import parquet_writer

PINS_A_PARTITION = 131_072  # as many as the workflow takes


@dataclass(frozen=True, slots=True)
class RowGroups:
    """Reads single row groups of Parquet files: the shards of the raw pins."""

    pieces: tuple[tuple[Path, int], ...]

    def __call__(self, number: int) -> pa.Table:
        """Return the rows of a shard."""
        path, group = self.pieces[number]
        with pq.ParquetFile(path) as file:
            return file.read_row_group(group, use_threads=False)


@dataclass(frozen=True, slots=True)
class PartSink:
    """Writes a partition as one Parquet file."""

    folder: Path

    def __call__(self, number: int, table: pa.Table) -> int:
        """Write the part and return its rows."""
        with parquet_writer(self.folder / f"part-{number:05d}.parquet", table.schema, KEY) as writer:
            writer.write_table(table)
        return int(table.num_rows)


def grouping_step(job: Job) -> PartitionStep[int]:
    """Return the whole task as one step."""
    metadata = {path: pq.read_metadata(path) for path in shards(job)}
    pieces = tuple((path, group) for path in shards(job) for group in range(metadata[path].num_row_groups))
    n_partitions = max(1, -(-sum(file.num_rows for file in metadata.values()) // PINS_A_PARTITION))
    pins = Shuffled(RowGroups(pieces), len(pieces), KEY)
    return PartitionStep(n_partitions, {}, group_pins, PartSink(job.output), {"pins": pins}, partition_of)


def group_pins(pins: pa.Table) -> pa.Table:
    """Group the pins of a partition by picture."""
    pins = sorted_by_picture(pins)
    runs = pc.run_end_encode(pins[KEY].combine_chunks())
    counts = np.diff(runs.run_ends.to_numpy().astype(np.int64), prepend=0)
    picture = np.repeat(np.arange(len(counts)), counts)
    boards = _distinct(picture, pins["board_id"].to_numpy(), len(counts))
    users = _distinct(picture, pins["user_id"].to_numpy(), len(counts))
    offsets = np.concatenate([[0], np.cumsum(boards.counts)]).astype(np.int32)
    boards_of_picture = pa.ListArray.from_arrays(pa.array(offsets), pa.array(boards.places))
    lists = pin_lists(pins, counts, without=KEY)
    return pa.table([runs.values, lists, counts, boards.counts, users.counts, boards_of_picture], names=list(COLUMNS))


def _distinct(picture: Ints, ids: Ints, n_pictures: int) -> DistinctMembers:
    """Return the distinct ids of each picture, ascending; generated ids are dense, so they serve as places."""
    first, last = (ids.min(), ids.max()) if len(ids) else (0, 0)
    members = distinct_members(picture, ids - first, n_pictures, int(last - first) + 1)
    return replace(members, places=members.places + first)
