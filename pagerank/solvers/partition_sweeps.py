"""A sweep cut into hash partitions of the targets, for graphs whose edges fit no single machine.

The ranks of all nodes are seen whole by every partition, 8 bytes a node; the edges of a partition never leave it. An
engine runs these functions on each partition; nothing here knows which.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pagerank.edges.node_ids import find_positions
from pagerank.edges.ranked_edges import ranked_edges

ROWS = pa.schema(
    [
        pa.field("target", pa.int64(), nullable=False),  # place among the boards, ascending
        pa.field("source", pa.int64(), nullable=False),  # place among the boards, ascending in a target
        pa.field("share", pa.float64(), nullable=False),  # of the source's importance that goes to the target
    ]
)


@dataclass(frozen=True, slots=True)
class SharesGiven:
    """Reads a partition of the repin edges, by repinning board, as shares of each board's importance; picklable.

    Attributes
    ----------
    edges
        Returns the edges of a partition, schema `pagerank.repin_graph.REPIN_EDGES`: all those out of its boards.
    max_edge_weight_per_user
        See `pagerank.edges.ranked_edges.ranked_edges`.
    """

    edges: Callable[[int], pa.Table]
    max_edge_weight_per_user: int | None = None

    def __call__(self, number: int) -> pa.Table:
        """Return ``src``, ``dst`` and ``share``, one row an edge; whole weights add up exactly, in any order."""
        edges = ranked_edges(self.edges(number), self.max_edge_weight_per_user)
        merged = edges.group_by(["src", "dst"]).aggregate([("weight", "sum")])
        src, weight = merged["src"].to_numpy(), merged["weight_sum"].to_numpy()
        _, source = np.unique(src, return_inverse=True)
        share = weight / np.bincount(source, weights=weight)[source]
        return pa.table({"src": src, "dst": merged["dst"], "share": share})


def rows_of_targets(edges: pa.Table, boards: NDArray[np.int64]) -> tuple[pa.Table, NDArray[np.int64]]:
    """Return the edges into the boards of one partition, in the form that sweeps read.

    Parameters
    ----------
    edges
        ``src``, ``dst`` and ``share``, each edge once, any order.
    boards
        All boards, ascending.

    Returns
    -------
    rows : pyarrow.Table
        Schema `ROWS`, sorted by target and source.
    n_edges : numpy.ndarray
        Shape ``(n_targets, 2)``: the place of each target and how many edges lead to it.

    Examples
    --------
    >>> edges = pa.table({"src": [9, 5], "dst": [7, 7], "share": [1.0, 0.5]})
    >>> rows, n_edges = rows_of_targets(edges, np.array([5, 7, 9]))
    >>> rows["source"].to_pylist(), n_edges.tolist()
    ([0, 2], [[1, 2]])
    """
    target, source = (find_positions(boards, edges[name].to_numpy())[0] for name in ("dst", "src"))
    order = np.lexsort((source, target))
    rows = pa.table([target[order], source[order], edges["share"].to_numpy()[order]], schema=ROWS)
    return rows, np.stack(np.unique(target, return_counts=True), axis=1)


def pulled(rows: pa.Table, ranks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each target of a partition receives over its edges.

    Parameters
    ----------
    rows
        From `rows_of_targets`.
    ranks
        Shape ``(n_boards,)``, in the order of the boards.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_targets,)``, float64, by ascending place of the target.

    Examples
    --------
    >>> rows = pa.table([[1, 1], [0, 2], [0.5, 1.0]], schema=ROWS)
    >>> pulled(rows, np.array([0.2, 0.3, 0.5]))
    array([0.6])
    """
    if rows.num_rows == 0:
        return np.empty(0)
    target = rows["target"].to_numpy()
    starts = np.flatnonzero(np.concatenate(([True], target[1:] != target[:-1])))
    received: NDArray[np.float64] = np.add.reduceat(rows["share"].to_numpy() * ranks[rows["source"].to_numpy()], starts)
    return received
