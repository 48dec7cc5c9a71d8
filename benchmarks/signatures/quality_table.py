"""The printed table: recall of every edit, means of groups, and what is mistaken for what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.signatures.edits.edit import Group
from benchmarks.signatures.edits.every_edit import EDITS
from benchmarks.signatures.found import NEVER, Distances, WrongPairs, recall, wrong_pairs
from benchmarks.signatures.goals import RECALL_GOALS, Goal
from benchmarks.signatures.photos import Numbers

_EDIT_WIDTH, _WIDTH = 34, 12


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A tool at one of its distances.

    Parameters
    ----------
    name, within_bits
        Its name, and the largest distance of what counts as the same.
    recall
        For each edit.
    wrong
        Pairs of different photographs.
    """

    name: str
    within_bits: int
    recall: npt.NDArray[np.float64]
    wrong: WrongPairs

    def mean(self, group: Group) -> float:
        """Return the mean recall of a group."""
        return float(np.mean([self.recall[row] for row, edit in enumerate(EDITS) if edit.group == group]))


def column(name: str, within_bits: int, apart: Distances, photo: Numbers) -> Column:
    """Return the column of a tool; `apart` and `photo` are as in `found`."""
    return Column(name, within_bits, recall(apart, within_bits), wrong_pairs(apart, photo, within_bits))


def print_recall(columns: Sequence[Column], photos: Sequence[Path]) -> None:
    """Print a row an edit, and the mean of each group above its edits."""
    print(f"\nRecall{'':{_EDIT_WIDTH - 6}}" + _row(_short(one.name) for one in columns))
    print(f"{'':{_EDIT_WIDTH}}" + _row(f"<= {one.within_bits}" for one in columns))
    numbered = list(enumerate(EDITS))
    for group, edits in groupby(numbered, lambda one: one[1].group):
        print(f"{group:{_EDIT_WIDTH}}" + _row(f"{one.mean(group):.3f}" for one in columns))
        for number, edit in edits:
            print(f"  {edit.name:{_EDIT_WIDTH - 2}}" + _row(f"{one.recall[number]:.3f}" for one in columns))
    in_scope = [number for number, edit in numbered if edit.group != Group.BEYOND]
    means = _row(f"{one.recall[in_scope].mean():.3f}" for one in columns)
    print(f"{f'mean of {len(in_scope)} in scope':{_EDIT_WIDTH}}{means}")
    print(f"{'wrong pairs':{_EDIT_WIDTH}}" + _row(f"{one.wrong.n_wrong:,}" for one in columns))
    print(f"{'distance of the closest':{_EDIT_WIDTH}}" + _row(str(one.wrong.closest_bits) for one in columns))
    print(f"wrong pairs are of {columns[0].wrong.n_pairs:,}: every picture, edited or not, with every other original")
    for one in {one.name: one for one in columns}.values():
        if one.wrong.closest_bits < NEVER:
            print(f"  closest to {one.name}: {_told(one.wrong, photos)}")


def quality_goals(ours: Column | None) -> list[Goal]:
    """Return the goals, and how far ours reaches."""
    wrong = Goal("wrong pairs", 0, ours and ours.wrong.n_wrong, "<=", "{:,.0f}".format)
    return [
        wrong,
        *(Goal(f"recall, {group}", asked, ours and ours.mean(group)) for group, asked in RECALL_GOALS.items()),
    ]


def _told(wrong: WrongPairs, photos: Sequence[Path]) -> str:
    photo, edit, other = wrong.closest
    edited = f" ({EDITS[edit - 1].name})" if edit else ""
    return f"{photos[photo].name}{edited} and {photos[other].name}"


def _short(name: str) -> str:
    """Return the first word of a tool's name."""
    return name.partition(" ")[0].partition(".")[0]


def _row(cells: Iterable[str]) -> str:
    return "".join(f"{cell:>{_WIDTH + 1}}" for cell in cells)
