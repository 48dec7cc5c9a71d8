"""Gauss-Seidel sweeps over the rows of non-dangling nodes in parts, on any number of threads with the same bits.

Arasu, Novak, Tomkins, Tomlin, "PageRank computation and the structure of the web" (2002), use Gauss-Seidel; Gleich,
Zhukov, Berkhin, "Fast parallel PageRank: a linear system approach" (2004), leave out the dangling rows. The parts
with a copy of the values each, and the inflow that keeps the balance, are our own.
"""

from concurrent.futures import Executor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from joins.engine.ordered_map import ordered_map
from pagerank.layout.non_dangling_graph import NonDanglingGraph
from pagerank.rounding import SUM_BLOCK
from pagerank.solvers.sweep_kernels import gauss_seidel, pull

EDGES_PER_PART = 1 << 23
EDGES_WORTH_A_PART = 1 << 17  # below that, handing it to a thread costs more than it saves
EDGES_WORTH_A_TURN = 1 << 21
MAX_PARTS, MAX_TURNS = 64, 4


def n_parts_of(n_edges: int) -> int:
    """Return into how many parts the rows are cut: a power of two that depends on the graph alone.

    Parts see each other's values a sweep late, so few of them need fewer sweeps, and many use more threads.

    Examples
    --------
    >>> [n_parts_of(edges) for edges in (100_000, 3_000_000, 60_000_000, 10**9, 10**11)]
    [1, 2, 4, 64, 64]
    """
    if n_edges < 2 * EDGES_WORTH_A_PART:
        return 1
    return min(1 << max(1, (n_edges // EDGES_PER_PART).bit_length() - 1), MAX_PARTS)


class GaussSeidelSweeps:
    """The system ``y = inflow t + a W y`` of the non-dangling nodes, solved row by row.

    The rows are cut into `n_parts` of about as many edges each, which are swept on the threads of a pool. Some of the
    teleport, shape ``(n_nodes,)``, must go to non-dangling nodes.

    Notes
    -----
    Values are held as ``z = y / out_weight``, so that an edge costs one gather; a row is solved for its own node by
    ``z = inflow teleport_gain + edge_gain (received - to_itself z)``, whose three vectors never change. A part sweeps
    its rows in a copy of all values of its own. In a large graph it does so in a few turns, and between them gets what
    the others have made in theirs: on R-MAT that takes 8 sweeps where one turn takes 10. So nothing depends on which
    part is done first.

    After a sweep the inflow is set to the outflow of the non-dangling nodes, ``sum((1 - a) y + a y_to_dangling)``, over
    their part of the teleport: the one-dimensional correction that the power method has from its renormalising, without
    which the error only shrinks by ``a`` a sweep.
    """

    def __init__(
        self, graph: NonDanglingGraph, teleport: NDArray[np.float64], *, damping: float, pool: Executor, n_parts: int
    ) -> None:
        self.graph, self.teleport, self.damping, self._pool = graph, teleport, damping, pool
        non_dangling_teleport, out_weights = teleport[graph.non_dangling_nodes], graph.out_weights
        self.non_dangling_teleport = float(non_dangling_teleport.sum())
        self.per_weight = 1.0 / out_weights.total
        solved = self.per_weight / (1.0 - damping * out_weights.to_itself * self.per_weight)
        self._teleport_gain, self._edge_gain = non_dangling_teleport * solved, damping * solved
        self._outflow = (1.0 - damping) * out_weights.total + damping * out_weights.to_dangling
        n_turns = min(1 + graph.n_edges // (n_parts * EDGES_WORTH_A_TURN), MAX_TURNS)
        ranges = graph.edges.cut(n_parts * n_turns, graph.non_dangling_number >= 0)
        self._parts = [ranges[first : first + n_turns] for first in range(0, len(ranges), n_turns)]
        self._pull_ranges = graph.edges.cut(4 * n_parts)
        self._copies: list[NDArray[np.floating]] = []

    def inflow_of(self, z: NDArray[np.floating]) -> float:
        """Return the inflow that balances what leaves the non-dangling nodes."""
        return float((self._outflow * z).sum()) / self.non_dangling_teleport

    def sweep(self, z: NDArray[np.floating], inflow: float, *, out: NDArray[np.floating]) -> tuple[float, float]:
        """Write the values after one sweep, whose sum may be any; `z` stays as it is.

        Returned are the residual, which is the L1 change as a part of the mass of all nodes, and the inflow: what
        teleport and dangling nodes spread when the values after are in balance.
        """
        sums = np.zeros(3)
        for turn in range(len(self._parts[0])):
            take_turn = partial(self._take_turn, turn, z=z, swept=out, inflow=inflow)
            for part in ordered_map(take_turn, range(len(self._parts)), self._pool, len(self._parts)):
                sums += part  # in the order of the parts
        change, mass, flowed_out = sums.tolist()
        new_inflow = flowed_out / self.non_dangling_teleport
        return change / (new_inflow + self.damping * mass), new_inflow

    def received(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what each node, dangling or not, receives over its edges, before damping."""
        graph, received = self.graph, np.empty(self.graph.non_dangling_number.size)

        def pull_rows(rows: slice) -> None:
            for block in graph.edges.read(rows):
                pull(block.row_start, block.source, block.weight, z, received[block.rows], SUM_BLOCK)

        list(ordered_map(pull_rows, self._pull_ranges, self._pool, len(self._pull_ranges)))
        return received

    def _take_turn(
        self, turn: int, part: int, *, z: NDArray[np.floating], swept: NDArray[np.floating], inflow: float
    ) -> tuple[float, float, float]:
        """Sweep the rows of a part that it has in a turn, into `swept`."""
        graph, out_weights = self.graph, self.graph.out_weights
        mine = self._free_copy(z)
        for ranges in self._parts if turn else ():
            done = self._nodes_of(slice(ranges[0].start, ranges[turn - 1].stop))
            mine[done] = swept[done]
        change, mass, flowed_out = 0.0, 0.0, 0.0
        for block in graph.edges.read(self._parts[part][turn]):
            nodes = self._nodes_of(block.rows)
            sums = gauss_seidel(
                block.row_start, block.source, block.weight, block.rows.start, nodes.start,
                graph.non_dangling_nodes[nodes], mine, out_weights.to_itself, out_weights.total,
                self._teleport_gain, self._edge_gain, self._outflow, inflow,
            )  # fmt: skip
            swept[nodes] = mine[nodes]
            change, mass, flowed_out = change + sums[0], mass + sums[1], flowed_out + sums[2]
        self._copies.append(mine)
        return change, mass, flowed_out

    def _nodes_of(self, rows: slice) -> slice:
        """Return the non-dangling nodes of some rows."""
        ends = np.array([rows.start, rows.stop], np.uint32)  # of another type all non-dangling nodes would be converted
        return slice(*np.searchsorted(self.graph.non_dangling_nodes, ends).tolist())

    def _free_copy(self, z: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return a copy of the values in memory of an earlier one, if there is one that no part is using."""
        try:
            copy = self._copies.pop()
        except IndexError:
            return z.copy()
        if copy.dtype != z.dtype:
            return z.copy()
        np.copyto(copy, z)
        return copy
