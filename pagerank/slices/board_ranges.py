"""How boards are cut into slices: ranges of ascending ids, of about as many boards each.

Where to cut follows from a sample of the ids, chosen by their hash, so that nobody has to see all of them. Slices
say who works on what and nothing else: ranks have the same bits with any number of them (`pagerank.slices.exact_sums`).
"""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Slices:
    """Ranges of ascending numbers: `bounds` are the least ones of all but the first, ascending. Picklable.

    Examples
    --------
    >>> slices = Slices((10, 20))
    >>> slices.n, slices.of(np.array([9, 10, 25])).tolist()
    (3, [0, 1, 2])
    """

    bounds: tuple[int, ...] | tuple[float, ...]

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.bounds) + 1

    def of(self, numbers: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the number of the slice that each falls into."""
        bounds = np.array(self.bounds, numbers.dtype)
        return np.searchsorted(bounds, numbers, side="right").astype(np.int64, copy=False)


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
    """Return those of some ids that say where to cut: the same of an id wherever it stands."""
    share = min(1.0, SAMPLED / (boards_a_slice or LEAST_BOARDS))
    sampled: NDArray[np.int64] = ids[key_hash(pa.array(ids)) < share * _HASHES]
    return sampled


def cut(sample: NDArray[np.int64] | NDArray[np.float64], n: int) -> Slices:
    """Return slices, `n` at most, into which about as many of a sample fall; equal numbers fall into one.

    Examples
    --------
    >>> cut(np.array([40, 10, 30, 20]), 2)
    Slices(bounds=(30,))
    """
    ordered = np.unique(sample)
    n = min(n, max(1, ordered.size))
    return Slices(tuple(ordered[[ordered.size * number // n for number in range(1, n)]].tolist()))
