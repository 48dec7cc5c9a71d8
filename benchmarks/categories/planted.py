"""A graph of boards and pictures with planted categories, and owners' labels made from right categories.

A board has one category; a picture has one, and some have a second. The popularity of pictures falls with a power of
their rank, the sizes of boards are log-normal. A pin is drawn from the pictures of its board's category, or else from
all pictures; both by popularity. Of labels it is said how many are missing, how many are wrong, and where those go;
shares are exact, up to the rounding of a number of boards. Everything has a fixed seed.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.categories.collection import NO_LABEL, Codes, Collection, boards_by_images

N_NEAR = 3
NEAR_SHARE = 0.6  # of the wrong labels where categories are confused
_SEED, _LABEL_SEED = 32, 1_000
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


def wrong_labels(truth: Codes, n_categories: int, wrong: float, near_share: float, missing: float) -> Codes:
    """Return labels of which a share is missing, and of the others a share is wrong.

    Of the wrong ones, `near_share` are one of the `N_NEAR` categories with which the right one is confused, the others
    any wrong category.
    """
    rng = np.random.default_rng([_LABEL_SEED, round(1000 * wrong), round(1000 * near_share)])
    labels = truth.copy()
    order = rng.permutation(truth.size)
    n_missing = round(missing * truth.size)
    labels[order[:n_missing]] = NO_LABEL
    slips = order[n_missing:][: round(wrong * (truth.size - n_missing))]
    labels[slips] = (truth[slips] + rng.integers(1, n_categories, slips.size)) % n_categories
    confused = slips[: round(near_share * slips.size)]
    near = confused_with(n_categories)
    labels[confused] = near[truth[confused], rng.integers(near.shape[1], size=confused.size)]
    return labels


def redrawn_labels(truth: Codes, n_categories: int, redrawn: float) -> Codes:
    """Return labels of which a share is drawn anew from all categories, the right one among them; none is missing."""
    rng = np.random.default_rng([_LABEL_SEED, round(1000 * redrawn)])
    labels = truth.copy()
    slips = rng.permutation(truth.size)[: round(redrawn * truth.size)]
    labels[slips] = rng.integers(n_categories, size=slips.size)
    return labels


def confused_with(n_categories: int) -> Codes:
    """Return, in row c, the categories that category c is confused with; shape ``(n_categories, N_NEAR)``.

    Where there are fewer other categories, it is confused with all of them.
    """
    rng = np.random.default_rng([_LABEL_SEED, n_categories])
    steps = [1 + rng.permutation(n_categories - 1)[:N_NEAR] for _ in range(n_categories)]
    return (np.arange(n_categories)[:, None] + np.array(steps)) % n_categories
