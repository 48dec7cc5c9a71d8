"""Whether changes pay: tried on boards that the label noise was not fitted to, with labels that are known to be wrong.

Nobody knows which labels are wrong, but anybody can make one wrong. Each board gets another label, drawn as owners err,
and it is seen whether the correction finds the label that was there. That says how many right changes there should be.
How many changes there are in all is seen with the labels as they are; what exceeds the right ones does harm.
"""

import math
from dataclasses import dataclass

import numpy as np

from features.categories.fitting.fit_sample import Hashes
from features.categories.fitting.label_noise import LabelNoise
from joins.arrow.groups import Floats, Ints
from joins.arrow.hashing import splitmix64

LEAST_CHANGES = 20
DRAWS = 4  # other labels a board gets
MOST_ERRORS = 0.7  # of a category's labels that are taken as wrong when right changes are counted


@dataclass(frozen=True, slots=True)
class HeldOutChanges:
    """The changes of boards that the label noise was not fitted to.

    ``n_changes`` of ``n_boards`` are changed, and ``n_right`` of these changes are right, as labels that were drawn
    wrong say; it may exceed ``n_changes`` by chance.
    """

    n_boards: int
    n_changes: int
    n_right: float

    @property
    def expected_gain(self) -> float:
        """Right changes less harmful ones."""
        return 2 * self.n_right - self.n_changes

    @property
    def margin(self) -> float:
        """Standard error of the gain."""
        right = min(self.n_right / max(self.n_changes, 1), 1.0)
        return 2 * math.sqrt(self.n_changes * right * (1 - right))

    @property
    def pay(self) -> bool:
        """Whether the gain is positive by more than its margin; fewer changes than `LEAST_CHANGES` show nothing."""
        return self.n_changes < LEAST_CHANGES or self.expected_gain > self.margin

    def __str__(self) -> str:
        """Return it as people read it.

        Examples
        --------
        >>> print(HeldOutChanges(7_994, 415, 166.2))
        415 of 7,994 boards would be changed in a trial, about 166 of them rightly
        """
        right = min(round(self.n_right), self.n_changes)
        changed = f"{self.n_changes:,} of {self.n_boards:,} boards would be changed in a trial"
        return f"{changed}, about {right:,} of them rightly"

    def __add__(self, other: "HeldOutChanges") -> "HeldOutChanges":
        return HeldOutChanges(
            self.n_boards + other.n_boards, self.n_changes + other.n_changes, self.n_right + other.n_right
        )


def held_out_changes(
    expected: Floats, labels: Ints, hashes: Hashes, noise: LabelNoise, min_confidence: float
) -> HeldOutChanges:
    """Try the correction on some labelled boards.

    ``expected`` are the probabilities of the categories from the evidence alone, overlaps applied; ``hashes`` are those
    of the board ids, and stand for chance.

    Examples
    --------
    The evidence is right about all 100 boards, and owners err once in ten:

    >>> noise = LabelNoise(np.array([0.9, 0.9]), np.array([0.5, 0.5]), np.zeros((2, 2)))
    >>> truth, hashes = np.arange(100) % 2, np.arange(100, dtype=np.uint64)
    >>> labels = np.where(np.arange(100) % 10 == 5, 1 - truth, truth)
    >>> changes = held_out_changes(np.where(np.eye(2)[truth] > 0, 0.999, 0.001), labels, hashes, noise, 0.55)
    >>> changes.n_changes, round(changes.n_right, 1), changes.pay
    (10, 10.0, True)
    """
    given = noise.confusion_matrix()
    n_changes = int(_change(expected, labels, given, min_confidence)[0].sum())
    wrong = given - np.diag(given.diagonal())
    error_rate = wrong.sum(axis=1)
    up_to = np.cumsum(wrong, axis=1) / np.maximum(error_rate, 1e-300)[:, None]
    worth = error_rate[labels] / np.maximum(1 - error_rate[labels], 1 - MOST_ERRORS) / DRAWS
    n_right = 0.0
    for _ in range(DRAWS):
        hashes = splitmix64(hashes)
        chance = hashes / 2.0**64
        drawn = np.minimum((up_to[labels] <= chance[:, None]).sum(axis=1), len(given) - 1)
        changed, best = _change(expected, drawn, given, min_confidence)
        n_right += float(worth[changed & (drawn != labels) & (best == labels)].sum())
    return HeldOutChanges(len(labels), n_changes, n_right)


def _change(expected: Floats, labels: Ints, given: Floats, min_confidence: float) -> tuple[np.ndarray, Ints]:
    """Return which boards are changed if these are their labels, and to what."""
    posterior = expected * given.T[labels]
    best = posterior.argmax(axis=1)
    confidence = posterior.max(axis=1) / np.maximum(posterior.sum(axis=1), 1e-300)
    return (best != labels) & (confidence >= min_confidence), best
