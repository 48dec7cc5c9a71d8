"""The printed table: a block a case, medians, and times in multiples of ours."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.categories.cases import CASES, case_folder
from benchmarks.categories.collection import load_labelled
from benchmarks.categories.compare import LEFT_OUT
from benchmarks.categories.scores import Scores
from benchmarks.categories.standing import CategoryStanding

_HEAD = "before  after | precision recall     F1  changes | filled |       s   CPU s    GiB   s / ours |"
_SCORE_WIDTH, _COST_WIDTH = 57, 33


def print_table(blocks: Mapping[str, Sequence[CategoryStanding]], n_rounds: int) -> None:
    """Print one block a case and one row a contender.

    Parameters
    ----------
    blocks
        The rows by the name of the case.
    n_rounds
        How often each was run.
    """
    everyone = [standing for standings in blocks.values() for standing in standings]
    width = max(len(standing.contender.label) for standing in everyone)
    print(f"\nCorrected categories, median of {n_rounds} rounds\n{'':{width}}   {_HEAD}")
    for name, standings in blocks.items():
        print(f"{name}: {described(case_folder(name))}; {CASES[name].told}")
        ours = next(standing for standing in standings if standing.contender.is_ours)
        for standing in standings:
            row = f"  {standing.contender.label:{width}} {_row(standing, ours)} {standing.result}"
            print(row.rstrip())
    print(
        "before, after: right among the labelled boards; precision, recall: of the changes; filled: right among the "
        "boards without label; s: from the matrix in memory to labels; GiB: all processes, imports and input included"
    )
    if any(standing.result == LEFT_OUT for standing in everyone):
        print(f"{LEFT_OUT} takes six minutes and 4 GiB a run: make bench-categories BENCH_ALL=1, or --all, runs it")


def described(folder: Path) -> str:
    """Return the sizes of a case."""
    boards = load_labelled(folder)
    n_boards, n_images = boards.images.shape
    return f"{n_boards:,} boards, {n_images:,} images, {boards.images.nnz:,} pins, {boards.n_categories} categories"


def _row(standing: CategoryStanding, ours: CategoryStanding) -> str:
    if not standing.figures:
        return f"{'':{_SCORE_WIDTH}} | {'':{_COST_WIDTH}} |"
    wall_s = standing.median("wall_s")
    ratio = f"{wall_s / ours.median('wall_s'):10.2f}" if ours.figures else f"{'':10}"
    return (
        f"{_scores(standing.scores[-1])} | {wall_s:7.2f} {standing.median('cpu_s'):7.2f} "
        f"{standing.median('peak_bytes') / 2**30:6.2f} {ratio} |"
    )


def _scores(scores: Scores) -> str:
    filled = f"{'':6}" if scores.filled_right is None else f"{scores.filled_right:6.3f}"
    precision = f"{scores.precision:9.3f}" if scores.n_changes else f"{'':9}"
    return (
        f"{scores.before:6.3f} {scores.after:6.3f} | {precision} {scores.recall:6.3f} {scores.f1:6.3f} "
        f"{scores.n_changes:8,} | {filled}"
    )
