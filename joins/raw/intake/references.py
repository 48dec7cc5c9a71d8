"""How many accepted rows refer to a board or a user that isn't there, counted where ids and references meet.

Both are split by the hash of the id, references as distinct ids with their number in a shard, so that an id that
everybody refers to is a row a shard.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from joins.arrow.chunks import one_array
from joins.arrow.hashing import partition_of
from joins.arrow.id_lookup import IdLookup
from joins.engine.kept_tables import KeptShards
from joins.engine.step import PartitionInput, PartitionStep, Shuffled, hand_over
from joins.raw.intake.repeated_ids import IDS_A_PARTITION
from joins.raw.schemas import RAW_BOARDS, RAW_PINS, RAW_USERS

# The columns of a table that refer to another, which has the ids in the column of the same name.
REFERS_TO = {
    RAW_PINS.name: {"board_id": RAW_BOARDS.name, "user_id": RAW_USERS.name},
    RAW_BOARDS.name: {"user_id": RAW_USERS.name},
    RAW_USERS.name: {},
}
Unknown = dict[str, dict[str, int]]  # by table and column


@dataclass(frozen=True, slots=True)
class IdsIn:
    """Reads one column of a shard."""

    read: PartitionInput
    column: str

    def __call__(self, shard: int) -> pa.Table:
        """Return the column."""
        return self.read(shard).select([self.column])


@dataclass(frozen=True, slots=True)
class ReferencesIn(IdsIn):
    """Reads the distinct ids in a column of a shard, and how often each stands there."""

    def __call__(self, shard: int) -> pa.Table:
        """Return the ids and in ``n`` how many rows have each."""
        counted = one_array(self.read(shard)[self.column].value_counts())
        return pa.table({self.column: counted.field("values"), "n": counted.field("counts")})


@dataclass(frozen=True, slots=True)
class CountUnknown:
    """Counts rows that refer to what isn't there, by table and column."""

    refers_to: Mapping[str, Mapping[str, str]]

    def __call__(self, **tables: pa.Table) -> Unknown:
        """Count them among ids and references of one partition; references come as ``<table>_<column>``."""
        return {
            table: {
                column: _n_unknown(tables[to], tables[f"{table}_{column}"], column) for column, to in columns.items()
            }
            for table, columns in self.refers_to.items()
        }


def references_step(accepted: Mapping[str, KeptShards], n_accepted: int) -> PartitionStep[Unknown]:
    """Return the step that counts them in each partition of the ids."""
    shuffled: dict[str, Shuffled] = {}
    for table, columns in REFERS_TO.items():
        for column, to in columns.items():
            shuffled[to] = Shuffled(IdsIn(accepted[to], column), len(accepted[to]), column)
            referring = ReferencesIn(accepted[table], column)
            shuffled[f"{table}_{column}"] = Shuffled(referring, len(accepted[table]), column)
    n_partitions = max(1, -(-n_accepted // IDS_A_PARTITION))
    return PartitionStep(n_partitions, {}, CountUnknown(REFERS_TO), hand_over, shuffled, partition_of)


def add_up(parts: list[Unknown]) -> Unknown:
    """Return the counts of all partitions together.

    Examples
    --------
    >>> add_up([{"boards": {"user_id": 1}, "users": {}}, {"boards": {"user_id": 2}, "users": {}}])
    {'boards': {'user_id': 3}, 'users': {}}
    """
    return {
        table: {column: sum(part[table][column] for part in parts) for column in columns}
        for table, columns in parts[0].items()
    }


def _n_unknown(ids: pa.Table, references: pa.Table, column: str) -> int:
    rows = IdLookup.of(ids[column].to_numpy()).find(references[column].to_numpy())
    return int(references["n"].to_numpy()[np.flatnonzero(rows < 0)].sum())
