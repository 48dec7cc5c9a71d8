"""Rows that shards refer to, brought to them: each shard gets those it needs, and no task a whole table.

Shards (of pins, say) refer by keys to rows that lie elsewhere, in partitions by the hash of the key (boards). Two
shuffles bring them together. On the way there a shard hands out its distinct keys with its number; where the rows lie,
it is kept which row each shard asked for. On the way back these rows travel, by the number of the shard. What is kept
serves for whatever else is to be brought from the same rows later.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from joins.arrow.groups import Ints
from joins.arrow.id_lookup import IdLookup
from joins.engine.step import PartitionInput, Shuffled

SHARD = "shard"
ROW_PLACES = pa.schema([pa.field("row", pa.int64()), pa.field(SHARD, pa.int32())])


@dataclass(frozen=True, slots=True)
class RequestsOf:
    """Reads the keys that a shard refers to, each once, with the number of the shard; picklable.

    ``keys`` returns the distinct keys of a shard, whole numbers, and ``name`` is what their column is to be called.
    """

    keys: Callable[[int], Ints]
    name: str

    def __call__(self, shard: int) -> pa.Table:
        """Return the requests of a shard."""
        keys = self.keys(shard)
        return pa.table({self.name: keys, SHARD: np.full(len(keys), shard, np.int32)})


def places_of(requests: pa.Table, keys: Ints, name: str) -> pa.Table:
    """Return `ROW_PLACES`: the row of each key that was asked for, and the shard; unknown keys are left out.

    ``keys`` are distinct, those of the rows of a partition.

    Examples
    --------
    >>> requests = pa.table({"board_id": [7, 9, 7], "shard": pa.array([0, 0, 1], pa.int32())})
    >>> places_of(requests, np.array([5, 7]), "board_id").to_pylist()
    [{'row': 1, 'shard': 0}, {'row': 1, 'shard': 1}]
    """
    rows = IdLookup.of(keys).find(requests[name].to_numpy())
    known = rows >= 0
    return pa.table([rows[known], requests[SHARD].to_numpy()[known]], schema=ROW_PLACES)


@dataclass(frozen=True, slots=True)
class RequestedRows:
    """Reads the rows of a partition once for each shard that asked for them; picklable.

    ``rows`` and ``places`` return the rows of a partition and their `ROW_PLACES`.
    """

    rows: PartitionInput
    places: PartitionInput

    def __call__(self, number: int) -> pa.Table:
        """Return the rows, with the number of the shard that each is for."""
        places = self.places(number)
        return self.rows(number).take(places["row"]).append_column(SHARD, places[SHARD])

    def to_shards(self, n_partitions: int) -> Shuffled:
        """Return them as a table that is to be split by shard; its step has `numbers_themselves` for a hash."""
        return Shuffled(self, n_partitions, SHARD)
