"""The shards of all raw tables under one numbering.

One numbering lets one step of the engine take in all tables: on a cluster a step costs a job, however small it is.
"""

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import pyarrow as pa

from joins.engine.step import PartitionInput
from joins.raw.schemas import RawTable


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
