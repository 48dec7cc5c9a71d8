"""Which boards show which pictures: what all votes of a pass are counted on, and no vote changes.

It is read off the pins once a pass and shard. Each later count of votes begins here; a second pass makes eight of them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.categories.labelled_boards import distinct
from joins.arrow.chunks import one_array
from joins.arrow.groups import Ints
from joins.arrow.hashing import key_hash, partition_of
from joins.arrow.ordering import order_by_partition
from joins.engine.step import PartitionInput

_HALF = 32  # bits: two numbers in one are sorted at once

Numbers = npt.NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, slots=True)
class ShownPictures:
    """Distinct pairs of picture and board, as numbers, sorted by picture, then board; and what the numbers stand for.

    Parameters
    ----------
    picture, board
        int32, shape ``(n_pairs,)``.
    picture_hashes
        uint64, shape ``(n_pictures,)``: hashes of the signatures, in the order in which the pictures come.
    board_ids, partition
        int64, shape ``(n_boards,)``: boards are numbered by partition, then id.
    """

    picture: Numbers
    board: Numbers
    picture_hashes: npt.NDArray[np.uint64]
    board_ids: Ints
    partition: Ints

    @property
    def n_pictures(self) -> int:
        """How many pictures there are."""
        return len(self.picture_hashes)

    def table(self) -> pa.Table:
        """Return all of it as a table of one row, a list a field, to be kept; `of_table` reads it."""
        columns = (self.picture, self.board, self.picture_hashes, self.board_ids, self.partition)
        lists = [
            pa.LargeListArray.from_arrays(pa.array([0, len(values)], pa.int64()), pa.array(values))
            for values in columns
        ]
        return pa.table(lists, names=list(self.__slots__))

    @classmethod
    def of_table(cls, kept: pa.Table) -> "ShownPictures":
        """Read what `table` returned, without a copy."""
        return cls(*(one_array(kept[name]).flatten().to_numpy() for name in cls.__slots__))


def shown_pictures(pins: pa.Table, n_partitions: int = 1) -> ShownPictures:
    """Find which boards show which pictures; a picture pinned repeatedly to a board counts once.

    ``pins`` are all pins of some pictures, ``board_id`` and ``image_signature``, in any order; boards are numbered by
    which of so many partitions they lie in.

    Examples
    --------
    >>> shown = shown_pictures(pa.table({"board_id": [7, 5, 7], "image_signature": ["b", "a", "b"]}))
    >>> shown.picture.tolist(), shown.board_ids[shown.board].tolist()
    ([0, 1], [7, 5])
    """
    pictures = one_array(pins["image_signature"]).dictionary_encode()
    boards = one_array(pins["board_id"]).dictionary_encode()
    board_ids: Ints = boards.dictionary.to_numpy()
    partition = partition_of(boards.dictionary, n_partitions) if n_partitions > 1 else np.zeros_like(board_ids)
    order = np.argsort(board_ids)  # neighbours are looked up faster
    order = order[order_by_partition(partition[order])]
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    picture = pictures.indices.to_numpy().astype(np.int64)
    pairs = distinct(picture << _HALF | number[boards.indices.to_numpy()])
    return ShownPictures(
        picture=(pairs >> _HALF).astype(np.int32),
        board=(pairs & (1 << _HALF) - 1).astype(np.int32),
        picture_hashes=key_hash(pictures.dictionary),
        board_ids=board_ids[order],
        partition=partition[order],
    )


@dataclass(frozen=True, slots=True)
class ShownPictureTables:
    """Finds which boards show which pictures of a shard of pins, as a table to be kept; picklable."""

    pins: PartitionInput
    n_partitions: int

    def __call__(self, shard: int) -> pa.Table:
        """Return the table of a shard."""
        return shown_pictures(self.pins(shard), self.n_partitions).table()


@dataclass(frozen=True, slots=True)
class ShownPicturesOf:
    """Reads the kept table of a shard; picklable, to run inside a worker."""

    read: PartitionInput

    def __call__(self, shard: int) -> ShownPictures:
        """Return the shown pictures of a shard."""
        return ShownPictures.of_table(self.read(shard))
