"""Categories that pictures do not tell apart: "Fashion" and "fashion", "People" and "people I love".

Owners who mean the same by two names file the same pictures under both. Then the evidence about a board of the
two tells which two, but not which of them. Whether they should be one is for people to decide: reported, never merged.
"""

from dataclasses import dataclass

import numpy as np

from joins.arrow.groups import Floats, Ints

LEAST_BOARDS = 20  # filed under each; fewer show nothing
TINY = 1e-12  # instead of 0 below a fraction bar
LEAST_TOGETHER = 0.25
MOST_APART = 0.5  # of what tells the two together from the rest


@dataclass(frozen=True, slots=True)
class ConfusablePair:
    """Two categories, the lower code first, that pictures tell from all others, but not from each other.

    ``apart`` is how well the evidence about the boards of the two agrees with their owners' choice between them:
    Cohen's kappa; 0 is chance, 1 always. ``together`` is how far the evidence expects either of the two, about the
    boards of the one of which it expects so less: 0 is as often as about any board, 1 always.
    """

    first: int
    second: int
    apart: float
    together: float


def confusable_categories(expected: Floats, labels: Ints) -> list[ConfusablePair]:
    """Find categories that the evidence does not tell apart.

    ``expected`` are the probabilities of the categories of labelled boards from the evidence alone. First come those
    that are least apart, compared with how well both are told from the rest.

    Examples
    --------
    Boards of categories 0 and 1 get the same evidence, those of category 2 another.

    >>> labels = np.repeat([0, 1, 2], 30)
    >>> expected = np.where((labels < 2)[:, None], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0])
    >>> confusable_categories(expected, labels)
    [ConfusablePair(first=0, second=1, apart=0.0, together=1.0)]
    """
    n_categories = expected.shape[1]
    counts: Floats = np.stack([np.bincount(labels, of, n_categories) for of in expected.T])  # by evidence, then owner
    n_labels, n_boards = counts.sum(axis=0), max(counts.sum(), 1.0)
    right = counts.diagonal()
    of_the_two = right[:, None] + right + counts + counts.T
    by_evidence, by_owner = right[:, None] + counts, right[:, None] + counts.T
    lucky = by_evidence * by_owner + (of_the_two - by_evidence) * (of_the_two - by_owner)
    apart = _beyond_chance(right[:, None] + right, lucky / np.maximum(of_the_two, TINY), of_the_two)
    shares = by_owner / np.maximum(n_labels, TINY)[:, None]  # of a label's boards, for either of the two
    by_chance = np.add.outer(counts.sum(axis=1), counts.sum(axis=1)) / n_boards
    together = _beyond_chance(np.minimum(shares, shares.T), by_chance, 1.0)
    many = n_labels >= LEAST_BOARDS
    alike = (together >= LEAST_TOGETHER) & (apart <= MOST_APART * together) & np.logical_and.outer(many, many)
    pairs = zip(*np.nonzero(np.triu(alike, 1)), strict=True)
    found = [ConfusablePair(int(c), int(y), float(apart[c, y]), float(together[c, y])) for c, y in pairs]
    return sorted(found, key=lambda pair: (pair.apart / pair.together, pair.first, pair.second))


def _beyond_chance(agreed: Floats, by_chance: Floats, most: Floats | float) -> Floats:
    beyond: Floats = (agreed - by_chance) / np.maximum(most - by_chance, TINY)
    return beyond
