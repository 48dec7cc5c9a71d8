"""From edges to the matrix a solver multiplies with: nodes numbered, parallel edges merged, weights shared out."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from pagerank.errors import InvalidGraphError
from pagerank.node_ids import as_node_ids, sorted_once
from pagerank.weighted_edges import WeightedEdges


@dataclass(frozen=True, slots=True, eq=False)
class LinkGraph:
    """A graph ready to be ranked.

    Attributes
    ----------
    node_ids
        Shape ``(n_nodes,)``, int64, ascending.
    pull
        Shape ``(n_nodes, n_nodes)``, float64. Entry ``[i, j]`` is the share of its importance that node j
        gives to node i, so a column sums to 1, or to 0 for a dangling node. Columns of a row ascend.
    """

    node_ids: NDArray[np.int64]
    pull: csr_array


def build_link_graph(
    edges: WeightedEdges,
    *,
    nodes: ArrayLike | pa.Array | pa.ChunkedArray | None = None,
    n_nodes: int | None = None,
) -> LinkGraph:
    """Return the numbered graph: parallel edges added up, each weight divided by the strength of its source.

    Parameters
    ----------
    edges
        Checked edges in any order.
    nodes
        Ids that are nodes even without an edge, in any order, repeats allowed.
    n_nodes
        The ids are ``0..n_nodes - 1``; not together with `nodes`.

    Returns
    -------
    LinkGraph
        The same to the last bit for every order of the edges.

    Raises
    ------
    InvalidGraphError
        `nodes` and `n_nodes` are both given, an id is outside ``0..n_nodes - 1``, or the weights of one
        source add up to more than float64 holds.

    Notes
    -----
    Edges are sorted by target, source and weight before weights are added, because float addition depends on
    its order. An edge of weight 0 makes its ends nodes and is otherwise no edge. Cost: one sort of the edges,
    about 60 bytes an edge at the peak.

    Examples
    --------
    >>> from pagerank.weighted_edges import read_edges
    >>> build_link_graph(read_edges(([7, 7, 7], [8, 8, 9]))).pull.toarray().round(2).tolist()
    [[0.0, 0.0, 0.0], [0.67, 0.0, 0.0], [0.33, 0.0, 0.0]]
    """
    node_ids = _all_node_ids(edges, nodes, n_nodes)
    n = node_ids.size
    src, dst = (_numbers(ids, node_ids, n_nodes) for ids in (edges.src, edges.dst))
    src, dst, weight = _merge_parallel(src, dst, edges.weight, n)
    with np.errstate(over="ignore"):  # an overflow is reported below, by its node
        strength = np.bincount(src, weights=weight, minlength=n)
    if not np.isfinite(strength).all():
        node = node_ids[np.argmin(np.isfinite(strength))]
        msg = f"edges: the weights out of node {node} add up to more than float64 holds; scale the weights down"
        raise InvalidGraphError(msg)
    row_ends = np.concatenate(([0], np.cumsum(np.bincount(dst, minlength=n))))
    index = np.int32 if max(n, src.size) <= np.iinfo(np.int32).max else np.int64  # narrow indices sweep faster
    shares = weight / strength[src]
    return LinkGraph(node_ids, csr_array((shares, src.astype(index), row_ends.astype(index)), shape=(n, n)))


def _all_node_ids(
    edges: WeightedEdges, nodes: ArrayLike | pa.Array | pa.ChunkedArray | None, n_nodes: int | None
) -> NDArray[np.int64]:
    if n_nodes is None:
        without_edges = as_node_ids([] if nodes is None else nodes, "nodes")
        return sorted_once(np.concatenate((edges.src, edges.dst, without_edges)))
    if nodes is not None:
        msg = f"both nodes and n_nodes={n_nodes} are given; give the ids, or their number when they are 0..n-1"
        raise InvalidGraphError(msg)
    if n_nodes < 0:
        msg = f"n_nodes={n_nodes}; allowed is 0 or more"
        raise InvalidGraphError(msg)
    outside = (edges.src < 0) | (edges.src >= n_nodes) | (edges.dst < 0) | (edges.dst >= n_nodes)
    if outside.any():
        row = int(np.argmax(outside))
        msg = (
            f"edges: {np.count_nonzero(outside):,} of {outside.size:,} name an id outside 0..n_nodes-1 with "
            f"n_nodes={n_nodes:,} (first: {edges.src[row]} -> {edges.dst[row]} in row {row}); "
            "raise n_nodes, or leave it out and give nodes"
        )
        raise InvalidGraphError(msg)
    return np.arange(n_nodes, dtype=np.int64)


def _numbers(ids: NDArray[np.int64], node_ids: NDArray[np.int64], n_nodes: int | None) -> NDArray[np.int64]:
    return ids if n_nodes is not None else np.searchsorted(node_ids, ids).astype(np.int64, copy=False)


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
