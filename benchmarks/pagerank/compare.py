"""Every library on each graph, from edge arrays in memory to ranks, with damping 0.85 and weights.

Ours is asked for an L1 error of 1e-8 at most and proves it; the others stop when a sweep moves the ranks by 2e-9, which
on these graphs leaves about as much, or by what they have instead.
"""

import hashlib
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.harness.contender import Contender, Figures, Job, chosen
from benchmarks.harness.rounds import Standing, keep_results, run_rounds
from benchmarks.harness.table import Column, Table, median_of, print_spreads, print_table, ratio_to
from benchmarks.pagerank.contenders import RANKERS
from benchmarks.pagerank.graphs import GRAPHS, REFERENCE_NAME, SMALL, graph_folder, load_edges
from benchmarks.pagerank.power_method import STEP
from benchmarks.pagerank.random_gather import gathers
from benchmarks.pagerank.task import RANKS_NAME

GATHER = Contender("random gathers", gathers)
WRONG_ERROR = 1e-4  # no stopping rule explains more
OPTIONS = {"--graphs": {"nargs": "+", "choices": GRAPHS, "help": f"all but {SMALL} by default"}}


def main(asked: Namespace) -> None:
    """Compare on each graph."""
    for graph in [SMALL] if asked.small else asked.graphs or [name for name in GRAPHS if name != SMALL]:
        keep_results(f"pagerank-{graph}", compare(graph, asked.rounds, asked.only))


def compare(graph: str, n_rounds: int, only: Sequence[str]) -> list[Standing]:
    """Run those of the line-up whose labels contain one of some texts beside ours, all where there is none."""
    folder = graph_folder(graph)
    rankers = [one for one in chosen(RANKERS, only) if not one.only_on or graph in one.only_on]
    print(f"{graph}, {GRAPHS[graph].told}", flush=True)
    standings = run_rounds(dict.fromkeys([GATHER, *rankers], folder), n_rounds, held_against_reference)
    gather = standings.pop(GATHER)
    ours = [standing for contender, standing in standings.items() if contender.is_ours]
    for standing in standings.values():
        if standing.figures and not standing.result:  # a later round may have failed
            standing.result = verdict(standing, ours)
    print_ranks(f"{graph}, median of {n_rounds} rounds", folder, list(standings.values()), ours[0], gather)
    return [gather, *standings.values()]


def held_against_reference(contender: Contender, job: Job, figures: Figures) -> Figures:  # noqa: ARG001 - as others do
    """Return the L1 error of the ranks that a run wrote, scaled to a sum of 1, and a digest of their bits."""
    if contender is GATHER:
        return {}
    ranks, exact = np.load(job.output / RANKS_NAME), np.load(job.source / REFERENCE_NAME)
    return {
        "l1_error": float(np.abs(ranks / ranks.sum() - exact / exact.sum()).sum()),
        "digest": hashlib.blake2b(ranks.tobytes(), digest_size=8).hexdigest(),
    }


def verdict(standing: Standing, ours: Sequence[Standing]) -> str:
    """Return what to say of ranks: of ours, whether the bound holds and the bits are the same in all of them."""
    contender = standing.contender
    if not contender.is_ours:
        return f"WRONG: {contender.note}" if max(standing.each("l1_error")) > WRONG_ERROR else contender.note
    holds = all(figures["error_bound"] >= figures["l1_error"] for figures in standing.figures)
    bound = f"bound {standing.median('error_bound'):.1e} {'holds' if holds else 'DOES NOT HOLD'}"
    return f"{bound}; {_bits(ours)}; first call {standing.median('first_call_s'):.2f} s, imports aside"


def _bits(ours: Sequence[Standing]) -> str:
    if not all(standing.figures for standing in ours):
        return "bits not compared"
    is_same = len({digest for standing in ours for digest in standing.each("digest")}) == 1
    return "same bits at 1 and all threads" if is_same else "OTHER BITS at other threads or in other rounds"


def print_ranks(title: str, folder: Path, standings: Sequence[Standing], ours: Standing, gather: Standing) -> None:
    """Print one row a contender, and the sweeps of ours beside the machine's rate of random gathers."""
    edges = load_edges(folder, mapped=True)
    n_edges = edges.src.size

    def m_edges_per_s(standing: Standing) -> float | None:
        n_sweeps, solve_s = standing.median("n_sweeps"), standing.median("solve_s")
        return n_edges * n_sweeps / solve_s / 1e6 if n_sweeps and solve_s else None

    times = [Column(f"{name} s", median_of(f"{name}_s"), "8.3f") for name in ("build", "solve", "total")]
    ratios = [Column(name, ratio_to(ours, f"{name}_s"), "6.2f") for name in ("solve", "total")]
    how = [
        Column("sweeps", median_of("n_sweeps"), "6.0f"),
        Column("L1 error", lambda one: max(one.each("l1_error"), default=None), "9.1e"),
        Column("GiB", median_of("peak_bytes", 2**30), "6.2f"),
        Column("M edges/s", m_edges_per_s, "10.0f"),
    ]
    table = Table([("", times), ("/ ours", ratios), ("", how)])
    print_table(f"{title}: {edges.n_nodes:,} nodes, {n_edges:,} edges", standings, table)
    print(
        f"memory includes the input, {edges.n_bytes / 2**30:.2f} GiB; ours proves an L1 error of at most 1e-8, "
        f"others stop at a step of {STEP:g} (L1) unless told"
    )
    _print_gathers(ours, gather)
    print_spreads("total_s", "total s", ".2f", standings)


def _print_gathers(ours: Standing, gather: Standing) -> None:
    if not gather.figures:
        print(f"random gathers: {gather.result}")
        return
    rate = ours.median("swept_per_s")
    told = []
    for name, of in (("fixed", ""), ("nodes", ", the nodes"), ("live", ", those with an edge out")):
        found = gather.each(name)
        per_s = median(one["per_s"] for one in found)
        share = f", our sweeps {rate / per_s:.2f} of it" if rate else ""
        told.append(f"{per_s / 1e6:.0f} M/s of {found[0]['n_values']:,}{of}{share}")
    print("random gathers, float64, all threads: " + "; ".join(told))
    if rate:
        print(f"our sweeps, all threads: {rate / 1e6:.0f} M edges/s of those that lead to a node with an edge out")
