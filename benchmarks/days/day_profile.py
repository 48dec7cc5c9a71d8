"""The profile of a day: what each of its steps took, the floor of each, and how long the cores had nothing to do.

``interest-graph run`` makes a day of generated pins, or of any raw input that is there, in an empty folder; its records
say what each step took. Then the floor of each step is measured on the finished day, by the same cores
(`benchmarks.days.step_floors`). ``inputs`` are the bytes of the columns that a step is declared to read, as they lie in
files: these are mapped into memory, so that ``by calls`` doesn't count them; that counts shuffle files that are read
back, parts that are digested, and raw files. ``idle`` is of the whole machine, each core by its number.
"""

import datetime as dt
import os
import shutil
import sys
import time
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.days.core_idle import IdleWatch
from benchmarks.days.step_costs import costs_of, idle_figures, label_of, outside_of, span_of, steps_of
from benchmarks.days.step_floors import Floors
from benchmarks.harness.contender import Contender, Figures
from benchmarks.harness.kept import bench_folder
from benchmarks.harness.measure import Cost, measure
from benchmarks.harness.rounds import Standing, keep_results, warm
from benchmarks.harness.table import Column, Table, Value, median_of, print_table
from benchmarks.joins.kept_input import raw_pins
from storage_tiers.versioned.dated_folders import dates_in
from workflows.records.record import TaskRecord
from workflows.records.record_files import last_run

OPTIONS = {
    "--pins": {"type": int, "nargs": "+", "default": [1_000_000], "help": "sizes (default: 1,000,000)"},
    "--input": {"type": Path, "help": "raw input that is there, instead of generated pins; its newest date"},
}
_SMALL_PINS = 3_000
_LEAST_TOLD_SHARE = 0.05  # of all bytes that steps read
_MOST_CORES = 8  # with a column of their own
THE_DAY, START, BETWEEN = "the day", "outside: start, plan, exit", "outside: between steps, report"
_ADDED_UP = ("shuffled_bytes", "published_bytes", "called_bytes", "input_bytes", "floor_wall_s", "floor_cpu_s")


@dataclass(frozen=True, slots=True)
class RanDay:
    """A day that was run, and what was seen meanwhile."""

    whole: TaskRecord
    steps: Sequence[TaskRecord]
    cost: Cost  # of the command, with all processes under it
    ended_s: float
    watch: IdleWatch

    @property
    def span(self) -> tuple[float, float]:
        """When the command began and ended."""
        return self.ended_s - self.cost.wall_s, self.ended_s


def main(asked: Namespace) -> None:
    """Profile a day of each size, or of the input that is named."""
    for told, input_root in _inputs(asked).items():
        date = newest_date(input_root)
        warm(input_root)
        standings: dict[str, Standing[Contender]] = {}
        for number in range(asked.rounds):
            print(f"  {told}, round {number + 1} of {asked.rounds}: the day, then its floors ...", flush=True)
            for label, (figures, result) in _one_round(input_root, date).items():
                standing = standings.setdefault(label, Standing(Contender(label, main)))
                standing.figures.append(figures)
                standing.result = result
        rounds = f"median of {asked.rounds} rounds" if asked.rounds > 1 else "one round"
        _print(f"A day of {told}, {rounds}; idle is of the machine, each core by its number", standings)
        keep_results("profile-day-" + "".join(filter(str.isalnum, told)), standings.values())


def _inputs(asked: Namespace) -> dict[str, Path]:
    """Return the input folders, each by what the table calls it."""
    if asked.input:
        return {str(asked.input): asked.input.absolute()}
    sizes = [_SMALL_PINS] if asked.small else asked.pins
    return {f"{n_pins:,} pins": raw_pins(n_pins).parents[1] for n_pins in sizes}  # above pins/date=YYYY-MM-DD


def newest_date(input_root: Path) -> dt.date:
    """Return the newest date that an input folder has pins of; the benchmark ends where there is none."""
    dates = dates_in(input_root / "pins")
    if not dates:
        sys.exit(
            f"{input_root / 'pins'}: no date=YYYY-MM-DD lies there; give the folder that holds pins, boards, users"
        )
    return dates[-1]


def _one_round(input_root: Path, date: dt.date) -> dict[str, tuple[Figures, str]]:
    """Run a day and its floors; return figures and result of each row, and leave nothing behind."""
    arena = bench_folder() / "arena-of-a-day"
    shutil.rmtree(arena, ignore_errors=True)
    output, scratch = arena / "output", arena / "scratch"
    scratch.mkdir(parents=True)
    os.sync()  # or writing back what was there before would slow the day down
    day = run_day(input_root, date, output)
    os.sync()
    floors = Floors(input_root, output, scratch)
    found = {}
    for record in day.steps:
        figures, result = floors.of(record)
        found[label_of(record)] = (costs_of(record, day.watch.between(*span_of(record))) | figures, result)
    shutil.rmtree(arena)
    return found | {label: (figures, "") for label, figures in outer_rows(day, found).items()}


