"""The power method by hand, around any product of a sparse matrix and a vector: the textbook's PageRank.

With the shares of a source's weight in ``P`` and the damping ``a``, a sweep is ``y = a P x``, and what ``y`` lacks
to a sum of 1, teleport and dangling mass, is spread evenly.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array, csr_matrix

from benchmarks.pagerank.graphs import Edges

DAMPING = 0.85
STEP = 2e-9  # where peers stop: about 1e-8 from the exact ranks, as what is left is at most STEP * a / (1 - a)
MAX_SWEEPS = 1_000
_REFERENCE_STEP = 1e-14

Floats = npt.NDArray[np.float64]


class NotConvergedError(Exception):
    """The last sweep allowed still moved the ranks by more than a step."""

    def __init__(self, step: float) -> None:
        super().__init__(f"the last of {MAX_SWEEPS:,} sweeps still moved the ranks by more than {step:g}")


def pull_matrix(edges: Edges) -> csr_array:
    """Return, in row i and column j, the share of node j's weight that goes to node i; 32-bit indices."""
    strength = np.bincount(edges.src, edges.weight, edges.n_nodes)
    share = edges.weight / strength[edges.src]
    ends = edges.dst.astype(np.int32), edges.src.astype(np.int32)
    return coo_array((share, ends), shape=(edges.n_nodes, edges.n_nodes)).tocsr()


def adjacency(edges: Edges) -> csr_matrix:
    """Return the weights, as libraries take them that build on SciPy."""
    return csr_matrix((edges.weight, (edges.src, edges.dst)), shape=(edges.n_nodes, edges.n_nodes))


def power_method(product: Callable[[Floats], Floats], n_nodes: int, step: float = STEP) -> tuple[Floats, int]:
    """Return the ranks and the number of sweeps after which they moved by no more than a step (L1).

    `product` multiplies the matrix of `pull_matrix` by a vector.
    """
    ranks = np.full(n_nodes, 1.0 / n_nodes)
    for number in range(1, MAX_SWEEPS + 1):
        before = ranks
        ranks = product(before)
        ranks *= DAMPING
        ranks += (1.0 - ranks.sum()) / n_nodes
        if np.abs(ranks - before).sum() <= step:
            return ranks, number
    raise NotConvergedError(step)


def reference(edges: Edges) -> Floats:
    """Return the ranks that others are held against: iterated to a step of 1e-14, so exact to about 1e-13."""
    matrix = pull_matrix(edges)
    return power_method(lambda ranks: matrix @ ranks, edges.n_nodes, _REFERENCE_STEP)[0]
