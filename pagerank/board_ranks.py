"""The importance of boards: PageRank over the repin graph, with rank order, percentile and repin counts."""

from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from joins.arrow.fields import required
from joins.arrow.ordering import rank_order
from joins.arrow.shared_fields import BOARD_ID, PAGE_RANK, PERCENTILE, RANK_ORDER, REPINS_BETWEEN_BOARDS
from pagerank.edges.node_ids import as_node_ids, check_each_once, find_positions, sorted_once
from pagerank.errors import InvalidGraphError
from pagerank.given_numbers import as_count
from pagerank.pagerank import PageRank, pagerank
from pagerank.repin_graph import RANKED_COLUMNS, RankedEdges, check_repin_edges

RankNodes = Callable[..., PageRank]

BOARD_RANKS = pa.schema(
    [
        BOARD_ID,
        PAGE_RANK,
        RANK_ORDER,
        PERCENTILE,
        *REPINS_BETWEEN_BOARDS,
        required("n_self_repins", pa.int64(), "pins it saved from itself", "pins"),
    ]
)


_COUNTS = BOARD_RANKS.names[-3:]  # repins given, received and to itself


def board_ranks(
    edges: pa.Table | Iterable[pa.Table],
    board_ids: ArrayLike | pa.Array | pa.ChunkedArray,
    *,
    damping: float = 0.85,
    tolerance: float = 1e-8,
    previous: pa.Table | None = None,
    counted: pa.Table | None = None,
    max_edge_weight_per_user: int | None = None,
    rank: RankNodes = pagerank,
) -> tuple[pa.Table, PageRank]:
    """Return the importance of every board, and the PageRank run it comes from.

    Parameters
    ----------
    edges
        Repin edges, ``RANKED_COLUMNS`` of `pagerank.repin_graph.REPIN_EDGES`, any order, one for each user; or parts
        of them that can be read again and again, of which one at a time is in memory.
    board_ids
        All boards, each once, any order; boards without a repin are ranked too.
    damping
        Part of a board's importance that follows its repins, ``0 <= damping < 1``.
    tolerance
        Largest L1 distance allowed to the exact ranks, above 0.
    previous
        Board ranks of an earlier run (columns board_id and page_rank are used), to start from: fewer sweeps
        when little has changed. New boards start at the mean; boards that are gone are passed over.
    counted
        Board ranks of the same edges and boards, whose repin counts are taken over; None: edges are read for them.
    max_edge_weight_per_user
        So many repins of one user count for the ranks on an edge, at least 1; None: all. Counts count all.
    rank
        What ranks the edges, called like `pagerank.pagerank` with a stream of them; for graphs beyond memory.

    Returns
    -------
    ranks : pyarrow.Table
        Schema `BOARD_RANKS`, by ascending board_id, one row a board.
    page_rank : PageRank
        Sweeps, residuals and the error bound of the run.

    Raises
    ------
    InvalidGraphError
        An edge names a board that is not in `board_ids`, a board stands there twice, or a column or setting is
        not allowed; a tolerance that can't be proved among them.
    NotConvergedError
        The tolerance was not reached, see `pagerank.pagerank.pagerank`.

    Notes
    -----
    An edge leads from the repinning board to the board it was saved from, weighted by the number of repins:
    who is saved from is important, and more so when saved from by the important.

    Repins of a board from itself are counted and not ranked, see `pagerank.repin_graph`. A board whose only
    repins are its own is dangling.

    Equal bits for any order of edges and boards, with the same `previous`. Another `previous` ends elsewhere
    within the tolerance, which can swap boards whose ranks are closer than that.

    Examples
    --------
    >>> from pagerank.repin_graph import REPIN_EDGES
    >>> edges = pa.table([[10, 20], [30, 30], [1, 2], [3, 3], [1, 1]], schema=REPIN_EDGES)
    >>> ranks, run = board_ranks(edges, [10, 20, 30])
    >>> ranks["rank_order"].to_pylist(), ranks["n_repins_received"].to_pylist()
    ([2, 2, 1], [0, 0, 2])
    """
    boards = np.sort(as_node_ids(board_ids, "board_ids"))
    check_each_once(boards, "board", "board_ids", "give each board once")
    max_edge_weight_per_user = as_count("max_edge_weight_per_user", max_edge_weight_per_user, 1, "for no bound")
    parts = [edges] if isinstance(edges, pa.Table) else edges
    counts = _repin_counts(parts, boards) if counted is None else _earlier_counts(counted, boards)
    run = rank(
        RankedEdges(parts, max_edge_weight_per_user),
        nodes=boards,
        damping=damping,
        tolerance=tolerance,
        start=None if previous is None else _earlier_ranks(previous),
    )
    return pa.table([boards, run.ranks, *rank_order(run.ranks, np.sort(run.ranks)), *counts], schema=BOARD_RANKS), run


def distinct_boards(parts: Iterable[pa.Table]) -> NDArray[np.int64]:
    """Return the ids of all boards that tables name in their column ``board_id``, ascending, each once.

    Examples
    --------
    >>> distinct_boards([pa.table({"board_id": [30, 10]}), pa.table({"board_id": [10, 20]})])
    array([10, 20, 30])
    """
    ids = [part["board_id"].unique().to_numpy() for part in parts]
    return sorted_once(np.concatenate(ids)) if ids else np.empty(0, np.int64)


def _earlier_ranks(previous: pa.Table) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    if not {"board_id", "page_rank"} <= set(previous.column_names):
        problem = f"the table has the columns {previous.column_names}; it must have board_id and page_rank"
        raise InvalidGraphError(problem, where="previous")
    return previous["board_id"], previous["page_rank"]


def _earlier_counts(counted: pa.Table, boards: NDArray[np.int64]) -> list[pa.ChunkedArray]:
    """Return the counts of board ranks, as `_repin_counts` made them of the same edges."""
    if not np.array_equal(counted["board_id"].to_numpy(), boards):
        problem = f"the table has {counted.num_rows:,} boards and {boards.size:,} are ranked, or others"
        raise InvalidGraphError(problem, where="counted", remedy="pass ranks of the same graph, sorted by board_id")
    return [counted[name] for name in _COUNTS]


def _repin_counts(parts: Iterable[pa.Table], boards: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return repins given, received and to itself, per board; shape ``(3, n_boards)``."""
    counts = np.zeros((3, boards.size), np.int64)
    for part in parts:
        check_repin_edges(part, columns=RANKED_COLUMNS)
        giver, receiver = (
            _board_numbers(as_node_ids(part[column], column), column, boards)
            for column in ("board_id", "parent_board_id")
        )
        n_repins, own = as_node_ids(part["n_repins"], "n_repins"), giver == receiver
        np.add.at(counts[0], giver[~own], n_repins[~own])
        np.add.at(counts[1], receiver[~own], n_repins[~own])
        np.add.at(counts[2], giver[own], n_repins[own])
    return counts


def _board_numbers(ids: NDArray[np.int64], column: str, boards: NDArray[np.int64]) -> NDArray[np.intp]:
    positions, found = find_positions(boards, ids)
    if not found.all():
        raise InvalidGraphError(
            f"{np.count_nonzero(~found):,} of {ids.size:,} edges have a {column} that is not among the "
            f"{boards.size:,} board_ids (first: board {ids[np.argmin(found)]})",
            where="repin edges",
            remedy="add those boards, or cut their repins",
        )
    return positions
