"""The importance of boards by steps of the engine: for repin graphs that fit no single machine.

Nothing that grows with boards or edges is whole anywhere: tasks hold a slice of boards, a cell of edges or a
partition of what is read, and the process that runs the steps holds some numbers for each of these.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from joins.arrow.hashing import partition_of
from joins.arrow.value_ranges import Ranges, cut
from joins.engine.kept_tables import KeptTables
from joins.engine.places import Place
from joins.engine.step import PartitionInput, PartitionStep, Shuffled, numbers_themselves
from pagerank.board_ranks import BOARD_RANKS
from pagerank.graph_report import GraphReport, component_sizes
from pagerank.slices.board_ranges import n_slices
from pagerank.slices.edge_cells import BoardsOfCell, EdgeShares, EdgesWithCells, cell_of_edges
from pagerank.slices.edge_counts import OF_GIVERS, OF_RECEIVERS, EdgeCounts, report_of_slices
from pagerank.slices.sliced_boards import (
    BoardsWithSlices,
    DistinctBoards,
    FindBoards,
    SliceIds,
    SliceStart,
    cut_off,
    slice_of_boards,
)
from pagerank.slices.sliced_iteration import RunStep, SlicedGraph, SlicedSolution, iterate_slices
from pagerank.slices.sliced_order import RankedRows, ValuesOfSlice, counted_values

MOST_JOINED = 1 << 22  # boards whose connected parts are counted, by the process that runs the steps


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What boards are found and counted by.

    `edges` returns the repin edges of a part, schema `pagerank.repin_graph.REPIN_EDGES`, sorted by its key; each of
    `boards` tables that name boards in their column ``board_id``, each board in one of them at least.
    """

    edges: PartitionInput
    boards: Sequence[PartitionInput]


@dataclass(frozen=True, slots=True)
class GraphInParts:
    """A repin graph as it lies: all of it in as many parts, of which a task reads one.

    Attributes
    ----------
    n_parts
        Number of parts.
    edges
        Returns the repin edges out of the boards of a part; ``pagerank.repin_graph.RANKED_COLUMNS`` are enough.
    first
        What the first run over a graph reads beside: the same edges, and what names boards.
    previous
        Returns the ranks of a part of an earlier run over the same graph, `pagerank.board_ranks.BOARD_RANKS`: sweeps
        start from them, and boards and counts are taken over. Either this or `first` is given.
    max_edge_weight_per_user
        As in `pagerank.board_ranks.board_ranks`.
    """

    n_parts: int
    edges: PartitionInput
    first: FirstLook | None = None
    previous: PartitionInput | None = None
    max_edge_weight_per_user: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class EngineRun:
    """Ranks that are proved, and where they lie.

    Attributes
    ----------
    rows
        What is published, schema `pagerank.board_ranks.BOARD_RANKS`, by slice of boards; a step is to split it by
        board.
    residuals, error_bound
        Those of `pagerank.pagerank.PageRank`.
    report
        What the graph looks like; None where an earlier run was started from.
    """

    rows: Shuffled
    residuals: NDArray[np.float64]
    error_bound: float
    report: GraphReport | None

    @property
    def n_sweeps(self) -> int:
        """Return how many sweeps there were."""
        return int(self.residuals.size)


