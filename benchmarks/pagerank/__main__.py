"""``python -m benchmarks.pagerank [--graphs NAME ...] [--rounds N] [--only TEXT ...] [--small]``.

Every library on each graph, from edge arrays in memory to ranks, with damping 0.85 and weights. Ours is asked for an
L1 error of 1e-8 at most and proves it; the others stop when a sweep moves the ranks by 2e-9, which on these graphs
leaves about as much, or by what they have instead. Graphs and their exact ranks are made once and kept under
``BENCH_DIR``; the raw figures of the last run on each lie there in ``results-pagerank-*.json``.
"""

from benchmarks.harness.rounds import announce, command_line, keep_results
from benchmarks.pagerank.compare import compare
from benchmarks.pagerank.graphs import GRAPHS, SMALL


def main() -> None:
    """Run what the command line asks for."""
    parser = command_line("benchmarks.pagerank", __doc__)
    parser.add_argument("--graphs", nargs="+", choices=GRAPHS, help=f"all but {SMALL} by default")
    asked = parser.parse_args()
    announce()
    graphs = [SMALL] if asked.small else asked.graphs or [name for name in GRAPHS if name != SMALL]
    for graph in graphs:
        keep_results(f"pagerank-{graph}", compare(graph, asked.rounds, asked.only))


if __name__ == "__main__":
    main()
