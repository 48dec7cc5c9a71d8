"""The blocks of the table: a collection and the noise on its labels.

One collection is planted; in the other, which nobody planted, recipes are boards, their cuisines are categories, and
ingredients are pictures.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.categories.collection import Codes, Collection, boards_by_images, save
from benchmarks.categories.planted import N_NEAR, NEAR_SHARE, Size, planted, redrawn_labels, wrong_labels
from benchmarks.harness.kept import kept_folder, real_data

_MISSING = 0.2
_SIZE = Size()
SMALL, LARGE = "planted-small", "large"
CASE_OPTION = {"--cases": {"nargs": "+", "default": [], "help": "parts of the names of cases, e.g. whats_cooking-10"}}


@dataclass(frozen=True, slots=True)
class Case:
    """A collection and its noise, both made when asked for."""

    told: str  # the noise
    collection: Callable[[], Collection]  # makes boards and right categories
    labels: Callable[[Collection], Codes]  # makes the owners' labels
    files: Callable[[], list[Path]] = list  # returns the files that the collection is read from


def _whats_cooking_files() -> list[Path]:
    """Return the files of recipes and of their ingredients; an error that ends the run where they aren't."""
    folder = real_data("whats_cooking")
    if not folder.exists():
        sys.exit(f"no recipes at {folder}; INTEREST_GRAPH_DATA names the folder that has whats_cooking/")
    return [folder / "boards.parquet", folder / "pins.parquet"]


def whats_cooking() -> Collection:
    """Return the recipes in the order of their ids."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - contenders don't read Parquet

    boards, pins = map(pq.read_table, _whats_cooking_files())
    boards = boards.sort_by("board_id")
    board_ids = boards["board_id"].to_numpy()
    names, truth = np.unique(boards["category"].to_numpy().astype(str), return_inverse=True)
    items, image = np.unique(pins["item"].to_numpy().astype(str), return_inverse=True)
    board = np.searchsorted(board_ids, pins["board_id"].to_numpy())
    return Collection(boards_by_images(board, image, (board_ids.size, items.size)), truth, names.size)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _planted(percent: int, near_share: float, size: Size = _SIZE) -> Case:
    where = (
        f"{_percent(near_share)} of those to one of {N_NEAR} confusable categories" if near_share else "to any category"
    )
    return Case(
        f"{percent} % of the labels wrong, {where}; {_percent(_MISSING)} of the boards without label",
        lambda: planted(size),
        lambda made: wrong_labels(made.truth, made.n_categories, percent / 100, near_share, _MISSING),
    )


def _cooking(percent: int) -> Case:
    return Case(
        f"{percent} % of the labels redrawn from all categories",
        whats_cooking,
        lambda made: redrawn_labels(made.truth, made.n_categories, percent / 100),
        _whats_cooking_files,
    )


_PERCENTS = (10, 20, 30)
CASES = (
    {"planted-note": _planted(15, NEAR_SHARE)}
    | {f"planted-uniform-{percent}": _planted(percent, 0.0) for percent in _PERCENTS}
    | {f"planted-confusable-{percent}": _planted(percent, NEAR_SHARE) for percent in _PERCENTS}
    | {f"whats_cooking-{percent}": _cooking(percent) for percent in _PERCENTS}
)
ALL_CASES = CASES | {
    SMALL: _planted(15, NEAR_SHARE, Size(n_boards=3_000, n_images=10_000)),
    LARGE: _planted(15, NEAR_SHARE, Size(n_boards=435_000, n_images=1_400_000)),
}


def chosen_cases(only: list[str]) -> list[str]:
    """Return the names that contain one of some texts, all where there is none; an error that ends the run if none."""
    chosen = [name for name in CASES if not only or any(part in name for part in only)]
    return chosen or sys.exit(f"no case is called {' or '.join(only)}; there are {', '.join(CASES)}")


def case_folder(name: str) -> Path:
    """Return the kept folder of a case, made where it isn't there."""
    case = ALL_CASES[name]
    here = Path(__file__).parent
    modules = ("cases.py", "collection.py", "planted.py")
    sources = [*(here / module for module in modules), *case.files()]
    return kept_folder("categories", name, sources, f"making {name}", partial(_make, name))


def _make(name: str, folder: Path) -> None:
    case = ALL_CASES[name]
    collection = case.collection()
    save(collection, case.labels(collection), folder)
