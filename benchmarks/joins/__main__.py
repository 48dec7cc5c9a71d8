"""``python -m benchmarks.joins [grouping|wide|growth] [--pins N ...] [--rounds N] [--only TEXT ...]``.

Without a name: ``grouping`` (every engine on the grouping of ``grouping.py``) and ``wide`` (the workflow's own joins
against their floor); ``growth`` runs the latter at several sizes. Generated input and computed days are kept under
``BENCH_DIR``; the raw figures of the last run of each comparison lie beside them in ``results-*.json``.
"""

import argparse
import os
import platform

from benchmarks.bench_folder import REPOSITORY, bench_folder
from benchmarks.job import n_cores
from benchmarks.joins.compare_grouping import compare_grouping
from benchmarks.joins.compare_wide import compare_wide
from benchmarks.joins.growth import measure_growth
from benchmarks.rounds import keep_results

_GROWTH_SIZES = (1_000_000, 2_000_000, 4_000_000, 10_000_000, 30_000_000)
_PINS = 2_000_000
_ROUNDS = 3


def main() -> None:
    """Run what the command line asks for."""
    asked = _arguments()
    os.chdir(REPOSITORY)
    cores = n_cores()
    print(f"Python {platform.python_version()}, {cores} cores; input and scratch under {bench_folder()}")
    if asked.what == "growth":
        keep_results("growth", measure_growth(asked.pins or _GROWTH_SIZES, asked.rounds))
        return
    for n_pins in asked.pins or [_PINS]:
        if asked.what in ("grouping", "all"):
            keep_results(f"grouping-{n_pins}", compare_grouping(n_pins, asked.rounds, asked.only))
        if asked.what in ("wide", "all"):
            keep_results(f"wide-{n_pins}", compare_wide(n_pins, asked.rounds))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.joins", description="Benchmarks of the joins.")
    parser.add_argument("what", nargs="?", default="all", choices=["all", "grouping", "wide", "growth"])
    parser.add_argument("--pins", type=int, nargs="+", help=f"sizes; {_PINS:,} by default, more for growth")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="rounds (default: %(default)s)")
    parser.add_argument("--only", nargs="+", default=[], help="parts of the labels of contenders, e.g. DuckDB Polars")
    return parser.parse_args()


if __name__ == "__main__":
    main()
