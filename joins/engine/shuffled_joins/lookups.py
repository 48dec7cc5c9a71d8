"""Tables that partitions look rows up in, joined by a shuffle: each partition is given the rows that it refers to.

A table that every partition sees whole grows with the input, on every task (`joins.engine.step.SharedTable`). Where it
is large, what refers to it says so first (`joins.engine.shuffled_joins.referred_rows`). The rows that are found are
kept with the number of the partition, by which the next step shuffles them.

A partition then has some rows of the table instead of all. The function of a partition must therefore give the same
whichever other rows there are. What is referred to and not in the table is missing in both.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from joins.engine.kept_tables import Kept, KeptByName
from joins.engine.shuffled_joins.referred_rows import PARTITION, References, row_places, rows_at
from joins.engine.step import PartitionInput, PartitionOf, PartitionStep, Shuffled, numbers_themselves


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
    return rows_at(rows, row_places(rows[key], pairs))


def lookup_step(
    lookups: Mapping[str, Lookup], n_parts: int, kept: KeptByName, partition_of: PartitionOf
) -> PartitionStep[Kept[int]]:
    """Return the step that finds what is referred to in tables of so many parts each, and keeps it by their names.

    ``partition_of`` is the hash by which their parts go.
    """
    references = {name: tuple(f"{name}-{n}" for n in range(len(one.references))) for name, one in lookups.items()}
    shuffled = {
        argument: refers.by_key()
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
