"""Tables that partitions look rows up in, joined by a shuffle: each partition is given the rows that it refers to.

A table that every partition sees whole grows with the input, on every task (`joins.engine.step.SharedTable`). Where it
is large, what refers to it says so first: each shard of a referring input hands out the distinct pairs of a partition
and a key that its rows refer to. They meet by the hash of the key, where the part of the table with these keys lies,
and the rows found are kept with the number of the partition, by which the next step shuffles them.

A partition then has some rows of the table instead of all. The function of a partition must therefore give the same
whichever other rows there are. What is referred to and not in the table is missing in both.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.arrow.chunks import one_array
from joins.arrow.groups import distinct_pairs
from joins.arrow.id_lookup import IdLookup
from joins.arrow.text_lookup import TextLookup
from joins.engine.kept_tables import Kept, KeptByName
from joins.engine.step import PartitionInput, PartitionOf, PartitionStep, Shuffled, numbers_themselves

PARTITION = "_partition"  # the column with the number of the partition that a row is for
_KEY = "key"


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
        pairs = pa.table({PARTITION: self.partitions(shard, rows), _KEY: rows[self.column]})
        return _distinct(pairs.filter(pairs[_KEY].is_valid()) if pairs[_KEY].null_count else pairs)


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


@dataclass(frozen=True, slots=True)
class Lookup:
    """A table that rows are looked up in, and what refers to it.

    Parameters
    ----------
    read
        Returns a part of it; parts go by the hash of the key.
    key
        The column that is referred to: distinct whole numbers or texts.
    references
        All that refers to it.
    """

    read: PartitionInput
    key: str
    references: Sequence[References]


@dataclass(frozen=True, slots=True)
class FoundRows:
    """Finds the rows of several tables that are referred to.

    Parameters
    ----------
    keys
        The column with the key of each table, by the table's name.
    references
        The names of the arguments that refer to each table, by its name.
    """

    keys: Mapping[str, str]
    references: Mapping[str, Sequence[str]]

    def __call__(self, **tables: pa.Table) -> tuple[dict[str, pa.Table], int]:
        """Return the rows found, by the name of their table, and how many they are."""
        found = {
            name: rows_found(tables[name], key, pa.concat_tables([tables[other] for other in self.references[name]]))
            for name, key in self.keys.items()
        }
        return found, sum(rows.num_rows for rows in found.values())


def rows_found(rows: pa.Table, key: str, pairs: pa.Table) -> pa.Table:
    """Return the row that each distinct pair of a partition and a key refers to, with the partition; none for others.

    Examples
    --------
    >>> boards = pa.table({"board_id": [4, 7], "n_pins": [1, 2]})
    >>> rows_found(boards, "board_id", pa.table({PARTITION: [1, 0, 1], "key": [7, 9, 7]})).to_pylist()
    [{'board_id': 7, 'n_pins': 2, '_partition': 1}]
    """
    pairs = _distinct(pairs)
    keys, wanted = rows[key], pairs[_KEY]
    is_number = pa.types.is_integer(keys.type)
    place = IdLookup.of(keys.to_numpy()).find(wanted.to_numpy()) if is_number else TextLookup.of(keys).find(wanted)
    there = np.flatnonzero(place >= 0)
    partition = pairs[PARTITION].take(pa.array(there))
    return rows.take(pa.array(place[there])).append_column(PARTITION, partition)


def lookup_step(
    lookups: Mapping[str, Lookup], n_parts: int, kept: KeptByName, partition_of: PartitionOf
) -> PartitionStep[Kept[int]]:
    """Return the step that finds what is referred to in tables of so many parts each, and keeps it by their names.

    ``partition_of`` is the hash by which their parts go.
    """
    references = {name: tuple(f"{name}-{n}" for n in range(len(one.references))) for name, one in lookups.items()}
    shuffled = {
        argument: Shuffled(refers, refers.n_shards, _KEY)
        for name, one in lookups.items()
        for argument, refers in zip(references[name], one.references, strict=True)
    }
    found = FoundRows({name: one.key for name, one in lookups.items()}, references)
    tables = {name: one.read for name, one in lookups.items()}
    return PartitionStep(n_parts, tables, found, kept, shuffled, partition_of)


def rows_by_partition(kept: KeptByName, name: str, found: Sequence[Kept[int]], schema: pa.Schema) -> Shuffled:
    """Return the rows of a table that the step found, to be split by the number of the partition that they are for.

    ``schema`` is that of the table.
    """
    shards = kept.shards(name, found, schema.append(pa.field(PARTITION, pa.int64())))
    return Shuffled(shards, len(shards), PARTITION, numbers_themselves)


@dataclass(frozen=True, slots=True)
class AsIfWhole:
    """A function of a partition that takes some of its tables as if they were there whole; picklable.

    Parameters
    ----------
    build
        The function.
    lookups
        For each such argument, the key by which the table is sorted, and what prepares it (as for a `SharedTable`).
    """

    build: Callable[..., pa.Table]
    lookups: Mapping[str, tuple[str, Callable[[pa.Table], object] | None]]

    def __call__(self, **inputs: pa.Table) -> pa.Table:
        """Apply the function to what was prepared of the rows of a partition."""
        looked_up = {name: _prepared(inputs[name], *of) for name, of in self.lookups.items()}
        return self.build(**{**inputs, **looked_up})


def _prepared(found: pa.Table, key: str, prepare: Callable[[pa.Table], object] | None) -> object:
    rows = found.drop_columns([PARTITION]).sort_by(key).combine_chunks()
    return prepare(rows) if prepare else rows


def _distinct(pairs: pa.Table) -> pa.Table:
    """Return pairs of a partition and a key, each once, by partition."""
    partition, keys = pairs[PARTITION].to_numpy(), one_array(pairs[_KEY])
    if pa.types.is_integer(keys.type):
        distinct = distinct_pairs(partition, keys.to_numpy())
        return pa.table({PARTITION: distinct.group, _KEY: distinct.member})
    encoded = keys.dictionary_encode()
    distinct = distinct_pairs(partition, encoded.indices.to_numpy().astype(np.int64))
    return pa.table({PARTITION: distinct.group, _KEY: encoded.dictionary.take(pa.array(distinct.member))})
