"""What of the disagreement between evidence and labels is an error of owners, and what is natural.

Boards that the evidence takes for one category carry labels of others for two reasons: owners err, or categories
overlap (a recipe may be filed under italian and look french to anybody). The labels say how much of both together, for
each pair of categories; `features.categories.fitting.slip_rate` says how much of that can be errors. What remains is
overlap, and no reason to change anything. Owners who confuse two categories are believed where the evidence tells the
two well apart, and as far as all errors together stay within the bound.
"""

from dataclasses import dataclass

import numpy as np

from features.categories.fitting.label_noise import PRIOR_BOARDS, PRIOR_SLIPS, LabelNoise, Slips, slip_matrix
from features.categories.fitting.slip_rate import SlipBounds
from joins.arrow.groups import Floats, Ints

MATRIX_STEPS = 25  # of expectation-maximisation
PRIOR_LABELLED = 100.0  # boards of every category that count as labelled by slips alone
PRIOR_RATED = 30.0  # boards that count as seen, one in ten with a slip, whatever the bounds say
BEYOND_ERRORS = 2.0  # standard errors by which a pair of categories must exceed the errors of owners
LEAST_APART = 0.75  # how sure evidence must be between two categories before owners may be said to confuse them
SLACK = 0.25  # of the bound, by which the errors of a category may exceed it: it is an estimate
DECIMALS = 9
TINY = 1e-12  # instead of 0 below a fraction bar


@dataclass(frozen=True, slots=True)
class CategoryOverlap:
    """Of the boards that the evidence takes for a category, the shares that are of each.

    ``shares``, float64, shape ``(n_categories, n_categories)``, is by what the evidence takes a board for, then by what
    it is; rows sum to 1, and most of a row is on the diagonal.
    """

    shares: Floats

    def applied(self, expected: Floats, n_images: Ints) -> Floats:
        """Return the probabilities of the categories, given those that pay no heed to overlaps.

        Boards without evidence are taken for nothing: theirs stay.

        Examples
        --------
        >>> overlap = CategoryOverlap(np.array([[0.75, 0.25], [0.0, 1.0]]))
        >>> overlap.applied(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([3, 0])).tolist()
        [[0.75, 0.25], [1.0, 0.0]]
        """
        from scipy.sparse import csr_array  # noqa: PLC0415 - as in features.categories.fitting.owner_likelihood

        # a sparse product: the bits of a dense one depend on how many boards are worked on at once
        mixed: Floats = (csr_array(self.shares.T) @ np.ascontiguousarray(expected.T)).T
        return np.where((n_images > 0)[:, None], mixed, expected)


@dataclass(frozen=True, slots=True)
class Attribution:
    """The errors of owners, and the overlap of categories."""

    noise: LabelNoise
    overlap: CategoryOverlap


def attribute(expected: Floats, labels: Ints, slips: Slips, bounds: SlipBounds) -> Attribution:
    """Tell the errors of owners from the overlap of categories.

    ``expected`` are the probabilities of the categories of labelled boards from the evidence alone; ``slips`` are the
    most likely ones if there were no overlap at all.

    Notes
    -----
    With T the shares of labels by what the evidence takes boards for (Dawid, Skene 1979), the slips are a row of T each
    as far as the smallest of three rates allows: that of `slips` and the two bounds. What exceeds them by more than
    `BEYOND_ERRORS` standard errors is the owners' confusion where the evidence tells the two categories apart by
    `LEAST_APART` and the errors of the category stay within the bound, else overlap.
    """
    rate = _drawn_to_prior(min(slips.rate, bounds.surest, bounds.least_alike), len(labels))
    slipped = _others(slip_matrix(Slips(rate, slips.labels)))
    beyond = _beyond(slipped, expected, labels, slip_matrix(slips))
    confused = np.where(told_apart(expected) >= LEAST_APART, beyond, 0.0)
    wanted = confused.sum(axis=1)
    most = min(bounds.surest, max(slips.rate, rate))
    left = np.maximum(most * (1 - slips.labels) - slipped.sum(axis=1), 0.0)
    believed = np.where(wanted <= left + SLACK * most, 1.0, left / np.maximum(wanted, TINY))
    confused *= believed[:, None]
    confusions = np.where(confused > 0, (confused + slipped).round(DECIMALS), 0.0)
    right = 1 - np.where(confusions > 0, confusions, slipped).sum(axis=1)
    noise = LabelNoise(right.round(DECIMALS), np.maximum(slips.labels, 10.0**-DECIMALS).round(DECIMALS), confusions)
    return Attribution(noise, _overlap(beyond - confused))


