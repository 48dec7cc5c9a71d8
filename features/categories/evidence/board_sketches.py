"""Small sketches of the pictures of boards, from which it is told how far two boards of one owner copy each other.

A sketch is the number of pictures of a board and, for each of 16 hash functions, the least hash of its pictures. Two
boards have the same least hash with the probability of their Jaccard similarity (Broder, "On the resemblance and
containment of documents", 1997). So boards are compared in a time that doesn't depend on how many pictures they show.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.categories.evidence.shown_pictures import ShownPictures
from joins.arrow.chunks import one_array
from joins.arrow.groups import Floats, Ints
from joins.arrow.hashing import splitmix64
from joins.engine.step import PartitionInput

N_MINIMA = 16
BOARD_SKETCHES = pa.schema(
    [
        pa.field("board_id", pa.int64(), nullable=False),
        pa.field("n_pictures", pa.int32(), nullable=False),
        pa.field("minima", pa.list_(pa.uint32(), N_MINIMA), nullable=False),
    ]
)
_FACTORS = splitmix64(np.arange(N_MINIMA, dtype=np.uint64)) | np.uint64(1)  # odd, so that no two hashes become one


@dataclass(frozen=True, slots=True)
class Sketches:
    """The sketches of some boards, looked up by position.

    ``n_pictures``, shape ``(n_boards,)``, is 0 for a board without sketch; ``minima`` has the shape
    ``(n_boards, N_MINIMA)``.
    """

    n_pictures: npt.NDArray[np.int32]
    minima: npt.NDArray[np.uint32]

    @classmethod
    def of(cls, n_pictures: pa.Array, minima: pa.Array) -> "Sketches":
        """Read two columns of `BOARD_SKETCHES`."""
        return cls(n_pictures.to_numpy(), minima.flatten().to_numpy().reshape(-1, N_MINIMA))

    def of_rows(self, rows: Ints) -> "Sketches":
        """Return the sketches of some boards, in their order."""
        return Sketches(self.n_pictures[rows], self.minima[rows])

    def overlap(self, left: Ints, right: Ints) -> Floats:
        """Return, for pairs of boards that share a picture, the share of the others that both show.

        It is estimated, of the pictures of the smaller board: below 0 or above 1 by chance, and 1 if it has no others.

        Examples
        --------
        >>> from features.categories.evidence.shown_pictures import shown_pictures
        >>> pins = pa.table({"board_id": [1, 1, 2, 2, 2], "image_signature": ["a", "b", "a", "b", "c"]})
        >>> table = board_sketches(picture_hashes(shown_pictures(pins), np.array([1, 2])))
        >>> sketches = Sketches.of(one_array(table["n_pictures"]), one_array(table["minima"]))
        >>> bool(sketches.overlap(np.array([0]), np.array([1]))[0] > 0.5)
        True
        """
        similarity = (self.minima[left] == self.minima[right]).mean(axis=1)
        sizes = self.n_pictures[left].astype(np.int64), self.n_pictures[right].astype(np.int64)
        n_shared = similarity * (sizes[0] + sizes[1]) / (1 + similarity)
        n_others = np.minimum(*sizes) - 1
        return np.where(n_others > 0, (n_shared - 1) / np.maximum(n_others, 1), 1.0)


def picture_hashes(shown: ShownPictures, boards: Ints) -> pa.Table:
    """Return ``board_id`` and ``picture``, a hash, of the pictures that some boards show; each pair once.

    ``boards`` are ids, ascending.

    Examples
    --------
    >>> from features.categories.evidence.shown_pictures import shown_pictures
    >>> pins = pa.table({"board_id": [1, 2, 2, 3], "image_signature": ["a", "a", "a", "b"]})
    >>> picture_hashes(shown_pictures(pins), np.array([2, 3]))["board_id"].to_pylist()
    [2, 3]
    """
    at = np.searchsorted(boards, shown.board_ids)
    asked = np.flatnonzero(
        (np.append(boards, -1)[at] == shown.board_ids)[shown.board] & (at < len(boards))[shown.board]
    )
    board_id, picture = shown.board_ids[shown.board[asked]], shown.picture_hashes[shown.picture[asked]]
    return pa.table({"board_id": board_id, "picture": picture})


def board_sketches(pictures: pa.Table) -> pa.Table:
    """Return `BOARD_SKETCHES` by id of the boards that rows of `picture_hashes` name, in any order of rows.

    Notes
    -----
    O(pins) time but for sorting them by board. Minima and counts are the same in whatever order the rows come.

    Examples
    --------
    >>> from features.categories.evidence.shown_pictures import shown_pictures
    >>> pins = pa.table({"board_id": [1, 2, 2], "image_signature": ["a", "a", "b"]})
    >>> board_sketches(picture_hashes(shown_pictures(pins), np.array([1, 2])))["n_pictures"].to_pylist()
    [1, 2]
    """
    board_id = one_array(pictures["board_id"]).to_numpy()
    order = np.argsort(board_id, kind="stable")
    picture = one_array(pictures["picture"]).to_numpy()[order]
    ids, starts, counts = np.unique(board_id[order], return_index=True, return_counts=True)
    minima = np.empty((len(ids), N_MINIMA), np.uint32)
    for number, factor in enumerate(_FACTORS):
        hashed = (picture * factor >> np.uint64(32)).astype(np.uint32)
        minima[:, number] = np.minimum.reduceat(hashed, starts) if len(starts) else hashed
    lists = pa.FixedSizeListArray.from_arrays(pa.array(minima.ravel()), N_MINIMA)
    return pa.table([ids, counts.astype(np.int32), lists], schema=BOARD_SKETCHES)


def sketch_columns(board_ids: Ints, sketches: pa.Table) -> dict[str, pa.Array]:
    """Return the columns of `BOARD_SKETCHES` for some boards, by ascending id; all 0 where there is no sketch."""
    known = Sketches.of(one_array(sketches["n_pictures"]), one_array(sketches["minima"]))
    n_pictures, minima = np.zeros(len(board_ids), np.int32), np.zeros((len(board_ids), N_MINIMA), np.uint32)
    rows = np.searchsorted(board_ids, sketches["board_id"].to_numpy())
    n_pictures[rows], minima[rows] = known.n_pictures, known.minima
    lists = pa.FixedSizeListArray.from_arrays(pa.array(minima.ravel()), N_MINIMA)
    return {"n_pictures": pa.array(n_pictures), "minima": lists}


def boards_of_shared_owners(board_ids: Ints, owners: Ints) -> Ints:
    """Return the ids of the boards whose owner has several: the boards to sketch; ``owners`` are numbers.

    Examples
    --------
    >>> boards_of_shared_owners(np.array([3, 5, 7]), np.array([4, 0, 4])).tolist()
    [3, 7]
    """
    _, number, n_boards = np.unique(owners, return_inverse=True, return_counts=True)
    return board_ids[n_boards[number] > 1]


def sketches_of(shown: ShownPictures, boards: Ints) -> pa.Table | None:
    """Return `BOARD_SKETCHES` of some boards, given all they show; None where no board is to be sketched."""
    return board_sketches(picture_hashes(shown, boards)) if len(boards) else None


@dataclass(frozen=True, slots=True)
class PictureHashesOf:
    """Hashes the pictures of the boards to sketch, shard by shard; picklable, to run inside a worker.

    ``shown`` returns the shown pictures of a shard, and no picture lies in two; ``boards`` the ids of the boards to
    sketch, ascending, of all or of those that it shows.
    """

    shown: Callable[[int], ShownPictures]
    boards: PartitionInput

    def __call__(self, shard: int) -> pa.Table:
        """Return `picture_hashes` of a shard."""
        return picture_hashes(self.shown(shard), self.boards(shard)["board_id"].to_numpy())
