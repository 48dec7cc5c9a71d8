"""What every solver takes and gives back, when it gives up, and how far rounding lets it come."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pagerank.edges.numbered_edges import NumberedEdges
from pagerank.errors import NotConvergedError

MAX_SWEEPS = 1_000


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


def not_converged(
    error_bound: float, last_step: float, rounding: float, *, damping: float, tolerance: float
) -> NotConvergedError:
    """Return the error that tells how far `MAX_SWEEPS` sweeps came; `rounding` is its part of the bound.

    Examples
    --------
    >>> not_converged(1e-5, 1e-6, 1e-15, damping=0.85, tolerance=1e-18).problem[:44]
    'PageRank did not converge: after 1,000 sweep'
    """
    return NotConvergedError(
        f"PageRank did not converge: after {MAX_SWEEPS:,} sweeps the L1 error is at most {error_bound:.3g}, "
        f"asked for {tolerance:g}; the last step was {last_step:.3g} with damping={damping:g}",
        remedy=f"raise the tolerance (float64 proves no less than {rounding:.3g} here) or lower damping",
    )


def rounding_of_sweep(n_nodes: int, n_additions: float) -> float:
    """Return an upper bound of the L1 rounding error of one power step from ranks of sum 1.

    `n_additions` are the inexact additions behind what a node receives and behind the shares it gives, in the mean of
    the nodes weighted by their ranks. Each adds half a unit in the last place at most (Higham, "Accuracy and stability
    of numerical algorithms", section 4.2); sums over the nodes are pairwise and take about the logarithm of
    ``n_nodes``.
    """
    return float(np.finfo(np.float64).eps * (64 + 2 * np.log2(n_nodes) + n_additions))
