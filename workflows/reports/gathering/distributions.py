"""How values are distributed over a million boards or pictures, in a few points and sentences' worth of numbers.

A distribution is told by how many values are at least as large as each of some thresholds, which on two log scales is
a straight line for a power law, needs no bins and hides no tail.
"""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from joins.arrow.groups import Floats
from workflows.reports.gathering.plain import Plain, share

MOST_POINTS = 48
_TOP_SHARE = 0.01
_DIGITS = 6  # of a value that is recorded


def column_values(parts: Iterable[pa.Table], name: str) -> Floats:
    """Return a column of all parts as floats; nulls are left out."""
    found = [part[name].drop_null().to_numpy().astype(np.float64) for part in parts]
    return np.concatenate(found) if found else np.empty(0)


def distribution(values: Floats) -> Plain:
    """Return how values are distributed; those that are 0 are counted apart, as a log scale has no place for them.

    Examples
    --------
    >>> found = distribution(np.array([1.0, 1, 1, 1, 2, 4, 0, 0]))
    >>> found["at_least"]
    [[1, 6], [2, 2], [4, 1]]
    >>> found["n"], found["n_zero"], found["median"], found["largest"], found["top_percent_share"]
    (8, 2, 1, 4, 0.4)
    """
    positive = np.sort(values[values > 0])
    if not positive.size:
        return {"n": int(values.size), "n_zero": int(values.size), "at_least": []}
    thresholds = _thresholds(positive)
    n_at_least = positive.size - np.searchsorted(positive, thresholds)
    ascending = np.sort(values)
    n_top = max(1, round(_TOP_SHARE * ascending.size))
    median, ninety, ninety_nine = np.quantile(ascending, (0.5, 0.9, 0.99), method="inverted_cdf")
    return {
        "n": int(values.size),
        "n_zero": int(values.size - positive.size),
        "mean": _number(float(values.mean())),
        "median": _number(median),
        "of_90_percent_at_most": _number(ninety),
        "of_99_percent_at_most": _number(ninety_nine),
        "largest": _number(ascending[-1]),
        "n_top": n_top,
        "top_percent_share": share(float(ascending[-n_top:].sum()), float(ascending.sum())),
        "at_least": [[_number(value), int(n)] for value, n in zip(thresholds, n_at_least, strict=True)],
    }


def _thresholds(positive: Floats) -> Floats:
    """Return values that are there, from the least to the largest, about equal factors apart."""
    marks = np.geomspace(positive[0], positive[-1], MOST_POINTS)
    places = np.minimum(np.searchsorted(positive, marks * (1 - 1e-12)), positive.size - 1)
    found: Floats = np.unique(positive[places])
    return found


def _number(value: float) -> float | int:
    """Return a whole number as such, any other with a few digits."""
    return int(value) if float(value).is_integer() else float(f"{value:.{_DIGITS}g}")
