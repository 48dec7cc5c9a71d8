"""Naive Bayes over images, the own board left out, always taken."""

import numpy as np

from benchmarks.categories.collection import Codes
from benchmarks.categories.naive_bayes import left_out_scores
from benchmarks.categories.task import Task


def correct(task: Task) -> Codes:
    """Return the most probable category."""
    return np.asarray(left_out_scores(task.boards).argmax(axis=1))
