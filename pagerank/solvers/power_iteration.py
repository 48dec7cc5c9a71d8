"""Power iteration for PageRank, stopped by a proof: the textbook method, exact and short.

The idea is Page, Brin, Motwani and Winograd, "The PageRank citation ranking: bringing order to the web" (1999). What a
sweep does with the edges is a function that is given: SciPy's product with a matrix, or a step of an engine for graphs
beyond one machine. The error bound is our own addition.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pagerank.rounding import check_tolerance, rounding_of_sweep
from pagerank.solvers.anderson import Iterates
from pagerank.solvers.solver import LEAST_TO_COMBINE, MOST_COMBINED, Solution, most_sweeps, not_converged


def power_iteration(
    pull: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    n_additions: NDArray[np.integer],
    teleport: NDArray[np.float64],
    start: NDArray[np.float64],
    *,
    damping: float,
    tolerance: float,
    n_to_combine: int = 1,
) -> Solution:
    """Sweep until the L1 error of the ranks is proved to be within the tolerance, as every `Solver` does.

    `pull` takes ranks and returns what each node receives over its edges: the product with a matrix whose entry
    ``[i, j]`` is the share of node j's importance that goes to node i. `n_additions` are the inexact additions behind
    what a node receives and behind the shares it gives. Every `n_to_combine` sweeps their iterates are combined
    (`pagerank.solvers.anderson.extrapolate`), which saves sweeps where they are dear; 1: never.

    Notes
    -----
    With ``P`` the pull matrix, ``t`` the teleport and ``a`` the damping, a sweep is ::

        y  = a P x
        x' = y + (1 - |y|) t

    What ``y`` lacks to 1 is the teleport ``1 - a`` and the mass of dangling nodes ``a * sum(x[dangling])``, and both
    are spread by ``t``; so dangling nodes need no term of their own. The bound is that of
    `pagerank.solvers.proved_step.proved_step`, against the exact ranks of the float64 weights given.

    Cost: one pass over the edges per sweep, five vectors of ``n_nodes`` beside the matrix; at most about
    ``log(tolerance (1 - a) / 2) / log(a)`` sweeps, 130 for the defaults. Deterministic.

    Examples
    --------
    Two nodes that link to each other:

    >>> half = np.full(2, 0.5)
    >>> power_iteration(lambda ranks: ranks[::-1], np.ones(2, int), half, half, damping=0.85, tolerance=1e-9).ranks
    array([0.5, 0.5])
    """
    check_tolerance(tolerance, n_additions, damping)
    residuals: list[float] = []
    iterates, alike = Iterates(start, n_to_combine), np.ones(start.size)
    for _ in range(most_sweeps(damping, tolerance)):
        previous = iterates.newest.astype(np.float64, copy=False)
        ranks = damping * pull(previous)
        ranks += (1.0 - ranks.sum()) * teleport
        residuals.append(float(np.abs(ranks - previous).sum()))
        rounding = rounding_of_sweep(teleport.size, float((n_additions * ranks).sum()))  # no BLAS: it starts threads
        error_bound = (damping * residuals[-1] + rounding) / (1.0 - damping)
        if error_bound <= tolerance:
            return Solution(ranks, np.array(residuals), error_bound)
        iterates.follow()[:] = ranks
        if iterates.is_full:
            tells = residuals[-1] > LEAST_TO_COMBINE and len(residuals) < MOST_COMBINED
            if tells and iterates.combine(alike):
                iterates.newest[:] /= iterates.newest.sum()
            elif not tells:
                iterates.begin_anew()
    raise not_converged(error_bound, residuals, damping=damping, tolerance=tolerance)
