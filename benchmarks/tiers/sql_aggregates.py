"""Aggregates in SQL over ten million light rows, as they are published: ours beside other engines on the same files.

Each question is asked five times by a process of its own, after once to warm up; the medians of the rounds are told.
``interest-graph sql`` adds the start of a command to that, which `make bench-days` has.
"""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.contender import Contender, chosen
from benchmarks.harness.rounds import Standing, keep_results, run_rounds
from benchmarks.harness.table import Column, Goal, Table, median_of, print_goals, print_spreads, print_table
from benchmarks.tiers.light_rows import light_rows
from benchmarks.tiers.sql_contenders import DISTINCT, SQL, answers_in, line_up

OPTIONS = {"--rows": {"type": int, "default": 10_000_000, "help": "light rows (default: %(default)s)"}}
_SMALL_ROWS = 100_000
_MOST_S = 0.5


def main(asked: Namespace) -> None:
    """Ask every contender, print a table and the goals of ours."""
    n_rows = _SMALL_ROWS if asked.small else asked.rows
    print_aggregates(measured_aggregates(n_rows, asked.rounds, asked.only), n_rows, asked.rounds)


def measured_aggregates(n_rows: int, n_rounds: int, only: Sequence[str] = ()) -> list[Standing[Contender]]:
    """Ask every contender in rounds; answers that aren't ours are told in its row."""
    sources = dict.fromkeys(chosen(line_up(), only), light_rows(n_rows))
    standings = list(run_rounds(sources, n_rounds, judge=_SameAsOurs()).values())
    keep_results(f"tiers-sql-{n_rows}", standings)
    return standings


def print_aggregates(standings: Sequence[Standing[Contender]], n_rows: int, n_rounds: int) -> None:
    """Print seconds of each question, what opening took and the memory, then the goals."""
    columns = [Column(name, median_of(name), "8.3f") for name in SQL]
    more = [Column("open s", median_of("open_s"), "8.2f"), Column("GiB", median_of("peak_bytes", 2**30), "6.2f")]
    title = f"SQL over {n_rows:,} light rows, seconds, median of {n_rounds} rounds"
    print_table(title, standings, Table([("", columns), ("", more)]))
    for name in SQL:
        print_spreads(name, name, ".3f", standings)
    ours = standings[0]
    print_goals([Goal(f"{name}: seconds", _MOST_S, ours.median(name), "<=") for name in SQL if name != DISTINCT])


class _SameAsOurs:
    """Judges the answers by those of ours."""

    def __init__(self) -> None:
        self._ours: dict[str, object] | None = None

    def __call__(self, _contender: Contender, output: Path) -> str:
        """Return ``equal`` or which answers are different."""
        answers = answers_in(output)
        if self._ours is None:
            self._ours = answers
        different = [name for name in SQL if answers[name] != self._ours[name]]
        return f"DIFFERENT: {', '.join(different)}" if different else "equal"
