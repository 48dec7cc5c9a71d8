"""Label spreading (Zhou et al., "Learning with local and global consistency", 2004) on the graph of boards and images.

By hand in scipy.sparse: scikit-learn's ``LabelSpreading`` builds a graph of neighbours or kernels from features, and a
dense matrix of nodes by nodes, 500 GB for the planted graph. The equation is the same, ``F = a S F + (1 - a) Y`` with
``S = D^-1/2 A D^-1/2``. As the graph has two sides, a sweep goes from boards to images and back.
"""

import numpy as np
from scipy.sparse import csr_array, diags_array

from benchmarks.categories.collection import Codes, Labelled
from benchmarks.categories.image_votes import Floats, most_voted, one_hot
from benchmarks.categories.task import Task

_ALPHA = 0.9
_TOLERANCE = 1e-3  # scikit-learn's, as a share of what is spread: a sweep that moves less is the last
_MAX_SWEEPS = 100


def correct(task: Task) -> Codes:
    """Return the category that most of it came to; the label where nothing came."""
    return most_voted(task.boards, spread_labels(task.boards))


def spread_labels(boards: Labelled, tolerance: float = _TOLERANCE, max_sweeps: int = _MAX_SWEEPS) -> Floats:
    """Return how much of each category came to each board; shape ``(n_boards, n_categories)``.

    Parameters
    ----------
    boards
        Boards and labels.
    tolerance
        Share of the labels that the last sweep may still move.
    max_sweeps
        Where it stops in any case.
    """
    labels = one_hot(boards).toarray()
    spread = _normalized(boards.images)
    back = spread.T.tocsr()
    found = own = (1 - _ALPHA) * labels
    for _ in range(max_sweeps):
        before = found
        found = _ALPHA * (spread @ (_ALPHA * (back @ before))) + own
        if np.abs(found - before).sum() <= tolerance * own.sum():
            break
    return np.asarray(found)


def _normalized(images: csr_array) -> csr_array:
    of_boards, of_images = (1 / np.sqrt(np.maximum(images.sum(axis=axis), 1)) for axis in (1, 0))
    return csr_array(diags_array(of_boards) @ images @ diags_array(of_images))
