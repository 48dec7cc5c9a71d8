"""Groups of many signatures on one core."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log
from statistics import median
from typing import Any

import numpy as np

from benchmarks.job import Job
from benchmarks.measure import Cost
from benchmarks.rounds import Standing, keep_results, run_rounds
from benchmarks.signatures.goals import Goal
from benchmarks.signatures.grouped import GROUP_NAME, Verdict, judged
from benchmarks.signatures.line_up import GROUPERS, Grouper
from benchmarks.signatures.planted import load_group, planted_folder
from benchmarks.signatures.signed import FIGURES_NAME

LARGE = 10_000_000
_GOAL_S, _GOAL_DAY_S, _GOAL_GB = 150, 15, 2.5


@dataclass(slots=True)
class GroupingStanding(Standing):
    """The figures of each round, and how good the groups of the last one are."""

    contender: Grouper
    figures: list[dict[str, Any]] = field(default_factory=list)
    verdict: Verdict | None = None

    def add(self, cost: Cost, job: Job) -> None:
        """Take note of a run."""
        self.costs.append(cost)
        self.figures.append(json.loads((job.output / FIGURES_NAME).read_text()))
        self.verdict = judged(np.load(job.output / GROUP_NAME), load_group(job.source, "library"))

    def median(self, name: str) -> float:
        """Return the median of a figure."""
        return median(float(figures[name]) for figures in self.figures)

    def day(self, name: str) -> float | None:
        """Return the median of a figure of the day; None where there is no day."""
        days = [figures["day"][name] for figures in self.figures if "day" in figures]
        return median(days) if days else None


def measure_grouping(n_rounds: int, largest: int, only: Sequence[str] = ()) -> list[GroupingStanding]:
    """Run the groupers, print a row each, and return their standings.

    Parameters
    ----------
    n_rounds
        Rounds.
    largest
        Signatures that the largest set may have.
    only
        Parts of the labels of those that shall take part; all where empty.
    """
    chosen = [
        one for one in GROUPERS if one.n_pictures <= largest and (not only or any(part in one.label for part in only))
    ]
    sources = {grouper: planted_folder(grouper.n_pictures) for grouper in chosen}
    standings = list(run_rounds(GroupingStanding, sources, n_rounds).values())
    keep_results("signatures-grouping", standings)
    print_grouping(standings, n_rounds)
    return standings


def print_grouping(standings: Sequence[GroupingStanding], n_rounds: int) -> None:
    """Print one row a grouper and size."""
    width = max((len(standing.contender.label) for standing in standings), default=0)
    print(
        f"\nGroups of synthetic signatures on one core, median of {n_rounds} rounds\n"
        f"{'':{width}}    signatures   CPU s  wall s   / CPU s   GiB      groups  beside   mixed | day CPU s  wall s | "
        "10 M: CPU s"
    )
    for standing in standings:
        print(f"  {standing.contender.label:{width}} {_row(standing, standings)} {standing.result}".rstrip())
    print(
        "beside: % of the rows that aren't with most of their planted group; mixed: % of them among another one's;\n"
        "day: 1 % more; 10 M: ~ extrapolated, a guess: by the growth from the size above, held between n and n squared"
    )


def extrapolated_s(standing: GroupingStanding, standings: Sequence[GroupingStanding]) -> float | None:
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


def grouping_goals(standings: Sequence[GroupingStanding]) -> list[Goal]:
    """Return the goals at 10 million signatures, and how far ours reaches."""
    large = [one for one in standings if one.contender.is_ours and one.contender.n_pictures == LARGE and one.figures]
    ours = large[0] if large else None
    whole = "{:.0f}".format
    return [
        Goal("10 M grouped, CPU s", _GOAL_S, ours and ours.median("cpu_s"), "<=", whole),
        Goal("10 M grouped, GB", _GOAL_GB, ours and ours.median("peak_bytes") / 1e9, "<=", "{:.2f}".format),
        Goal("a day of 1 % more, CPU s", _GOAL_DAY_S, ours and ours.day("cpu_s"), "<=", "{:.1f}".format),
    ]


def _row(standing: GroupingStanding, standings: Sequence[GroupingStanding]) -> str:
    n_pictures = standing.contender.n_pictures
    if not standing.figures or standing.verdict is None:
        return f"{n_pictures:13,}"
    cpu_s, verdict = standing.median("cpu_s"), standing.verdict
    beside, mixed = (100 * n_rows / n_pictures for n_rows in (verdict.n_beside, verdict.n_mixed))
    day_cpu_s, day_wall_s = standing.day("cpu_s"), standing.day("wall_s")
    day = f"{'':17}" if day_cpu_s is None else f"{day_cpu_s:9.2f} {day_wall_s:7.2f}"
    later_s = extrapolated_s(standing, standings)
    later = "" if later_s is None else f"~ {later_s:,.0f}"
    return (
        f"{n_pictures:13,} {cpu_s:7.1f} {standing.median('wall_s'):7.1f} {n_pictures / cpu_s:9,.0f} "
        f"{standing.median('peak_bytes') / 2**30:5.2f} {verdict.n_groups:11,} {beside:7.2f} {mixed:7.3f} | {day} | "
        f"{later:>11}"
    )
