"""The repins that rank boards: those between two boards, and no more of one user on one edge than is allowed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc


def ranked_edges(edges: pa.Table, max_edge_weight_per_user: int | None = None) -> pa.Table:
    """Return repin edges as edges of a graph to rank.

    Parameters
    ----------
    edges
        Schema `pagerank.repin_graph.REPIN_EDGES`.
    max_edge_weight_per_user
        So many repins of one user count on an edge, at least 1; None: all.

    Returns
    -------
    pyarrow.Table
        ``src``, ``dst`` and ``weight``, int64, in the order of the edges; an edge stands once for each of its users.

    Notes
    -----
    A board that repins from itself says nothing about its importance: as self-loops such repins would let it keep
    its importance and so lift itself.

    Examples
    --------
    >>> from pagerank.repin_graph import REPIN_EDGES
    >>> edges = pa.table([[10, 10, 10], [10, 30, 30], [1, 1, 2], [1, 3, 3], [4, 900, 2]], schema=REPIN_EDGES)
    >>> ranked_edges(edges, 5).to_pylist()
    [{'src': 10, 'dst': 30, 'weight': 5}, {'src': 10, 'dst': 30, 'weight': 2}]
    """
    between = edges.filter(pc.field("board_id") != pc.field("parent_board_id"))
    weight = between["n_repins"]
    if max_edge_weight_per_user is not None:
        weight = pc.min_element_wise(weight, pa.scalar(max_edge_weight_per_user, pa.int64()))
    return pa.table([between["board_id"], between["parent_board_id"], weight], names=["src", "dst", "weight"])


@dataclass(frozen=True, slots=True)
class RankedEdges:
    """Reads parts of the repin edges, again and again, as edges to rank.

    Attributes
    ----------
    parts
        The parts; anything that can be read more than once.
    max_edge_weight_per_user
        See `ranked_edges`.
    """

    parts: Iterable[pa.Table]
    max_edge_weight_per_user: int | None = None

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield the parts."""
        for part in self.parts:
            yield ranked_edges(part, self.max_edge_weight_per_user)
