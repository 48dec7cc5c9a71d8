"""Which pins that others were saved from were accepted: found where ids meet, and brought to where the picture lies.

Pins are partitioned by picture. Whether a parent that isn't among the pins of a partition was accepted at all can be
told by the ids of all pins, 8 bytes each, or by a shuffle: each parent's id travels to the partition of that id, with
the picture of the pin that names it, and if it was accepted it travels on to the partition of the picture.
"""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.hashing import partition_of
from joins.arrow.id_lookup import IdLookup
from joins.engine.kept_tables import Kept, KeptByName, KeptShards
from joins.engine.step import PartitionStep, Shuffled
from joins.pin_lists import ACCEPTED_PINS
from joins.raw.intake.references import IdsIn
from joins.raw.intake.repeated_ids import IDS_A_PARTITION

PARENTS = pa.schema([pa.field("parent_pin_id", pa.int64()), ACCEPTED_PINS.field("image_signature")])
_NAME = "known-parents"


@dataclass(frozen=True, slots=True)
class ParentsIn:
    """Reads which parents the accepted pins of a shard name, and for which pictures."""

    pins: KeptShards

    def __call__(self, shard: int) -> pa.Table:
        """Return each pair of a parent and a picture once, so that a popular pin is a few rows a shard."""
        named = self.pins(shard).select(PARENTS.names).filter(pc.field("parent_pin_id").is_valid())
        return named.group_by(PARENTS.names, use_threads=False).aggregate([]).cast(PARENTS)


def find_parents(ids: pa.Table, parents: pa.Table) -> tuple[dict[str, pa.Table], int]:
    """Return the parents that are among some accepted pins, and how many rows they are.

    Examples
    --------
    >>> ids = pa.table({"pin_id": [4, 7]})
    >>> find_parents(ids, pa.table([[7, 8], ["aa", "bb"]], schema=PARENTS))[0]["known-parents"].to_pylist()
    [{'parent_pin_id': 7, 'image_signature': 'aa'}]
    """
    rows = IdLookup.of(ids["pin_id"].to_numpy()).find(parents["parent_pin_id"].to_numpy())
    known = parents.filter(pa.array(rows >= 0))
    return {_NAME: known}, known.num_rows


def known_parents_step(pins: KeptShards, n_pins: int, kept: KeptByName) -> PartitionStep[Kept[int]]:
    """Return the step that finds the parents that were accepted and keeps them."""
    shuffled = {
        "ids": Shuffled(IdsIn(pins, "pin_id"), len(pins), "pin_id"),
        "parents": Shuffled(ParentsIn(pins), len(pins), "parent_pin_id"),
    }
    n_partitions = max(1, -(-n_pins // IDS_A_PARTITION))
    return PartitionStep(n_partitions, {}, find_parents, kept, shuffled, partition_of)


def parents_by_picture(kept: KeptByName, found: list[Kept[int]]) -> Shuffled:
    """Return the parents that the step kept, to be split by the picture of the pins that name them."""
    return kept.shards(_NAME, found, PARENTS).by("image_signature")
