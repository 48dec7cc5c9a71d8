"""PageRank of boards as igraph computes it, for whoever writes a day by hand.

The definition is ours where it can be: damping 0.85, an edge's weight is how often a board saved from another one, a
board's repins from itself are left out before, and what a board has that saves from nobody is spread over all boards.
PRPACK's tolerance is fixed. What differs: all repins of one user count, while ours bounds them on each edge.
"""

import numpy as np
from numpy.typing import NDArray

_DAMPING = 0.85


def igraph_ranks(
    board_ids: NDArray[np.int64],
    savers: NDArray[np.int64],
    saved_from: NDArray[np.int64],
    n_repins: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the rank of each board, in the order of `board_ids`, which ascend; an edge leads to where pins come from.

    Examples
    --------
    >>> ranks = igraph_ranks(np.array([10, 20, 30]), np.array([10, 20]), np.array([30, 30]), np.array([1, 2]))
    >>> ranks.round(3)
    array([0.213, 0.213, 0.574])
    """
    import igraph  # noqa: PLC0415 - on the Python of the peers alone

    edges = np.column_stack([np.searchsorted(board_ids, ids) for ids in (savers, saved_from)])
    graph = igraph.Graph(n=board_ids.size, edges=edges, directed=True)
    return np.array(graph.pagerank(damping=_DAMPING, weights=n_repins.tolist(), implementation="prpack"))
