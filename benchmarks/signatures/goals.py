"""What is asked of ours, and whether it is met."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from benchmarks.signatures.edits.edit import Group

RECALL_GOALS: Mapping[Group, float] = {
    Group.RE_ENCODE: 0.995,
    Group.RESIZE: 0.995,
    Group.TONE: 0.995,
    Group.BORDER: 0.97,
    Group.CROP: 0.97,
    Group.CROP_EACH: 0.97,
    Group.CORNER_MARK: 0.98,
}


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal.

    Parameters
    ----------
    what
        Whose figure it is.
    asked
        Limit of the figure.
    reached
        The figure; None where it wasn't measured.
    direction
        Whether the figure shall be at least or at most what is asked.
    form
        How figures are printed.
    """

    what: str
    asked: float
    reached: float | None
    direction: Literal[">=", "<="] = ">="
    form: Callable[[float], str] = "{:.3f}".format

    @property
    def verdict(self) -> str:
        """Whether it is met."""
        if self.reached is None:
            return "not measured"
        is_met = self.reached >= self.asked if self.direction == ">=" else self.reached <= self.asked
        return "met" if is_met else "MISSED"


def print_goals(goals: list[Goal]) -> None:
    """Print one line a goal."""
    width = max(len(goal.what) for goal in goals)
    print(f"\nGoals of ours{'':{max(0, width - 11)}}       asked    reached")
    for goal in goals:
        reached = "" if goal.reached is None else goal.form(goal.reached)
        print(f"  {goal.what:{width}}  {goal.direction} {goal.form(goal.asked):>8} {reached:>10}  {goal.verdict}")
