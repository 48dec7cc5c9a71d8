"""Repin edges in cells: those from the boards of one slice to the boards of another, laid out once for all sweeps.

A sweep's task goes through the cells of its slice of targets and holds the ranks of one slice of sources at a time.
An edge that many boards share in, as one to a board that everybody saves from, is spread over the cells of its
sources.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from joins.arrow.ordering import order_of
from joins.arrow.value_ranges import Ranges
from pagerank.repin_graph import RANKED_COLUMNS, check_repin_edges, ranked_edges
from pagerank.slices.sliced_boards import SliceIds, places_of

CELL = pa.schema(
    [
        pa.field("target", pa.uint32(), nullable=False),  # place in its slice, ascending
        pa.field("source", pa.uint32(), nullable=False),  # place in its slice
        pa.field("share", pa.float64(), nullable=False),  # of the source's importance that goes to the target
    ]
)


@dataclass(frozen=True, slots=True)
class EdgeShares:
    """Reads a partition of the repin edges, by repinning board, as shares of each board's importance; picklable.

    `edges` returns those of a partition, schema `pagerank.repin_graph.REPIN_EDGES`: all edges out of its boards.
    """

    edges: Callable[[int], pa.Table]
    max_edge_weight_per_user: int | None = None

    def __call__(self, number: int) -> pa.Table:
        """Return ``src``, ``dst`` and ``share``, one row an edge; whole weights add up exactly, in any order."""
        part = self.edges(number)
        check_repin_edges(part, columns=RANKED_COLUMNS)
        edges = ranked_edges(part, self.max_edge_weight_per_user)
        merged = edges.group_by(["src", "dst"]).aggregate([("weight", "sum")])
        src, weight = merged["src"].to_numpy(), merged["weight_sum"].to_numpy()
        _, source = np.unique(src, return_inverse=True)
        out_weight = np.bincount(source, weights=weight)
        return pa.table({"src": src, "dst": merged["dst"], "share": weight / out_weight[source]})


@dataclass(frozen=True, slots=True)
class EdgesWithCells:
    """Reads a partition of edges with the cell that each lies in; picklable."""

    shares: EdgeShares
    slices: Ranges

    def __call__(self, number: int) -> pa.Table:
        """Return what `EdgeShares` returns, and ``cell``: cells of the first slice of targets first."""
        edges = self.shares(number)
        target, source = (self.slices.of(edges[name].to_numpy()) for name in ("dst", "src"))
        return edges.append_column("cell", pa.array(target * self.slices.n + source))


@dataclass(frozen=True, slots=True)
class BoardsOfCell:
    """Reads the boards of a cell, its targets and its sources; picklable."""

    ids: SliceIds
    n_slices: int

    def __call__(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return both, ascending."""
        target, source = divmod(number, self.n_slices)
        return self.ids(target), self.ids(source)


def cell_of_edges(edges: pa.Table, boards: tuple[NDArray[np.int64], NDArray[np.int64]]) -> tuple[pa.Table, int]:
    """Return the edges of a cell by target, as `CELL`, and how many there are.

    Parameters
    ----------
    edges
        ``src``, ``dst`` and ``share``, each edge once, any order.
    boards
        The boards of the slice of targets and of that of sources, ascending each.

    Raises
    ------
    InvalidGraphError
        An edge names a board that is in neither.

    Examples
    --------
    >>> edges = pa.table({"src": [9, 5], "dst": [7, 4], "share": [1.0, 0.5]})
    >>> rows, n_edges = cell_of_edges(edges, (np.array([4, 7]), np.array([5, 9])))
    >>> rows["target"].to_pylist(), rows["source"].to_pylist(), n_edges
    ([0, 1], [0, 1], 2)
    """
    target, source = (
        places_of(edges[name].to_numpy(), ids, column)
        for name, ids, column in zip(("dst", "src"), boards, ("parent_board_id", "board_id"), strict=True)
    )
    order = order_of(target)
    columns = (target.astype(np.uint32)[order], source.astype(np.uint32)[order], edges["share"].to_numpy()[order])
    return pa.table(columns, schema=CELL), edges.num_rows
