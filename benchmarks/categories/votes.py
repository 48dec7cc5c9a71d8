"""What a few lines of SciPy make of the pictures of boards: votes, naive Bayes and label spreading.

All leave out what a board itself says about its pictures, or say so.
"""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, diags_array

from benchmarks.categories.collection import NO_LABEL, Codes, Labelled, board_of_pins, image_of_pins

Floats = npt.NDArray[np.float64]

_SMOOTHING = 0.3  # of 0.01 to 1 the best on the recipes and the planted graph, by agreement with labels left out
_ALPHA = 0.9
_TOLERANCE = 1e-3  # scikit-learn's, as a share of what is spread: a sweep that moves less is the last
_MAX_SWEEPS = 100


def image_votes(boards: Labelled) -> Floats:
    """Return the number of boards that show an image, by their label; shape ``(n_images, n_categories)``."""
    return np.asarray((boards.images.T @ one_hot(boards)).toarray())


def own_votes(boards: Labelled) -> tuple[Codes, Codes]:
    """Return the board and the image of each pin of a labelled board: its own vote."""
    board = board_of_pins(boards.images)
    votes = np.flatnonzero(boards.labels[board] != NO_LABEL)
    return board[votes], image_of_pins(boards.images)[votes]


def one_hot(boards: Labelled) -> csr_array:
    """Return the labels as a matrix of ones, shape ``(n_boards, n_categories)``; no entry without label."""
    rows = np.flatnonzero(boards.labels != NO_LABEL)
    shape = boards.labels.size, boards.n_categories
    return csr_array((np.ones(rows.size), (rows, boards.labels[rows])), shape=shape)


def most_voted(boards: Labelled, scores: Floats) -> Codes:
    """Return the category with the best score of each board, and the owner's label where no score is above 0."""
    return np.where(scores.max(axis=1) > 0, scores.argmax(axis=1), boards.labels)


def left_out_votes(boards: Labelled) -> Floats:
    """Return the sum of the votes of a board's images, its own left out; shape ``(n_boards, n_categories)``.

    An image votes with the shares of the labels of the other boards that show it; one that no other labelled board
    shows doesn't vote.
    """
    votes, (board, image) = image_votes(boards), own_votes(boards)
    n_votes = votes.sum(axis=1)
    is_labelled = boards.labels != NO_LABEL
    scores = np.empty((boards.labels.size, boards.n_categories))
    for rows, voters in ((is_labelled, n_votes - 1), (~is_labelled, n_votes)):
        scores[rows] = boards.images[rows] @ (votes / np.maximum(voters, 0.5)[:, None] * (voters[:, None] > 0))
    others = n_votes[image] - 1
    own_share = np.divide(1, others, out=np.zeros_like(others), where=others > 0)
    at = np.flatnonzero(is_labelled)
    scores[at, boards.labels[at]] -= np.bincount(board, own_share, boards.labels.size)[at]
    return scores


def left_out_scores(boards: Labelled) -> Floats:
    """Return the log joint probabilities of multinomial naive Bayes over images, up to a constant of the board.

    It is trained, as in a textbook, on all boards but the one it judges: ``score(b, c) = log n_c + sum over images i of
    b of log((n_ic + a) / (n_c. + a n_images))``, where ``n_c`` are boards with label c, ``n_ic`` those of them that
    show i, ``n_c.`` their pins, each without board b. Leaving b out changes no more than the column of its own label,
    so all boards cost about as much as one training. Shape ``(n_boards, n_categories)``.
    """
    votes, (board, image) = image_votes(boards), own_votes(boards)
    n_boards, smoothing = boards.labels.size, _SMOOTHING * boards.images.shape[1]
    n_pins = np.diff(boards.images.indptr).astype(np.float64)
    labelled = np.flatnonzero(boards.labels != NO_LABEL)
    label = boards.labels[labelled]
    boards_of, pins_of = np.bincount(label, minlength=boards.n_categories), votes.sum(axis=0)
    scores = boards.images @ np.log(votes + _SMOOTHING)
    scores += np.log(np.maximum(boards_of, 1)) - n_pins[:, None] * np.log(pins_of + smoothing)
    with_it = votes[image, boards.labels[board]]
    less = np.log((with_it - 1 + _SMOOTHING) / (with_it + _SMOOTHING))
    left_out = np.bincount(board, less, n_boards)[labelled]
    pins, rest = n_pins[labelled], pins_of[label] - n_pins[labelled]
    left_out += pins * np.log((pins_of[label] + smoothing) / (rest + smoothing))
    left_out += np.log(np.maximum(boards_of[label] - 1, 1) / boards_of[label])
    scores[labelled, label] += left_out
    return scores


def left_out_probabilities(boards: Labelled) -> Floats:
    """Return the posterior of each category; rows have a sum of 1."""
    scores = left_out_scores(boards)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def spread_labels(boards: Labelled, tolerance: float = _TOLERANCE, max_sweeps: int = _MAX_SWEEPS) -> Floats:
    """Return how much of each category came to each board; shape ``(n_boards, n_categories)``.

    Label spreading (Zhou et al., "Learning with local and global consistency", 2004) on the graph of boards and images,
    ``F = a S F + (1 - a) Y`` with ``S = D^-1/2 A D^-1/2``. scikit-learn's ``LabelSpreading`` builds a graph of
    neighbours or kernels from features, and a dense matrix of nodes by nodes, 500 GB for the planted graph. As this
    graph has two sides, a sweep goes from boards to images and back. The last moves no more than a share of the labels.
    """
    labels = one_hot(boards).toarray()
    of_boards, of_images = (1 / np.sqrt(np.maximum(boards.images.sum(axis=axis), 1)) for axis in (1, 0))
    spread = csr_array(diags_array(of_boards) @ boards.images @ diags_array(of_images))
    back = spread.T.tocsr()
    found = own = (1 - _ALPHA) * labels
    for _ in range(max_sweeps):
        before = found
        found = _ALPHA * (spread @ (_ALPHA * (back @ before))) + own
        if np.abs(found - before).sum() <= tolerance * own.sum():
            break
    return np.asarray(found)
