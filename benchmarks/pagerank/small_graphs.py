"""PageRank of 1,000 to a million edges: ours, SciPy by hand on the same Python, and igraph, with the first call.

Every run is a process of its own. Its first call includes what the contender imports, after NumPy; then come calls for
about half a second, of which the median counts. Ours proves an L1 error of 1e-8 at most; SciPy stops where that is as
sure, igraph where its tolerance is.
"""

from argparse import Namespace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.harness.contender import chosen
from benchmarks.harness.kept import kept_folder
from benchmarks.harness.rounds import Standing, keep_results, run_rounds
from benchmarks.harness.table import Column, Goal, Table, median_of, print_blocks, print_goals, ratio_to
from benchmarks.pagerank.compare import held_against_reference
from benchmarks.pagerank.graphs import REFERENCE_NAME, Edges, load_edges, merged, save_edges
from benchmarks.pagerank.power_method import reference
from benchmarks.pagerank.small_contenders import LINE_UP

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
OPTIONS = {"--edges": {"nargs": "+", "type": int, "default": SIZES, "help": "sizes (default: 1,000 to a million)"}}
MOST_LOOKED_UP = 1.15  # times the time of numbered ids
_SEED, _EDGES_A_NODE, _SKEW = 17, 8, 2.0


def random_graph(n_edges: int) -> Edges:
    """Return so many weighted edges from any of an eighth as many nodes to preferred ones, none there twice."""
    rng = np.random.default_rng([_SEED, n_edges])
    n_nodes, size = n_edges // _EDGES_A_NODE, n_edges + n_edges // 4
    src, dst = rng.integers(n_nodes, size=size), (n_nodes * rng.random(size) ** _SKEW).astype(np.int64)
    found = merged(src, dst, None, n_nodes)
    kept = np.sort(rng.choice(found.src.size, n_edges, replace=False))
    # Nodes without an edge are left out, so that the same are ranked with and without ids.
    used, ends = np.unique((found.src[kept], found.dst[kept]), return_inverse=True)
    src, dst = ends.reshape(2, n_edges)
    return Edges(src, dst, found.weight[kept], used.size)


def main(asked: Namespace) -> None:
    """Compare at each size, print one table, and the goals."""
    line_up, by_size = chosen(LINE_UP, asked.only), {}
    for n_edges in [1_000] if asked.small else asked.edges:
        folder = _graph_folder(n_edges)
        standings = run_rounds(dict.fromkeys(line_up, folder), asked.rounds, held_against_reference)
        keep_results(f"pagerank-small-{n_edges}", standings.values())
        by_size[n_edges] = list(standings.values())
        for standing in by_size[n_edges]:
            standing.result = standing.result or standing.contender.note
    blocks = {
        f"{load_edges(_graph_folder(size), mapped=True).src.size:,} edges": found for size, found in by_size.items()
    }
    print_blocks(f"PageRank, milliseconds, median of {asked.rounds} rounds", blocks, table_of)
    print_goals([goal for size, found in by_size.items() for goal in goals_of(size, found)])


def table_of(standings: list[Standing]) -> Table:
    """Return the columns: times, and how they compare with ours."""
    names = {"first call": "first_s", "warm": "warm_s"}
    times = [Column(head, median_of(name, 1e-3), "10.3f") for head, name in names.items()]
    ratios = [Column(head, ratio_to(standings[0], name), "10.2f") for head, name in names.items()]
    error = Column("L1 error", lambda one: max(one.each("l1_error"), default=None), "9.1e")
    return Table([("ms", times), ("/ ours", ratios), ("", [error])])


def goals_of(n_edges: int, standings: list[Standing]) -> list[Goal]:
    """Return what is asked at a size."""
    ours_first, looked_up, *others = standings
    form = "{:.2f}".format
    goals = [
        Goal(
            f"{other.contender.label} / ours, {n_edges:,} edges", 1.0, ratio_to(ours_first, "warm_s")(other), form=form
        )
        for other in others
    ]
    if n_edges >= 100_000:  # noqa: PLR2004 - below, calls are too short for ids to tell
        reached = ratio_to(ours_first, "warm_s")(looked_up)
        goals.append(Goal(f"ids looked up / numbered, {n_edges:,} edges", MOST_LOOKED_UP, reached, "<=", form))
    return goals


def _graph_folder(n_edges: int) -> Path:
    here = Path(__file__).parent
    sources = [here / module for module in ("small_graphs.py", "graphs.py", "power_method.py")]
    return kept_folder(
        "pagerank-small", f"{n_edges}-edges", sources, f"making {n_edges:,} edges", partial(_make, n_edges)
    )


def _make(n_edges: int, folder: Path) -> None:
    save_edges(random_graph(n_edges), folder)
    np.save(folder / REFERENCE_NAME, reference(load_edges(folder)))
