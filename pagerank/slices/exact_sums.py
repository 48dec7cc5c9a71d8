"""Sums of floats as whole numbers: the same to the last bit however the terms are cut into slices and ordered.

A float times a power of two, rounded to a whole number, loses a known little, and whole numbers add up exactly. So
ranks don't depend on the number of slices, of partitions or of workers, as sums of floats would. The idea is that of
long accumulators (Kulisch, "Computer arithmetic and validity", 2008), cut down to numbers whose sums are known to be
small.
"""

import numpy as np
from numpy.typing import NDArray

UNIT = 2.0**61  # of what a board receives: its whole number stays below 2**63 as long as all ranks sum to less than 4
_HIGH_BITS, _LOW_BITS = 52, 40  # behind the point, of the two whole numbers that a term of a sum is cut into
_WHOLE = 1 << (_HIGH_BITS + _LOW_BITS)
_AT_ONCE = 1 << 20  # edges whose products are in memory
EDGES_AN_ADDITION = 1 << 10  # rounding so many products to whole numbers errs by no more than one addition


def exact_sum(values: NDArray[np.float64]) -> int:
    """Return the sum of floats in units of ``2**-92``, each a unit off at most.

    Up to 2**23 values, whose absolute values sum to less than 2**11.

    Examples
    --------
    >>> exact_sum(np.array([0.5, 0.25])) == exact_sum(np.array([0.25])) + exact_sum(np.array([0.5]))
    True
    >>> as_float(exact_sum(np.array([0.5, -0.75])))
    -0.25
    """
    scaled = np.ldexp(values, _HIGH_BITS)
    high = np.floor(scaled)
    low = np.floor(np.ldexp(scaled - high, _LOW_BITS))
    return (int(high.astype(np.int64).sum()) << _LOW_BITS) + int(low.astype(np.int64).sum())


def as_float(total: int) -> float:
    """Return a sum of `exact_sum`, or several of them added up, as a float, rounded once."""
    return total / _WHOLE


def add_received(
    received: NDArray[np.int64],
    target: NDArray[np.integer],
    source: NDArray[np.integer],
    share: NDArray[np.float64],
    ranks: NDArray[np.float64],
) -> None:
    """Add to what each target receives, in units of ``1 / UNIT``, what edges hand on to it.

    An edge hands on a `share` of its source's rank; `ranks` are those of the sources, times `UNIT`. Of all edges so few
    are looked at together that what they hand on stays small.

    Notes
    -----
    A product is rounded twice, once as a float and once to a whole number. The second errs by half a unit at most:
    all edges together by what `EDGES_AN_ADDITION` of them a rounding of 1 make.

    Examples
    --------
    >>> received = np.zeros(2, np.int64)
    >>> ranks = np.array([0.2, 0.3, 0.5]) * UNIT
    >>> add_received(received, np.array([1, 1]), np.array([0, 2]), np.array([0.5, 1.0]), ranks)
    >>> (received / UNIT).tolist()
    [0.0, 0.6]
    """
    for start in range(0, target.size, _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        handed_on = share[some] * ranks[source[some]]
        np.add.at(received, target[some].astype(np.intp), np.rint(handed_on, out=handed_on).astype(np.int64))
