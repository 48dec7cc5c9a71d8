"""The graph that Gauss-Seidel sweeps over: edges by target, their sources numbered among the live nodes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pagerank.strengths import Strengths

ROW_COST = 4  # what a row costs beside its edges, in edges


@dataclass(frozen=True, slots=True, eq=False)
class LiveGraph:
    """Edges by target. A node with an edge out is live, the others are dangling; only live nodes are sources.

    Attributes
    ----------
    row_start
        Shape ``(n_nodes + 1,)``, int64: the edges into node i are ``row_start[i]:row_start[i + 1]``.
    source
        Shape ``(n_edges,)``, int32: number of the source among the live nodes; ascends in a row. Parallel
        edges stand side by side, by weight, which makes them one edge.
    weight
        Shape ``(n_edges,)``, float32 or float64; None: each edge weighs 1.
    live_number
        Shape ``(n_nodes,)``, int32: number among the live nodes, ascending, or -1 for a dangling node.
    strengths
        Sums of the weights out of each live node.
    """

    row_start: NDArray[np.int64]
    source: NDArray[np.int32]
    weight: NDArray[np.floating] | None
    live_number: NDArray[np.int32]
    strengths: Strengths

    def row_ranges(self, n_ranges: int, *, live: bool = False) -> list[tuple[int, int]]:
        """Return ranges of rows with about as many edges each; `live`: edges into live rows count alone.

        They follow from the graph and the number alone, so what is added up by range has the same bits on any
        number of threads. A range may be empty.
        """
        cost = np.diff(self.row_start) + ROW_COST
        if live:
            cost[self.live_number < 0] = 0
        total = np.cumsum(cost)
        cuts = np.searchsorted(total, total[-1] * np.arange(1, n_ranges) // n_ranges).tolist()
        return list(zip([0, *cuts], [*cuts, cost.size], strict=True))
