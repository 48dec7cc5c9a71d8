"""Every engine on the grouping of ``contenders.py``, and the workflow's own joins against their floor."""

import os
from argparse import Namespace
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.harness.contender import Contender, Figures, Job, chosen
from benchmarks.harness.rounds import Standing, keep_results, run_once, run_rounds
from benchmarks.harness.table import Column, Table, Value, median_of, print_spreads, print_table, ratio_to
from benchmarks.joins.contenders import FLOOR, GROUPERS, OURS, Grouper
from benchmarks.joins.digest import GroupDigest, digest_groups
from benchmarks.joins.kept_input import computed_day, raw_pins, raw_pins_as_json
from benchmarks.joins.wide import ALL_THREE, WIDE_JOINS, as_published, in_pairs

OPTIONS = {
    "what": {"nargs": "?", "default": "all", "choices": ["all", "grouping", "wide"]},
    "--pins": {"type": int, "nargs": "+", "default": [2_000_000], "help": "sizes (default: 2,000,000)"},
}
_SMALL_PINS = 100_000


def main(asked: Namespace) -> None:
    """Run both comparisons, or the one that is asked for, at each size."""
    for n_pins in [_SMALL_PINS] if asked.small else asked.pins:
        if asked.what != "wide":
            keep_results(f"grouping-{n_pins}", compare_grouping(n_pins, asked.rounds, asked.only))
        if asked.what != "grouping":
            keep_results(f"wide-{n_pins}", compare_wide(n_pins, asked.rounds))


class SameAsOurs:
    """Judges outputs by the digest of ours at the same number of pins."""

    def __init__(self, n_pins: int) -> None:
        self.n_pins = n_pins
        self._ours: dict[int, GroupDigest] = {}

    def __call__(self, contender: Grouper, output: Path) -> str:
        """Return ``equal`` or what is different."""
        if contender is FLOOR:
            return ""
        n_pins, found = pins_of(contender, self.n_pins), digest_groups(output)
        if contender is OURS:
            self._ours[n_pins] = found
            return str(found)
        if n_pins not in self._ours:
            judge = SameAsOurs(n_pins)
            run_once(Standing(OURS), raw_pins(n_pins), judge=judge)
            self._ours |= judge._ours
        return "equal" if found == self._ours.get(n_pins) else f"DIFFERENT: {found}"


def compare_grouping(n_pins: int, n_rounds: int, only: Sequence[str]) -> list[Standing]:
    """Run those of the line-up whose labels contain one of some texts, all where there is none; print the table."""
    sources = {}
    for contender in GROUPERS:
        if contender is FLOOR or contender in chosen(GROUPERS, only):
            read = raw_pins_as_json if contender.reads_json else raw_pins
            sources[contender] = read(pins_of(contender, n_pins))

    def look(contender: Grouper, job: Job, figures: Figures) -> Figures:
        return in_full(contender, job, figures, n_pins / pins_of(contender, n_pins))

    standings = run_rounds(sources, n_rounds, look, SameAsOurs(n_pins))
    title = f"PinJoin grouping, {n_pins:,} pins, median of {n_rounds} rounds"
    print_joins(title, list(standings.values()), standings[FLOOR], standings[OURS])
    return list(standings.values())


def compare_wide(n_pins: int, n_rounds: int) -> list[Standing]:
    """Run the three joins and their floors, each alone and all in one process, and print a table for each."""
    day = computed_day(n_pins)
    pairs = [in_pairs(joins) for joins in (*WIDE_JOINS, ALL_THREE)]
    sources = {contender: day for pair in pairs for contender in pair}
    standings = run_rounds(sources, n_rounds, in_full, partial(as_published, day=day))
    for pair in pairs:
        floor, ours = (standings[contender] for contender in pair)
        print_joins(f"{n_pins:,} pins, median of {n_rounds} rounds", [floor, ours], floor, ours)
    return list(standings.values())


def pins_of(contender: Grouper, n_pins: int) -> int:
    """Return how many pins a contender gets."""
    return min(n_pins, contender.most_pins or n_pins)


def in_full(_: Contender, job: Job, figures: Figures, times: float = 1.0) -> Figures:
    """Return the figures of a run without its preparations, and extrapolated to all pins; memory stays as measured."""
    took = {name: times * (figures[name] - figures.get(f"untimed_{name}", 0.0)) for name in ("wall_s", "cpu_s")}
    return took | {"output_bytes": times * _written_bytes(job.output), "factor": times}


def print_joins(title: str, standings: Sequence[Standing], floor: Standing, ours: Standing) -> None:
    """Print one row a contender, and ratios to the floor and to ours; ``~`` marks what is extrapolated."""

    def marked(name: str, unit: float, form: str) -> Value:
        value = median_of(name, unit)
        return lambda one: f"{'~' * _is_extrapolated(one)}{value(one):{form}}" if one.figures else None

    costs = [("wall s", "wall_s", 1, ".1f"), ("CPU s", "cpu_s", 1, ".1f"), ("out MB", "output_bytes", 1e6, ".0f")]
    wall, cpu, out = (Column(f"{head:>8}", marked(*how)) for head, *how in costs)
    memory = Column("GiB", median_of("peak_bytes", 2**30), "6.2f")
    ratios = (("wall", "wall_s"), ("CPU", "cpu_s"), ("mem", "peak_bytes"))
    to_floor, to_ours = ([Column(head, ratio_to(one, name), "5.2f") for head, name in ratios] for one in (floor, ours))
    table = Table([("", [wall, cpu, memory, out]), ("/ floor", to_floor[:2]), ("/ ours", to_ours)])
    labels = [
        one.contender.label + (f" (~ x {one.median('factor'):g})" if _is_extrapolated(one) else "") for one in standings
    ]
    print_table(title, standings, table, labels)
    if any(map(_is_extrapolated, standings)):
        print("~ extrapolated from fewer pins, start-up included; memory as measured there")
    print_spreads("wall_s", "wall s", ".1f", standings)


def _is_extrapolated(standing: Standing) -> bool:
    return (standing.median("factor") or 1.0) > 1


def _written_bytes(folder: Path) -> int:
    """Return the bytes of all data files; links lead to what was there before."""
    return sum(
        path.stat().st_size
        for place, _, names in os.walk(folder)
        for path in map(Path(place).joinpath, names)
        if path.name[0] not in "_." and not path.is_symlink()
    )
