"""Which edited pictures are found by the originals, which are mistaken for others, and the printed table of both."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.harness.table import Goal
from benchmarks.signatures.edits import EDITS, Group
from benchmarks.signatures.outcomes import Signed
from benchmarks.signatures.photos import Numbers
from features.images.cosine_signature import VIEWS
from features.same_picture.drawing_match import drawings_agree
from features.same_picture.leaders import DEFAULT_RADIUS
from features.same_picture.near_views import hamming
from features.same_picture.views import COMPARED_VIEWS

NEVER = 9_999  # the distance of pictures of which one has no usable view

RECALL_GOALS: Mapping[Group, float] = {
    Group.RE_ENCODE: 0.995,
    Group.RESIZE: 0.995,
    Group.TONE: 0.995,
    Group.BORDER: 0.97,
    Group.CROP: 0.97,
    Group.CROP_EACH: 0.97,
    Group.CORNER_MARK: 0.98,
}
_EDIT_WIDTH, _WIDTH, _BRIDGE_WIDTH = 34, 12, 18
_ORIGINAL = "aaa-orig"

Distances = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class WrongPairs:
    """Pairs of different photographs."""

    n_wrong: int  # pairs that count as the same
    n_pairs: int  # pairs in all: every picture, edited or not, with the original of every other photograph
    closest_bits: int  # smallest distance of all of them
    closest: tuple[int, int, int]  # where that is: the photograph, its edit (0: none) and the other photograph


def distances(pictures: Signed, originals: Signed) -> Distances:
    """Return the distance of every picture from every original: the bits by which their two nearest views differ.

    Views of ours meet as in the product, and drawings must agree as there. Shape ``(n_pictures, n_originals)``; `NEVER`
    where none may be compared, or where drawings within the radius don't agree.
    """
    nearest = np.full((len(pictures.words), len(originals.words)), NEVER, np.int16)
    compared = COMPARED_VIEWS if pictures.words.shape[1] == len(VIEWS) else ((0, 0),)
    usable = [np.flatnonzero(pictures.usable[:, view]) for view in range(pictures.words.shape[1])]
    words = [pictures.words[rows, view] for view, rows in enumerate(usable)]
    for column in range(nearest.shape[1]):
        met = np.zeros(len(nearest), np.int16)  # the pair of views that is nearest
        for number, (one, other) in enumerate(compared):
            if originals.usable[column, other]:
                rows = usable[one]
                bits = hamming(words[one], originals.words[column, other])
                is_nearer = bits < nearest[rows, column]
                nearest[rows[is_nearer], column], met[rows[is_nearer]] = bits[is_nearer], number
        if pictures.sketches is not None and originals.sketches is not None:
            near = np.flatnonzero(nearest[:, column] <= DEFAULT_RADIUS)
            view, other_view = np.array(compared)[met[near]].T
            its = originals.sketches.take(np.full(len(near), column))
            agree = drawings_agree(pictures.sketches.take(near), its, view, other_view)
            nearest[near[~agree], column] = NEVER
    return nearest


def recall(apart: Distances, within_bits: int) -> npt.NDArray[np.float64]:
    """Return, for each edit, the share of the photographs whose edit is within so many bits of their original.

    Distances have the shape ``(n_photos, 1 + n_edits, n_photos)``; what isn't edited comes first.
    """
    own = np.arange(len(apart))
    return np.asarray((apart[own, 1:, own] <= within_bits).mean(axis=0))


def wrong_pairs(apart: Distances, photo: Numbers, within_bits: int) -> WrongPairs:
    """Return what is mistaken for another photograph; `photo` is equal where two are one, see `same_photo`."""
    is_pair = np.repeat((photo[:, None] != photo[None, :])[:, None, :], apart.shape[1], axis=1)
    is_pair[:, 0] &= np.arange(len(apart))[:, None] < np.arange(len(apart))[None, :]  # two originals are one pair
    bits = np.where(is_pair, apart, NEVER)
    closest = np.unravel_index(bits.argmin(), bits.shape)
    return WrongPairs(
        int(np.count_nonzero(bits <= within_bits)),
        int(np.count_nonzero(is_pair)),
        int(bits[closest]),
        (int(closest[0]), int(closest[1]), int(closest[2])),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A tool at one of its distances."""

    name: str  # its name, and the largest distance of what counts as the same
    within_bits: int
    recall: npt.NDArray[np.float64]  # for each edit
    wrong: WrongPairs  # pairs of different photographs

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


def print_bridge(pictures: Sequence[Path], apart: Mapping[str, Distances], within: Mapping[str, int]) -> None:
    """Print how far edits that nobody here made are from their photograph, the bridge of PDQ's test set.

    Distances of all pictures from each other, and up to where two count as the same, are by the name of the tool.
    """
    original = next((row for row, path in enumerate(pictures) if path.stem == _ORIGINAL), 0)
    print(f"\nOne photo and {len(pictures) - 1} edits by others: distance from it, ! where it isn't found")
    print(f"  {'':{_BRIDGE_WIDTH}}" + "".join(f"{name:>{_BRIDGE_WIDTH}}" for name in apart))
    for row, path in enumerate(pictures):
        if row != original:
            cells = (_cell(int(bits[row, original]), within[name]) for name, bits in apart.items())
            print((f"  {path.stem:{_BRIDGE_WIDTH}}" + "".join(f"{cell:>{_BRIDGE_WIDTH}}" for cell in cells)).rstrip())
    for name, bits in apart.items():
        grouped = np.flatnonzero(bits[:, original] <= within[name])
        print(f"  {name} (<= {within[name]}): {len(grouped)} of {len(pictures)} in the group of the photo")


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


def _cell(bits: int, within_bits: int) -> str:
    return ("-" if bits == NEVER else str(bits)) + (" " if bits <= within_bits else "!")
