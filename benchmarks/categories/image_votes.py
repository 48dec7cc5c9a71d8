"""How many boards of each category show a picture, and what of that is no evidence about a board: its own vote."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from benchmarks.categories.collection import NO_LABEL, Codes, Labelled, board_of_pins, image_of_pins

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class OwnVotes:
    """The pins of labelled boards, each a vote of its board for its picture.

    Parameters
    ----------
    board, image, category
        Shape ``(n_votes,)``: the board, the picture that it shows, and the board's own label.
    """

    board: Codes
    image: Codes
    category: Codes


def image_votes(boards: Labelled) -> Floats:
    """Return the number of boards that show an image, by their label; shape ``(n_images, n_categories)``."""
    return np.asarray((boards.images.T @ one_hot(boards)).toarray())


def own_votes(boards: Labelled) -> OwnVotes:
    """Return the votes that boards cast themselves."""
    board = board_of_pins(boards.images)
    votes = np.flatnonzero(boards.labels[board] != NO_LABEL)
    return OwnVotes(board[votes], image_of_pins(boards.images)[votes], boards.labels[board[votes]])


def one_hot(boards: Labelled) -> csr_array:
    """Return the labels as a matrix of ones, shape ``(n_boards, n_categories)``; no entry without label."""
    rows = np.flatnonzero(boards.labels != NO_LABEL)
    shape = boards.labels.size, boards.n_categories
    return csr_array((np.ones(rows.size), (rows, boards.labels[rows])), shape=shape)


def most_voted(boards: Labelled, scores: Floats) -> Codes:
    """Return the category with the best score of each board, and the owner's label where no score is above 0."""
    return np.where(scores.max(axis=1) > 0, scores.argmax(axis=1), boards.labels)
