"""The ids that stand more than once in a raw table, found where they meet and brought to the shards that hold them.

Ids are split by their hash, each with the number of its shard, so that a partition has all rows of an id. What it
finds to be repeated goes back by that number: a shard learns of its own repeated ids alone, and nobody holds those of
a whole table.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from joins.arrow.hashing import partition_of
from joins.engine.kept_tables import Kept, KeptByName
from joins.engine.step import PartitionStep, Shuffled
from joins.raw.conform import conform
from joins.raw.intake.duplicates import repeated_ids, with_ids
from joins.raw.intake.table_shards import TableShards

REPEATED = pa.schema([pa.field("id", pa.int64()), pa.field("shard", pa.int32())])
IDS_A_PARTITION = 2**20  # of 12 bytes
_NAME = "repeated"


@dataclass(frozen=True, slots=True)
class IdsOfShards:
    """Reads the ids of a shard; a ``PartitionInput``."""

    keys: TableShards  # of the columns that identify rows alone

    def __call__(self, number: int) -> pa.Table:
        """Return every id that is one, in the order of the rows, with the number of its shard."""
        found = self.keys(number)
        ids = conform(found.rows, found.raw).rows[found.raw.key].drop_null()
        return pa.table([ids, pa.array(np.full(len(ids), number, np.int32))], schema=REPEATED)


@dataclass(frozen=True, slots=True)
class FindRepeated:
    """Finds the ids that stand more than once in the same table.

    Parameters
    ----------
    ends
        The number after the last shard of each table (`TableShards.ends`).
    """

    ends: tuple[int, ...]

    def __call__(self, ids: pa.Table) -> tuple[dict[str, pa.Table], int]:
        """Return the rows whose id stands more than once in their table, and how many there are.

        Rows come in the order of their shards, so those of a table lie together.

        Examples
        --------
        >>> ids = pa.table([[7, 5, 7, 5], [0, 0, 1, 2]], schema=REPEATED)
        >>> FindRepeated((2, 3))(ids)[0]["repeated"].to_pydict()  # shard 2 is another table's
        {'id': [7, 7], 'shard': [0, 1]}
        """
        cuts = [0, *np.searchsorted(ids["shard"].to_numpy(), self.ends).tolist()]
        tables = [ids.slice(start, end - start) for start, end in pairwise(cuts)]
        found = pa.concat_tables([_repeated(table) for table in tables])
        return {_NAME: found}, found.num_rows


def repeated_ids_step(keys: TableShards, n_ids: int, kept: KeptByName) -> PartitionStep[Kept[int]]:
    """Return the step that finds repeated ids among about so many and keeps them."""
    n_partitions = max(1, -(-n_ids // IDS_A_PARTITION))
    ids = Shuffled(IdsOfShards(keys), len(keys), "id")
    return PartitionStep(n_partitions, {}, FindRepeated(keys.ends), kept, {"ids": ids}, partition_of)


def repeated_by_shard(kept: KeptByName, found: list[Kept[int]]) -> Shuffled:
    """Return the repeated ids that the step kept, to be split by the number of their shard."""
    return kept.shards(_NAME, found, REPEATED).by("shard")


def _repeated(ids: pa.Table) -> pa.Table:
    return ids.filter(pa.array(with_ids(ids, "id", repeated_ids(ids["id"].to_numpy()))))
