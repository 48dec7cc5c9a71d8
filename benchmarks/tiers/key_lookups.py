"""Random access in one run: a million light rows loaded into each store, and the same keys read from all of them, warm.

The rows are encoded while they are loaded. Rows a second of one core are those of a second of processor time, a
server's included. Bytes are those of the files, of a server's tables, or of the memory that a Redis server has more
than before, in multiples of all encoded keys and values.
"""

from argparse import Namespace
from collections.abc import Sequence

from benchmarks.harness.contender import Contender, chosen
from benchmarks.harness.rounds import Standing, keep_results, run_rounds
from benchmarks.harness.table import Column, Goal, Table, median_of, print_goals, print_spreads, print_table
from benchmarks.tiers.key_contenders import line_up
from benchmarks.tiers.key_reading import TWO
from benchmarks.tiers.picture_rows import SMALL_ROWS, encoded_bytes, picture_rows

OPTIONS = {"--rows": {"type": int, "default": 1_000_000, "help": "light rows (default: %(default)s)"}}
_MOST_US, _MOST_US_REDIS = 35.0, 5_000.0  # of the slowest hundredth
_GETS_S, _ROWS_S_CORE, _MOST_TIMES = 50_000, 20_000, 1.25


def main(asked: Namespace) -> None:
    """Load and read every store, print a table and the goals of ours."""
    n_rows = SMALL_ROWS if asked.small else asked.rows
    n_bytes = encoded_bytes(n_rows)
    standings = list(
        run_rounds(dict.fromkeys(chosen(line_up(), asked.only), picture_rows(n_rows)), asked.rounds).values()
    )
    keep_results(f"tiers-keys-{n_rows}", standings)
    _print(standings, n_rows, n_bytes, asked.rounds)


def _print(standings: Sequence[Standing[Contender]], n_rows: int, n_bytes: int, n_rounds: int) -> None:
    load = [
        Column("rows/s", median_of("rows_s"), "9,.0f"),
        Column("a core", median_of("rows_s_core"), "9,.0f"),
        Column("MB", median_of("n_bytes", 1e6), "7,.0f"),
        Column("times", median_of("n_bytes", n_bytes), "5.2f"),
    ]
    title = f"{n_rows:,} light rows by key, {n_bytes / 1e6:,.0f} MB encoded, median of {n_rounds} rounds"
    groups = [("load", load), ("one process, µs", _columns("")), ("two at once, µs", _columns(TWO))]
    print_table(title, standings, Table(groups))
    print_spreads("p99_us", "P99 in µs", ",.1f", standings)
    lmdb, redis = standings[:2]
    print_goals(
        [
            Goal("LMDB: P99, µs", _MOST_US, lmdb.median("p99_us"), "<=", "{:.1f}".format),
            Goal("LMDB: gets/s", _GETS_S, lmdb.median("gets_s"), form="{:,.0f}".format),
            Goal("LMDB: times the encoded bytes", _MOST_TIMES, median_of("n_bytes", n_bytes)(lmdb), "<="),
            Goal("LMDB: rows/s of a core", _ROWS_S_CORE, lmdb.median("rows_s_core"), form="{:,.0f}".format),
            Goal("Redis, two clients: P99, µs", _MOST_US_REDIS, redis.median(f"{TWO}p99_us"), "<=", "{:,.1f}".format),
        ]
    )


def _columns(prefix: str) -> list[Column]:
    names = {"gets/s": "gets_s", "P50": "p50_us", "P99": "p99_us", "P99.9": "p999_us"}
    forms = {"gets/s": "8,.0f"}
    return [Column(head, median_of(f"{prefix}{name}"), forms.get(head, "8,.1f")) for head, name in names.items()]
