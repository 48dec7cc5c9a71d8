"""How values are distributed over a million boards or pictures, in a few points and sentences' worth of numbers.

A distribution is told by how many values are at least as large as each of some thresholds, which on two log scales is
a straight line for a power law, needs no bins and hides no tail.

Only different values are kept, with how often each is there. Where there are more than `MOST_DIFFERENT` of them, as of
ranks, all are rounded to one part in 8,192. So the memory that it takes doesn't grow with the boards.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from joins.arrow.groups import Floats, Ints
from workflows.reports.gathering.plain import Plain, share

MOST_POINTS = 48
MOST_DIFFERENT = 262_144
_TOP_PERCENT = 1
_DIGITS = 6  # of a value that is recorded
_ROUNDED_BITS = 13  # of the mantissa


@dataclass(frozen=True, slots=True)
class CountedValues:
    """Different values in ascending order, and how often each is there."""

    values: Floats = field(default_factory=lambda: np.empty(0))
    counts: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def __add__(self, other: "CountedValues") -> "CountedValues":
        both, counts = np.concatenate([self.values, other.values]), np.concatenate([self.counts, other.counts])
        values, places = np.unique(both, return_inverse=True)
        return CountedValues(values, np.bincount(places, counts, values.size).astype(np.int64))

    def rounded(self) -> "CountedValues":
        """Return these values with the bits that are told apart where there are many."""
        mantissas, exponents = np.frexp(self.values)
        rounded = np.ldexp(np.rint(np.ldexp(mantissas, _ROUNDED_BITS)), exponents - _ROUNDED_BITS)
        return CountedValues(rounded, self.counts) + CountedValues()


def counted_values(parts: Iterable[pa.Table], name: str) -> CountedValues:
    """Count the values of a column of all parts; nulls are left out."""
    found, is_rounded = CountedValues(), False
    for part in parts:
        of_part = counted(part[name].drop_null().to_numpy().astype(np.float64))
        found += of_part.rounded() if is_rounded else of_part
        if not is_rounded and found.values.size > MOST_DIFFERENT:
            found, is_rounded = found.rounded(), True
    return found


def counted(values: Floats) -> CountedValues:
    """Count values."""
    return CountedValues(*np.unique(values, return_counts=True))


def distribution(found: CountedValues) -> Plain:
    """Return how values are distributed; those that are 0 are counted apart, as a log scale has no place for them.

    Examples
    --------
    >>> told = distribution(counted(np.array([1.0, 1, 1, 1, 2, 4, 0, 0])))
    >>> told["at_least"]
    [[1, 6], [2, 2], [4, 1]]
    >>> told["n"], told["n_zero"], told["median"], told["largest"], told["top_percent_share"]
    (8, 2, 1, 4, 0.4)
    """
    values, n_up_to = found.values, np.cumsum(found.counts)
    n = int(n_up_to[-1]) if values.size else 0
    is_positive = values > 0
    n_positive = int(found.counts[is_positive].sum())
    if not n_positive:
        return {"n": n, "n_zero": n, "at_least": []}
    thresholds = _thresholds(values[is_positive])
    n_at_least = n - n_up_to[np.searchsorted(values, thresholds)] + found.counts[np.searchsorted(values, thresholds)]
    median, ninety, ninety_nine = (values[_place(n_up_to, -(-n * percent // 100))] for percent in (50, 90, 99))
    n_top, total = max(1, round(n * _TOP_PERCENT / 100)), float(values @ found.counts)
    return {
        "n": n,
        "n_zero": n - n_positive,
        "mean": _number(total / n),
        "median": _number(median),
        "of_90_percent_at_most": _number(ninety),
        "of_99_percent_at_most": _number(ninety_nine),
        "largest": _number(values[-1]),
        "n_top": n_top,
        "top_percent_share": share(_sum_of_largest(found, n_up_to, n_top), total),
        "at_least": [[_number(value), int(n)] for value, n in zip(thresholds, n_at_least, strict=True)],
    }


def _place(n_up_to: Ints, number: int) -> int:
    """Return where the value is that is the given one, counted from 1, of all in ascending order."""
    return int(np.searchsorted(n_up_to, number))


def _sum_of_largest(found: CountedValues, n_up_to: Ints, n_largest: int) -> float:
    """Return the sum of so many of the largest values."""
    place = _place(n_up_to, int(n_up_to[-1]) - n_largest + 1)
    n_above = int(n_up_to[-1] - n_up_to[place])
    above = found.values[place + 1 :] @ found.counts[place + 1 :]
    return float(above + (n_largest - n_above) * found.values[place])


def _thresholds(positive: Floats) -> Floats:
    """Return values that are there, from the least to the largest, about equal factors apart."""
    marks = np.geomspace(positive[0], positive[-1], MOST_POINTS)
    places = np.minimum(np.searchsorted(positive, marks * (1 - 1e-12)), positive.size - 1)
    found: Floats = np.unique(positive[places])
    return found


def _number(value: float) -> float | int:
    """Return a whole number as such, any other with a few digits."""
    return int(value) if float(value).is_integer() else float(f"{value:.{_DIGITS}g}")
