"""PageRank of boards by steps of the engine, one a sweep: for repin graphs whose edges fit no single machine."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from joins.arrow.hashing import partition_of
from joins.engine.kept_tables import KeptTables
from joins.engine.step import PartitionInput, PartitionStep, Shuffled, hand_over, only_column, share
from pagerank.edges.node_values import NodeValues, start_vector, teleport_vector
from pagerank.edges.ranked_edges import RankedEdges
from pagerank.pagerank import PageRank
from pagerank.solvers.partition_sweeps import SharesGiven, pulled, rows_of_targets
from pagerank.solvers.power_iteration import power_iteration

SWEEPS_TO_COMBINE = 6  # a sweep is a job, and combining costs nothing beside it

RunStep = Callable[[str, PartitionStep[Any]], list[Any]]


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
    scratch: Path

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
        rows = KeptTables(self.scratch / "rows")
        boards = share(pa.table({"board_id": nodes}), self.scratch / "ranked_boards.arrow", only_column)
        given = SharesGiven(self.edges, edges.max_edge_weight_per_user)
        by_target = PartitionStep(
            self.n_parts,
            {"boards": boards},
            rows_of_targets,
            rows,
            {"edges": Shuffled(given, self.n_parts, "dst")},
            partition_of,
        )
        targets = self.run_step("repin edges by target", by_target)
        # Shares are quotients of exact sums, so one rounding each; a node's additions are those of its edges in.
        n_additions = np.ones(nodes.size, np.int64)
        for found in targets:
            n_additions[found[:, 0]] += found[:, 1]
        sweep = _EngineSweep(self, rows, [found[:, 0] for found in targets])
        teleport = teleport_vector(None, nodes)
        solution = power_iteration(
            sweep,
            n_additions,
            teleport,
            start_vector(start, nodes, teleport),
            damping=damping,
            tolerance=tolerance,
            n_to_combine=SWEEPS_TO_COMBINE,
        )
        return PageRank(nodes, solution.ranks, solution.residuals.size, solution.residuals, solution.error_bound)


class _EngineSweep:
    """What the boards receive over their edges when they have some ranks, by a step of the engine."""

    def __init__(self, ranking: EnginePageRank, rows: KeptTables, places: list[NDArray[np.int64]]) -> None:
        self._ranking, self._rows, self._places, self._n_sweeps = ranking, rows, places, 0

    def __call__(self, ranks: NDArray[np.float64]) -> NDArray[np.float64]:
        self._n_sweeps += 1
        path = self._ranking.scratch / f"ranks-{self._n_sweeps:04d}.arrow"
        shared = share(pa.table({"rank": ranks}), path, only_column)
        step = PartitionStep(self._ranking.n_parts, {"rows": self._rows.read, "ranks": shared}, pulled, hand_over)
        received = np.zeros(ranks.size)
        for places, values in zip(
            self._places, self._ranking.run_step(f"PageRank sweep {self._n_sweeps}", step), strict=True
        ):
            received[places] = values
        path.unlink()
        return received
