"""What two passes made of labels whose right categories are known: one outcome a seed, one row a noise."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from benchmarks.categories.collection import NO_LABEL, Codes
from benchmarks.categories.reliability import binned, expected_calibration_error

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What became of the labelled boards of a set, with one noise and seed."""

    right: tuple[Flags, ...]  # whose category is right: before, and after each pass
    is_changed: Flags  # after the last pass
    confidence: Floats  # after the last pass
    pass_kept: int

    def share(self, stage: int) -> float:
        """Return the share of right ones: stage 0 before, stage k after pass k."""
        return float(self.right[stage].mean()) if self.right[stage].size else 1.0


def outcome_of(truth: Codes, labels: Codes, found: Sequence[Codes], confidence: Floats, pass_kept: int) -> Outcome:
    """Return the outcome of the categories found by each pass; all of shape ``(n_boards,)``."""
    labelled = labels != NO_LABEL
    right = tuple((categories == truth)[labelled] for categories in (labels, *found))
    return Outcome(right, (found[-1] != labels)[labelled], confidence[labelled], pass_kept)


def falls(above: Flags, below: Flags, slack: float) -> bool:
    """Whether there are fewer right ones below than above, by more than a share of the boards and by more than noise.

    Noise is the square root of the number of boards that are right in one of both alone: by how many lots would differ.
    """
    fallen = np.count_nonzero(above) - np.count_nonzero(below)
    return bool(fallen > max(slack * above.size, np.sqrt(np.count_nonzero(above != below))))


@dataclass(frozen=True)
class Row:
    """The outcomes of a set with one noise on one side: shares are means of the seeds, changes are those of all."""

    outcomes: Sequence[Outcome]

    def share(self, stage: int) -> float:
        """Return the share of right ones: stage 0 before, stage k after pass k."""
        return float(np.mean([outcome.share(stage) for outcome in self.outcomes]))

    @property
    def kept(self) -> str:
        """The pass that was kept, with every seed where that is not the same."""
        kept = [outcome.pass_kept for outcome in self.outcomes]
        return " ".join(map(str, kept if len(set(kept)) > 1 else kept[:1]))

    @property
    def spread(self) -> float | None:
        """The largest gain of a seed less the least; None where there is one seed."""
        gains = [outcome.share(-1) - outcome.share(0) for outcome in self.outcomes]
        return max(gains) - min(gains) if len(gains) > 1 else None

    @property
    def n_changes(self) -> int:
        """Labels changed, of all seeds."""
        return self._is_right.size

    @property
    def changed_share(self) -> float:
        """Share of the labelled boards whose label was changed."""
        return self.n_changes / max(1, sum(outcome.is_changed.size for outcome in self.outcomes))

    @property
    def precision(self) -> float | None:
        """Share of the changes that put the right category; None without any."""
        return float(self._is_right.mean()) if self.n_changes else None

    @property
    def confidence(self) -> float | None:
        """Mean confidence of the changes; None without any."""
        return float(self._confidence.mean()) if self.n_changes else None

    @property
    def calibration_error(self) -> float | None:
        """Expected calibration error of the changes; None without any."""
        return expected_calibration_error(binned(self._confidence, self._is_right)) if self.n_changes else None

    def figures(self) -> dict[str, float | str | None]:
        """Return all figures, by their names."""
        names = ("kept", "spread", "n_changes", "changed_share", "precision", "confidence", "calibration_error")
        stages = {f"right_{stage}": self.share(stage) for stage in range(len(self.outcomes[0].right))}
        return stages | {name: getattr(self, name) for name in names}

    @cached_property
    def _is_right(self) -> Flags:
        return np.concatenate([outcome.right[-1][outcome.is_changed] for outcome in self.outcomes])

    @cached_property
    def _confidence(self) -> Floats:
        return np.concatenate([outcome.confidence[outcome.is_changed] for outcome in self.outcomes])
