"""What owners file: most look and file rightly, some slip, and some mean a neighbouring category.

An owner who slips files somewhere without looking; where owners confuse two categories, boards of one turn up under the
other. The habits are hidden, as is the truth; both are fitted by expectation-maximisation (Dawid, Skene 1979, with
all owners as one annotator) from what the evidence expects.
"""

from dataclasses import dataclass

import numpy as np

from joins.arrow.groups import Floats, Ints

# What a few boards cannot teach: one slip in ten, as if seen on ten boards; slips go to categories as labels do, as if
# seen fifty times; boards of every category are filed as by slips alone, as if seen on a hundred boards of it.
PRIOR_SLIPS, PRIOR_BOARDS = 1.0, 10.0
PRIOR_SLIP_LABELS = 50.0
PRIOR_FILED = 100.0
LEAST_WRONG, MOST_SLIPS = 0.5, 0.99  # share of slips that hit another category; above one half little is known
LEAST_CONFUSION = 0.005  # share of a category above what slips make of it that is worth a name


@dataclass(frozen=True, slots=True)
class OwnerHabits:
    """Where owners file boards of each true category.

    Parameters
    ----------
    right
        float64, shape ``(n_categories,)``: share of the boards of a category that are filed there.
    elsewhere
        float64, shape ``(n_categories,)``, all positive: how the others spread, where nothing else is known.
    confusions
        float64, shape ``(n_categories, n_categories)``: by true category, then label, shares of those labels that are
        known apart; else 0.
    """

    right: Floats
    elsewhere: Floats
    confusions: Floats

    def filed(self) -> Floats:
        """Return ``P(owner's label y | category c)``, shape ``(n_categories, n_categories)``, by c, then y.

        Examples
        --------
        >>> confusions = np.array([[0, 0.1, 0], [0, 0, 0], [0, 0, 0]])
        >>> OwnerHabits(np.array([0.8, 0.7, 1.0]), np.array([0.25, 0.25, 0.5]), confusions).filed().round(3).tolist()
        [[0.8, 0.1, 0.1], [0.1, 0.7, 0.2], [0.0, 0.0, 1.0]]
        """
        left = 1 - self.right - self.confusions.sum(axis=1)
        spread = np.where(self.confusions > 0, 0.0, self.elsewhere)
        np.fill_diagonal(spread, 0.0)
        total = spread.sum(axis=1)
        filed: Floats = self.confusions + spread * (left / np.where(total > 0, total, 1.0))[:, None]
        np.fill_diagonal(filed, self.right)
        return filed


@dataclass(frozen=True, slots=True)
class Filing:
    """The habits while they are fitted.

    Parameters
    ----------
    slip_rate
        Share of owners who file without looking: their label is drawn from `slip_labels`.
    slip_labels
        float64, shape ``(n_categories,)``, sums to 1: where slips go. By luck one may be right.
    filed
        float64, shape ``(n_categories, n_categories)``: P(owner's label y | category c), by c, then y.
    """

    slip_rate: float
    slip_labels: Floats
    filed: Floats

    def habits(self, decimals: int) -> OwnerHabits:
        """Return the habits, confusions that are not told from slips left out, rounded to what is recorded."""
        named = self.filed - _filed_by_slips(self.slip_rate, self.slip_labels) >= LEAST_CONFUSION
        np.fill_diagonal(named, False)
        right = self.filed.diagonal().round(decimals)
        confusions = np.where(named, np.floor(self.filed * 10**decimals) / 10**decimals, 0.0)
        return OwnerHabits(right, np.maximum(self.slip_labels, 10.0**-decimals).round(decimals), confusions)


def filing_of(habits: OwnerHabits) -> Filing:
    """Return what a fit may start from, given the habits of another.

    Examples
    --------
    >>> half = np.array([0.5, 0.5])
    >>> filing_of(OwnerHabits(np.array([0.9, 0.9]), half, np.zeros((2, 2)))).slip_rate  # as half of the slips are right
    0.2
    """
    labels = habits.elsewhere / habits.elsewhere.sum()
    rate = float(((1 - habits.right) / np.maximum(1 - labels, LEAST_WRONG)).mean())
    return Filing(round(min(rate, MOST_SLIPS), 9), labels, habits.filed())


def usual_filing(prior: Floats) -> Filing:
    """Return what is thought of owners before any board is seen.

    Examples
    --------
    >>> usual_filing(np.array([0.5, 0.5])).filed.round(3).tolist()  # half of the slips are right
    [[0.95, 0.05], [0.05, 0.95]]
    """
    slip_rate = PRIOR_SLIPS / PRIOR_BOARDS
    return Filing(slip_rate, prior, _filed_by_slips(slip_rate, prior))


def filing_with_slips(before: Filing, expected: Floats, labels: Ints, prior: Floats) -> Filing:
    """Make one step of expectation-maximisation, if owners who look are right.

    Parameters
    ----------
    before
        The step before, made from slips alone.
    expected
        float64, shape ``(n_boards, n_categories)``: probabilities of the categories from the evidence alone.
    labels
        int64, shape ``(n_boards,)``: codes of the owners' categories, none missing.
    prior
        float64, shape ``(n_categories,)``: shares of the categories.

    Returns
    -------
    Filing
        At least as likely as that before.
    """
    slips = before.slip_rate * before.slip_labels[labels]
    slipped = slips / ((1 - before.slip_rate) * expected[np.arange(len(labels)), labels] + slips)
    rate = (float(slipped.sum()) + PRIOR_SLIPS) / (len(labels) + PRIOR_BOARDS)
    went = np.bincount(labels, weights=slipped, minlength=len(prior)) + PRIOR_SLIP_LABELS * prior
    went /= went.sum()
    return Filing(rate, went, _filed_by_slips(rate, went))


def filing_with_confusions(before: Filing, expected: Floats, labels: Ints, prior: Floats) -> Filing:
    """Make one step of expectation-maximisation, if owners may mean another category.

    Parameters
    ----------
    before, expected, labels, prior
        As for `filing_with_slips`.

    Returns
    -------
    Filing
        Every category's row is drawn towards what slips alone would make of it.
    """
    meant = expected * before.filed.T[labels]
    meant /= meant.sum(axis=1, keepdims=True)
    counts: Floats = np.stack([np.bincount(labels, weights=of, minlength=len(prior)) for of in meant.T])
    wrong = counts - np.diag(counts.diagonal())
    went = wrong.sum(axis=0) + PRIOR_SLIP_LABELS * prior
    went /= went.sum()
    astray = max(1 - float(prior @ went), LEAST_WRONG)
    rate = min((float(wrong.sum()) / astray + PRIOR_SLIPS) / (len(labels) + PRIOR_BOARDS), MOST_SLIPS)
    counts += PRIOR_FILED * _filed_by_slips(rate, went)
    return Filing(rate, went, counts / counts.sum(axis=1, keepdims=True))


def _filed_by_slips(slip_rate: float, slip_labels: Floats) -> Floats:
    filed: Floats = (1 - slip_rate) * np.eye(len(slip_labels)) + slip_rate * slip_labels
    return filed
