"""The rows' blocks: a data set and the noise on its labels.

``python -m benchmarks.categories.cases NAME FOLDER`` makes one, in a process of its own, as the harness shall not hold
its memory.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench_folder import kept_folder, run_module
from benchmarks.categories.collection import Codes, Collection, save
from benchmarks.categories.noise import N_NEAR, NEAR_SHARE, redrawn_labels, wrong_labels
from benchmarks.categories.planted import Size, planted
from benchmarks.categories.whats_cooking import whats_cooking, whats_cooking_files

_MISSING = 0.2
_SIZE = Size()
LARGE = "large"


@dataclass(frozen=True, slots=True)
class Case:
    """A collection and its noise, both made when asked for.

    Parameters
    ----------
    told
        What the noise is.
    collection
        Makes boards and right categories.
    labels
        Makes the owners' labels.
    files
        Returns the files that the collection is read from.
    """

    told: str
    collection: Callable[[], Collection]
    labels: Callable[[Collection], Codes]
    files: Callable[[], list[Path]] = list


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
        whats_cooking_files,
    )


_PERCENTS = (10, 20, 30)
CASES = (
    {"planted-note": _planted(15, NEAR_SHARE)}
    | {f"planted-uniform-{percent}": _planted(percent, 0.0) for percent in _PERCENTS}
    | {f"planted-confusable-{percent}": _planted(percent, NEAR_SHARE) for percent in _PERCENTS}
    | {f"whats_cooking-{percent}": _cooking(percent) for percent in _PERCENTS}
)
_ALL_CASES = CASES | {LARGE: _planted(15, NEAR_SHARE, Size(n_boards=435_000, n_images=1_400_000))}


def chosen_cases(only: list[str]) -> list[str]:
    """Return the names that contain one of some texts, all where there is none; an error that ends the run if none."""
    chosen = [name for name in CASES if not only or any(part in name for part in only)]
    return chosen or sys.exit(f"no case is called {' or '.join(only)}; there are {', '.join(CASES)}")


def case_folder(name: str) -> Path:
    """Return the kept folder of a case, made where it isn't there."""
    case = _ALL_CASES[name]
    here = Path(__file__).parent
    modules = ("cases.py", "collection.py", "noise.py", "planted.py", "whats_cooking.py")
    sources = [*(here / module for module in modules), *case.files()]
    return kept_folder(
        "categories",
        name,
        sources,
        f"making {name}",
        lambda folder: run_module("benchmarks.categories.cases", name, str(folder)),
    )


def main() -> None:
    """Make the case that the command line names."""
    case = _ALL_CASES[sys.argv[1]]
    collection = case.collection()
    save(collection, case.labels(collection), Path(sys.argv[2]))


if __name__ == "__main__":
    main()
