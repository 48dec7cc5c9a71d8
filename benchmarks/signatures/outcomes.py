"""What contenders make of pictures, signatures, and of signatures, groups; and how good groups are."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.signatures.planted import Ints, Words
from features.images.drawings.sketches import Sketches

SIGNED_NAME = "signed.npz"
GROUP_NAME = "group.npy"
PICTURES_NAME = "pictures.json"  # lists the pictures of a folder in order

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Signed:
    """Signatures of pictures."""

    words: Words  # shape ``(n_pictures, n_views, n_words)``; most signatures know one view
    usable: Flags  # shape ``(n_pictures, n_views)``: which views count. A picture without any is never found
    sketches: Sketches | None = None  # of drawings, if the signer makes any

    def take(self, rows: slice | npt.NDArray[np.int64]) -> "Signed":
        """Return some of the pictures."""
        sketches = self.sketches and Sketches(self.sketches.number[rows], self.sketches.stored)
        return Signed(self.words[rows], self.usable[rows], sketches)


def one_view(words: Words) -> Signed:
    """Return signatures of the whole picture alone; words of shape ``(n_pictures, n_words)``."""
    return Signed(words[:, None, :], np.ones((len(words), 1), np.bool_))


def listed_pictures(folder: Path) -> list[Path]:
    """Return the pictures of a folder in the order of its list."""
    return [folder / name for name in json.loads((folder / PICTURES_NAME).read_text())]


def save_signed(signed: Signed, folder: Path) -> None:
    """Write signatures."""
    sketches = {} if signed.sketches is None else {"number": signed.sketches.number, "stored": signed.sketches.stored}
    np.savez(folder / SIGNED_NAME, words=signed.words, usable=signed.usable, **sketches)


def load_signed(folder: Path) -> Signed:
    """Read what `save_signed` wrote."""
    with np.load(folder / SIGNED_NAME) as kept:
        sketches = Sketches(kept["number"], kept["stored"]) if "number" in kept else None
        return Signed(kept["words"], kept["usable"], sketches)


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """Groups of signatures."""

    group: Ints  # shape ``(n_rows,)``: number of each row's group
    leaders: Ints  # rows that stand for the groups, in the order of their numbers from the first new one on


@dataclass(frozen=True, slots=True)
class Verdict:
    """How groups compare to what was planted."""

    n_groups: int
    n_beside: int  # rows of planted groups that aren't where most of their group are
    n_mixed: int  # rows in groups of which most are of another planted group


def judged(group: Ints, planted_group: Ints) -> Verdict:
    """Compare found groups with planted ones; both have a number for each row."""
    met = np.unique(planted_group * (int(group.max()) + 1) + group, return_counts=True)
    of_planted, of_found = np.divmod(met[0], int(group.max()) + 1)
    n_rows = met[1]
    return Verdict(
        int(np.unique(group).size),
        int(group.size - _largest(of_planted, n_rows).sum()),
        int(group.size - _largest(of_found, n_rows).sum()),
    )


def from_pairs(starts: Ints, neighbours: Ints) -> Grouped:
    """Return groups around leaders, in the order of the rows: who is in no group yet leads, and takes the neighbours.

    The neighbours of row i, itself perhaps among them, are ``neighbours[starts[i]:starts[i + 1]]``.
    """
    group = np.full(starts.size - 1, -1, np.int64)
    leaders: list[int] = []
    for row in range(group.size):
        if group[row] < 0:
            near = neighbours[starts[row] : starts[row + 1]]
            group[near[group[near] < 0]] = len(leaders)
            group[row] = len(leaders)
            leaders.append(row)
    return Grouped(group, np.array(leaders, np.int64))


def _largest(number: Ints, n_rows: Ints) -> Ints:
    """Return the largest count of each number."""
    order = np.argsort(number, kind="stable")
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    return np.asarray(np.maximum.reduceat(n_rows[order], starts))
