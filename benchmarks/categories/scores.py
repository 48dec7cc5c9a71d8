"""How good corrected labels are."""

from dataclasses import dataclass

import numpy as np

from benchmarks.categories.collection import NO_LABEL, Codes


@dataclass(frozen=True, slots=True)
class Scores:
    """What a contender made of the labels."""

    before: float  # share of right labels among the labelled boards
    after: float
    precision: float  # share of the changes that put the right category; 1 where nothing was changed
    recall: float  # share of the wrong labels that were changed to the right category; 1 where none was wrong
    n_changes: int
    filled_right: float | None  # share of the boards without label that were given it; None where all have one

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0 where both are."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def scored(truth: Codes, labels: Codes, corrected: Codes) -> Scores:
    """Return the scores of a contender's labels, given the right ones and the owners'; all of shape ``(n_boards,)``."""
    is_labelled = labels != NO_LABEL
    is_wrong = is_labelled & (labels != truth)
    is_changed = is_labelled & (corrected != labels)
    is_right = corrected == truth
    return Scores(
        before=_share(labels == truth, is_labelled),
        after=_share(is_right, is_labelled),
        precision=_share(is_right, is_changed),
        recall=_share(is_right, is_wrong),
        n_changes=int(np.count_nonzero(is_changed)),
        filled_right=None if is_labelled.all() else _share(is_right, ~is_labelled),
    )


def _share(holds: np.ndarray, among: np.ndarray) -> float:
    return float(holds[among].mean()) if among.any() else 1.0
