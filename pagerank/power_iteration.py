"""Power iteration for PageRank with SciPy, stopped by a proof: the textbook method, exact and short.

The idea is Page, Brin, Motwani and Winograd, "The PageRank citation ranking: bringing order to the web" (1999).
This solver holds the whole matrix in memory and sweeps on one core. The error bound is our own addition.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pagerank.link_graph import pull_matrix
from pagerank.node_numbers import NumberedEdges
from pagerank.solution import MAX_SWEEPS, Solution, not_converged


def power_iteration(
    pull: csr_array,
    teleport: NDArray[np.float64],
    start: NDArray[np.float64],
    *,
    damping: float,
    tolerance: float,
) -> Solution:
    """Sweep until the L1 error of the ranks is proved to be within the tolerance.

    Parameters
    ----------
    pull
        Shape ``(n_nodes, n_nodes)``: the share of node j's importance that goes to node i; at least one node.
        Columns sum to 1, those of dangling nodes to 0.
    teleport, start
        Shape ``(n_nodes,)``, not negative, sum 1.
    damping
        Part of the importance that follows edges, ``0 <= damping < 1``.
    tolerance
        Largest L1 distance to the exact ranks, above 0.

    Returns
    -------
    Solution
        Ranks aligned with the rows of `pull`.

    Raises
    ------
    NotConvergedError
        The tolerance was not reached in 1,000 sweeps.

    Notes
    -----
    With ``P`` the pull matrix, ``t`` the teleport and ``a`` the damping, a sweep is ::

        y  = a P x
        x' = y + (1 - |y|) t

    What ``y`` lacks to 1 is the teleport ``1 - a`` and the mass of dangling nodes ``a * sum(x[dangling])``,
    and both are spread by ``t``; so dangling nodes need no term of their own.

    The exact sweep shrinks L1 distances by ``a``, so with ``e`` the rounding error of one sweep ::

        |x' - exact| <= (a |x' - x| + e) / (1 - a)

    ``e`` follows from the number of additions behind each entry (Higham, "Accuracy and stability of numerical
    algorithms", section 4.2): about the degree of its node, and the logarithm of ``n_nodes`` for the sums.
    The bound holds against the exact ranks of the float64 weights given.

    Cost: one pass over the edges per sweep, five vectors of ``n_nodes`` beside the matrix; at most about
    ``log(tolerance (1 - a) / 2) / log(a)`` sweeps, 130 for the defaults. Deterministic.

    Examples
    --------
    >>> cycle = csr_array(np.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> half = np.full(2, 0.5)
    >>> power_iteration(cycle, half, half, damping=0.85, tolerance=1e-9).ranks
    array([0.5, 0.5])
    """
    n_additions = np.diff(pull.indptr) + np.bincount(pull.indices, minlength=teleport.size)
    n_additions_of_sums = 64 + 2 * np.log2(teleport.size)
    residuals: list[float] = []
    ranks = start
    for _ in range(MAX_SWEEPS):
        previous = ranks
        ranks = damping * (pull @ previous)
        ranks += (1.0 - ranks.sum()) * teleport
        residuals.append(float(np.abs(ranks - previous).sum()))
        rounding = float(np.finfo(np.float64).eps * (n_additions_of_sums + n_additions @ ranks))
        error_bound = (damping * residuals[-1] + rounding) / (1.0 - damping)
        if error_bound <= tolerance:
            return Solution(ranks, np.array(residuals), error_bound)
    raise not_converged(error_bound, residuals[-1], rounding / (1.0 - damping), damping=damping, tolerance=tolerance)


def power_solver(
    edges: NumberedEdges,
    teleport: NDArray[np.float64],
    start: NDArray[np.float64],
    *,
    damping: float,
    tolerance: float,
    n_threads: int,  # noqa: ARG001 - a solver takes it; this one has one thread
) -> Solution:
    """Build the matrix and iterate; arguments and errors are those of `pagerank.block_solver.block_solver`."""
    return power_iteration(pull_matrix(edges), teleport, start, damping=damping, tolerance=tolerance)
