"""One key out of a million full rows as they are published, by somebody who debugs: on the disk, and on an S3 server.

The server is versitygw on loopback, with a proxy before it that counts, so that milliseconds there are those of a
server that answers at once; a request to a real one takes ten to thirty more.
"""

import multiprocessing
from argparse import Namespace
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.harness.contender import Contender, chosen
from benchmarks.harness.rounds import Standing, keep_results, run_rounds
from benchmarks.harness.table import Column, Goal, Table, median_of, print_goals, print_table
from benchmarks.tiers.counted_s3 import counted_s3
from benchmarks.tiers.lookup_contenders import DISK, S3, line_up
from benchmarks.tiers.lookup_timing import AGAIN, COLD, MISSING
from benchmarks.tiers.picture_rows import SMALL_ROWS, picture_rows, publish_copy

OPTIONS = {"--rows": {"type": int, "default": 1_000_000, "help": "full rows (default: %(default)s)"}}
_TITLES = {COLD: "cold key", AGAIN: "another key of its file", MISSING: "no such key, cold"}
_MOST = {COLD: (4, 0.7), AGAIN: (2, 0.4), MISSING: (4, 0.7)}  # requests, MB


def main(asked: Namespace) -> None:
    """Look keys up in both places, print a table and the goals of ours on S3."""
    n_rows = SMALL_ROWS if asked.small else asked.rows
    source = picture_rows(n_rows)
    standings = _measured(DISK, source, asked.rounds, asked.only)
    with counted_s3() as address:
        print(f"publishing {n_rows:,} full rows on the S3 server ...", flush=True)
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:  # the harness stays small
            process.submit(publish_copy, source, address).result()
        standings += _measured(S3, source, asked.rounds, asked.only)
    keep_results(f"tiers-lookups-{n_rows}", standings)
    _print(standings, n_rows, asked.rounds)


def _measured(place: str, source: Path, n_rounds: int, only: Sequence[str]) -> list[Standing[Contender]]:
    sources = dict.fromkeys(chosen(line_up(place), only), source)
    return list(run_rounds(sources, n_rounds).values())


def _print(standings: Sequence[Standing[Contender]], n_rows: int, n_rounds: int) -> None:
    groups = [
        (
            title,
            [
                Column("ms", median_of(f"{kind}_ms"), "8,.1f"),
                Column("requests", median_of(f"{kind}_requests"), "5.0f"),
                Column("kB", median_of(f"{kind}_bytes", 1_000), "8,.0f"),
            ],
        )
        for kind, title in _TITLES.items()
    ]
    print_table(f"One key of {n_rows:,} full rows, median of {n_rounds} rounds", standings, Table(groups))
    ours = next(one for one in standings if one.contender.is_ours and one.contender.variant == S3)
    goals = []
    for kind, (n_requests, megabytes) in _MOST.items():
        most = ours.median(f"{kind}_most_requests"), median_of(f"{kind}_most_bytes", 1e6)(ours)
        goals.append(Goal(f"{_TITLES[kind]}, S3: requests at most", n_requests, most[0], "<=", "{:.0f}".format))
        goals.append(Goal(f"{_TITLES[kind]}, S3: MB at most", megabytes, most[1], "<="))
    print_goals(goals)
