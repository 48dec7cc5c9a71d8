"""Who ranks small graphs, and how that is timed: the first call with what it imports, and the calls after it.

Libraries are imported where they are used, and so is what imports them: the first call shall pay.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from benchmarks.harness.contender import Contender, Figures, Job
from benchmarks.pagerank.graphs import Edges, load_edges
from benchmarks.pagerank.task import RANKS_NAME

_SEED = 17
_TOLERANCE, _DAMPING = 1e-8, 0.85
_LEAST_S, _FEWEST, _MOST = 0.5, 5, 200  # of calls after the first

Rank = Callable[[Edges], Any]


def ours(edges: Edges) -> Any:  # noqa: ANN401 - an array, and as others return it
    """Rank edges whose ids are numbers."""
    from pagerank import pagerank

    return pagerank((edges.src, edges.dst, edges.weight), n_nodes=edges.n_nodes, tolerance=_TOLERANCE).ranks


def ours_looked_up(edges: Edges) -> Any:  # noqa: ANN401 - as above
    """Rank edges whose ids are any integers."""
    from pagerank import pagerank

    return pagerank((edges.src, edges.dst, edges.weight), tolerance=_TOLERANCE).ranks


def scipy_by_hand(edges: Edges) -> Any:  # noqa: ANN401 - as above
    """SciPy: a matrix in compressed rows, and the power method until the error is surely small enough."""
    from benchmarks.pagerank.power_method import power_method, pull_matrix

    matrix = pull_matrix(edges)
    step = _TOLERANCE * (1.0 - _DAMPING) / _DAMPING
    return power_method(lambda ranks: matrix @ ranks, edges.n_nodes, step)[0]


def igraph(edges: Edges) -> Any:  # noqa: ANN401 - as above
    """igraph: PRPACK."""
    import igraph  # type: ignore[import-not-found]

    ends = np.column_stack((edges.src, edges.dst))
    graph = igraph.Graph(n=edges.n_nodes, edges=ends, directed=True, edge_attrs={"weight": edges.weight.tolist()})
    return graph.pagerank(damping=_DAMPING, weights="weight", implementation="prpack")


def time_calls(rank: Rank, job: Job) -> Figures:
    """Return what the first call takes and the median of those after it, and write the ranks."""
    edges = load_edges(job.source)
    if rank is ours_looked_up:
        edges = with_any_ids(edges)
    began = time.perf_counter()
    ranks = rank(edges)
    first_s, took_s = time.perf_counter() - began, list[float]()
    while len(took_s) < _FEWEST or (sum(took_s) < _LEAST_S and len(took_s) < _MOST):
        began = time.perf_counter()
        rank(edges)
        took_s.append(time.perf_counter() - began)
    np.save(job.output / RANKS_NAME, np.asarray(ranks, np.float64))
    return {"first_s": first_s, "warm_s": median(took_s)}


def with_any_ids(edges: Edges) -> Edges:
    """Return the edges with ids from all of int64 in the place of numbers, in the same order."""
    ids = np.sort(np.random.default_rng(_SEED).integers(-(2**63), 2**63 - 1, edges.n_nodes))
    return Edges(ids[edges.src], ids[edges.dst], edges.weight, edges.n_nodes)


LINE_UP = (
    Contender("ours", ours, is_ours=True, timing=time_calls),
    Contender("ours, ids looked up", ours_looked_up, is_ours=True, timing=time_calls),
    Contender("SciPy by hand", scipy_by_hand, timing=time_calls),
    Contender("igraph, PRPACK", igraph, is_peer=True, timing=time_calls, note="tolerance fixed"),
)
