"""Multinomial naive Bayes over the images of a board, as in a textbook, trained on all boards but the one it judges.

``score(b, c) = log n_c + sum over images i of b of log((n_ic + a) / (n_c. + a n_images))``, where ``n_c`` are boards
with label c, ``n_ic`` those of them that show i, ``n_c.`` their pins, each without board b. Leaving b out changes no
more than the column of its own label, so all boards cost about as much as one training.
"""

import numpy as np

from benchmarks.categories.collection import NO_LABEL, Labelled
from benchmarks.categories.image_votes import Floats, image_votes, own_votes

_SMOOTHING = 0.3  # of 0.01 to 1 the best on the recipes and the planted graph, by agreement with labels left out


def left_out_scores(boards: Labelled) -> Floats:
    """Return the log joint probabilities, up to a constant of the board; shape ``(n_boards, n_categories)``."""
    votes, own = image_votes(boards), own_votes(boards)
    n_boards, smoothing = boards.labels.size, _SMOOTHING * boards.images.shape[1]
    n_pins = np.diff(boards.images.indptr).astype(np.float64)
    labelled = np.flatnonzero(boards.labels != NO_LABEL)
    label = boards.labels[labelled]
    boards_of, pins_of = np.bincount(label, minlength=boards.n_categories), votes.sum(axis=0)
    scores = boards.images @ np.log(votes + _SMOOTHING)
    scores += np.log(np.maximum(boards_of, 1)) - n_pins[:, None] * np.log(pins_of + smoothing)
    with_it = votes[own.image, own.category]
    less = np.log((with_it - 1 + _SMOOTHING) / (with_it + _SMOOTHING))
    left_out = np.bincount(own.board, less, n_boards)[labelled]
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
