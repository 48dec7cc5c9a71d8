"""The shards of all raw tables under one numbering, and the tables that a step keeps of them.

One numbering lets one step of the engine take in all tables: on a cluster a step costs a job, however small it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Generic, TypeVar

import numpy as np
import pyarrow as pa

from joins.engine.places import Place
from joins.engine.step import KeptTables, PartitionInput, Shuffled
from joins.raw.schemas import RawTable

Rest = TypeVar("Rest")


@dataclass(frozen=True, slots=True)
class RawRows:
    """Rows of a raw table, as its files hold them."""

    raw: RawTable
    rows: pa.Table


@dataclass(frozen=True, slots=True)
class RawShards:
    """The shards of one raw table, ``read`` as a ``PartitionInput``."""

    raw: RawTable
    read: PartitionInput
    n_shards: int


@dataclass(frozen=True, slots=True)
class TableShards:
    """The shards of several raw tables, numbered from 0, one table after the other; at least one table."""

    tables: tuple[RawShards, ...]

    def __len__(self) -> int:
        return self.ends[-1]

    @property
    def ends(self) -> tuple[int, ...]:
        """The number after the last shard of each table."""
        return tuple(accumulate(table.n_shards for table in self.tables))

    def __call__(self, number: int) -> RawRows:
        """Return the rows of a shard."""
        at = int(np.searchsorted(self.ends, number, side="right"))
        table = self.tables[at]
        return RawRows(table.raw, table.read(number - self.ends[at] + table.n_shards))


@dataclass(frozen=True, slots=True)
class Kept(Generic[Rest]):
    """What comes home of a partition whose tables are kept: the names of those that have rows, and something small."""

    names: frozenset[str]
    rest: Rest


@dataclass(frozen=True, slots=True)
class KeptByName:
    """The sink of a step that builds several tables and something small; what has rows is kept under its name."""

    folder: Place

    def __call__(self, number: int, built: tuple[Mapping[str, pa.Table], Rest]) -> Kept[Rest]:
        """Keep the tables of a partition and return the rest of what was built."""
        tables, rest = built
        kept = {name: table for name, table in tables.items() if table.num_rows}
        for name, table in kept.items():
            self._tables(name)(number, (table, None))
        return Kept(frozenset(kept), rest)

    def shards(self, name: str, kept: Sequence[Kept[Rest]], schema: pa.Schema) -> "KeptShards":
        """Return the tables of a name, in the order of the partitions."""
        tables = self._tables(name)
        return KeptShards(schema, tuple((tables, number) for number, one in enumerate(kept) if name in one.names))

    def _tables(self, name: str) -> KeptTables:
        return KeptTables(self.folder / name)


@dataclass(frozen=True, slots=True)
class KeptShards:
    """Tables that steps kept, as the shards of one table; where none has rows, there is one shard without."""

    schema: pa.Schema
    tables: tuple[tuple[KeptTables, int], ...]

    def __len__(self) -> int:
        return max(1, len(self.tables))

    def __call__(self, shard: int) -> pa.Table:
        """Return the rows of a shard."""
        if not self.tables:
            return self.schema.empty_table()
        kept, number = self.tables[shard]
        return kept.read(number)

    def __add__(self, others: "KeptShards") -> "KeptShards":
        """Return these shards and others of the same schema after them."""
        return KeptShards(self.schema, self.tables + others.tables)

    def by(self, key: str) -> Shuffled:
        """Return them as a table that is to be split by a key."""
        return Shuffled(self, len(self), key)
