"""How boards are cut into slices: ranges of ascending ids, of about as many boards each.

Where to cut (`joins.arrow.value_ranges`) follows from a sample of the ids, chosen by their hash, so that nobody has to
see all of them. Slices say who works on what and nothing else: ranks have the same bits with any number of them
(`pagerank.slices.exact_sums`).
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from joins.arrow.hashing import key_hash

MOST_BOARDS = 1 << 20  # about, of a slice: 8 MiB a vector
LEAST_BOARDS = 1 << 17  # of a slice among a few
FEW_SLICES = 32  # until there are so many, slices are made smaller, so that there is work for many workers
SAMPLED = 64  # ids, about, of the smallest slices
RANKS_SAMPLED = 512  # of a slice, at least
_HASHES = 2.0**64


def n_slices(n_boards: int, boards_a_slice: int | None = None) -> int:
    """Return how many slices so many boards make; by default as their sizes above say.

    Examples
    --------
    >>> n_slices(0), n_slices(1_000_000), n_slices(40_000_000), n_slices(7, 2)
    (1, 8, 39, 4)
    """
    if boards_a_slice is not None:
        return max(1, -(-n_boards // boards_a_slice))
    return max(1, -(-n_boards // MOST_BOARDS), min(FEW_SLICES, -(-n_boards // LEAST_BOARDS)))


def sample_of(ids: NDArray[np.int64], boards_a_slice: int | None = None) -> NDArray[np.int64]:
    """Return those of some ids that say where to cut: an id is one of them wherever it stands, or nowhere.

    Parameters
    ----------
    ids
        Shape ``(n,)``, in any order.
    boards_a_slice
        About how many boards a slice will have; None: as many as the smallest has.

    Examples
    --------
    >>> sample_of(np.array([7, 4]), boards_a_slice=1).tolist()
    [7, 4]
    """
    share = min(1.0, SAMPLED / (boards_a_slice or LEAST_BOARDS))
    sampled: NDArray[np.int64] = ids[key_hash(pa.array(ids)) < share * _HASHES]
    return sampled
