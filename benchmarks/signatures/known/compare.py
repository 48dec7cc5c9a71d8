"""Pictures that are known from the day before: what the tasks of a day take beyond reading their keys.

Nothing is new or changed on the day that is measured: every file has size and time of the day before, so no picture is
read, decoded or compared. What is left is looking at the files, looking pictures up, and publishing. See
``planted_days.py`` for how the days are made and ``day_tasks.py`` for what the floor is. ``known`` is the row of all
four tasks together, and goals are held against it; ``us`` are microseconds of CPU a picture. ``write`` is what the
writer of every dataset takes for the rows of a day, which are published anew each day, known or not.
"""

from argparse import Namespace
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.harness.contender import REPOSITORY, Contender, Figures
from benchmarks.harness.kept import kept_folder
from benchmarks.harness.rounds import Standing, keep_results, run_rounds
from benchmarks.harness.table import Column, Goal, Table, Value, median_of, print_blocks, print_goals
from benchmarks.signatures.known.day_tasks import TASKS, run_tasks, time_tasks
from benchmarks.signatures.known.planted_days import Kind, make_days

OPTIONS = {
    "--pictures": {"type": int, "nargs": "+", "default": [10_000, 100_000, 1_000_000], "help": "sizes"},
}
_SMALL_PICTURES = [2_000]
_KINDS: tuple[Kind, ...] = ("packs", "files")
_LARGE = 1_000_000
_GOAL_US = 1.0
_GOALS = {
    "us a picture beyond keys": ("keys_cpu_s",),
    "us a picture beyond keys and writing": ("keys_cpu_s", "write_cpu_s"),
}
ALL = "known"


@dataclass(frozen=True, slots=True)
class Days(Contender):
    """The tasks of a day of so many known pictures."""

    n_pictures: int = 0
    kind: Kind = "packs"


def main(asked: Namespace) -> None:
    """Run the days, and print a block each with a row a task."""
    sizes = _SMALL_PICTURES if asked.small else asked.pictures
    days = [
        Days(f"{n:,} in {kind}", run_tasks, timing=time_tasks, is_ours=True, n_pictures=n, kind=kind)
        for n in sizes
        for kind in _KINDS
        if not asked.only or any(part in kind for part in asked.only)
    ]
    standings = run_rounds({each: _folder(each.n_pictures, each.kind) for each in days}, asked.rounds)
    keep_results("signatures-known", standings.values())
    blocks = {each.label: rows_of(standing) for each, standing in standings.items()}
    rounds = f"median of {asked.rounds} rounds" if asked.rounds > 1 else "one round"
    print_blocks(f"Pictures known from the day before, {rounds}", blocks, lambda _: _table())
    print_goals(known_goals(blocks))


def rows_of(standing: Standing[Days]) -> list[Standing[Days]]:
    """Return a standing of each task, and one of all together; those of a day that failed say so alone."""
    if not standing.figures:
        return [Standing(Days(ALL, run_tasks), result=standing.result)]
    n_pictures = standing.contender.n_pictures
    rows = []
    for name in [*(task.task_family for task in TASKS), ALL]:
        each = [_figures(figures["tasks"], name) for figures in standing.figures]
        rows.append(Standing(Days(name, run_tasks, n_pictures=n_pictures, kind=standing.contender.kind), each))
    return rows


def known_goals(blocks: dict[str, list[Standing[Days]]]) -> list[Goal]:
    """Return the goal of each block of a million pictures: all tasks together, beyond their keys."""
    goals = []
    for told, rows in blocks.items():
        if rows[-1].contender.n_pictures >= _LARGE:
            for what, floors in _GOALS.items():
                reached = _beyond_us(*floors)(rows[-1])
                is_told = isinstance(reached, float)
                goals.append(Goal(f"{told}: {what}", _GOAL_US, reached if is_told else None, "<=", "{:.2f}".format))
    return goals or [Goal("1,000,000: us a picture", _GOAL_US, None, "<=", "{:.2f}".format)]


def _figures(tasks: dict[str, Figures], name: str) -> Figures:
    some = list(tasks.values()) if name == ALL else [tasks[name]]
    added = ("wall_s", "cpu_s", "keys_cpu_s", "write_cpu_s")
    return {figure: sum(one[figure] for one in some) for figure in added} | {
        "peak_bytes": max(one["peak_bytes"] for one in some)
    }


def _table() -> Table:
    took = [Column("wall s", median_of("wall_s"), "7.2f"), Column("CPU s", median_of("cpu_s"), "7.2f")]
    took.append(Column("MiB", median_of("peak_bytes", 2**20), "6.0f"))
    each = [
        Column("all", _us("cpu_s"), "7.2f"),
        Column("keys", _us("keys_cpu_s"), "7.2f"),
        Column("beyond", _beyond_us("keys_cpu_s"), "7.2f"),
        Column("write", _us("write_cpu_s"), "7.2f"),
        Column("beyond both", _beyond_us("keys_cpu_s", "write_cpu_s"), "7.2f"),
    ]
    return Table([("", took), ("us a picture", each)])


def _us(name: str) -> Value:
    def value(standing: Standing[Days]) -> float | None:
        seconds = standing.median(name)
        return None if seconds is None else 1e6 * seconds / standing.contender.n_pictures

    return value


def _beyond_us(*floors: str) -> Value:
    """Return the value that is what is left of the CPU time a picture without some floors."""

    def value(standing: Standing[Days]) -> float | None:
        all_us = _us("cpu_s")(standing)
        of_floors = [_us(floor)(standing) for floor in floors]
        if not isinstance(all_us, float):
            return None
        return all_us - sum(us for us in of_floors if isinstance(us, float))

    return value


def _folder(n_pictures: int, kind: Kind) -> Path:
    sources = [REPOSITORY / "benchmarks" / "signatures" / "known" / "planted_days.py"]
    told = f"two days of {n_pictures:,} pictures in {kind}"
    return kept_folder(
        "known-pictures", f"{kind}-{n_pictures}", sources, told, partial(make_days, n_pictures=n_pictures, kind=kind)
    )
