"""The graph that Gauss-Seidel sweeps over: edges by target, their sources numbered among the live nodes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pagerank.layout.edge_rows import EdgeRows
from pagerank.layout.strengths import Strengths


@dataclass(frozen=True, slots=True, eq=False)
class LiveGraph:
    """A node with an edge out is live, the others are dangling; only live nodes are sources.

    Attributes
    ----------
    edges
        Edges by target, in memory or on disk.
    live_number
        Shape ``(n_nodes,)``, int32: number among the live nodes, ascending, or -1 for a dangling node.
    live_rows
        Shape ``(n_live,)``, uint32: the live nodes, ascending.
    strengths
        Sums of the weights out of each live node.
    """

    edges: EdgeRows
    live_number: NDArray[np.int32]
    live_rows: NDArray[np.uint32]
    strengths: Strengths
