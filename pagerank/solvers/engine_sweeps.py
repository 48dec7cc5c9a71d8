"""PageRank of boards by steps of the engine, one a sweep: for repin graphs whose edges fit no single machine.

A sweep is cut into hash partitions of the targets. Every partition sees the ranks of all boards, 8 bytes each, and
its edges never leave it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from joins.arrow.hashing import partition_of
from joins.engine.places import Place
from joins.engine.step import KeptTables, PartitionInput, PartitionStep, Shuffled, hand_over, only_column, share
from pagerank.edges.node_ids import find_positions
from pagerank.edges.node_values import NodeValues, start_vector, teleport_vector
from pagerank.pagerank import PageRank
from pagerank.repin_graph import RankedEdges, ranked_edges
from pagerank.rounding import block_starts, blocked_additions
from pagerank.solvers.power_iteration import power_iteration

SWEEPS_TO_COMBINE = 6  # a sweep is a job, and combining costs nothing beside it

RunStep = Callable[[str, PartitionStep[Any]], list[Any]]

ROWS = pa.schema(
    [
        pa.field("target", pa.int64(), nullable=False),  # place among the boards, ascending
        pa.field("source", pa.int64(), nullable=False),  # place among the boards, ascending in a target
        pa.field("share", pa.float64(), nullable=False),  # of the source's importance that goes to the target
    ]
)


@dataclass(frozen=True, slots=True)
class EnginePageRank:
    """Ranks boards; called like `pagerank.pagerank`, with repin edges that lie in partitions.

    Parameters
    ----------
    run_step
        Runs a step, told what it is for, and returns the results of its partitions.
    edges
        Returns the repin edges out of the boards of a partition.
    n_parts
        Number of partitions.
    scratch
        Folder that every worker sees, for the edges by target and the ranks of each sweep.

    Notes
    -----
    The edges are split by target once. A sweep then reads each partition's edges where they lie and the ranks of all
    boards, 8 bytes each, and sends back what each board receives. It is the power method, whose sweeps are the same
    however boards are cut into partitions; combining iterates (Anderson) saves about a third of its sweeps.
    """

    run_step: RunStep
    edges: PartitionInput
    n_parts: int
    scratch: Place

    def __call__(
        self,
        edges: RankedEdges,
        *,
        nodes: NDArray[np.int64],
        damping: float,
        tolerance: float,
        start: NodeValues | None = None,
    ) -> PageRank:
        """Rank all boards, given ascending; of `edges` only the bound on a user's weight is used."""
        sweep = _EngineSweep(self, nodes, EdgeShares(self.edges, edges.max_edge_weight_per_user))
        teleport = teleport_vector(None, nodes)
        solution = power_iteration(
            sweep,
            sweep.n_additions,
            teleport,
            start_vector(start, nodes, teleport),
            damping=damping,
            tolerance=tolerance,
            n_to_combine=SWEEPS_TO_COMBINE,
        )
        return PageRank(nodes, solution.ranks, solution.residuals.size, solution.residuals, solution.error_bound)


