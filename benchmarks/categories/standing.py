"""What a contender of the category benchmark took, and how good the labels are that it wrote."""

import json
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np

from benchmarks.categories.collection import load_labelled, load_truth
from benchmarks.categories.line_up import Contender
from benchmarks.categories.scores import Scores, scored
from benchmarks.categories.task import CORRECTED_NAME, FIGURES_NAME
from benchmarks.job import Job
from benchmarks.measure import Cost
from benchmarks.rounds import Standing


@dataclass(slots=True)
class CategoryStanding(Standing):
    """The figures and the scores of each round."""

    contender: Contender
    figures: list[dict[str, Any]] = field(default_factory=list)
    scores: list[Scores] = field(default_factory=list)

    def add(self, cost: Cost, job: Job) -> None:
        """Take note of a run; its memory is that of all its processes."""
        self.costs.append(cost)
        figures = json.loads((job.output / FIGURES_NAME).read_text())
        figures["peak_bytes"] = max(figures["peak_bytes"], cost.peak_bytes)
        self.figures.append(figures)
        labels, corrected = load_labelled(job.source).labels, np.load(job.output / CORRECTED_NAME)
        self.scores.append(scored(load_truth(job.source), labels, corrected))

    def median(self, name: str) -> float:
        """Return the median of a figure."""
        return median(float(figures[name]) for figures in self.figures)
