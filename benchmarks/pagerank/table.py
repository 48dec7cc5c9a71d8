"""The printed table of a graph: medians, ratios to ours, and the sweeps of ours beside the machine's gather rate."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.pagerank.edges import load_edges
from benchmarks.pagerank.power_method import STEP
from benchmarks.pagerank.standing import RankStanding

_GROUPS = "                             |        / ours |                                    |"
_HEAD = " build s   solve s   total s |  solve  total | sweeps  L1 error    GiB  M edges/s |"


def print_table(
    title: str, folder: Path, standings: Sequence[RankStanding], ours: RankStanding, gather: RankStanding
) -> None:
    """Print one row a contender.

    Parameters
    ----------
    title
        What was measured, and how often.
    folder
        The graph.
    standings
        The rows.
    ours
        What the ratios are to.
    gather
        The rates of random gathers.
    """
    edges = load_edges(folder, mapped=True)
    n_edges = edges.src.size
    width = max(len(standing.contender.label) for standing in standings)
    print(f"\n{title}: {edges.n_nodes:,} nodes, {n_edges:,} edges")
    print(f"{'':{width}} {_GROUPS}\n{'':{width}} {_HEAD} result")
    for standing in standings:
        print(f"{standing.contender.label:{width}} {_row(standing, ours, n_edges)} {standing.result}".rstrip())
    print(
        f"memory includes the input, {edges.n_bytes / 2**30:.2f} GiB; ours proves an L1 error of at most 1e-8, "
        f"others stop at a step of {STEP:g} (L1) unless told"
    )
    _print_gathers(ours, gather)
    _print_spreads(standings)


def edges_per_s(standing: RankStanding, n_edges: int) -> float | None:
    """Return the edges that all sweeps together went over, a second of solving."""
    n_sweeps, solve_s = standing.median("n_sweeps"), standing.median("solve_s")
    return n_edges * n_sweeps / solve_s if n_sweeps and solve_s else None


def _row(standing: RankStanding, ours: RankStanding, n_edges: int) -> str:
    if not standing.figures:
        return f"{'':28} | {'':13} | {'':34} |"
    rate = edges_per_s(standing, n_edges)
    return (
        f"{_cell(standing.median('build_s'), '8.3f')} {_cell(standing.median('solve_s'), '9.3f')} "
        f"{_cell(standing.median('total_s'), '9.3f')} | {_ratio(standing, ours, 'solve_s')} "
        f"{_ratio(standing, ours, 'total_s')} | {_cell(standing.median('n_sweeps'), '6.0f')} "
        f"{standing.worst_error():9.1e} {(standing.median('peak_bytes') or 0) / 2**30:6.2f} "
        f"{_cell(rate and rate / 1e6, '10.0f')} |"
    )


def _cell(value: float | None, form: str) -> str:
    return f"{'':{form.partition('.')[0]}}" if value is None else f"{value:{form}}"


def _ratio(standing: RankStanding, ours: RankStanding, name: str) -> str:
    here, there = standing.median(name), ours.median(name)
    return _cell(here / there if here and there else None, "6.2f")


def _print_gathers(ours: RankStanding, gather: RankStanding) -> None:
    if not gather.figures:
        print(f"random gathers: {gather.result}")
        return
    rate = ours.median("swept_per_s")
    told = []
    for name, of in (("fixed", ""), ("nodes", ", the nodes"), ("live", ", those with an edge out")):
        per_s = median(figures[name]["per_s"] for figures in gather.figures)
        share = f", our sweeps {rate / per_s:.2f} of it" if rate else ""
        told.append(f"{per_s / 1e6:.0f} M/s of {gather.figures[0][name]['n_values']:,}{of}{share}")
    print("random gathers, float64, all threads: " + "; ".join(told))
    if rate:
        print(f"our sweeps, all threads: {rate / 1e6:.0f} M edges/s of those that lead to a node with an edge out")


def _print_spreads(standings: Sequence[RankStanding]) -> None:
    spreads = []
    for standing in standings:
        totals = sorted(figures["total_s"] for figures in standing.figures)
        if len(totals) > 1:
            spreads.append(f"{standing.contender.label} {totals[0]:.2f}–{totals[-1]:.2f}")
    if spreads:
        print("total s, least–most: " + "; ".join(spreads))
