"""The sets of the table: five planted ones, four of which hold a trap, and recipes, which nobody planted.

Everything has a fixed seed. The traps are those that broke the promise on collections nobody had tuned on:

- *echo*: boards of three pictures on a thin graph. What neighbours say in a second pass is mostly the own label.
- *specialists*: owners file nearly all of their boards under one category and reuse their favourite pictures. Boards of
  one owner are good evidence about each other.
- *copies*: owners paste one board again and again. Boards of one owner are no evidence about each other.
- *pairs*: every category has a twin that shares its pictures, and some boards look like the twin without being
  wrong. What owners confused and what only looks like it can hardly be told apart.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.categories.cases import whats_cooking
from benchmarks.categories.collection import Codes, Collection, boards_by_images
from benchmarks.categories.planted import Size, planted

NO_OWNER = -1
_SIZE = Size(n_boards=20_000, n_images=66_000)
_ECHO_SEED, _SPECIALISTS_SEED, _COPIES_SEED, _PAIRS_SEED = 17, 18, 19, 20
_OWN_SHARE = 0.8  # of the pins, drawn from pictures of the board's category
_N_FAVOURITES = 25  # pictures of an owner in a category
_BOARDS_EACH = 40  # of a specialist
_SPECIALISED = 0.9  # of a specialist's boards
_FAVOURED = 0.5  # of a specialist's pins
_PASTED_ONE_IN = 15  # boards
_FEWEST_COPIES, _MOST_COPIES = 3, 11
_TWIN_SHARE = 0.2  # of the pins that are drawn from the pictures of a board's pair of categories
_LOOKS_LIKE_TWIN = 0.1  # of the boards: their share is turned round
_EXCHANGED = 0.2  # of the pictures of a copy, for every second owner who pastes


@dataclass(frozen=True, slots=True, eq=False)
class OwnedCollection(Collection):
    """Boards whose right categories, and perhaps owners, are known."""

    owners: Codes | None = None  # shape ``(n_boards,)``: code of the owner, `NO_OWNER` where unknown; None: all are
    told: str = ""  # what to know of it


def echo(n_boards: int = 3_000) -> OwnedCollection:
    """Return as many boards as pictures, three pins a board, six categories."""
    rng = np.random.default_rng(_ECHO_SEED)
    truth, shown = rng.integers(6, size=(2, n_boards))
    images = _drawn(rng, truth, shown, n_pins=3)
    return _collection(images, truth, n_boards, told="three pictures a board, as many boards as pictures")


def specialists(n_owners: int = 150) -> OwnedCollection:
    """Return 40 boards an owner, six pins a board, 12 categories."""
    rng, n_categories, n_images = np.random.default_rng(_SPECIALISTS_SEED), 12, _BOARDS_EACH * n_owners
    owners = np.repeat(np.arange(n_owners), _BOARDS_EACH)
    shown = rng.integers(n_categories, size=n_images)
    own_category = rng.integers(n_categories, size=n_owners)[owners]
    truth = np.where(rng.random(owners.size) < _SPECIALISED, own_category, rng.integers(n_categories, size=owners.size))
    favourites = np.stack(
        [rng.choice(np.flatnonzero(shown == category), (n_owners, _N_FAVOURITES)) for category in range(n_categories)]
    )
    images = rng.integers(n_images, size=(truth.size, 6))
    favoured = favourites[truth[:, None], owners[:, None], rng.integers(_N_FAVOURITES, size=images.shape)]
    images = np.where(rng.random(images.shape) < _FAVOURED, favoured, images)
    told = "nine boards in ten are of their owner's category, half of the pins are favourite pictures of the owner"
    return _collection(images, truth, n_images, owners, told)


def copies(n_boards: int = 6_000) -> OwnedCollection:
    """Return boards of an owner each, five pins a board, eight categories, and what some owners make of their board."""
    rng = np.random.default_rng(_COPIES_SEED)
    truth, shown = rng.integers(8, size=(2, n_boards))
    images = _drawn(rng, truth, shown, n_pins=5)
    pasted = rng.choice(n_boards, n_boards // _PASTED_ONE_IN, replace=False)
    n_copies = rng.integers(_FEWEST_COPIES, _MOST_COPIES, size=pasted.size, endpoint=True)
    copied = images[np.repeat(pasted, n_copies)]
    is_careful = np.repeat(np.arange(pasted.size) % 2 == 1, n_copies)
    is_other = is_careful[:, None] & (rng.random(copied.shape) < _EXCHANGED)
    copied = np.where(is_other, rng.integers(n_boards, size=copied.shape), copied)
    owners = np.concatenate([np.arange(n_boards), np.repeat(pasted, n_copies)])
    told = "an owner in 15 pastes a board 3 to 11 times, every second of them with a picture in five exchanged"
    return _collection(np.concatenate([images, copied]), truth[owners], n_boards, owners, told)


def pairs(n_boards: int = 6_000) -> OwnedCollection:
    """Return four boards a picture, six pins a board, 12 categories of which 0 and 1, 2 and 3, ... are twins."""
    rng, n_images = np.random.default_rng(_PAIRS_SEED), n_boards // 4
    truth, shown = (rng.integers(12, size=size) for size in (n_boards, n_images))
    twin_share = np.where(rng.random(n_boards) < _LOOKS_LIKE_TWIN, 1 - _TWIN_SHARE, _TWIN_SHARE)
    own, twins = (_drawn(rng, categories, shown, n_pins=6) for categories in (truth, truth ^ 1))
    images = np.where(rng.random(own.shape) < twin_share[:, None], twins, own)
    told = "every category has a twin that shares its pictures, and a tenth of the boards looks like the twin"
    return _collection(images, truth, n_images, told=told)


def wide(size: Size = _SIZE) -> OwnedCollection:
    """Return the planted graph of the other benchmarks, a third as large."""
    made = planted(size)
    return OwnedCollection(made.images, made.truth, made.n_categories, told="boards of any size, popular pictures")


def recipes() -> OwnedCollection:
    """Return recipes as boards, ingredients as pictures and cuisines as categories."""
    made = whats_cooking()
    return OwnedCollection(made.images, made.truth, made.n_categories, told="real recipes with their ingredients")


PLANTED, RECIPES = "planted", "recipes"
SETS: Mapping[str, Callable[[], OwnedCollection]] = {
    "echo": echo,
    "specialists": specialists,
    "copies": copies,
    "pairs": pairs,
    PLANTED: wide,
    RECIPES: recipes,
}
SMALL_SETS: Mapping[str, Callable[[], OwnedCollection]] = {
    "echo": lambda: echo(600),
    "specialists": lambda: specialists(15),
    "copies": lambda: copies(600),
    "pairs": lambda: pairs(600),
    PLANTED: lambda: wide(Size(n_boards=600, n_images=2_000, n_categories=8)),
}


def _drawn(rng: np.random.Generator, truth: Codes, shown: Codes, n_pins: int) -> Codes:
    """Return pictures for the boards, most of the board's category; shape ``(n_boards, n_pins)``."""
    images = rng.integers(shown.size, size=(truth.size, n_pins))
    is_own = rng.random(images.shape) < _OWN_SHARE
    for category in np.unique(truth):
        pins = is_own & (truth == category)[:, None]
        images[pins] = rng.choice(np.flatnonzero(shown == category), np.count_nonzero(pins))
    return images


def _collection(
    images: Codes, truth: Codes, n_images: int, owners: Codes | None = None, told: str = ""
) -> OwnedCollection:
    board = np.repeat(np.arange(truth.size), images.shape[1])
    shown = boards_by_images(board, images.ravel(), (truth.size, n_images))
    return OwnedCollection(shown, truth, int(truth.max()) + 1, owners, told)
