"""What owners do to right categories before the table begins: nothing, slips of several kinds, or labels by lot.

Where it is said, the same noise is made from several seeds: a decision that flips on a seed isn't steady.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, diags_array

from benchmarks.categories.collection import Codes, Labelled
from benchmarks.categories.harm.trap_sets import NO_OWNER, OwnedCollection
from benchmarks.categories.planted import NEAR_SHARE, wrong_labels
from benchmarks.categories.votes import one_hot

CLEAN, UNTOLD = "clean", "-untold"
N_SEEDS = 3
_SEED = 1_700
_MOVED, _NEAR, _MISSING = 0.1, 0.15, 0.2
_OWNERS_WRONG = 0.2


@dataclass(frozen=True, slots=True)
class Noise:
    """One way to spoil labels."""

    told: str
    labels: Callable[[OwnedCollection, int], Codes]  # makes the owners' labels, by a seed
    n_seeds: int = 1
    is_of_owners: bool = False  # needs to know who owns a board
    tells_owners: bool = True  # the correction is told who owns a board


def right_labels(made: OwnedCollection, _seed: int) -> Codes:
    """Return the right categories."""
    return made.truth


def slips(made: OwnedCollection, wrong: float, seed: int) -> Codes:
    """Return labels of which a share is wrong, any wrong category alike."""
    rng = np.random.default_rng([_SEED, seed, round(1000 * wrong)])
    slipped = rng.permutation(made.truth.size)[: round(wrong * made.truth.size)]
    labels = made.truth.copy()
    labels[slipped] = (labels[slipped] + rng.integers(1, made.n_categories, slipped.size)) % made.n_categories
    return labels


def moved_to_similar(made: OwnedCollection, seed: int) -> Codes:
    """Return labels of which a tenth is moved to the category that is the most like the right one."""
    rng = np.random.default_rng([_SEED, seed])
    moved = rng.permutation(made.truth.size)[: round(_MOVED * made.truth.size)]
    labels = made.truth.copy()
    labels[moved] = most_similar(made)[made.truth[moved]]
    return labels


def most_similar(made: OwnedCollection) -> Codes:
    """Return the other category whose boards show the most of the same pictures, for each category.

    That is the largest cosine of the numbers of boards of a category that show a picture, rare pictures weighing more.
    """
    by_category = one_hot(Labelled(made.images, made.truth, made.n_categories))
    n_showing = np.maximum(made.images.sum(axis=0), 1)
    shown = csr_array(by_category.T @ made.images @ diags_array(np.log(made.truth.size / n_showing)))
    alike = (shown @ shown.T).toarray()
    length = np.sqrt(np.maximum(alike.diagonal(), 1e-12))
    alike /= np.outer(length, length)
    np.fill_diagonal(alike, -1.0)
    return np.asarray(alike.argmax(axis=1))


def near_confused(made: OwnedCollection, _seed: int) -> Codes:
    """Return labels with the noise of the case ``planted-note``."""
    return wrong_labels(made.truth, made.n_categories, _NEAR, NEAR_SHARE, _MISSING)


def by_lot(made: OwnedCollection, seed: int) -> Codes:
    """Return the right categories of other boards: each category as often as before, and nothing to be learned."""
    return np.random.default_rng([_SEED, seed, 0]).permutation(made.truth)


def owners_slips(made: OwnedCollection, seed: int) -> Codes:
    """Return labels of owners who are wrong about all of their boards of a category alike, in a fifth of these."""
    if made.owners is None:
        raise ValueError("nobody knows who owns the boards")
    rng = np.random.default_rng([_SEED, seed, 1])
    lonely = made.owners.max() + 1 + np.arange(made.owners.size)
    owners = np.where(made.owners == NO_OWNER, lonely, made.owners)
    pairs, pair = np.unique(owners * made.n_categories + made.truth, return_inverse=True)
    is_wrong = rng.random(pairs.size) < _OWNERS_WRONG
    wrong = (pairs + rng.integers(1, made.n_categories, pairs.size)) % made.n_categories
    return np.where(is_wrong[pair], wrong[pair], made.truth)


def _wrong(percent: int, *, is_of_owners: bool = False, tells_owners: bool = True) -> Noise:
    told = f"{percent} % of the labels wrong, any category alike"
    return Noise(told, lambda made, seed: slips(made, percent / 100, seed), N_SEEDS, is_of_owners, tells_owners)


_OWNERS = "owners are wrong about a fifth of the categories that they use, on all boards of it alike"
_NOISES = {
    CLEAN: Noise("all labels are right", right_labels),
    "wrong-10": _wrong(10),
    "wrong-30": _wrong(30),
    "similar-10": Noise("a tenth moved to the category with the most like pictures", moved_to_similar, N_SEEDS),
    "near-15": Noise("15 % wrong, most of them one of 3 confusable categories; a fifth has no label", near_confused),
    "by-lot": Noise("right categories of other boards, by lot", by_lot),
    "owners-20": Noise(_OWNERS, owners_slips, N_SEEDS, is_of_owners=True),
}
_UNTOLD = {
    f"wrong-10{UNTOLD}": _wrong(10, is_of_owners=True, tells_owners=False),
    f"wrong-30{UNTOLD}": _wrong(30, is_of_owners=True, tells_owners=False),
    f"owners-20{UNTOLD}": Noise(_OWNERS, owners_slips, N_SEEDS, is_of_owners=True, tells_owners=False),
}
NOISES = _NOISES | _UNTOLD


def noises_of(made: OwnedCollection) -> dict[str, Noise]:
    """Return the kinds of noise that a set can have, by their names."""
    return {name: noise for name, noise in NOISES.items() if made.owners is not None or not noise.is_of_owners}
