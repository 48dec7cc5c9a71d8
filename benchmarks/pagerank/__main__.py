"""``python -m benchmarks.pagerank [--graphs NAME ...] [--rounds N] [--only TEXT ...]``.

Every library on each graph, from edge arrays in memory to ranks, with damping 0.85 and weights. Ours is asked for an
L1 error of 1e-8 at most and proves it; the others stop when a sweep moves the ranks by 2e-9, which on these graphs
leaves about as much, or by what they have instead. Graphs and their exact ranks are made once and kept under
``BENCH_DIR``; the raw figures of the last run on each lie there in ``results-pagerank-*.json``.
"""

import argparse
import os
import platform

from benchmarks.bench_folder import REPOSITORY, bench_folder
from benchmarks.job import n_cores
from benchmarks.pagerank.compare import compare
from benchmarks.pagerank.graphs import GRAPHS
from benchmarks.rounds import keep_results

_ROUNDS = 3


def main() -> None:
    """Run what the command line asks for."""
    asked = _arguments()
    os.chdir(REPOSITORY)
    print(f"Python {platform.python_version()}, {n_cores()} cores; graphs and scratch under {bench_folder()}")
    for graph in asked.graphs:
        keep_results(f"pagerank-{graph}", compare(graph, asked.rounds, asked.only))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pagerank", description="Benchmarks of PageRank.")
    parser.add_argument("--graphs", nargs="+", default=list(GRAPHS), choices=GRAPHS, help="all by default")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="rounds (default: %(default)s)")
    parser.add_argument("--only", nargs="+", default=[], help="parts of the labels of contenders, e.g. igraph")
    return parser.parse_args()


if __name__ == "__main__":
    main()
