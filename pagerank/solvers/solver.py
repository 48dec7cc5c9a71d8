"""What every solver takes and gives back, how long it sweeps, and what it says when it gives up."""

from dataclasses import dataclass
from math import ceil, log
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pagerank.edges.numbered_edges import NumberedEdges
from pagerank.errors import NotConvergedError

MOST_COMBINED = 1_000  # sweeps; from there on iterates are combined no more, as plain sweeps surely arrive
LEAST_TO_COMBINE = 1e-12  # shorter steps tell of rounding alone
MOST_SWEEPS = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Ranks and how they were reached; the attributes are those of `pagerank.pagerank.PageRank`."""

    ranks: NDArray[np.float64]
    residuals: NDArray[np.float64]
    error_bound: float


class Solver(Protocol):
    """What turns numbered edges into ranks."""

    def __call__(
        self,
        edges: NumberedEdges,
        teleport: NDArray[np.float64],
        start: NDArray[np.float64],
        *,
        damping: float,
        tolerance: float,
        n_threads: int,
    ) -> Solution:
        """Sweep until the L1 error of the ranks is proved to be within the tolerance.

        The edges may come in any order and have at least one node. The teleport and the start have the shape
        ``(n_nodes,)``, are not negative and sum to 1; a start that is the teleport is a cold one. Damping, tolerance,
        threads and errors are those of `pagerank.pagerank.pagerank`. The solution is by node number, and the same to
        the last bit for every order of the edges and any number of threads.
        """


def most_sweeps(damping: float, tolerance: float) -> int:
    """Return after how many sweeps to give up: twice as many as shrink any error to a tolerance, and some more.

    Examples
    --------
    >>> most_sweeps(0.85, 1e-8), most_sweeps(0.999, 1e-8)
    (1268, 54404)
    """
    needed = log(tolerance * (1.0 - damping) / 4.0) / log(damping) if damping > 0.0 else 0.0
    return min(MOST_COMBINED + 2 * ceil(max(needed, 0.0)), MOST_SWEEPS)


def not_converged(error_bound: float, residuals: list[float], *, damping: float, tolerance: float) -> NotConvergedError:
    """Return the error that tells how far the sweeps came.

    Examples
    --------
    >>> print(not_converged(1e-5, [1.0, 1e-6], damping=0.85, tolerance=1e-9))
    PageRank did not converge: after 2 sweeps the L1 error is at most 1e-05, asked for 1e-09; the last step was 1e-06 \
with damping=0.85; raise the tolerance or lower damping
    """
    return NotConvergedError(
        f"PageRank did not converge: after {len(residuals):,} sweeps the L1 error is at most {error_bound:.3g}, "
        f"asked for {tolerance:g}; the last step was {residuals[-1]:.3g} with damping={damping:g}",
        remedy="raise the tolerance or lower damping",
    )