def run_day(input_root: Path, date: dt.date, output: Path) -> RanDay:
    """Run a day with our command; the benchmark ends where that fails."""
    log = bench_folder() / "last.log"
    command = [str(Path(sys.executable).with_name("interest-graph")), "run", "--date", str(date)]
    with IdleWatch() as watch:
        cost = measure([*command, "--input", str(input_root), "--output", str(output)], log, os.environ)
        ended_s = time.time()
    if cost.exit_code:
        said = log.read_text(errors="replace").strip().splitlines() or [""]
        sys.exit(f"the day failed ({cost.exit_code}), see {log}: {said[-1]}")
    try:
        whole, steps = steps_of(last_run(output))
    except LookupError as error:
        sys.exit(f"the records of the day can't be read: {error}")
    return RanDay(whole, steps, cost, ended_s, watch)


def outer_rows(day: RanDay, steps: Mapping[str, tuple[Figures, str]]) -> dict[str, Figures]:
    """Return the figures of what lies outside of the steps, and of the day as a whole."""
    each = [figures for figures, _ in steps.values()]
    idle = day.watch.between(*day.span)
    of_whole = costs_of(day.whole, day.watch.between(*span_of(day.whole)))
    outside = outside_of([span_of(record) for record in day.steps], span_of(day.whole))
    between = {"wall_s": sum(outside.values())} | {f"{name}_s": seconds for name, seconds in outside.items()}
    between |= {name: of_whole[name] - _sum(each, name) for name in ("cpu_s", "system_s", *_idle_names(day.watch))}
    start = {"wall_s": day.cost.wall_s - of_whole["wall_s"], "cpu_s": day.cost.cpu_s - of_whole["cpu_s"]}
    start |= {name: idle_figures(idle)[name] - of_whole[name] for name in _idle_names(day.watch)}
    total = {"wall_s": day.cost.wall_s, "cpu_s": day.cost.cpu_s, "peak_bytes": day.cost.peak_bytes}
    total |= idle_figures(idle) | {name: _sum(each, name) for name in _ADDED_UP}
    return {START: start, BETWEEN: between, THE_DAY: total}


def _sum(figures: Iterable[Figures], name: str) -> float:
    return sum(one.get(name) or 0 for one in figures)


def _idle_names(watch: IdleWatch) -> list[str]:
    return list(idle_figures(dict.fromkeys(watch.cores, 0.0)))


def _print(title: str, standings: Mapping[str, Standing[Contender]]) -> None:
    took = [
        Column("wall s", median_of("wall_s"), "7.2f"),
        Column("CPU s", median_of("cpu_s"), "7.2f"),
        Column("system", median_of("system_s"), "6.2f"),
        Column("MiB", median_of("peak_bytes", 2**20), "5.0f"),
    ]
    heads = {"inputs": "input_bytes", "by calls": "called_bytes"}
    heads |= {"shuffled": "shuffled_bytes", "published": "published_bytes"}
    n_bytes = [Column(head, median_of(name, 1e6), "6.1f") for head, name in heads.items()]
    floor = [Column("wall s", median_of("floor_wall_s"), "6.2f"), Column("CPU s", median_of("floor_cpu_s"), "6.2f")]
    ratios = [Column("wall", to_floor("wall_s"), "5.1f"), Column("CPU", to_floor("cpu_s"), "5.1f")]
    groups = [("", took), ("MB", n_bytes), ("floor", floor), ("/ floor", ratios), ("idle s", _idle_columns())]
    print_table(title, list(standings.values()), Table(groups))
    before, between, after = (standings[BETWEEN].median(f"{name}_s") for name in ("before", "between", "after"))
    print(f"between steps {between:.2f} s; {before:.2f} s before the first, {after:.2f} s after the last, the report")
    print("most of what is read, as declared: " + "; ".join(reads_of(standings.values())))


def reads_of(standings: Iterable[Standing[Contender]]) -> Iterator[str]:
    """Yield for what is read most of all how many steps read it and how many bytes that makes."""
    read: dict[str, list[int]] = {}
    for standing in standings:
        for name, n_bytes in (standing.each("inputs") or [{}])[-1].items():
            read.setdefault(name, []).append(n_bytes)
    least = _LEAST_TOLD_SHARE * sum(map(sum, read.values()))
    for name, n_bytes in sorted(read.items(), key=lambda one: -sum(one[1])):
        if sum(n_bytes) >= least:
            yield f"{name} by {len(n_bytes)} step{'s' * (len(n_bytes) > 1)}, {sum(n_bytes) / 1e6:,.1f} MB"


def to_floor(name: str) -> Value:
    """Return the value that is the ratio of a figure's median to that of the floor of the same row."""

    def value(standing: Standing) -> float | None:
        here, floor = standing.median(name), standing.median(f"floor_{name}")
        return here / floor if here is not None and floor else None

    return value


def _idle_columns() -> list[Column]:
    """Return a column for each core; where there are many, the least, the mean and the most."""
    names = _idle_names(IdleWatch())
    if len(names) <= _MOST_CORES:
        return [Column(name.split("_")[1], median_of(name), "6.2f") for name in names]

    def of_all(standing: Standing) -> list[float]:
        return [idle for idle in map(standing.median, names) if idle is not None] or [0.0]

    return [
        Column("least", lambda standing: min(of_all(standing)), "6.2f"),
        Column("mean", lambda standing: sum(of_all(standing)) / len(of_all(standing)), "6.2f"),
        Column("most", lambda standing: max(of_all(standing)), "6.2f"),
    ]
