"""PageRank by SciPy: power iteration with a sparse transition matrix, in one thread and without Numba."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pagerank.edges.numbered_edges import NumberedEdges
from pagerank.edges.weighted_edges import check_out_weights
from pagerank.solvers.power_iteration import power_iteration
from pagerank.solvers.solver import Solution


def power_solver(
    edges: NumberedEdges,
    teleport: NDArray[np.float64],
    start: NDArray[np.float64],
    *,
    damping: float,
    tolerance: float,
    n_threads: int,  # noqa: ARG001 - a solver takes it; this one has one thread
) -> Solution:
    """Build the matrix and iterate; arguments and errors are those of `pagerank.solvers.solver.Solver`."""
    matrix = transition_matrix(edges)
    n_additions = np.diff(matrix.indptr) + np.bincount(matrix.indices, minlength=teleport.size)
    return power_iteration(
        lambda ranks: matrix @ ranks, n_additions, teleport, start, damping=damping, tolerance=tolerance
    )


def transition_matrix(edges: NumberedEdges) -> csr_array:
    """Return the share of its importance that each node gives to each other: entry ``[i, j]`` is what node j gives i.

    Columns sum to 1, or to 0 for a dangling node. It is the same to the last bit for every order of the edges, which
    are sorted by target, source and weight before weights are added: float addition depends on its order. An edge of
    weight 0 makes its ends nodes and is otherwise no edge. Cost: one sort of the edges, about 60 bytes an edge at the
    peak.

    Examples
    --------
    >>> from pagerank.edges.numbered_edges import number_nodes
    >>> from pagerank.edges.weighted_edges import read_edges
    >>> transition_matrix(number_nodes(read_edges(([7, 7, 7], [8, 8, 9])))).toarray().round(2).tolist()
    [[0.0, 0.0, 0.0], [0.67, 0.0, 0.0], [0.33, 0.0, 0.0]]
    """
    n = edges.node_ids.size
    weight = np.ones(edges.src.size) if edges.weight is None else edges.weight.astype(np.float64, copy=False)
    src, dst = (numbers.astype(np.int64, copy=False) for numbers in (edges.src, edges.dst))
    src, dst, weight = _merge_parallel(src, dst, weight, n)
    out_weight = np.bincount(src, weights=weight, minlength=n)
    check_out_weights(out_weight, edges.node_ids)
    row_ends = np.concatenate(([0], np.cumsum(np.bincount(dst, minlength=n))))
    index = np.int32 if max(n, src.size) <= np.iinfo(np.int32).max else np.int64  # narrow indices sweep faster
    shares = weight / out_weight[src]
    return csr_array((shares, src.astype(index), row_ends.astype(index)), shape=(n, n))


def _merge_parallel(
    src: NDArray[np.int64], dst: NDArray[np.int64], weight: NDArray[np.float64], n: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return one edge per pair, by target and then source, without the edges of no weight."""
    if src.size == 0:
        return src, dst, weight
    pair = dst * n + src  # fits: n is far below 2**31.5 for anything that fits into memory
    order = np.lexsort((weight, pair))
    pair = pair[order]
    starts = np.flatnonzero(np.concatenate(([True], pair[1:] != pair[:-1])))
    with np.errstate(over="ignore"):  # an overflow is reported by the caller, by its node
        merged = np.add.reduceat(weight[order], starts)
    pair, merged = pair[starts][merged > 0], merged[merged > 0]
    dst, src = np.divmod(pair, n)
    return src, dst, merged
