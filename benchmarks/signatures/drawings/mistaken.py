"""Which drawings are mistaken for others, and which edits of them are found again: the table, and the goals of ours."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.harness.table import Goal
from benchmarks.signatures.drawings.drawn_set import DRAWN_EDITS, kind_of
from benchmarks.signatures.found import Distances

RECALL_GOAL = 0.95
_KIND_WIDTH, _WIDTH = 34, 12
_N_NAMED = 3


@dataclass(frozen=True, slots=True, eq=False)
class DrawingsColumn:
    """A tool at one of its distances."""

    name: str
    within_bits: int
    recall: npt.NDArray[np.float64]  # for each edit
    n_wrong: Mapping[str, int]  # pairs of different drawings, by the kind of the first
    n_pairs: int
    named: Sequence[tuple[Path, Path]]  # some of the wrong pairs


def drawings_column(name: str, within_bits: int, apart: Distances, originals: Sequence[Path]) -> DrawingsColumn:
    """Return the column of a tool; `apart` has the shape ``(n_drawings, 1 + n_edits, n_drawings)``, originals first."""
    own = np.arange(len(apart))
    is_other = np.ones(apart.shape, bool)
    is_other[own, :, own] = False
    is_other[:, 0] &= own[:, None] < own[None, :]  # two originals are one pair
    one, edit, other = np.nonzero((apart <= within_bits) & is_other)
    return DrawingsColumn(
        name,
        within_bits,
        np.asarray((apart[own, 1:, own] <= within_bits).mean(axis=0)),
        Counter(kind_of(originals[row]) for row in one.tolist()),
        int(is_other.sum()),
        [(originals[a], originals[b]) for a, b in zip(one[edit == 0], other[edit == 0], strict=True)][:_N_NAMED],
    )


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
