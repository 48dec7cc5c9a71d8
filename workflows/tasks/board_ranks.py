"""The repin graph of a date and the importance of its boards."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from textwrap import indent

from pagerank.board_ranks import RankNodes, board_ranks, distinct_boards
from pagerank.graph_report import graph_report
from pagerank.pagerank import pagerank
from pagerank.repin_graph import RANKED_COLUMNS
from pagerank.residual_history import RESIDUALS, written_residuals
from pagerank.solvers.engine_sweeps import EnginePageRank
from storage_tiers.versioned.datasets import Dataset, PartsOf
from workflows.catalog import BOARD_RANKS, BOARDS, FACTS, REPIN_EDGES
from workflows.progress import elapsed, say
from workflows.settings import ON_DRIVER
from workflows.tasks.derived import IteratedDataset, derivation_of
from workflows.tasks.publishing import Record, publish_table, run_step


class BoardRanks(IteratedDataset):
    """Ranks all boards: those with a row of their own and those that only pins name."""

    derivation = derivation_of("BoardRanks")

    def run(self) -> None:
        """Compute PageRank over the repin graph."""
        inputs = self.open_inputs()
        edges, facts, boards = (inputs.datasets[spec.name] for spec in (REPIN_EDGES, FACTS, BOARDS))
        before = inputs.previous.get(BOARD_RANKS.name)
        previous = before.to_table().sort_by("board_id") if before else None
        if previous is None:
            board_ids = distinct_boards(part for data in (facts, boards) for part in data.iter_parts(["board_id"]))
        else:  # boards and graph are the same in every iteration
            board_ids = previous["board_id"].to_numpy()
        with self._rank(edges) as rank, elapsed("board ranks"):
            ranks, solved = board_ranks(
                PartsOf(edges, RANKED_COLUMNS),
                board_ids,
                damping=self.damping,
                tolerance=self.tolerance,
                previous=previous,
                counted=previous,
                max_edge_weight_per_user=self.max_edge_weight_per_user or None,
                rank=rank,
            )
        counts = {"sweeps": solved.n_sweeps}
        if previous is None:
            report = graph_report(edges.iter_parts(), board_ids)
            counts |= report.counts()
            say(indent(str(report), "    "))
        record = Record(
            made_from=inputs.made_from,
            counts=counts,
            parameters={
                "l1_error_bound": float(solved.error_bound),
                RESIDUALS: written_residuals(solved.residuals),
                "ranks_on": self.ranks_on,
            },
        )
        publish_table(self, BOARD_RANKS, self.version, facts.n_parts, ranks, record)

    @contextmanager
    def _rank(self, edges: Dataset) -> Iterator[RankNodes]:
        """Return what ranks: the engine if it is told to, else this process, in memory or on disk."""
        if self.ranks_on == ON_DRIVER:
            memory_bytes = int(self.memory_mb) * 2**20
            with self.scratch() as folder:
                yield partial(pagerank, n_threads=self.n_cores, memory_bytes=memory_bytes, scratch=folder)
            return
        with self.shared_scratch() as scratch:
            yield EnginePageRank(
                lambda what, step: run_step(self, what, step, edges.n_rows),
                edges.reader(RANKED_COLUMNS),
                edges.n_parts,
                scratch,
            )
