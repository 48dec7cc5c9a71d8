"""Our whole day beside the same day by hand: Polars or DuckDB for joins, counts and category votes, igraph for ranks.

Everybody reads the same generated snapshot and writes pictures, boards and users with their pins to Parquet (zstd,
level 1), as a process of its own. Below the table stands what of ours each of them leaves out.
"""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.contender import chosen
from benchmarks.harness.rounds import Standing, keep_results, run_rounds
from benchmarks.harness.table import Column, Table, median_of, print_spreads, print_table, ratio_to
from benchmarks.joins.compare import in_full
from benchmarks.joins.kept_input import input_root
from benchmarks.whole_day.agreement import DayFigures, figures_by_hand, figures_of_ours, share_filed_right
from benchmarks.whole_day.contenders import LINE_UP, OURS, DayContender

OPTIONS = {"--pins": {"type": int, "nargs": "+", "default": [1_000_000], "help": "sizes (default: 1,000,000)"}}
_SMALL_PINS = 3_000


def main(asked: Namespace) -> None:
    """Run the line-up at each size, and print a table each and what is left out."""
    for n_pins in [_SMALL_PINS] if asked.small else asked.pins:
        source = input_root(n_pins)
        contenders = chosen(LINE_UP, asked.only)
        standings = list(run_rounds(dict.fromkeys(contenders, source), asked.rounds, in_full, AsOurs(source)).values())
        keep_results(f"whole-day-{n_pins}", standings)
        print_days(f"A day of {n_pins:,} pins, median of {asked.rounds} rounds", standings)
        print(f"owners filed {share_filed_right(source):.1%} of the boards right")
    print_left_out(contenders)


class AsOurs:
    """Judges days by the first that ours computed."""

    def __init__(self, source: Path) -> None:
        self.source = source
        self._ours: DayFigures | None = None

    def __call__(self, contender: DayContender, output: Path) -> str:
        """Return what there is, and whether it is as with ours."""
        found = (figures_of_ours if contender.is_ours else figures_by_hand)(output, self.source)
        if contender is OURS:
            self._ours = found
            return str(found)
        return found.compared_with(self._ours) if self._ours else f"nothing of ours to compare with; {found}"


def print_days(title: str, standings: Sequence[Standing[DayContender]]) -> None:
    """Print one row a contender, with ratios to ours."""
    (ours,) = (one for one in standings if one.contender is OURS)
    costs = [
        Column("wall s", median_of("wall_s"), "8.1f"),
        Column("CPU s", median_of("cpu_s"), "8.1f"),
        Column("GiB", median_of("peak_bytes", 2**30), "6.2f"),
        Column("out MB", median_of("output_bytes", 1e6), "8.0f"),
    ]
    ratios = [("wall", "wall_s"), ("CPU", "cpu_s"), ("mem", "peak_bytes")]
    to_ours = [Column(head, ratio_to(ours, name), "5.2f") for head, name in ratios]
    print_table(title, standings, Table([("", costs), ("/ ours", to_ours)]))
    print_spreads("wall_s", "wall s", ".1f", standings)


def print_left_out(contenders: Sequence[DayContender]) -> None:
    """Print what contenders leave out of what ours does; those that leave out the same stand together."""
    for leaves_out in dict.fromkeys(one.leaves_out for one in contenders if one.leaves_out):
        labels = [one.label for one in contenders if one.leaves_out == leaves_out]
        print(f"\nWhat of ours is left out: {'; '.join(labels)}")
        for what in leaves_out:
            print(f"  - {what}")