@dataclass(frozen=True, slots=True)
class EngineRanks:
    """Ranks the boards of a graph by steps of the engine.

    Parameters
    ----------
    run_step
        Runs a step, told what it is for, and returns the results of its partitions.
    scratch
        Folder that every worker sees, for slices, cells and the ranks of some sweeps; it holds `EngineRun.rows`, too.
    boards_a_slice
        About how many boards a slice has; None: as `pagerank.slices.board_ranges.n_slices` says.

    Notes
    -----
    Boards are sorted and cut into slices, edges into cells of two slices each. A sweep's task goes through the cells
    of its targets with the ranks of one slice of sources at a time. Ranks are those of one process within the error
    bounds, and have the same bits on every engine and with any number of slices and parts.

    Steps: three, one a sweep, and one for the order of the ranks.
    """

    run_step: RunStep
    scratch: Place
    boards_a_slice: int | None = None

    def __call__(self, graph: GraphInParts, *, damping: float, tolerance: float) -> EngineRun:
        """Rank all boards; settings and errors are those of `pagerank.board_ranks.board_ranks`."""
        slices, boards, starts = self._slices(graph)
        sliced = self._cells(graph, slices, boards, starts)
        report = self._report(graph, boards, starts)
        if sliced.n_boards == 0:
            return EngineRun(Shuffled(no_rows, 1, "board_id"), np.empty(0), 0.0, report)
        solution = iterate_slices(self.run_step, sliced, self.scratch, damping=damping, tolerance=tolerance)
        rows = self._rows(boards, solution, slices.n)
        return EngineRun(rows, solution.residuals, solution.error_bound, report)

    def _slices(self, graph: GraphInParts) -> tuple[Ranges, KeptTables, list[SliceStart]]:
        """Cut the boards into slices, and sort them."""
        found, look = KeptTables(self.scratch / "boards"), FindBoards(self.boards_a_slice)
        if graph.first:
            named = {f"boards_{n}": _by_board(part, graph.n_parts) for n, part in enumerate(graph.first.boards)}
            step = PartitionStep(graph.n_parts, {}, look, found, named, partition_of)
        else:
            step = PartitionStep(graph.n_parts, {"ranks": graph.previous or no_rows}, look, told_alone)
        read: PartitionInput = found.read if graph.first else graph.previous or no_rows
        n_boards, sample = cut_off(self.run_step("boards", step))
        slices = cut(sample, n_slices(n_boards, self.boards_a_slice))
        boards = BoardsWithSlices(read, slices, 1.0 / max(1, n_boards))
        shuffled = {"boards": Shuffled(boards, graph.n_parts, "slice")}
        if graph.first:
            for name, counted in (("givers", OF_GIVERS), ("receivers", OF_RECEIVERS)):
                counts = EdgeCounts(graph.first.edges, slices, counted)
                shuffled[name] = Shuffled(counts, graph.n_parts, "slice")
        sliced = KeptTables(self.scratch / "slices")
        step = PartitionStep(slices.n, {}, slice_of_boards, sliced, shuffled, numbers_themselves)
        return slices, sliced, self.run_step("boards by slice", step)

    def _cells(
        self, graph: GraphInParts, slices: Ranges, boards: KeptTables, starts: Sequence[SliceStart]
    ) -> SlicedGraph:
        """Lay the edges out in cells."""
        shares = EdgeShares(graph.edges, graph.max_edge_weight_per_user)
        edges = {"edges": Shuffled(EdgesWithCells(shares, slices), graph.n_parts, "cell")}
        cells, of_cell = KeptTables(self.scratch / "cells"), BoardsOfCell(SliceIds(boards), slices.n)
        step = PartitionStep(slices.n**2, {"boards": of_cell}, cell_of_edges, cells, edges, numbers_themselves)
        n_edges = self.run_step("repin edges by slices", step)
        return SlicedGraph(boards, starts, cells, np.array(n_edges, np.int64).reshape(slices.n, slices.n))

    def _rows(self, boards: KeptTables, solution: SlicedSolution, n: int) -> Shuffled:
        """Count the values of the ranks, and return what reads a slice with its order."""
        ranges, kept = cut(solution.sample, n), KeptTables(self.scratch / "values")
        values = {"values": Shuffled(ValuesOfSlice(solution.ranks, ranges), n, "range")}
        step = PartitionStep(ranges.n, {}, counted_values, kept, values, numbers_themselves)
        n_in_ranges = tuple(self.run_step("order of ranks", step))
        return Shuffled(RankedRows(boards, solution.ranks, kept, ranges, n_in_ranges), n, "board_id")

    def _report(self, graph: GraphInParts, boards: KeptTables, starts: Sequence[SliceStart]) -> GraphReport | None:
        """Return the report of the graph; connected parts are counted where boards are few enough."""
        if graph.first is None:
            return None
        counts = [start.counts for start in starts if start.counts]
        components = None
        if sum(start.n_boards for start in starts) <= MOST_JOINED:
            ids = np.concatenate([SliceIds(boards)(number) for number in range(len(starts))])
            components = component_sizes(map(graph.edges, range(graph.n_parts)), ids)
        return report_of_slices(counts, components)


def told_alone(_number: int, found: tuple[object, object]) -> object:
    """Return what is told of a table, which is read elsewhere: the sink of a step that keeps none."""
    return found[1]


def no_rows(_number: int) -> pa.Table:
    """Return the rows of no boards."""
    return BOARD_RANKS.empty_table()


def _by_board(part: PartitionInput, n_parts: int) -> Shuffled:
    return Shuffled(DistinctBoards(part), n_parts, "board_id")
