"""``python -m benchmarks.categories [--only TEXT ...] [--contenders TEXT ...] [--rounds N] [--all]``.

Ways to mend owners' labels on boards whose right categories are known: a graph with planted categories, and recipes
with their cuisines; see ``cases.py`` for the noise. All get the same matrix of boards and images and the same labels.
Cases are made once and kept under ``BENCH_DIR``; the raw figures of the last run of each lie there in
``results-categories-*.json``.
"""

import argparse
import os
import platform

from benchmarks.bench_folder import REPOSITORY, bench_folder
from benchmarks.categories.cases import chosen_cases
from benchmarks.categories.compare import compare
from benchmarks.categories.table import print_table
from benchmarks.job import n_cores
from benchmarks.rounds import keep_results

_ROUNDS = 3


def main() -> None:
    """Run what the command line asks for."""
    asked = _arguments()
    os.chdir(REPOSITORY)
    print(f"Python {platform.python_version()}, {n_cores()} cores; cases and scratch under {bench_folder()}")
    blocks = {}
    for name in chosen_cases(asked.only):
        blocks[name] = compare(name, asked.rounds, asked.contenders, is_all=asked.all)
        keep_results(f"categories-{name}", blocks[name])
    print_table(blocks, asked.rounds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.categories", description="Benchmarks of categories.")
    parser.add_argument("--only", nargs="+", default=[], help="parts of the names of cases, e.g. whats_cooking-10")
    parser.add_argument("--contenders", nargs="+", default=[], help="parts of their labels, e.g. Bayes")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="rounds (default: %(default)s)")
    parser.add_argument("--all", action="store_true", help="run also what takes many minutes on a case")
    return parser.parse_args()


if __name__ == "__main__":
    main()
