"""All contenders on one graph."""

from collections.abc import Sequence

from benchmarks.pagerank.graphs import GRAPHS, graph_folder
from benchmarks.pagerank.line_up import CONTENDERS, GATHER
from benchmarks.pagerank.standing import RankStanding
from benchmarks.pagerank.table import print_table
from benchmarks.rounds import run_rounds

WRONG_ERROR = 1e-4  # no stopping rule explains more


def compare(graph: str, n_rounds: int, only: Sequence[str]) -> list[RankStanding]:
    """Run the line-up and print its table.

    Parameters
    ----------
    graph
        Name of the graph.
    n_rounds
        Rounds.
    only
        Parts of the labels of those that shall take part beside ours; all where empty.
    """
    folder = graph_folder(graph)
    chosen = [
        contender
        for contender in CONTENDERS
        if (not contender.only_on or graph in contender.only_on)
        and (contender.is_ours or not only or any(part in contender.label for part in only))
    ]
    print(f"{graph}, {GRAPHS[graph].told}", flush=True)
    standings = run_rounds(RankStanding, dict.fromkeys([GATHER, *chosen], folder), n_rounds)
    gather = standings.pop(GATHER)
    ours = [standing for contender, standing in standings.items() if contender.is_ours]
    for standing in standings.values():
        if standing.figures and not standing.result:  # a later round may have failed
            standing.result = verdict(standing, ours)
    print_table(f"{graph}, median of {n_rounds} rounds", folder, list(standings.values()), ours[0], gather)
    return [gather, *standings.values()]


def verdict(standing: RankStanding, ours: Sequence[RankStanding]) -> str:
    """Return what to say of ranks: of ours, whether the bound holds and the bits are the same in all of them."""
    contender = standing.contender
    if not contender.is_ours:
        return f"WRONG: {contender.note}" if standing.worst_error() > WRONG_ERROR else contender.note
    bound = f"bound {standing.median('error_bound'):.1e} {'holds' if standing.bound_holds() else 'DOES NOT HOLD'}"
    return f"{bound}; {_bits(ours)}; first call {standing.median('first_call_s'):.2f} s, imports aside"


def _bits(ours: Sequence[RankStanding]) -> str:
    if not all(standing.figures for standing in ours):
        return "bits not compared"
    is_same = len(set.union(*(standing.digests() for standing in ours))) == 1
    return "same bits at 1 and all threads" if is_same else "OTHER BITS at other threads or in other rounds"
