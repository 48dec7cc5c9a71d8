"""Label noise: with which probability an owner's label is y where the true category is c.

Most labels are right, some are slips (drawn at random, whatever the category), and where owners confuse two
categories, boards of one turn up under the other. Noise and truth are both hidden; the noise is fitted by
expectation-maximisation (Dawid, Skene 1979, with all owners as one annotator) from what the evidence expects.
"""

from dataclasses import dataclass

import numpy as np

from joins.arrow.groups import Floats, Ints

# What a few boards cannot teach: one slip in ten, as if seen on ten boards; slips go to categories as labels do, as if
# seen fifty times; boards of every category are labelled as by slips alone, as if seen on a hundred boards of it.
PRIOR_SLIPS, PRIOR_BOARDS = 1.0, 10.0
PRIOR_SLIP_LABELS = 50.0
PRIOR_LABELLED = 100.0
LEAST_WRONG, MOST_SLIPS = 0.5, 0.99  # share of slips that hit another category; above one half little is known
LEAST_CONFUSION = 0.005  # share of a category above what slips make of it that is worth a name


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
class NoiseEstimate:
    """The label noise while it is fitted.

    Parameters
    ----------
    slip_rate
        Share of labels that are drawn from `slip_labels`, whatever the category.
    slip_labels
        float64, shape ``(n_categories,)``, sums to 1: where slips go. By luck one may be right.
    matrix
        float64, shape ``(n_categories, n_categories)``: P(owner's label y | category c), by c, then y.
    """

    slip_rate: float
    slip_labels: Floats
    matrix: Floats

    def label_noise(self, decimals: int) -> LabelNoise:
        """Return what is recorded: rounded, without confusions that are not told from slips."""
        named = self.matrix - _slip_matrix(self.slip_rate, self.slip_labels) >= LEAST_CONFUSION
        np.fill_diagonal(named, False)
        right = self.matrix.diagonal().round(decimals)
        confusions = np.where(named, np.floor(self.matrix * 10**decimals) / 10**decimals, 0.0)
        return LabelNoise(right, np.maximum(self.slip_labels, 10.0**-decimals).round(decimals), confusions)


def estimate_from(noise: LabelNoise) -> NoiseEstimate:
    """Return what a fit may start from, given the label noise of another.

    Examples
    --------
    >>> half = np.array([0.5, 0.5])
    >>> noise = LabelNoise(np.array([0.9, 0.9]), half, np.zeros((2, 2)))
    >>> estimate_from(noise).slip_rate  # as half of the slips are right
    0.2
    """
    labels = noise.elsewhere / noise.elsewhere.sum()
    rate = float(((1 - noise.right) / np.maximum(1 - labels, LEAST_WRONG)).mean())
    return NoiseEstimate(round(min(rate, MOST_SLIPS), 9), labels, noise.confusion_matrix())


def prior_estimate(prior: Floats) -> NoiseEstimate:
    """Return the label noise that is assumed before any board is seen.

    Examples
    --------
    >>> prior_estimate(np.array([0.5, 0.5])).matrix.round(3).tolist()  # half of the slips are right
    [[0.95, 0.05], [0.05, 0.95]]
    """
    slip_rate = PRIOR_SLIPS / PRIOR_BOARDS
    return NoiseEstimate(slip_rate, prior, _slip_matrix(slip_rate, prior))


def estimate_slips(before: NoiseEstimate, expected: Floats, labels: Ints, prior: Floats) -> NoiseEstimate:
    """Make one step of expectation-maximisation, if labels are wrong by slips alone.

    ``expected`` are the probabilities of the categories of labelled boards from the evidence alone, and ``labels`` the
    codes of their owners' categories. The labels are at least as likely under the result as under `before`.
    """
    slips = before.slip_rate * before.slip_labels[labels]
    slipped = slips / ((1 - before.slip_rate) * expected[np.arange(len(labels)), labels] + slips)
    rate = (float(slipped.sum()) + PRIOR_SLIPS) / (len(labels) + PRIOR_BOARDS)
    went = np.bincount(labels, weights=slipped, minlength=len(prior)) + PRIOR_SLIP_LABELS * prior
    went /= went.sum()
    return NoiseEstimate(rate, went, _slip_matrix(rate, went))


def estimate_confusions(before: NoiseEstimate, expected: Floats, labels: Ints, prior: Floats) -> NoiseEstimate:
    """Make one step of expectation-maximisation, if owners may also confuse categories; else as `estimate_slips`.

    Every category's row is drawn towards what slips alone would make of it.
    """
    meant = expected * before.matrix.T[labels]
    meant /= meant.sum(axis=1, keepdims=True)
    counts: Floats = np.stack([np.bincount(labels, weights=of, minlength=len(prior)) for of in meant.T])
    wrong = counts - np.diag(counts.diagonal())
    went = wrong.sum(axis=0) + PRIOR_SLIP_LABELS * prior
    went /= went.sum()
    astray = max(1 - float(prior @ went), LEAST_WRONG)
    rate = min((float(wrong.sum()) / astray + PRIOR_SLIPS) / (len(labels) + PRIOR_BOARDS), MOST_SLIPS)
    counts += PRIOR_LABELLED * _slip_matrix(rate, went)
    return NoiseEstimate(rate, went, counts / counts.sum(axis=1, keepdims=True))


def _slip_matrix(slip_rate: float, slip_labels: Floats) -> Floats:
    matrix: Floats = (1 - slip_rate) * np.eye(len(slip_labels)) + slip_rate * slip_labels
    return matrix
