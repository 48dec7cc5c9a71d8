"""Which rows of a table each partition refers to, found where the rows lie.

Partitions refer by keys to rows that lie elsewhere, in parts by the hash of the key. Two shuffles bring them together.
On the way there a shard of what refers hands out its distinct pairs of a partition and a key. They meet the part of the
table with these keys, where it is found which row each pair refers to. On the way back rows travel, by the number of
the partition. What is found (`ROW_PLACES`) can be kept, and serves whatever is to be brought of the same rows later.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.arrow.chunks import one_array
from joins.arrow.groups import distinct_pairs
from joins.arrow.id_lookup import IdLookup
from joins.arrow.text_lookup import TextLookup
from joins.engine.step import PartitionInput, PartitionOf, Shuffled, numbers_themselves

PARTITION = "_partition"  # the column with the number of the partition that a row is for
KEY = "key"
ROW_PLACES = pa.schema([pa.field("row", pa.int64()), pa.field(PARTITION, pa.int64())])


@dataclass(frozen=True, slots=True)
class References:
    """Reads which keys the rows of an input refer to, each once for each partition of a shard; picklable.

    Parameters
    ----------
    read
        Returns a shard of the input.
    n_shards
        Number of shards.
    column
        The column that refers to a key; null refers to nothing.
    partitions
        Returns the number of the partition that each row of a shard is for.
    """

    read: PartitionInput
    n_shards: int
    column: str
    partitions: Callable[[int, pa.Table], npt.NDArray[np.int64]]

    def __call__(self, shard: int) -> pa.Table:
        """Return pairs of a partition and a key."""
        rows = self.read(shard)
        pairs = pa.table({PARTITION: self.partitions(shard, rows), KEY: rows[self.column]})
        return _distinct(pairs.filter(pairs[KEY].is_valid()) if pairs[KEY].null_count else pairs)

    def by_key(self) -> Shuffled:
        """Return them as a table that is to be split by the hash of the key."""
        return Shuffled(self, self.n_shards, KEY)


@dataclass(frozen=True, slots=True)
class ShardItself:
    """Says that all rows of a shard are for the partition of the same number."""

    def __call__(self, shard: int, rows: pa.Table) -> npt.NDArray[np.int64]:
        """Return the number of the shard for each row."""
        return np.full(rows.num_rows, shard, np.int64)


@dataclass(frozen=True, slots=True)
class ByHash:
    """Says which of ``n`` partitions rows are for that will be split by a key."""

    key: str
    n: int
    partition_of: PartitionOf

    def __call__(self, _shard: int, rows: pa.Table) -> npt.NDArray[np.int64]:
        """Return the number of the partition of each row."""
        return self.partition_of(rows[self.key], self.n)


def row_places(keys: pa.ChunkedArray, pairs: pa.Table) -> pa.Table:
    """Return `ROW_PLACES`: the row that each distinct pair of a partition and a key refers to; none for other keys.

    ``keys`` are those of the rows of a part, distinct whole numbers or texts.

    Examples
    --------
    >>> pairs = pa.table({PARTITION: [1, 0, 0, 1], KEY: [7, 9, 7, 7]})
    >>> row_places(pa.chunked_array([[5, 7]]), pairs).to_pydict()
    {'row': [1, 1], '_partition': [0, 1]}
    """
    pairs = _distinct(pairs)
    wanted, is_number = pairs[KEY], pa.types.is_integer(keys.type)
    rows = IdLookup.of(keys.to_numpy()).find(wanted.to_numpy()) if is_number else TextLookup.of(keys).find(wanted)
    known = rows >= 0
    return pa.table([rows[known], pairs[PARTITION].to_numpy()[known]], schema=ROW_PLACES)


def rows_at(rows: pa.Table, places: pa.Table) -> pa.Table:
    """Return the rows of a part once for each partition that refers to them, with its number."""
    return rows.take(places["row"]).append_column(PARTITION, places[PARTITION])


@dataclass(frozen=True, slots=True)
class RowsAtPlaces:
    """Reads the rows of a part once for each partition that refers to them; picklable.

    ``rows`` and ``places`` return the rows of a part and their `ROW_PLACES`.
    """

    rows: PartitionInput
    places: PartitionInput

    def __call__(self, number: int) -> pa.Table:
        """Return the rows of a part, with the numbers of the partitions."""
        return rows_at(self.rows(number), self.places(number))

    def by_partition(self, n_parts: int) -> Shuffled:
        """Return those of all parts as a table that is to be split by the number of the partition."""
        return Shuffled(self, n_parts, PARTITION, numbers_themselves)


def _distinct(pairs: pa.Table) -> pa.Table:
    """Return pairs of a partition and a key, each once, by partition."""
    partition, keys = pairs[PARTITION].to_numpy(), one_array(pairs[KEY])
    if pa.types.is_integer(keys.type):
        distinct = distinct_pairs(partition, keys.to_numpy())
        return pa.table({PARTITION: distinct.group, KEY: distinct.member})
    encoded = keys.dictionary_encode()
    distinct = distinct_pairs(partition, encoded.indices.to_numpy().astype(np.int64))
    return pa.table({PARTITION: distinct.group, KEY: encoded.dictionary.take(pa.array(distinct.member))})
