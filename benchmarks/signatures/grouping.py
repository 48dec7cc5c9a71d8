"""Groups of many signatures on one core: synthetic ones with planted copies, see ``planted.py``.

Peers group as many as they can finish in a minute, and a quarter of it.
"""

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from math import log
from statistics import median

import numpy as np

from benchmarks.harness.contender import Figures, Job
from benchmarks.harness.rounds import Standing, keep_results, run_rounds
from benchmarks.harness.table import Column, Goal, Table, Value, median_of, print_goals, print_table
from benchmarks.signatures.contenders import GROUPERS, LARGE, Grouper, keep_to_one_thread
from benchmarks.signatures.outcomes import GROUP_NAME, judged
from benchmarks.signatures.planted import load_group, planted_folder

OPTIONS = {"--largest": {"type": int, "default": LARGE, "help": "signatures to group (default: %(default)s)"}}
_SMALL_LARGEST = 2_000
_GOAL_S, _GOAL_DAY_S, _GOAL_GB = 150, 15, 2.5


def main(asked: Namespace) -> None:
    """Run the groupers and print a row each."""
    keep_to_one_thread()
    largest = _SMALL_LARGEST if asked.small else asked.largest
    chosen = [one for one in GROUPERS if not asked.only or any(part in one.label for part in asked.only)]
    capped = [replace(one, n_pictures=min(one.n_pictures, largest)) for one in chosen]
    sources = {grouper: planted_folder(grouper.n_pictures) for grouper in capped}
    standings = list(run_rounds(sources, asked.rounds, with_verdict).values())
    keep_results("signatures-grouping", standings)
    print_grouping(standings, asked.rounds)
    print_goals(grouping_goals(standings))


def with_verdict(_: Grouper, job: Job, __: Figures) -> Figures:
    """Return how good the groups are that a run wrote."""
    return {"verdict": judged(np.load(job.output / GROUP_NAME), load_group(job.source, "library"))}


def print_grouping(standings: Sequence[Standing], n_rounds: int) -> None:
    """Print one row a grouper and size."""

    def a_cpu_s(standing: Standing) -> float | None:
        return standing.contender.n_pictures / standing.median("cpu_s") if standing.figures else None

    def later(standing: Standing) -> str | None:
        seconds = extrapolated_s(standing, standings)
        return None if seconds is None else f"~ {seconds:,.0f}"

    figures = [
        Column("signatures", lambda one: one.contender.n_pictures, "13,"),
        Column("CPU s", median_of("cpu_s"), "7.1f"),
        Column("wall s", median_of("wall_s"), "7.1f"),
        Column("/ CPU s", a_cpu_s, "9,.0f"),
        Column("GiB", median_of("peak_bytes", 2**30), "5.2f"),
        Column("groups", _verdict("n_groups"), "11,.0f"),
        Column("beside", _verdict("n_beside", percent=True), "7.2f"),
        Column("mixed", _verdict("n_mixed", percent=True), "7.3f"),
    ]
    day = [
        Column("day CPU s", lambda one: _day(one, "cpu_s"), "9.2f"),
        Column("wall s", lambda one: _day(one, "wall_s"), "7.2f"),
    ]
    title = f"Groups of synthetic signatures on one core, median of {n_rounds} rounds"
    print_table(title, standings, Table([("", figures), ("", day), ("", [Column("10 M: CPU s", later)])]))
    print(
        "beside: % of the rows that aren't with most of their planted group; mixed: % of them among another one's;\n"
        "day: 1 % more; 10 M: ~ extrapolated, a guess: by the growth from the size above, held between n and n squared"
    )


def extrapolated_s(standing: Standing, standings: Sequence[Standing]) -> float | None:
    """Return the CPU seconds that 10 million would take if it went on growing as from the smaller size to this one.

    The growth of two small sets is a poor witness: it is held between linear and quadratic, which comparing all is.
    """
    grouper = standing.contender
    smaller = [
        one
        for one in standings
        if one.contender.label == grouper.label and one.figures and one.contender.n_pictures < grouper.n_pictures
    ]
    if grouper.n_pictures >= LARGE or not smaller or not standing.figures:
        return None
    n_before, before_s = smaller[-1].contender.n_pictures, smaller[-1].median("cpu_s")
    exponent = log(standing.median("cpu_s") / before_s) / log(grouper.n_pictures / n_before)
    return standing.median("cpu_s") * (LARGE / grouper.n_pictures) ** min(max(exponent, 1.0), 2.0)


def grouping_goals(standings: Sequence[Standing]) -> list[Goal]:
    """Return the goals at 10 million signatures, and how far ours reaches."""
    large = [one for one in standings if one.contender.is_ours and one.contender.n_pictures == LARGE and one.figures]
    ours = large[0] if large else None
    whole = "{:.0f}".format
    return [
        Goal("10 M grouped, CPU s", _GOAL_S, ours and ours.median("cpu_s"), "<=", whole),
        Goal("10 M grouped, GB", _GOAL_GB, ours and ours.median("peak_bytes") / 1e9, "<=", "{:.2f}".format),
        Goal("a day of 1 % more, CPU s", _GOAL_DAY_S, ours and _day(ours, "cpu_s"), "<=", "{:.1f}".format),
    ]


def _day(standing: Standing, name: str) -> float | None:
    days = [day[name] for day in standing.each("day")]
    return median(days) if days else None


def _verdict(name: str, *, percent: bool = False) -> Value:
    def value(standing: Standing) -> float | None:
        if not standing.figures:
            return None
        n_rows = getattr(standing.figures[-1]["verdict"], name)
        return 100 * n_rows / standing.contender.n_pictures if percent else n_rows

    return value
