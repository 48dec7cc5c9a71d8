"""The repin graph of a date and the importance of its boards."""

from functools import partial
from textwrap import indent
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pagerank.board_ranks import board_ranks, distinct_boards
from pagerank.graph_report import GraphReport, graph_report
from pagerank.pagerank import pagerank
from pagerank.repin_graph import RANKED_COLUMNS
from pagerank.residual_history import RESIDUALS, written_residuals
from pagerank.slices.engine_ranks import EngineRanks, FirstLook, GraphInParts
from pagerank.slices.sliced_order import rows_of_part
from storage_tiers.versioned.datasets import PartsOf
from workflows.catalog import BOARD_RANKS, BOARDS, FACTS, REPIN_EDGES
from workflows.derivations import OpenInputs
from workflows.progress import elapsed, say
from workflows.settings import ON_DRIVER
from workflows.tasks.derived import IteratedDataset, derivation_of
from workflows.tasks.publishing import Recipe, Record, publish_partitions, publish_table, run_step

if TYPE_CHECKING:
    from storage_tiers.versioned.manifest import Parameter


class BoardRanks(IteratedDataset):
    """Ranks all boards: those with a row of their own and those that only pins name."""

    derivation = derivation_of("BoardRanks")

    def run(self) -> None:
        """Compute PageRank over the repin graph, in this process, in memory or on disk, or by steps of the engine."""
        inputs = self.open_inputs()
        if self.ranks_on == ON_DRIVER:
            self._rank_here(inputs)
        else:
            self._rank_on_engine(inputs)

    def _rank_here(self, inputs: OpenInputs) -> None:
        edges, facts, boards = (inputs.datasets[spec.name] for spec in (REPIN_EDGES, FACTS, BOARDS))
        before = inputs.previous.get(BOARD_RANKS.name)
        previous = before.to_table().sort_by("board_id") if before else None
        if previous is None:
            board_ids = distinct_boards(part for data in (facts, boards) for part in data.iter_parts(["board_id"]))
        else:  # boards and graph are the same in every iteration
            board_ids = previous["board_id"].to_numpy()
        with self.scratch() as scratch, elapsed("board ranks"):
            memory_bytes = int(self.memory_mb) * 2**20
            ranks, solved = board_ranks(
                PartsOf(edges, RANKED_COLUMNS),
                board_ids,
                damping=self.damping,
                tolerance=self.tolerance,
                previous=previous,
                counted=previous,
                max_edge_weight_per_user=self.max_edge_weight_per_user or None,
                rank=partial(pagerank, n_threads=self.n_cores, memory_bytes=memory_bytes, scratch=scratch),
            )
        report = graph_report(edges.iter_parts(), board_ids) if previous is None else None
        record = self._record(inputs, solved.residuals, solved.error_bound, report)
        publish_table(self, BOARD_RANKS, self.version, facts.n_parts, ranks, record)

    def _rank_on_engine(self, inputs: OpenInputs) -> None:
        edges = inputs.datasets[REPIN_EDGES.name]
        before = inputs.previous.get(BOARD_RANKS.name)
        named = [inputs.datasets[spec.name].reader(["board_id"]) for spec in (FACTS, BOARDS)]
        graph = GraphInParts(
            inputs.n_parts,
            edges.reader(RANKED_COLUMNS),
            first=None if before else FirstLook(edges.reader(), named),
            previous=before.reader() if before else None,
            max_edge_weight_per_user=self.max_edge_weight_per_user or None,
        )
        with self.shared_scratch() as scratch:
            rank = EngineRanks(lambda what, step: run_step(self, what, step, edges.n_rows), scratch)
            with elapsed("board ranks"):
                run = rank(graph, damping=self.damping, tolerance=self.tolerance)
            record = self._record(inputs, run.residuals, run.error_bound, run.report)
            recipe = Recipe(rows_of_part, inputs.n_parts, {}, {"rows": run.rows})
            publish_partitions(self, BOARD_RANKS, self.version, recipe, record)

    def _record(
        self, inputs: OpenInputs, residuals: NDArray[np.float64], error_bound: float, report: GraphReport | None
    ) -> Record:
        """Return what the manifest is told, and say what the graph looks like in the first iteration."""
        counts = {"sweeps": residuals.size}
        if report:
            counts |= report.counts()
            say(indent(str(report), "    "))
        parameters: dict[str, Parameter] = {
            "l1_error_bound": float(error_bound),
            RESIDUALS: written_residuals(residuals),
            "ranks_on": self.ranks_on,
        }
        return Record(made_from=inputs.made_from, counts=counts, parameters=parameters)
