"""How fast ranks settled: the residual of each sweep, as it is recorded beside them, small and as text.

A manifest holds it, so it is bounded: of many sweeps the first and the last are kept, and some between, closer together
at the beginning, where residuals fall fastest. A residual has three digits.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RESIDUALS = "residuals"  # the name that a history has in a manifest
MOST_KEPT = 100  # sweeps of a history; about 1.2 kB


def kept_sweeps(n_sweeps: int) -> list[int]:
    """Return the numbers of the sweeps that are kept, from 1, ascending.

    Examples
    --------
    >>> kept_sweeps(4)
    [1, 2, 3, 4]
    >>> len(kept_sweeps(100_000)), kept_sweeps(100_000)[-1]
    (89, 100000)
    """
    if n_sweeps <= MOST_KEPT:
        return list(range(1, n_sweeps + 1))
    return sorted({round(float(number)) for number in np.geomspace(1, n_sweeps, MOST_KEPT)})


def written_residuals(residuals: NDArray[np.float64]) -> str:
    """Return the residuals of the sweeps as text, ``sweep:residual`` with blanks between.

    Examples
    --------
    >>> written_residuals(np.array([0.5, 0.0123456, 1e-9]))
    '1:0.5 2:0.0123 3:1e-09'
    """
    return " ".join(f"{number}:{residuals[number - 1]:.3g}" for number in kept_sweeps(len(residuals)))


def read_residuals(text: str) -> Sequence[tuple[int, float]]:
    """Return the sweeps and residuals of a text that `written_residuals` made; none of any other text.

    Examples
    --------
    >>> read_residuals("1:0.5 2:0.0123"), read_residuals("fast"), read_residuals("")
    ([(1, 0.5), (2, 0.0123)], [], [])
    """
    try:
        pairs = (pair.split(":") for pair in text.split())
        return [(int(sweep), float(residual)) for sweep, residual in pairs]
    except ValueError:
        return []
