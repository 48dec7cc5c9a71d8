"""Which drawings are mistaken for others, and which edits of them are found again: the table, and the goals of ours.

The grey copy of a drawing is that of any other one that differs from it in colours of one luma, or in tone alone: a
green and a blue disc. Nobody can tell whose copy it is, so such pairs aren't wrong; they are counted in a row of their
own, for every tool.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.harness.table import Goal
from benchmarks.signatures.drawings.drawn_set import DRAWN_EDITS, GREY, kind_of
from benchmarks.signatures.found import Distances

RECALL_GOAL = 0.95
_KIND_WIDTH, _WIDTH = 34, 12
_N_NAMED = 3
_GREY_EDIT = 1 + [edit.name for edit in DRAWN_EDITS].index(GREY)
_GREY_PX, _GREY_LEVELS = 32, 8  # drawings are alike in grey if no pixel of these differs by more, toned
_GREY_GAINS = (0.4, 2.5)  # of contrast
_AT_ONCE = 1_000  # pairs

Ints = npt.NDArray[np.int64]
Greys = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DrawingsColumn:
    """A tool at one of its distances."""

    name: str
    within_bits: int
    recall: npt.NDArray[np.float64]  # for each edit
    n_wrong: Mapping[str, int]  # pairs of different drawings, by the kind of the first
    n_alike_in_grey: int  # grey copies and other drawings, of which nobody can tell whose copies they are
    n_pairs: int
    named: Sequence[tuple[Path, Path]]  # some of the wrong pairs


def drawings_column(
    name: str, within_bits: int, apart: Distances, originals: Sequence[Path], greys: Greys
) -> DrawingsColumn:
    """Return the column of a tool; `apart` has the shape ``(n_drawings, 1 + n_edits, n_drawings)``, originals first.

    `greys` are those of `grey_drawings`.
    """
    own = np.arange(len(apart))
    is_other = np.ones(apart.shape, bool)
    is_other[own, :, own] = False
    is_other[:, 0] &= own[:, None] < own[None, :]  # two originals are one pair
    n_pairs = int(is_other.sum())
    is_other &= apart <= within_bits
    one, edit, other = np.nonzero(is_other)
    is_grey = edit == _GREY_EDIT
    is_alike = np.zeros(len(one), bool)
    is_alike[is_grey] = alike_in_grey(greys, one[is_grey], other[is_grey])
    wrong = np.flatnonzero(~is_alike)
    first = wrong[np.argsort(edit[wrong], kind="stable")][:_N_NAMED]  # unedited ones before others
    return DrawingsColumn(
        name,
        within_bits,
        np.asarray((apart[own, 1:, own] <= within_bits).mean(axis=0)),
        Counter(kind_of(originals[row]) for row in one[wrong].tolist()),
        int(is_alike.sum()),
        n_pairs,
        [(originals[a], originals[b]) for a, b in zip(one[first], other[first], strict=True)],
    )


def grey_drawings(originals: Sequence[Path]) -> Greys:
    """Return drawings in grey, small, ``(n, 1024)``."""
    made = []
    for path in originals:
        with Image.open(path) as picture:
            small = picture.convert("L").resize((_GREY_PX, _GREY_PX), Image.Resampling.BOX)
        made.append(np.asarray(small, np.float64).ravel())
    return np.array(made)


def alike_in_grey(greys: Greys, one: Ints, other: Ints) -> npt.NDArray[np.bool_]:
    """Say which pairs of drawings, rows of `greys`, have one grey copy but for its brightness and contrast."""
    is_alike = np.zeros(len(one), bool)
    for start in range(0, len(one), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        source, target = (
            grey - grey.mean(axis=1, keepdims=True)
            for grey in (greys.take(some[rows], axis=0) for some in (one, other))
        )
        gain = (source * target).sum(axis=1) / np.maximum((source * source).sum(axis=1), 1)
        gain = np.clip(gain, *_GREY_GAINS)
        is_alike[rows] = np.abs(target - gain[:, None] * source).max(axis=1) <= _GREY_LEVELS
    return is_alike


def print_drawings(columns: Sequence[DrawingsColumn], originals: Sequence[Path]) -> None:
    """Print a row an edit, then the wrong pairs, a row a kind."""
    print(f"\n{len(originals):,} drawings, {len(DRAWN_EDITS)} edits of each")
    print(f"{'recall':{_KIND_WIDTH}}" + _row(one.name.partition(" ")[0].partition(".")[0] for one in columns))
    print(f"{'':{_KIND_WIDTH}}" + _row(f"<= {one.within_bits}" for one in columns))
    for number, edit in enumerate(DRAWN_EDITS):
        print(f"  {edit.name:{_KIND_WIDTH - 2}}" + _row(f"{one.recall[number]:.3f}" for one in columns))
    print(f"{'mean':{_KIND_WIDTH}}" + _row(f"{one.recall.mean():.3f}" for one in columns))
    print(f"{'wrong pairs':{_KIND_WIDTH}}" + _row(f"{sum(one.n_wrong.values()):,}" for one in columns))
    for kind in sorted({kind_of(path) for path in originals}):
        print(f"  {kind:{_KIND_WIDTH - 2}}" + _row(f"{one.n_wrong.get(kind, 0):,}" for one in columns))
    print(f"{'grey copies of two, no wrong pairs':{_KIND_WIDTH}}" + _row(f"{one.n_alike_in_grey:,}" for one in columns))
    print(f"wrong pairs are of {columns[0].n_pairs:,}: every drawing, edited or not, with every other one")
    for pair in columns[0].named:
        print(f"  mistaken by {columns[0].name}: {' and '.join(path.parent.name for path in pair)}")


def drawing_goals(ours: DrawingsColumn | None) -> list[Goal]:
    """Return the goals, and how far ours reaches."""
    n_wrong = ours and sum(ours.n_wrong.values())
    return [
        Goal("wrong pairs of drawings", 0, n_wrong, "<=", "{:,.0f}".format),
        Goal("recall, edits of drawings", RECALL_GOAL, ours and float(ours.recall.mean())),
    ]


def _row(cells: Iterable[str]) -> str:
    return "".join(f"{cell:>{_WIDTH + 1}}" for cell in cells)
