"""The signatures computed from pictures, looked up for the pins that bring none, where they are too many to be shared.

Each shard of raw pins asks for the images of such pins, each once. An image's signature is found in the part where it
lies by the hash of the image, and goes back by the number of the shard (`joins.engine.shuffled_joins.lookups`).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.arrow.hashing import partition_of
from joins.engine.kept_tables import Kept, KeptByName
from joins.engine.shuffled_joins.lookups import Lookup, lookup_step, rows_by_partition
from joins.engine.shuffled_joins.referred_rows import References
from joins.engine.step import PartitionInput, PartitionStep, Shuffled
from joins.raw.conform import unsigned_images

_NAME = "signatures"
_IMAGE = "image"


@dataclass(frozen=True, slots=True)
class SignaturesInParts:
    """Signatures of pictures in parts by the hash of their image, and the pins that may want them.

    Parameters
    ----------
    read
        Returns a part: `schema`, each image once.
    n_parts
        Number of parts.
    schema
        ``image``, ``image_signature`` and ``status``.
    pins
        Returns what a shard of the raw pins says of pictures (`joins.raw.schemas.PICTURE_FIELDS`).
    n_shards
        Number of shards of raw pins.
    """

    read: PartitionInput
    n_parts: int
    schema: pa.Schema
    pins: PartitionInput
    n_shards: int

    def step(self, first_shard: int, kept: KeptByName) -> PartitionStep[Kept[int]]:
        """Return the step that looks them up and keeps them; ``first_shard`` is the number of pins' first shard."""
        references = References(WantedImages(self.pins), self.n_shards, _IMAGE, ShardFrom(first_shard))
        lookup = {_NAME: Lookup(self.read, _IMAGE, (references,))}
        return lookup_step(lookup, self.n_parts, kept, partition_of)

    def by_shard(self, kept: KeptByName, found: list[Kept[int]]) -> Shuffled:
        """Return the signatures that the step kept, to be split by the number of their shard."""
        return rows_by_partition(kept, _NAME, found, self.schema)


@dataclass(frozen=True, slots=True)
class WantedImages:
    """Reads the images of a shard's pins that bring no signature, each once; picklable.

    ``pins`` returns what a shard of the raw pins says of pictures (`joins.raw.schemas.PICTURE_FIELDS`).
    """

    pins: PartitionInput

    def __call__(self, shard: int) -> pa.Table:
        """Return the images, a column ``image``."""
        return pa.table({_IMAGE: unsigned_images(self.pins(shard)).unique()})


@dataclass(frozen=True, slots=True)
class ShardFrom:
    """Says that rows are for the shard that they stand in, where shards are numbered from ``first``."""

    first: int

    def __call__(self, shard: int, rows: pa.Table) -> npt.NDArray[np.int64]:
        """Return the number of the shard for each row."""
        return np.full(rows.num_rows, self.first + shard, np.int64)
