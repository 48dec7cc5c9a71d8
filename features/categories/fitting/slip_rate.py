"""How often owners err at most: bounds that don't take what is natural for an error.

A board whose label the evidence contradicts may be filed wrongly, or may be an unusual board of its category; one label
a board can't tell the two apart. What can be told is how often owners err *at most*. Slips are drawn at random, so they
hit all boards alike, those of the surest categories too, and they go to all categories, also to those that have nothing
to do with each other. So two things bound the rate from above: the share of other labels where the evidence is surest
(the anchor points of Patrini et al., "Making deep neural networks robust to label noise", 2017), and how often labels
go where boards of a category seldom go otherwise. Whatever exceeds the bounds is no slip. The bounds are our
reconstruction of that idea; both choose by one half of the boards where to look, and look at the other half.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.categories.fitting.label_noise import PRIOR_BOARDS, PRIOR_SLIPS
from joins.arrow.groups import Floats, Ints

SUREST_SHARE, SUREST_BOARDS = 0.02, 100  # share of the boards, and number, to read the error rate off
LEVELS = 3  # of sureness among boards of a kind, about equally many boards each
SURENESS_STEP = 0.1  # of log odds
DECIMALS = 9  # rates that differ by less are equal
LEAST_ALIKE_SHARE = 0.3  # of what slips would put into pairs of categories, in pairs that see least
PRIOR_SEEN = 50.0  # boards of the surest, and slips in such pairs, that count as seen: one in ten is an error

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SlipBounds:
    """Upper bounds of the share of labels that are slips.

    ``surest`` follows from the share of other labels among the boards of which the evidence is surest: it bounds all
    errors of owners that are equally frequent everywhere. ``least_alike`` is how often labels go to categories that
    boards of another category seldom get, over how often slips would go there.
    """

    surest: float
    least_alike: float


def slip_bounds(expected: Floats, labels: Ints, n_images: Ints, slip_labels: Floats) -> SlipBounds:
    """Bound the share of slips, given what the evidence expects of labelled boards.

    ``expected`` are the probabilities of the categories from the evidence alone, boards in an order that has nothing to
    do with them; ``n_images`` is how many pictures of each are evidence, and ``slip_labels``, shape
    ``(n_categories,)``, is where slips go. With few boards both bounds are drawn to one in ten.

    Examples
    --------
    The evidence is sure of all boards; one label in five is drawn by lot.

    >>> generator = np.random.default_rng(1)
    >>> truth = generator.integers(0, 10, 4_000)
    >>> labels = np.where(generator.random(4_000) < 0.2, generator.integers(0, 10, 4_000), truth)
    >>> bounds = slip_bounds(np.eye(10)[truth], labels, np.full(4_000, 5), np.full(10, 0.1))
    >>> round(bounds.surest, 1), round(bounds.least_alike, 1)
    (0.2, 0.2)
    """
    taken_for, sureness = expected.argmax(axis=1), expected.max(axis=1)
    first = np.arange(len(labels)) % 2 == 0
    halves = (first, ~first), (~first, first)
    is_other, hit = taken_for != labels, 1 - slip_labels[taken_for]  # which labels are other ones; slips that show
    doublings = np.log2(np.maximum(n_images, 1)).astype(np.int64)
    surest = []
    for kind in (taken_for, doublings):  # a category may be surest, or boards with many pictures
        group = kind * LEVELS + _levels(kind, sureness)
        surest.append(_rate(np.sum([_surest(group, is_other, hit, *half) for half in halves], axis=0)))
    sure = _levels(taken_for, sureness) >= LEVELS // 2
    least_alike = [_least_alike(taken_for, labels, half[0] & sure, half[1] & sure, slip_labels) for half in halves]
    return SlipBounds(surest=min(surest), least_alike=_rate(np.sum(least_alike, axis=0)))


def _rate(counts: Floats) -> float:
    """Return the share of errors among boards, or slips, of which some are seen beforehand, one in ten an error."""
    errors, of = counts
    return float((errors + PRIOR_SEEN * PRIOR_SLIPS / PRIOR_BOARDS) / (of + PRIOR_SEEN))


def _levels(kind: Ints, sureness: Floats) -> Ints:
    """Return the third of its kind that each board is in, by growing sureness; equally sure boards are together.

    Evidence about boards with the same pictures differs by their own left-out votes alone, ever so little: in the exact
    order of sureness those with other labels would come last. So log odds are compared in steps of `SURENESS_STEP`.
    """
    odds = np.log(sureness / np.maximum(1 - sureness, 1e-12))
    steps = np.rint(odds / SURENESS_STEP).astype(np.int64)
    order = np.lexsort((steps, kind))
    new = np.ones(len(order), np.bool_)
    new[1:] = (np.diff(kind[order]) != 0) | (np.diff(steps[order]) != 0)
    starts, sizes = np.flatnonzero(new), np.bincount(kind)
    lengths = np.diff(np.append(starts, len(order)))
    middle = starts + (lengths - 1) / 2  # of the equally sure
    rank = np.repeat(middle, lengths) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    levels = np.empty(len(order), np.int64)
    levels[order] = ((2 * rank + 1) * LEVELS / (2 * np.repeat(sizes, sizes))).astype(np.int64)
    return levels


def _surest(group: Ints, is_other: Flags, hit: Floats, chosen_by: Flags, seen_in: Flags) -> tuple[float, float]:
    """Choose groups of boards with few other labels in one half.

    Count other labels in the other half, and how many there would be if every label were a slip.
    """
    n_groups = int(group.max(initial=0)) + 1
    n_boards = np.bincount(group[chosen_by], minlength=n_groups)
    n_other = np.bincount(group[chosen_by], is_other[chosen_by], n_groups)
    rate = (n_other + PRIOR_SLIPS) / (n_boards + PRIOR_BOARDS)
    at_most = rate + np.sqrt(rate * (1 - rate) / (n_boards + PRIOR_BOARDS))
    total = n_boards.sum()
    chosen = _least(at_most, n_boards, max(SUREST_SHARE * total, min(SUREST_BOARDS, total / 2)))
    looked_at = seen_in & chosen[group]
    return float(is_other[looked_at].sum()), float(hit[looked_at].sum())


def _least_alike(
    taken_for: Ints, labels: Ints, chosen_by: Flags, seen_in: Flags, slip_labels: Floats
) -> tuple[float, float]:
    """Choose pairs of categories that see little in one half; count labels there, and slips if all were, in the other.

    Few boards are in each pair, so what a pair sees is drawn to what its two categories see with all others.
    """
    seen, slips = _pairs(taken_for, labels, chosen_by, slip_labels)
    usual = seen.sum() / max(slips.sum(), 1.0)
    by_evidence = (seen.sum(axis=1) + usual) / (slips.sum(axis=1) + 1)
    by_label = (seen.sum(axis=0) + usual) / (slips.sum(axis=0) + 1)
    rate = (seen + np.outer(by_evidence, by_label) / max(usual, 1e-9)) / (slips + 1)
    chosen = _least(rate.ravel(), slips.ravel(), LEAST_ALIKE_SHARE * slips.sum())
    seen, slips = _pairs(taken_for, labels, seen_in, slip_labels)
    return float(seen.ravel()[chosen].sum()), float(slips.ravel()[chosen].sum())


def _least(rates: Floats, sizes: Floats | Ints, enough: float) -> Flags:
    """Choose what has the least rates until there is enough of it; of equal rates all, as their order means nothing."""
    rates = np.where(sizes > 0, rates.round(DECIMALS), np.inf)
    order = np.argsort(rates, kind="stable")
    last = min(int(np.searchsorted(np.cumsum(sizes[order]), enough)), len(order) - 1)
    chosen: Flags = rates <= rates[order[last]]
    return chosen


def _pairs(taken_for: Ints, labels: Ints, rows: Flags, slip_labels: Floats) -> tuple[Floats, Floats]:
    """Count boards by what they are taken for and their label, and what there would be if every label were a slip."""
    n_categories = len(slip_labels)
    cells = np.bincount(taken_for[rows] * n_categories + labels[rows], minlength=n_categories**2)
    seen = cells.reshape(n_categories, n_categories).astype(np.float64)
    slips = np.outer(seen.sum(axis=1), slip_labels)
    np.fill_diagonal(seen, 0.0)
    np.fill_diagonal(slips, 0.0)
    return seen, slips
