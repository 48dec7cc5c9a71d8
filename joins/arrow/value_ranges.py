"""Numbers cut into ranges, so that all of them can be put in order while nobody holds them all.

Where to cut follows from a sample. Ranges say who works on what and nothing else: what comes out is the same with any
number of them. Equal numbers always fall into one range, so a range can be counted by itself.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Ranges:
    """Ranges of ascending numbers: `bounds` are the least ones of all but the first, ascending. Picklable.

    Examples
    --------
    >>> ranges = Ranges((10, 20))
    >>> ranges.n, ranges.of(np.array([9, 10, 25])).tolist()
    (3, [0, 1, 2])
    """

    bounds: tuple[int, ...] | tuple[float, ...]

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.bounds) + 1

    def of(self, numbers: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the number of the range that each falls into."""
        bounds = np.array(self.bounds, numbers.dtype)
        return np.searchsorted(bounds, numbers, side="right").astype(np.int64, copy=False)


def cut(sample: NDArray[np.int64] | NDArray[np.float64], n: int) -> Ranges:
    """Return ranges, `n` at most, into which about as many of a sample fall; equal numbers fall into one.

    Examples
    --------
    >>> cut(np.array([40, 10, 30, 20]), 2)
    Ranges(bounds=(30,))
    """
    ordered = np.unique(sample)
    n = min(n, max(1, ordered.size))
    return Ranges(tuple(ordered[[ordered.size * number // n for number in range(1, n)]].tolist()))


def counted_up_to(
    values: NDArray[np.float64], n_of_each: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct values of rows that stand for several each, how many are up to each, and each row's place.

    Examples
    --------
    >>> distinct, n_up_to, place = counted_up_to(np.array([0.7, 0.5, 0.7]), np.array([1, 1, 2]))
    >>> distinct.tolist(), n_up_to.tolist(), place.tolist()
    ([0.5, 0.7], [1, 4], [1, 0, 1])
    """
    distinct, place = np.unique(values, return_inverse=True)
    n = np.zeros(distinct.size, np.int64)
    np.add.at(n, place, n_of_each)
    return distinct, np.cumsum(n), place
