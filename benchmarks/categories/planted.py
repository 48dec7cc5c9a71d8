"""A graph of boards and pictures with planted categories.

A board has one category; a picture has one, and some have a second. The popularity of pictures falls with a power of
their rank, the sizes of boards are log-normal. A pin is drawn from the pictures of its board's category, or else from
all pictures; both by popularity.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.categories.collection import Codes, Collection, boards_by_images

_SEED = 32
_CONCENTRATION = 2.0  # of the Dirichlet shares of the categories
_SECOND_CATEGORY = 0.2
_POPULARITY_EXPONENT = -0.8
_MEAN_SIZE, _SIZE_SIGMA = 25, 1.0


@dataclass(frozen=True, slots=True)
class Size:
    """How large the graph is, and how much a board's category decides."""

    n_boards: int = 60_000
    n_images: int = 200_000
    n_categories: int = 32
    own_share: float = 0.75  # of the pins, drawn from the board's category


def planted(size: Size) -> Collection:
    """Return the graph of a size; the same each time."""
    rng = np.random.default_rng([_SEED, size.n_boards])
    share = rng.dirichlet(np.full(size.n_categories, _CONCENTRATION))
    truth = rng.choice(size.n_categories, size.n_boards, p=share)
    first, second = rng.choice(size.n_categories, (2, size.n_images), p=share)
    second[rng.random(size.n_images) >= _SECOND_CATEGORY] = -1
    popularity = (1.0 + rng.permutation(size.n_images)) ** _POPULARITY_EXPONENT
    n_pins = rng.lognormal(np.log(_MEAN_SIZE) - _SIZE_SIGMA**2 / 2, _SIZE_SIGMA, size.n_boards)
    board = np.repeat(np.arange(size.n_boards), np.maximum(1, np.rint(n_pins)).astype(np.int64))
    drawn_from = np.where(rng.random(board.size) < size.own_share, truth[board], size.n_categories)
    image = np.empty_like(board)
    for category in range(size.n_categories + 1):
        pins = np.flatnonzero(drawn_from == category)
        is_in = (first == category) | (second == category) | (category == size.n_categories)
        image[pins] = _drawn(rng, np.flatnonzero(is_in), popularity[is_in], pins.size)
    return Collection(boards_by_images(board, image, (size.n_boards, size.n_images)), truth, size.n_categories)


def _drawn(rng: np.random.Generator, values: Codes, weight: npt.NDArray[np.float64], n_drawn: int) -> Codes:
    up_to = np.cumsum(weight)
    places = np.searchsorted(up_to, rng.random(n_drawn) * up_to[-1], side="right")
    return np.asarray(np.take(values, places, mode="clip"))
