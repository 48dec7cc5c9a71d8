"""Which picture each pin of a generated graph shows, and which pin it was saved from.

Pins are spoken of by position in time. A repin's parent is an earlier pin of the same picture. The repinner meets a few
candidates, recent ones more often, and takes one with probability proportional to the hidden quality of its board. So
pins of good boards are saved more, and PageRank over repin edges (repinning board to the board saved from) should
recover the planted order.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from joins.raw.synthetic.boards import PlantedBoards, Positions, Weights
from joins.raw.synthetic.shape import GraphShape
from joins.raw.synthetic.words import CATEGORIES

ORIGINAL = -1
"""The parent of a pin that was uploaded, not saved from another."""

_ANY_SHELF = -1

_SHARE_TWICE = 0.01  # of pins whose picture is on their board already: owners do that
_MOST_REDRAWS = 10


@dataclass(frozen=True, slots=True)
class PlantedPictures:
    """What is true of each picture, most popular first."""

    category: Positions
    second_category: Positions  # or -1
    popularity: Weights


def plant_pictures(shape: GraphShape, shares: Weights, rng: np.random.Generator) -> PlantedPictures:
    """Draw the pictures that can be pinned, most popular first; ``shares`` says how common each category is."""
    n_pictures = shape.sizes.n_pictures
    category = rng.choice(len(shares), size=n_pictures, p=shares)
    second = rng.choice(len(shares), size=n_pictures, p=shares)
    has_second = (rng.random(n_pictures) < shape.share_second_category) & (second != category)
    rank = np.arange(1, n_pictures + 1, dtype=np.float64)
    return PlantedPictures(category, np.where(has_second, second, -1), rank**-shape.popularity_exponent)


def pin_pictures(
    board: Positions, boards: PlantedBoards, pictures: PlantedPictures, share_on_topic: float, rng: np.random.Generator
) -> Positions:
    """Choose a picture for every pin: from the category of its board or from all, the popular ones more often.

    Pictures that fall on the same board again are drawn anew until at most one pin in a hundred is such a one, ten
    times at most: in tiny graphs boards outgrow their category.
    """
    shelves = _Shelves(pictures)
    # Decided once: pictures of the board's own category repeat most, and drawing the rest anew would thin them out.
    shelf = np.where(rng.random(len(board)) < share_on_topic, boards.category[board], _ANY_SHELF)
    picture = shelves.draw(shelf, rng)
    for _ in range(_MOST_REDRAWS):
        key = board * len(pictures.category) + picture
        order = np.argsort(key, kind="stable")
        key = key[order]
        again = order[1:][key[1:] == key[:-1]]
        if len(again) <= _SHARE_TWICE * len(board):
            break
        picture[again] = shelves.draw(shelf[again], rng)
    return picture


class _Shelves:
    """Pictures laid out by category on one line, each as wide as it is popular: drawing is a point on the line."""

    def __init__(self, pictures: PlantedPictures) -> None:
        second = np.flatnonzero(pictures.second_category >= 0)
        picture = np.concatenate([np.arange(len(pictures.category)), second])
        category = np.concatenate([pictures.category, pictures.second_category[second]])
        order = np.argsort(category, kind="stable")
        self._picture = picture[order]
        self._ends = np.cumsum(pictures.popularity[self._picture])
        first = np.searchsorted(category[order], np.arange(len(CATEGORIES) + 1))
        self._shelf_ends = np.concatenate([[0.0], self._ends])[first]

    def draw(self, shelf: Positions, rng: np.random.Generator) -> Positions:
        low, high = self._shelf_ends[shelf], self._shelf_ends[shelf + 1]
        # A category that no picture fell into (tiny graphs) draws from all.
        anywhere = (shelf == _ANY_SHELF) | (low == high)
        low[anywhere], high[anywhere] = 0.0, self._shelf_ends[-1]
        point = low + (high - low) * rng.random(len(shelf))
        found = np.searchsorted(self._ends, point, side="right")
        drawn: Positions = self._picture[np.minimum(found, len(self._picture) - 1)]
        return drawn


def save_from(
    picture: Positions, board: Positions, quality: Weights, shape: GraphShape, rng: np.random.Generator
) -> Positions:
    """Choose the pin that each repin was saved from: an earlier pin of the same picture, or `ORIGINAL` for uploads.

    ``picture`` and ``board`` are of each pin, in order of time; ``quality`` is of each board. Of the j earlier pins of
    a picture a candidate is number ``floor(j * U ** (1 / recency))``, U uniform in [0, 1). So expected depth grows by
    ``recency / j`` with each pin, and early pins are not favoured beyond ``recency / (recency - 1)`` repins each.

    Among candidates the greatest ``quality / E`` wins, E standard exponential: each wins with probability proportional
    to its quality. A candidate on the repinner's own board wins only when there is no other. Time is O(n log n) for the
    ordering by picture and O(n) for each candidate.
    """
    order = np.argsort(picture, kind="stable")
    place, start = _places(picture[order])
    grouped_board = board[order]
    grouped_quality = quality[grouped_board]
    best = np.full(len(order), -1.0)
    parent = np.zeros(len(order), np.int64)
    for _ in range(shape.n_parent_candidates):
        candidate = start + _recent(place, shape.recency, rng)
        score = grouped_quality[candidate] / rng.standard_exponential(len(order))
        score[grouped_board[candidate] == grouped_board] = 0.0
        better = score > best
        np.copyto(parent, candidate, where=better)
        np.copyto(best, score, where=better)
    in_time = np.empty(len(order), np.int64)
    in_time[order] = np.where(_is_upload(place, shape.share_repins, rng), ORIGINAL, order[parent])
    return in_time


def _places(picture: Positions) -> tuple[Positions, Positions]:
    """Place of each row in its group of equal pictures, from 0, and the row its group starts at."""
    row = np.arange(len(picture))
    is_first = np.ones(len(picture), np.bool_)
    is_first[1:] = picture[1:] != picture[:-1]
    start = np.maximum.accumulate(np.where(is_first, row, 0))
    return row - start, start


def _recent(place: Positions, recency: float, rng: np.random.Generator) -> Positions:
    """Draw a place before each place, the nearer the likelier; place 0 stays."""
    drawn = (place * rng.random(len(place)) ** (1 / recency)).astype(np.int64)
    return np.clip(drawn, 0, np.maximum(place - 1, 0))


def _is_upload(place: Positions, share_repins: float, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """First pins of a picture, and as many later ones as the share of repins asks for."""
    first = place == 0
    n_first = int(np.count_nonzero(first))
    n_later = len(place) - n_first
    wanted = (1 - share_repins) * len(place) - n_first
    upload: npt.NDArray[np.bool_] = first | (rng.random(len(place)) < wanted / max(n_later, 1))
    return upload


def nearest_source(parent: Positions, is_source: npt.NDArray[np.bool_]) -> Positions:
    """Follow parents from every pin until a source: the pin whose description or link it inherited.

    Every original must be a source, and a source is its own. Pointer doubling: log2(depth) rounds of one gather each.

    Examples
    --------
    >>> nearest_source(np.array([-1, 0, 1, 2]), np.array([True, False, True, False])).tolist()
    [0, 0, 2, 2]
    """
    source = np.where(is_source, np.arange(len(parent)), parent)
    while not np.array_equal(source, further := source[source]):
        source = further
    return source
