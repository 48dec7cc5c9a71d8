"""cleanlab on naive Bayes: issues are found by confident learning; boards without label get the likeliest category."""

import numpy as np

from benchmarks.categories.collection import NO_LABEL, Codes
from benchmarks.categories.issues import without_issues
from benchmarks.categories.naive_bayes import left_out_probabilities
from benchmarks.categories.task import Task


def correct(task: Task) -> Codes:
    """Return the labels, mended and filled."""
    labels, probabilities = task.boards.labels, left_out_probabilities(task.boards)
    corrected = without_issues(labels, probabilities, task.n_cores)
    return np.where(labels == NO_LABEL, probabilities.argmax(axis=1), corrected)
