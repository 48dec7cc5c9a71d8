"""The mean vote of a board's images, its own left out, always taken: what a few lines of SciPy do.

An image votes with the shares of the labels of the other boards that show it; one that no other labelled board shows
doesn't vote. Variant ``own``: the board's label counts as the vote of one more image.
"""

import numpy as np

from benchmarks.categories.collection import NO_LABEL, Codes
from benchmarks.categories.image_votes import image_votes, most_voted, one_hot, own_votes
from benchmarks.categories.task import Task


def correct(task: Task) -> Codes:
    """Return the category with the largest sum of votes; the label where there are none."""
    boards = task.boards
    votes, own = image_votes(boards), own_votes(boards)
    n_votes = votes.sum(axis=1)
    is_labelled = boards.labels != NO_LABEL
    scores = np.empty((boards.labels.size, boards.n_categories))
    for rows, voters in ((is_labelled, n_votes - 1), (~is_labelled, n_votes)):
        scores[rows] = boards.images[rows] @ (votes / np.maximum(voters, 0.5)[:, None] * (voters[:, None] > 0))
    others = n_votes[own.image] - 1
    own_share = np.divide(1, others, out=np.zeros_like(others), where=others > 0)
    at = np.flatnonzero(is_labelled)
    scores[at, boards.labels[at]] -= np.bincount(own.board, own_share, boards.labels.size)[at]
    if task.variant == "own":
        scores += one_hot(boards).toarray()
    scores[np.abs(scores) < 1e-9] = 0.0  # noqa: PLR2004 - what subtracting leaves of no votes
    return most_voted(boards, scores)
