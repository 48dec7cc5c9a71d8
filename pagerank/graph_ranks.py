"""PageRank of any directed weighted graph: checks and prepares, and leaves the numbers to the solver."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from pagerank.errors import InvalidGraphError
from pagerank.link_graph import build_link_graph
from pagerank.node_values import NodeValues, start_vector, teleport_vector
from pagerank.power_iteration import Solution, power_iteration
from pagerank.weighted_edges import read_edges


@dataclass(frozen=True, slots=True, eq=False)
class PageRank:
    """The importance of every node, and how sure it is.

    Attributes
    ----------
    node_ids
        Shape ``(n_nodes,)``, int64, ascending.
    ranks
        Shape ``(n_nodes,)``, float64, aligned with `node_ids`; not negative, sum 1 (an empty graph has none).
    n_sweeps
        Sweeps over the edges that were needed.
    residuals
        Shape ``(n_sweeps,)``, float64: the L1 distance between the ranks before and after each sweep.
    error_bound
        Upper bound of the L1 distance between `ranks` and the exact ranks, rounding included.
    """

    node_ids: NDArray[np.int64]
    ranks: NDArray[np.float64]
    n_sweeps: int
    residuals: NDArray[np.float64]
    error_bound: float

    def to_table(self) -> pa.Table:
        """Return the ranks as an Arrow table ``node_id`` int64, ``rank`` float64, by ascending node id."""
        return pa.table({"node_id": self.node_ids, "rank": self.ranks})


def pagerank(
    edges: pa.Table | Sequence[ArrayLike],
    *,
    nodes: ArrayLike | pa.Array | pa.ChunkedArray | None = None,
    n_nodes: int | None = None,
    damping: float = 0.85,
    tolerance: float = 1e-8,
    personalization: NodeValues | None = None,
    start: NodeValues | None = None,
) -> PageRank:
    """Rank the nodes of a directed graph by PageRank.

    Parameters
    ----------
    edges
        Arrow table with the columns ``src``, ``dst`` and, if edges differ, ``weight``; or the same as a tuple
        of two or three arrays of shape ``(n_edges,)``. Importance flows from src to dst. Ids are any int64;
        weights are finite and at least 0, and 1 when left out.
    nodes
        Ids that are nodes even if no edge names them, in any order, repeats allowed.
    n_nodes
        The ids are ``0..n_nodes - 1``, which saves looking them up; not together with `nodes`.
    damping
        Part of a node's importance that follows its edges, ``0 <= damping < 1``; the rest teleports.
    tolerance
        Largest L1 distance allowed between the ranks returned and the exact ranks, above 0.
    personalization
        Where the teleport goes: weight by node id, as a mapping or ``(ids, values)``; nodes left out get
        nothing. None: every node the same.
    start
        ``(ids, ranks)`` of an earlier run to start from, which saves sweeps when little has changed. Nodes it
        does not know get its mean; ids that are no longer nodes are passed over.

    Returns
    -------
    PageRank
        By ascending node id.

    Raises
    ------
    InvalidGraphError
        An edge, id, weight or setting that is not allowed; the message names the first one.
    NotConvergedError
        The tolerance was not reached in 1,000 sweeps.

    Notes
    -----
    Parallel edges are one edge, their weights added. A self-loop is an edge like any other and keeps part of
    its node's importance there. An edge of weight 0 makes its ends nodes and is otherwise no edge. The
    importance of dangling nodes, which have no edge out, is spread like the teleport. All of this is what
    ``networkx.pagerank`` does by default, except that a `personalization` of unknown nodes is an error here.

    The result is the same to the last bit for any order of the edges. Another `start` ends elsewhere within
    the tolerance.

    Examples
    --------
    Two boards save from board 30; board 30 saves from nobody.

    >>> result = pagerank(([10, 20], [30, 30]))
    >>> result.node_ids.tolist(), result.ranks.round(4).tolist()
    ([10, 20, 30], [0.2128, 0.2128, 0.5745])
    >>> result.error_bound <= 1e-8
    True

    See Also
    --------
    pagerank.board_ranks.board_ranks : the importance of boards from the repin graph.
    """
    if not 0.0 <= damping < 1.0:
        msg = f"damping={damping}; allowed is 0 <= damping < 1, usual is 0.85"
        raise InvalidGraphError(msg)
    if not tolerance > 0.0:
        msg = f"tolerance={tolerance}; allowed is a number above 0, usual is 1e-8"
        raise InvalidGraphError(msg)
    graph = build_link_graph(read_edges(edges), nodes=nodes, n_nodes=n_nodes)
    if graph.node_ids.size == 0:
        solution = Solution(ranks=np.empty(0), residuals=np.empty(0), error_bound=0.0)
    else:
        teleport = teleport_vector(personalization, graph.node_ids)
        first = start_vector(start, graph.node_ids, teleport)
        solution = power_iteration(graph.pull, teleport, first, damping=damping, tolerance=tolerance)
    return PageRank(graph.node_ids, solution.ranks, solution.residuals.size, solution.residuals, solution.error_bound)
