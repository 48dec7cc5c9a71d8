"""What a contender of the PageRank benchmark took, and how far its ranks were from the reference."""

import hashlib
import json
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np

from benchmarks.job import Job
from benchmarks.measure import Cost
from benchmarks.pagerank.graphs import REFERENCE_NAME
from benchmarks.pagerank.line_up import Contender
from benchmarks.pagerank.task import FIGURES_NAME, RANKS_NAME
from benchmarks.rounds import Standing


@dataclass(slots=True)
class RankStanding(Standing):
    """The figures of each round, as the contender's runner wrote them, its true L1 error and its ranks' digest."""

    contender: Contender
    figures: list[dict[str, Any]] = field(default_factory=list)

    def add(self, cost: Cost, job: Job) -> None:
        """Take note of a run."""
        self.costs.append(cost)
        figures = json.loads((job.output / FIGURES_NAME).read_text())
        if (job.output / RANKS_NAME).exists():
            ranks, exact = np.load(job.output / RANKS_NAME), np.load(job.source / REFERENCE_NAME)
            figures["l1_error"] = float(np.abs(ranks / ranks.sum() - exact / exact.sum()).sum())
            figures["digest"] = hashlib.blake2b(ranks.tobytes(), digest_size=8).hexdigest()
        self.figures.append(figures)

    def median(self, name: str) -> float | None:
        """Return the median of a figure; None where no round has it."""
        found = [figures[name] for figures in self.figures if figures.get(name) is not None]
        return median(found) if found else None

    def worst_error(self) -> float:
        """Return the largest L1 error of all rounds."""
        return max(float(figures["l1_error"]) for figures in self.figures)

    def bound_holds(self) -> bool:
        """Return whether the error bound was at least the true error in every round."""
        return all(figures["error_bound"] >= figures["l1_error"] for figures in self.figures)

    def digests(self) -> set[str]:
        """Return a digest of each round's ranks; one where all have the same bits."""
        return {figures["digest"] for figures in self.figures}
