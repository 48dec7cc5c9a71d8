"""How many bits a graph's weights need: whether float32 holds them exactly, and float64 their sums."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SMALL = 1 << 24  # whole numbers up to here are looked at no further
_DOUBLE_BITS, _SINGLE_BITS = 53, 24
_MAX_EXPONENT = 1_000  # a weight below any use is scaled no further


@dataclass(frozen=True, slots=True)
class WeightPrecision:
    """How many bits some weights and their sums need.

    They have a largest, a total, and a lowest bit: the exponent of the lowest that is set in any of them, or one below.
    """

    largest: float = 0.0
    total: float = 0.0
    lowest_bit: int = _MAX_EXPONENT

    @property
    def scale(self) -> float:
        """The power of two that takes the largest below 1."""
        return float(np.ldexp(1.0, min(-int(np.frexp(self.largest)[1]), _MAX_EXPONENT)))

    @property
    def fits_float32(self) -> bool:
        """Whether float32 holds every weight exactly, once it is scaled."""
        return int(np.frexp(self.largest)[1]) - self.lowest_bit <= _SINGLE_BITS

    @property
    def sums_are_exact(self) -> bool:
        """Whether float64 holds every sum of such weights exactly, in any order."""
        return bool(np.isfinite(self.total)) and int(np.frexp(self.total)[1]) - self.lowest_bit < _DOUBLE_BITS


def weight_precision(weight: NDArray[np.number]) -> WeightPrecision:
    """Look at some weights, finite and at least 0.

    Examples
    --------
    >>> weight_precision(np.array([0.0, 0.75, 6.0]))
    WeightPrecision(largest=6.0, total=6.75, lowest_bit=-2)
    """
    with np.errstate(over="ignore"):  # an infinite sum is one that isn't exact
        largest, total = float(weight.max(initial=0)), float(weight.sum(dtype=np.float64))
    if weight.dtype.kind != "f" or (largest <= SMALL and (np.floor(weight) == weight).all()):
        return WeightPrecision(largest, total, 0)
    mantissa, exponent = np.frexp(weight[weight > 0])
    digits = np.ldexp(mantissa, _DOUBLE_BITS).astype(np.int64)
    lowest = np.frexp((digits & -digits).astype(np.float64))[1] - 1
    return WeightPrecision(largest, total, int((exponent - _DOUBLE_BITS + lowest).min(initial=_MAX_EXPONENT)))


def combined(found: Iterable[WeightPrecision]) -> WeightPrecision:
    """Return what is true of all weights, from what is true of some each."""
    parts = list(found)
    if not parts:
        return WeightPrecision()
    return WeightPrecision(
        max(part.largest for part in parts), sum(part.total for part in parts), min(part.lowest_bit for part in parts)
    )
