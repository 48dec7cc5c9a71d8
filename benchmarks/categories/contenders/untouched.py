"""The owners' labels as they are: what doing nothing is worth."""

from benchmarks.categories.collection import Codes
from benchmarks.categories.task import Task


def correct(task: Task) -> Codes:
    """Return the labels."""
    return task.boards.labels
