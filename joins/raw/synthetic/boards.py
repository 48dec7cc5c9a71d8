"""Boards of a generated graph before they become a table: owners, categories, labels, hidden quality, sizes.

Owners are specialised: each has one to three favourite categories, and all of an owner's boards come from them.
Part of one module's work, `joins.raw.synthetic.graph`; arrays here speak of boards and users by position, not by id.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from joins.arrow.ordering import inverse_of
from joins.raw.synthetic.shape import GraphShape
from joins.raw.synthetic.words import CATEGORIES, NEIGHBOURS

MISSING = -1
"""The label of a board whose owner chose no category."""

_MOST_FAVOURITES = 3

Positions = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PlantedBoards:
    """What is true of each board, one element a board."""

    owner: Positions  # user position
    category: Positions  # the true one
    label: Positions  # what the owner filed it under, or MISSING
    quality: Weights  # how much repinners like it, > 0
    n_pins: Positions

    @property
    def is_mislabelled(self) -> npt.NDArray[np.bool_]:
        """Whether a label is there and wrong."""
        wrong: npt.NDArray[np.bool_] = (self.label != MISSING) & (self.label != self.category)
        return wrong

    @property
    def importance_order(self) -> Positions:
        """Place by hidden quality, 1 for the best; boards without pins come last, as nothing can be saved from them."""
        return inverse_of(np.lexsort((-self.quality, self.n_pins == 0))) + 1


def category_shares(shape: GraphShape, rng: np.random.Generator) -> Weights:
    """Draw how common each of the 32 categories is, 0 for those that the shape doesn't use; shares sum to 1."""
    used = rng.permutation(len(CATEGORIES))[: shape.sizes.n_categories]
    shares = np.zeros(len(CATEGORIES))
    shares[used] = rng.dirichlet(np.full(len(used), shape.category_concentration))
    return shares


def plant_boards(shape: GraphShape, shares: Weights, rng: np.random.Generator) -> PlantedBoards:
    """Draw every board, in no meaningful order; ``shares`` says how common each category is."""
    n_boards, n_users = shape.sizes.n_boards, shape.sizes.n_users
    owner = draw(_activity(n_users, shape.share_idle_users, rng), n_boards, rng)
    favourites = rng.choice(len(shares), size=(n_users, _MOST_FAVOURITES), p=shares)
    n_favourites = rng.integers(1, _MOST_FAVOURITES, n_users, endpoint=True)
    category = favourites[owner, (rng.random(n_boards) * n_favourites[owner]).astype(np.int64)]
    taste = rng.standard_normal(n_boards)
    return PlantedBoards(
        owner=owner,
        category=category,
        label=_labels(category, shape, rng),
        quality=np.exp(shape.quality_sigma * taste),
        n_pins=_board_sizes(taste, shape, rng),
    )


def draw(weights: Weights, n_draws: int, rng: np.random.Generator) -> Positions:
    """Draw positions with replacement, each with probability proportional to its weight; some weight is positive.

    Examples
    --------
    >>> draw(np.array([0.0, 2.0, 0.0]), 3, np.random.default_rng(1)).tolist()
    [1, 1, 1]
    """
    if n_draws == 0:
        return np.empty(0, np.int64)
    heights = np.cumsum(weights)
    drawn: Positions = np.searchsorted(heights, rng.random(n_draws) * heights[-1], side="right")
    return drawn


def _activity(n_users: int, share_idle: float, rng: np.random.Generator) -> Weights:
    """How eagerly each user makes boards; idle users not at all."""
    activity = rng.lognormal(0.0, 1.0, n_users)
    activity[rng.permutation(n_users)[: int(share_idle * n_users)]] = 0.0
    return activity


def _labels(category: Positions, shape: GraphShape, rng: np.random.Generator) -> Positions:
    """Label boards as owners do: mostly the truth, else a neighbour or any other, or nothing."""
    n_boards = len(category)
    near = np.array(NEIGHBOURS)[category, rng.integers(0, len(NEIGHBOURS[0]), n_boards)]
    anywhere = (category + rng.integers(1, len(CATEGORIES), n_boards)) % len(CATEGORIES)
    mistake = np.where(rng.random(n_boards) < shape.share_confusable, near, anywhere)
    label = np.where(rng.random(n_boards) < shape.share_wrong, mistake, category)
    label[rng.random(n_boards) < shape.share_missing] = MISSING
    return label


def _board_sizes(taste: Weights, shape: GraphShape, rng: np.random.Generator) -> Positions:
    """Pins of each board: log-normal expectations, summing to ``n_pins`` exactly."""
    n_boards = len(taste)
    follow = shape.board_size_follows_quality
    spread = follow * taste + np.sqrt(1 - follow**2) * rng.standard_normal(n_boards)
    weights = np.exp(shape.board_size_sigma * spread)
    weights[rng.permutation(n_boards)[: int(shape.share_empty_boards * n_boards)]] = 0.0
    if shape.n_pins == 0:
        return np.zeros(n_boards, np.int64)
    return rng.multinomial(shape.n_pins, weights / weights.sum())
