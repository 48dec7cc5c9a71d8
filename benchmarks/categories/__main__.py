"""``python -m benchmarks.categories [--cases TEXT ...] [--only TEXT ...] [--rounds N] [--all] [--small]``.

Ways to mend owners' labels on boards whose right categories are known: a graph with planted categories, and recipes
with their cuisines; see ``cases.py`` for the noise. All get the same matrix of boards and images and the same labels.
Cases are made once and kept under ``BENCH_DIR``; the raw figures of the last run of each lie there in
``results-categories-*.json``.
"""

from benchmarks.categories.cases import SMALL, chosen_cases
from benchmarks.categories.compare import compare, print_corrections
from benchmarks.harness.rounds import announce, command_line, keep_results


def main() -> None:
    """Run what the command line asks for."""
    parser = command_line("benchmarks.categories", __doc__)
    parser.add_argument("--cases", nargs="+", default=[], help="parts of the names of cases, e.g. whats_cooking-10")
    parser.add_argument("--all", action="store_true", help="run also what takes many minutes on a case")
    asked = parser.parse_args()
    announce()
    blocks = {}
    for name in [SMALL] if asked.small else chosen_cases(asked.cases):
        blocks[name] = compare(name, asked.rounds, asked.only, is_all=asked.all)
        keep_results(f"categories-{name}", blocks[name])
    print_corrections(blocks, asked.rounds)


if __name__ == "__main__":
    main()
