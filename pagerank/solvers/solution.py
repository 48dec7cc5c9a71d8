"""What every solver of this package gives back, and how it says that it did not get there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pagerank.errors import NotConvergedError

MAX_SWEEPS = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Ranks and how they were reached; the attributes are those of `pagerank.pagerank.PageRank`."""

    ranks: NDArray[np.float64]
    residuals: NDArray[np.float64]
    error_bound: float


def not_converged(
    error_bound: float, last_step: float, rounding: float, *, damping: float, tolerance: float
) -> NotConvergedError:
    """Return the error that tells how far `MAX_SWEEPS` sweeps came; `rounding` is its part of the bound.

    Examples
    --------
    >>> not_converged(1e-5, 1e-6, 1e-15, damping=0.85, tolerance=1e-18).args[0][:44]
    'PageRank did not converge: after 1,000 sweep'
    """
    return NotConvergedError(
        f"PageRank did not converge: after {MAX_SWEEPS:,} sweeps the L1 error is at most {error_bound:.3g}, "
        f"asked for {tolerance:g}; the last step was {last_step:.3g} with damping={damping:g}. "
        f"Raise the tolerance (float64 proves no less than {rounding:.3g} here) or lower damping"
    )
