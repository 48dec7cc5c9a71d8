"""What a thousand days cost: the nightly run, ``status``, ``open_sql``, ``clean`` and a look at one key.

The days are small, so that what grows is what their number costs. The column ``further`` has the milliseconds that each
day more takes than at the size before. ``--before PYTHON`` adds the Python of another checkout, at sizes up to 100.
"""

import shutil
import subprocess
from argparse import Namespace
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks.days.cloned_days import make_days
from benchmarks.days.commands import MEASURED, OURS, Measured
from benchmarks.harness.contender import REPOSITORY, Contender
from benchmarks.harness.kept import kept_folder
from benchmarks.harness.rounds import Standing, keep_results
from benchmarks.harness.table import Column, Goal, Table, median_of, print_blocks, print_goals
from storage_tiers.registry import announce_anew

OPTIONS = {
    "--days": {"type": int, "nargs": "+", "default": [10, 100, 1_000], "help": "sizes (default: 10 100 1000)"},
    "--before": {"type": Path, "help": "the Python of another checkout, at sizes up to 100"},
}
_N_PINS = 500
_SMALL_DAYS = [3, 6]
_MOST_DAYS_BEFORE = 100
_GOALS = {"open_sql": 1.0, "view step alone": 1.0}  # seconds, at every size


def main(asked: Namespace) -> None:
    """Measure everything at each size, and print a block each."""
    pythons = {"": OURS} | ({", before": asked.before.absolute()} if asked.before else {})
    chosen = [one for one in MEASURED if not asked.only or any(part in one.label for part in asked.only)]
    blocks: dict[int, list[Standing[Contender]]] = {}
    for n_days in _SMALL_DAYS if asked.small else sorted(asked.days):
        root = kept_folder(
            "days", str(n_days), _sources(), f"{n_days:,} days", partial(make_days, n_days=n_days, n_pins=_N_PINS)
        )
        _restore(root)
        announce_anew(root / "output")  # views name whole paths, and the folder was moved when it was finished
        at_hand = {told: python for told, python in pythons.items() if not told or n_days <= _MOST_DAYS_BEFORE}
        standings = {
            (one.label, told): Standing(Contender(f"{one.label}{told}", main, is_ours=not told))
            for one in chosen
            for told in at_hand
        }
        for number in range(asked.rounds):
            print(f"  {n_days:,} days, round {number + 1} of {asked.rounds} ...", flush=True)
            for told, python in at_hand.items():
                _one_round(root, n_days, python, {one: standings[one.label, told] for one in chosen})
        blocks[n_days] = list(standings.values())
        keep_results(f"days-{n_days}", blocks[n_days])
    _print(blocks, asked.rounds)


def _one_round(root: Path, n_days: int, python: Path, standings: Mapping[Measured, Standing[Contender]]) -> None:
    for one, standing in standings.items():
        if one.changes and not _aside(root).exists():
            subprocess.run(["cp", "-al", root, _aside(root)], check=True)  # noqa: S603, S607 - links: files are replaced
        if not standing.result:
            figures = one.on(root, n_days, python)
            if figures is None:
                standing.result = "not there, or failed: see failed.log"
            else:
                standing.figures.append(figures)
    _restore(root)


def _aside(root: Path) -> Path:
    return root.with_name(f"aside-{root.name}")


def _restore(root: Path) -> None:
    """Put the root back as it was before it was changed, by this round or by one that was ended."""
    if _aside(root).exists():
        shutil.rmtree(root)
        _aside(root).rename(root)


def _sources() -> list[Path]:
    return [REPOSITORY / "benchmarks" / "days" / "cloned_days.py"]


def _print(blocks: Mapping[int, Sequence[Standing[Contender]]], n_rounds: int) -> None:
    sizes = list(blocks)

    def further(standing: Standing[Contender]) -> float | None:
        n_days = next(size for size in sizes if standing in blocks[size])
        if n_days == sizes[0]:
            return None
        smaller = sizes[sizes.index(n_days) - 1]
        same = (one for one in blocks[smaller] if one.contender.label == standing.contender.label)
        now, then = standing.median("cpu_s"), next(same).median("cpu_s")
        return None if now is None or then is None else 1000 * (now - then) / (n_days - smaller)

    columns = [
        Column("wall s", median_of("wall_s"), "8.2f"),
        Column("CPU s", median_of("cpu_s"), "8.2f"),
        Column("further ms/day", further, "14.2f"),
    ]
    told = {f"{n_days:,} days": standings for n_days, standings in blocks.items()}
    print_blocks(f"Small days on one root, median of {n_rounds} rounds", told, lambda _: Table([("", columns)]))
    goals = [
        Goal(f"{label}, {n_days:,} days, wall s", most, standing.median("wall_s"), "<=")
        for n_days, standings in blocks.items()
        for standing in standings
        for label, most in _GOALS.items()
        if standing.contender.label == label
    ]
    print_goals(goals)