def _drawn_to_prior(rate: float, n_boards: int) -> float:
    """Draw the share of slips to one in ten: a few boards without a wrong label don't show that there is none."""
    return (rate * n_boards + PRIOR_SLIPS / PRIOR_BOARDS * PRIOR_RATED) / (n_boards + PRIOR_RATED)


def overlap_beyond(noise: LabelNoise, expected: Floats, labels: Ints) -> CategoryOverlap:
    """Return the overlap where the errors of owners are known: what exceeds them."""
    given = noise.confusion_matrix()
    return _overlap(_beyond(_others(given), expected, labels, given))


def told_apart(expected: Floats) -> Floats:
    """Return how sure the evidence is between each two categories: 0 is chance, 1 always; symmetric.

    It is how often the likelier of the two would be right by the evidence's own word, beyond always saying the one that
    is more frequent. No label has a part in it, so wrong labels don't make categories look alike.

    Examples
    --------
    >>> told_apart(np.array([[0.9, 0.1], [0.1, 0.9]])).round(2)[0, 1]
    np.float64(0.8)
    """
    total = expected.sum(axis=0)
    both = np.maximum(total[:, None] + total, TINY)
    likelier = np.stack([np.maximum(expected, expected[:, [category]]).sum(axis=0) for category in range(len(total))])
    by_chance = np.maximum(total[:, None], total)
    apart: Floats = (likelier - by_chance) / np.maximum(both - by_chance, TINY)
    return apart


def _beyond(errors: Floats, expected: Floats, labels: Ints, usual: Floats) -> Floats:
    """Return how far the shares of other labels exceed errors by more than chance, by category, then label."""
    seen = expected.sum(axis=0) + PRIOR_LABELLED
    by_chance = BEYOND_ERRORS * np.sqrt(errors / seen[:, None])
    beyond: Floats = np.maximum(_others(label_matrix(expected, labels, usual)) - errors - by_chance, 0.0)
    return beyond


def _others(shares: Floats) -> Floats:
    return shares - np.diag(shares.diagonal())


def _overlap(beyond: Floats) -> CategoryOverlap:
    shares = beyond.round(DECIMALS)
    return CategoryOverlap(shares + np.diag(1 - shares.sum(axis=1)))


def label_matrix(expected: Floats, labels: Ints, usual: Floats) -> Floats:
    """Return the shares of labels by what the evidence takes boards for, each row drawn to what is usual.

    Examples
    --------
    >>> expected, labels = np.repeat(np.eye(2), 1_000, axis=0), np.repeat([0, 1], 1_000)
    >>> labels[:300] = 1
    >>> label_matrix(expected, labels, np.array([[0.95, 0.05], [0.05, 0.95]])).round(2).tolist()
    [[0.72, 0.28], [0.0, 1.0]]
    """
    order = np.argsort(labels, kind="stable")
    by_label = np.split(expected[order], np.searchsorted(labels[order], np.arange(1, len(usual))))
    matrix = usual
    for _ in range(MATRIX_STEPS):
        counts = PRIOR_LABELLED * usual
        for label, of in enumerate(by_label):
            meant = of * matrix[:, label]
            counts[:, label] += (meant / np.maximum(meant.sum(axis=1, keepdims=True), TINY)).sum(axis=0)
        matrix = counts / counts.sum(axis=1, keepdims=True)
    return matrix
