"""Label noise: with which probability an owner's label is y where the true category is c.

Most labels are right, some are slips (drawn at random, whatever the category), and where owners confuse two
categories, boards of one turn up under the other. Noise and truth are both hidden; slips are fitted by
expectation-maximisation from what the evidence expects (Dawid, Skene 1979, with all owners as one annotator).
"""

from dataclasses import dataclass

import numpy as np

from joins.arrow.groups import Floats, Ints

# What a few boards cannot teach: one slip in ten, as if seen on ten boards; slips go to categories as labels do, as if
# seen fifty times.
PRIOR_SLIPS, PRIOR_BOARDS = 1.0, 10.0
PRIOR_SLIP_LABELS = 50.0
UNIFORM_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of slips that go to any category alike, the others as labels do
SLIP_STEPS = 30  # of expectation-maximisation


@dataclass(frozen=True, slots=True)
class LabelNoise:
    """The owners' confusion matrix, as few numbers.

    Parameters
    ----------
    right
        float64, shape ``(n_categories,)``: share of the boards of a category that have its label.
    elsewhere
        float64, shape ``(n_categories,)``, all positive: how the other labels spread, where nothing else is known.
    confusions
        float64, shape ``(n_categories, n_categories)``: by true category, then label, shares of those labels that are
        known apart; else 0.
    """

    right: Floats
    elsewhere: Floats
    confusions: Floats

    def confusion_matrix(self) -> Floats:
        """Return ``P(owner's label y | category c)``, shape ``(n_categories, n_categories)``, by c, then y.

        Examples
        --------
        >>> known = np.array([[0, 0.1, 0], [0, 0, 0], [0, 0, 0]])
        >>> noise = LabelNoise(np.array([0.8, 0.7, 1.0]), np.array([0.25, 0.25, 0.5]), known)
        >>> noise.confusion_matrix().round(3).tolist()
        [[0.8, 0.1, 0.1], [0.1, 0.7, 0.2], [0.0, 0.0, 1.0]]
        """
        left = 1 - self.right - self.confusions.sum(axis=1)
        spread = np.where(self.confusions > 0, 0.0, self.elsewhere)
        np.fill_diagonal(spread, 0.0)
        total = spread.sum(axis=1)
        matrix: Floats = self.confusions + spread * (left / np.where(total > 0, total, 1.0))[:, None]
        np.fill_diagonal(matrix, self.right)
        return matrix


@dataclass(frozen=True, slots=True)
class Slips:
    """Labels that are drawn at random.

    Parameters
    ----------
    rate
        Share of labels that are drawn from `labels`, whatever the category. By luck some are right.
    labels
        float64, shape ``(n_categories,)``, sums to 1: where slips go.
    """

    rate: float
    labels: Floats


def slip_matrix(slips: Slips) -> Floats:
    """Return P(owner's label y | category c) if labels are wrong by slips alone, by c, then y.

    Examples
    --------
    >>> slip_matrix(prior_slips(np.array([0.5, 0.5]))).round(3).tolist()  # half of the slips are right
    [[0.95, 0.05], [0.05, 0.95]]
    """
    matrix: Floats = (1 - slips.rate) * np.eye(len(slips.labels)) + slips.rate * slips.labels
    return matrix


def prior_slips(prior: Floats) -> Slips:
    """Return what is assumed before any board is seen."""
    return Slips(PRIOR_SLIPS / PRIOR_BOARDS, prior)


def next_slips(before: Slips, expected: Floats, labels: Ints, prior: Floats) -> Slips:
    """Make one step of expectation-maximisation: the labels are at least as likely as under `before`.

    ``expected`` are the probabilities of the categories of labelled boards from the evidence alone, and ``labels`` the
    codes of their owners' categories.
    """
    slipped = _slipped(before, expected[np.arange(len(labels)), labels], labels)
    went = np.bincount(labels, weights=slipped, minlength=len(prior)) + PRIOR_SLIP_LABELS * prior
    return Slips(_rate(slipped), went / went.sum())


def likeliest_slips(expected: Floats, labels: Ints, prior: Floats) -> Slips:
    """Fit slips that go to any category alike, or as labels do, or in between.

    Where slips go has no more freedom than that: else a category of which the evidence knows nothing, whose boards turn
    up everywhere, would pass for one that owners slip into.

    Examples
    --------
    >>> truth = np.tile([0, 0, 1], 1_000)
    >>> labels = np.where(np.arange(3_000) % 10 == 0, 1 - truth, truth)
    >>> round(likeliest_slips(np.eye(2)[truth], labels, np.array([0.6, 0.4])).rate, 2)  # half of the slips are right
    0.2
    """
    own = expected[np.arange(len(labels)), labels]
    candidates = [share / len(prior) + (1 - share) * prior for share in UNIFORM_SHARES]
    fitted = [_fitted_slips(own, labels, went) for went in candidates]
    return max(
        fitted, key=lambda slips: float(np.log((1 - slips.rate) * own + slips.rate * slips.labels[labels]).sum())
    )


def _fitted_slips(own: Floats, labels: Ints, went: Floats) -> Slips:
    slips = Slips(PRIOR_SLIPS / PRIOR_BOARDS, went)
    for _ in range(SLIP_STEPS):
        slips = Slips(_rate(_slipped(slips, own, labels)), went)
    return slips


def _slipped(slips: Slips, own: Floats, labels: Ints) -> Floats:
    """Return with which probability each label is a slip, given that of its category from the evidence alone."""
    drawn = slips.rate * slips.labels[labels]
    slipped: Floats = drawn / ((1 - slips.rate) * own + drawn)
    return slipped


def _rate(slipped: Floats) -> float:
    return (float(slipped.sum()) + PRIOR_SLIPS) / (len(slipped) + PRIOR_BOARDS)
