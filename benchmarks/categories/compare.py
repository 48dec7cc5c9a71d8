"""Ways to mend owners' labels on boards whose right categories are known.

They are on a graph with planted categories, and on recipes with their cuisines; see ``cases.py`` for the noise. All get
the same matrix of boards and images and the same labels. Of the printed table a block is a case.
"""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.categories.cases import ALL_CASES, CASE_OPTION, SMALL, case_folder, chosen_cases
from benchmarks.categories.collection import load_labelled, load_truth, scored
from benchmarks.categories.contenders import CORRECTED_NAME, CORRECTORS
from benchmarks.harness.contender import Contender, Figures, Job, chosen
from benchmarks.harness.rounds import Standing, keep_results, run_rounds
from benchmarks.harness.table import Column, Table, Value, median_of, print_blocks, ratio_to

LEFT_OUT = "-"  # the result of a contender that takes too long to be run unasked
OPTIONS = CASE_OPTION | {"--all": {"action": "store_true", "help": "run also what takes many minutes on a case"}}


def main(asked: Namespace) -> None:
    """Compare on each case."""
    blocks = {}
    for name in [SMALL] if asked.small else chosen_cases(asked.cases):
        blocks[name] = compare(name, asked.rounds, asked.only, is_all=asked.all)
        keep_results(f"categories-{name}", blocks[name])
    print_corrections(blocks, asked.rounds)


def compare(name: str, n_rounds: int, only: Sequence[str], *, is_all: bool) -> list[Standing]:
    """Run those of the line-up whose labels contain one of some texts on a case; all: the slow ones, too."""
    correctors, folder = chosen(CORRECTORS, only), case_folder(name)
    print(name, flush=True)
    running = [one for one in correctors if is_all or name.startswith(one.quick_on)]
    standings = run_rounds(dict.fromkeys(running, folder), n_rounds, with_scores)
    for standing in standings.values():
        if standing.figures and not standing.result:  # a later round may have failed
            standing.result = verdict(standing)
    return [standings.get(one) or Standing(one, result=LEFT_OUT) for one in correctors]


def with_scores(_: Contender, job: Job, __: Figures) -> Figures:
    """Return how good the labels are that a run wrote."""
    labels, corrected = load_labelled(job.source).labels, np.load(job.output / CORRECTED_NAME)
    return {"scores": scored(load_truth(job.source), labels, corrected)}


def verdict(standing: Standing) -> str:
    """Return what to say of a contender beside its scores: whether they weren't the same in all rounds."""
    return "" if len(set(standing.each("scores"))) == 1 else "OTHER LABELS in other rounds"


def print_corrections(blocks: Mapping[str, Sequence[Standing]], n_rounds: int) -> None:
    """Print one block a case and one row a contender; the rows by the name of the case."""
    told = {f"{name}: {described(case_folder(name))}; {ALL_CASES[name].told}": blocks[name] for name in blocks}
    print_blocks(f"Corrected categories, median of {n_rounds} rounds", told, _table)
    print(
        "before, after: right among the labelled boards; precision, recall: of the changes; filled: right among the "
        "boards without label; s: from the matrix in memory to labels; GiB: all processes, imports and input included"
    )
    if any(standing.result == LEFT_OUT for standings in blocks.values() for standing in standings):
        print(f"{LEFT_OUT} takes six minutes and 4 GiB a run: make bench-categories BENCH_ALL=1, or --all, runs it")


def described(folder: Path) -> str:
    """Return the sizes of a case."""
    boards = load_labelled(folder)
    n_boards, n_images = boards.images.shape
    return f"{n_boards:,} boards, {n_images:,} images, {boards.images.nnz:,} pins, {boards.n_categories} categories"


def _score(name: str) -> Value:
    """Return the value that is a score of the last round."""
    return lambda standing: getattr(standing.figures[-1]["scores"], name) if standing.figures else None


def _precision(standing: Standing) -> float | None:
    return _score("precision")(standing) if _score("n_changes")(standing) else None


def _table(standings: Sequence[Standing]) -> Table:
    ours = next(standing for standing in standings if standing.contender.is_ours)
    right = [Column(name, _score(name), "6.3f") for name in ("before", "after")]
    changes = [
        Column("precision", _precision, "9.3f"),
        Column("recall", _score("recall"), "6.3f"),
        Column("F1", _score("f1"), "6.3f"),
        Column("changes", _score("n_changes"), "8,"),
    ]
    costs = [
        Column("s", median_of("wall_s"), "7.2f"),
        Column("CPU s", median_of("cpu_s"), "7.2f"),
        Column("GiB", median_of("peak_bytes", 2**30), "6.2f"),
        Column("s / ours", ratio_to(ours, "wall_s"), "10.2f"),
    ]
    return Table([("", right), ("", changes), ("", [Column("filled", _score("filled_right"), "6.3f")]), ("", costs)])
