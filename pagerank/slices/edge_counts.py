"""What the repin edges of a part add to the counts of boards: repins given, received and to itself, and degrees.

An edge here is a pair of two boards, however many users and repins it has, as in `pagerank.graph_report`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from joins.arrow.value_ranges import Ranges
from joins.engine.step import PartitionInput
from pagerank.edges.node_ids import as_node_ids
from pagerank.graph_report import GraphReport
from pagerank.repin_graph import REPIN_EDGES, check_repin_edges

COUNTED = ("n_repins_given", "n_repins_received", "n_self_repins", "out_degree", "in_degree", "n_cross_user_repins")
BOARD_COUNTS = pa.schema(
    [
        pa.field("board_id", pa.int64(), nullable=False),
        *(pa.field(name, pa.int64(), nullable=False) for name in COUNTED),
        pa.field("slice", pa.int32(), nullable=False),
    ]
)
OF_GIVERS = tuple(name for name in COUNTED if name not in ("n_repins_received", "in_degree"))
OF_RECEIVERS = ("n_repins_received", "in_degree")
_GIVEN, _RECEIVED, _SELF, _OUT, _IN, _CROSS = range(len(COUNTED))


@dataclass(frozen=True, slots=True)
class EdgeCounts:
    """Reads a part of the repin edges, sorted by its key, as some counts of its boards; picklable.

    Those of givers and those of receivers apart: nearly every edge of a part has a receiver of its own.
    """

    edges: PartitionInput
    slices: Ranges
    names: tuple[str, ...]

    def __call__(self, number: int) -> pa.Table:
        """Return these columns of `BOARD_COUNTS`, ``board_id`` and ``slice``: each board once that has any."""
        counts = counts_of_edges(self.edges(number), self.slices).select(["board_id", *self.names, "slice"])
        return counts.filter(np.any([counts[name].to_numpy() != 0 for name in self.names], axis=0))


def counts_of_edges(edges: pa.Table, slices: Ranges) -> pa.Table:
    """Return what edges add to the counts of their boards, by ascending board.

    Parameters
    ----------
    edges
        Schema `pagerank.repin_graph.REPIN_EDGES`, sorted by its key, all edges between two boards.
    slices
        Which slice a board lies in.

    Examples
    --------
    >>> edges = pa.table([[20, 20], [20, 30], [2, 2], [2, 3], [4, 1]], schema=REPIN_EDGES)
    >>> counts_of_edges(edges, Ranges(())).select(["board_id", "n_self_repins", "in_degree"]).to_pylist()
    [{'board_id': 20, 'n_self_repins': 4, 'in_degree': 0}, {'board_id': 30, 'n_self_repins': 0, 'in_degree': 1}]
    """
    check_repin_edges(edges)
    giver, receiver, user, parent_user, n_repins = (as_node_ids(edges[name], name) for name in REPIN_EDGES.names)
    boards, places = np.unique(np.concatenate((giver, receiver)), return_inverse=True)
    source, target = places[: giver.size], places[giver.size :]
    own = source == target
    is_edge = ~own
    is_edge[1:] &= (source[1:] != source[:-1]) | (target[1:] != target[:-1])
    counts = np.zeros((len(COUNTED), boards.size), np.int64)
    for kind, board, rows, added in (
        (_GIVEN, source, ~own, n_repins),
        (_RECEIVED, target, ~own, n_repins),
        (_SELF, source, own, n_repins),
        (_OUT, source, is_edge, np.ones_like(n_repins)),
        (_IN, target, is_edge, np.ones_like(n_repins)),
        (_CROSS, source, user != parent_user, n_repins),
    ):
        np.add.at(counts[kind], board[rows], added[rows])
    return pa.table([boards, *counts, slices.of(boards).astype(np.int32)], schema=BOARD_COUNTS)


@dataclass(frozen=True, slots=True)
class SliceCounts:
    """What the boards of a slice add to the report of the graph; the board of a largest degree is that of least id."""

    n_boards: int
    totals: tuple[int, ...]  # of `COUNTED`
    n_dangling: int
    largest_in: tuple[int, int | None]  # degree and board
    largest_out: tuple[int, int | None]


def counts_of_slice(boards: NDArray[np.int64], counts: NDArray[np.int64]) -> SliceCounts:
    """Return the counts of a slice; `counts` have the shape ``(len(COUNTED), n_boards)``, boards are ascending."""
    largest = []
    for degree in (counts[_IN], counts[_OUT]):
        place = int(degree.argmax()) if degree.any() else None
        largest.append((0, None) if place is None else (int(degree[place]), int(boards[place])))
    totals = tuple(int(total) for total in counts.sum(axis=1))
    return SliceCounts(boards.size, totals, int((counts[_GIVEN] == 0).sum()), largest[0], largest[1])


def report_of_slices(slices: Sequence[SliceCounts], components: tuple[int, int] | None) -> GraphReport:
    """Return the report of all slices, given in their order; components are how many there are, and the largest."""
    given, _, own, n_edges, _, n_cross = (sum(one.totals[kind] for one in slices) for kind in range(len(COUNTED)))
    largest_in = max((one.largest_in for one in slices), key=lambda largest: largest[0])  # the first of equal ones
    largest_out = max((one.largest_out for one in slices), key=lambda largest: largest[0])
    return GraphReport(
        n_boards=sum(one.n_boards for one in slices),
        n_edges=n_edges,
        n_repins=given + own,
        n_self_repins=own,
        n_cross_user_repins=n_cross,
        n_dangling=sum(one.n_dangling for one in slices),
        n_components=components[0] if components else None,
        largest_component=components[1] if components else None,
        largest_in_degree=largest_in[0],
        most_saved_from=largest_in[1],
        largest_out_degree=largest_out[0],
        most_saving=largest_out[1],
    )
