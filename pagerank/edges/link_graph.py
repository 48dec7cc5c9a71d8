"""From edges to the matrix that power iteration multiplies with: parallel edges merged, weights shared out."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pagerank.edges.node_numbers import NumberedEdges
from pagerank.edges.weighted_edges import check_strengths


def pull_matrix(edges: NumberedEdges) -> csr_array:
    """Return the share of its importance that each node gives to each other.

    Parameters
    ----------
    edges
        Numbered edges in any order.

    Returns
    -------
    scipy.sparse.csr_array
        Shape ``(n_nodes, n_nodes)``, float64. Entry ``[i, j]`` is the share of its importance that node j
        gives to node i, so a column sums to 1, or to 0 for a dangling node. Columns of a row ascend. The same
        to the last bit for every order of the edges.

    Raises
    ------
    InvalidGraphError
        The weights of one source add up to more than float64 holds.

    Notes
    -----
    Edges are sorted by target, source and weight before weights are added, because float addition depends on
    its order. An edge of weight 0 makes its ends nodes and is otherwise no edge. Cost: one sort of the edges,
    about 60 bytes an edge at the peak.

    Examples
    --------
    >>> from pagerank.edges.node_numbers import number_nodes
    >>> from pagerank.edges.weighted_edges import read_edges
    >>> pull_matrix(number_nodes(read_edges(([7, 7, 7], [8, 8, 9])))).toarray().round(2).tolist()
    [[0.0, 0.0, 0.0], [0.67, 0.0, 0.0], [0.33, 0.0, 0.0]]
    """
    n = edges.node_ids.size
    weight = np.ones(edges.src.size) if edges.weight is None else edges.weight.astype(np.float64, copy=False)
    src, dst = (numbers.astype(np.int64, copy=False) for numbers in (edges.src, edges.dst))
    src, dst, weight = _merge_parallel(src, dst, weight, n)
    with np.errstate(over="ignore"):  # an overflow is reported below, by its node
        strength = np.bincount(src, weights=weight, minlength=n)
    check_strengths(strength, edges.node_ids)
    row_ends = np.concatenate(([0], np.cumsum(np.bincount(dst, minlength=n))))
    index = np.int32 if max(n, src.size) <= np.iinfo(np.int32).max else np.int64  # narrow indices sweep faster
    shares = weight / strength[src]
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
