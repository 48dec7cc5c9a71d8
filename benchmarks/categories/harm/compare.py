"""Whether the correction of categories ever does harm: many sets, each with many kinds of wrong labels.

Sets are planted (four of them hold a trap, see ``trap_sets.py``), recipes, and with ``--collections FOLDER`` those of
one's own (``own_collections.py`` says how they lie there). Each is corrected in two passes with every kind of noise
(``noises.py``). ``--before PYTHON`` adds what another checkout makes of the same labels, by the Python of its venv.
Below the table stands what is asked for (``goals.py``), and every line that misses it.
"""

import json
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.categories.harm.goals import Line, print_harm
from benchmarks.categories.harm.noises import NOISES, Noise, noises_of
from benchmarks.categories.harm.outcomes import Row
from benchmarks.categories.harm.own_collections import CollectionError, collection_folders, own_collection
from benchmarks.categories.harm.sides import HERE, Corrected, Side, corrected_by
from benchmarks.categories.harm.trap_sets import NO_OWNER, RECIPES, SETS, SMALL_SETS, OwnedCollection
from benchmarks.harness.kept import bench_folder, real_data
from benchmarks.harness.table import Column, Table

OPTIONS = {
    "--collections": {"type": Path, "help": "a folder with collections of one's own"},
    "--before": {"type": Path, "help": "the Python of another checkout's venv"},
    "--sets": {"nargs": "+", "default": [], "help": "parts of the names of sets that shall take part"},
}
RESULTS_NAME = "results-categories-harm.json"
_LEGEND = """
right: share of right labels among the labelled boards, mean of the seeds; kept: the pass, of each seed where they
differ; spread: largest gain of a seed less the least; changes: share of the boards; sure: mean confidence of the
changes; error: their expected calibration error"""
_WIDTH = 2 + max(map(len, NOISES))

Sets = Mapping[str, Callable[[], OwnedCollection]]


def main(asked: Namespace) -> None:
    """Correct every set with every noise, print a line each, and the goals."""
    sides = [HERE] + ([Side(asked.before.absolute())] if asked.before else [])
    print(" against ".join(str(side.checkout()) for side in sides))
    sets = sets_at_hand(asked)
    for name, noise in NOISES.items():
        if noise.tells_owners:
            print(f"{name:{_WIDTH}}{noise.told}" + f"; {noise.n_seeds} seeds" * (noise.n_seeds > 1))
    print("...-untold: the same labels, and nobody says who owns a board\n")
    table = _table(with_before=len(sides) > 1)
    table.print_head(_WIDTH)
    lines = []
    for name, make in sets.items():
        for line in corrected_set(name, make, sides):
            table.print_row(f"{f'  {line.noise}':{_WIDTH}}", line)
            lines.append(line)
    print(_LEGEND)
    print_harm(lines)
    keep_lines(lines)


def sets_at_hand(asked: Namespace) -> Sets:
    """Return the sets that are there and asked for; what isn't there is told."""
    sets = dict(SMALL_SETS if asked.small else SETS)
    if RECIPES in sets and not real_data("whats_cooking").exists():
        print(f"no recipes at {real_data('whats_cooking')}: they are left out")
        del sets[RECIPES]
    if asked.collections:
        try:
            folders = collection_folders(asked.collections)
        except CollectionError as error:
            raise SystemExit(str(error)) from error
        sets |= {f"own {folder.name}": partial(own_collection, folder) for folder in folders}
    chosen = {name: make for name, make in sets.items() if not asked.sets or any(part in name for part in asked.sets)}
    if not chosen:
        raise SystemExit(f"no set is called {' or '.join(asked.sets)}; there are {', '.join(sets)}")
    return chosen


def corrected_set(name: str, make: Callable[[], OwnedCollection], sides: Sequence[Side]) -> Iterator[Line]:
    """Print what a set is, let all sides correct it, and return its lines."""
    try:
        made = make()
    except CollectionError as error:
        print(f"{name}: left out", flush=True)
        yield Line(name, "left out", None, result=str(error))
        return
    print(_described(name, made), flush=True)
    noises = noises_of(made)
    with TemporaryDirectory(dir=bench_folder(), prefix="harm-") as scratch:
        results = corrected_by(sides, made, noises, Path(scratch))
    for noise_name, noise in noises.items():
        rows = [_row(result, noise_name, noise) for result in results]
        yield Line(name, noise_name, *rows, result="; ".join(result.why for result in results if result.why))


def keep_lines(lines: Sequence[Line]) -> None:
    """Write the figures of all lines to the benchmarks' folder."""
    kept = [
        {
            "set": line.set_name,
            "noise": line.noise,
            "here": line.here and line.here.figures(),
            "before": line.before and line.before.figures(),
            "result": line.result,
        }
        for line in lines
    ]
    (bench_folder() / RESULTS_NAME).write_text(json.dumps(kept, indent=1))


def _row(result: Corrected, name: str, noise: Noise) -> Row | None:
    if result.why:
        return None
    return Row([result.outcomes[name, seed] for seed in range(noise.n_seeds)])


def _described(name: str, made: OwnedCollection) -> str:
    n_boards, n_images = made.images.shape
    owners = "" if made.owners is None else f", {np.unique(made.owners[made.owners != NO_OWNER]).size:,} owners"
    return (
        f"{name}: {n_boards:,} boards, {n_images:,} images, {made.images.nnz:,} pins, {made.n_categories} categories"
        f"{owners}{'; ' if made.told else ''}{made.told}"
    )


def _table(*, with_before: bool) -> Table:
    right = [
        _column("before", lambda row: row.share(0)),
        _column("pass 1", lambda row: row.share(1)),
        _column("pass 2", lambda row: row.share(2)),
    ]
    spread = _column("spread", lambda row: row.spread)
    groups = [("right", [*right, _column("kept", lambda row: row.kept), spread]), ("changes", _changes())]
    if with_before:
        then = partial(_column, side="before")
        again = [then("pass 1", lambda row: row.share(1)), then("pass 2", lambda row: row.share(2))]
        groups.append(("the checkout before", [*again, then("kept", lambda row: row.kept), *_changes("before")]))
    return Table(groups)


def _changes(side: str = "here") -> list[Column]:
    return [
        _column("changes", lambda row: row.changed_share, side),
        _column("precision", lambda row: row.precision, side),
        _column("sure", lambda row: row.confidence, side),
        _column("error", lambda row: row.calibration_error, side),
    ]


def _column(head: str, value: Callable[[Row], float | str | None], side: str = "here") -> Column:
    """Return the column of a value of one side's row; blank where that failed."""

    def cell(line: Line) -> float | str | None:
        row = getattr(line, side)
        return None if row is None else value(row)

    return Column(head, cell, "6.4f")