class _EngineSweep:
    """What the boards receive over their edges when they have some ranks, by a step of the engine."""

    def __init__(self, ranking: EnginePageRank, nodes: NDArray[np.int64], shares: "EdgeShares") -> None:
        self._ranking, self._n_sweeps = ranking, 0
        self._rows = KeptTables(ranking.scratch / "rows")
        boards = share(pa.table({"board_id": nodes}), ranking.scratch / "ranked_boards.arrow", only_column)
        edges = {"edges": Shuffled(shares, ranking.n_parts, "dst")}
        step = PartitionStep(ranking.n_parts, {"boards": boards}, rows_of_targets, self._rows, edges, partition_of)
        targets = ranking.run_step("repin edges by target", step)
        self._places = [found[:, 0] for found in targets]
        # Shares are quotients of exact sums, so one rounding each; a node's additions are those of its edges in.
        self.n_additions = np.ones(nodes.size, np.int64)
        for found in targets:
            self.n_additions[found[:, 0]] += blocked_additions(found[:, 1])

    def __call__(self, ranks: NDArray[np.float64]) -> NDArray[np.float64]:
        self._n_sweeps += 1
        path = self._ranking.scratch / f"ranks-{self._n_sweeps:04d}.arrow"
        shared = share(pa.table({"rank": ranks}), path, only_column)
        inputs: dict[str, PartitionInput] = {"rows": self._rows.read, "ranks": shared}
        step = PartitionStep(self._ranking.n_parts, inputs, received_by_targets, hand_over)
        by_partition = self._ranking.run_step(f"PageRank sweep {self._n_sweeps}", step)
        received = np.zeros(ranks.size)
        for places, values in zip(self._places, by_partition, strict=True):
            received[places] = values
        path.unlink()
        return received


@dataclass(frozen=True, slots=True)
class EdgeShares:
    """Reads a partition of the repin edges, by repinning board, as shares of each board's importance; picklable.

    `edges` returns those of a partition, schema `pagerank.repin_graph.REPIN_EDGES`: all edges out of its boards.
    """

    edges: Callable[[int], pa.Table]
    max_edge_weight_per_user: int | None = None

    def __call__(self, number: int) -> pa.Table:
        """Return ``src``, ``dst`` and ``share``, one row an edge; whole weights add up exactly, in any order."""
        edges = ranked_edges(self.edges(number), self.max_edge_weight_per_user)
        merged = edges.group_by(["src", "dst"]).aggregate([("weight", "sum")])
        src, weight = merged["src"].to_numpy(), merged["weight_sum"].to_numpy()
        _, source = np.unique(src, return_inverse=True)
        out_weight = np.bincount(source, weights=weight)
        return pa.table({"src": src, "dst": merged["dst"], "share": weight / out_weight[source]})


def rows_of_targets(edges: pa.Table, boards: NDArray[np.int64]) -> tuple[pa.Table, NDArray[np.int64]]:
    """Return the edges into the boards of one partition as `ROWS`, by target and source, and how many lead to each.

    The edges have ``src``, ``dst`` and ``share``, each edge once, in any order; `boards` are all boards, ascending. The
    counts have the shape ``(n_targets, 2)``: the place of each target, ascending, and its number of edges.

    Examples
    --------
    >>> edges = pa.table({"src": [9, 5], "dst": [7, 7], "share": [1.0, 0.5]})
    >>> rows, n_edges = rows_of_targets(edges, np.array([5, 7, 9]))
    >>> rows["source"].to_pylist(), n_edges.tolist()
    ([0, 2], [[1, 2]])
    """
    target, source = (find_positions(boards, edges[name].to_numpy())[0] for name in ("dst", "src"))
    order = np.lexsort((source, target))
    rows = pa.table([target[order], source[order], edges["share"].to_numpy()[order]], schema=ROWS)
    return rows, np.stack(np.unique(target, return_counts=True), axis=1)


def received_by_targets(rows: pa.Table, ranks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each target of a partition receives over its edges, by ascending place, from the ranks of all boards.

    Examples
    --------
    >>> rows = pa.table([[1, 1], [0, 2], [0.5, 1.0]], schema=ROWS)
    >>> received_by_targets(rows, np.array([0.2, 0.3, 0.5]))
    array([0.6])
    """
    if rows.num_rows == 0:
        return np.empty(0)
    target = rows["target"].to_numpy()
    starts = np.flatnonzero(np.concatenate(([True], target[1:] != target[:-1])))
    blocks, first = block_starts(np.append(starts, target.size))
    handed_on = rows["share"].to_numpy() * ranks[rows["source"].to_numpy()]
    received: NDArray[np.float64] = np.add.reduceat(np.add.reduceat(handed_on, blocks[:-1]), first)
    return received
