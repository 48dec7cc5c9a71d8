"""Who ranks, in the order of the printed table; each builds its own form of the graph, says so, and iterates."""

import math
import os
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.harness.contender import Contender, Timing
from benchmarks.pagerank.power_method import (
    DAMPING,
    MAX_SWEEPS,
    STEP,
    NotConvergedError,
    adjacency,
    power_method,
    pull_matrix,
)
from benchmarks.pagerank.task import Ranked, Task, clocked, time_ranking

_L2_PER_L1 = 10.0  # over the square root of the number of nodes: 4 seen at the end on R-MAT, 25 on the web graph


def ours(task: Task) -> Ranked:
    """Rank; checking, numbering and the solver's build count as building. Sweeps are timed by themselves, too."""
    from pagerank import pagerank
    from pagerank.layout.counting_build import counting_build
    from pagerank.solvers import block_solver
    from pagerank.solvers.gauss_seidel import GaussSeidelSweeps

    graphs: list[Any] = []
    sweeps_s: list[float] = []

    def timed_build(*given: Any) -> Any:  # noqa: ANN401 - as the build's own
        graphs.append(counting_build(*given))
        task.built()
        return graphs[-1]

    edges = (task.edges.src, task.edges.dst, task.edges.weight)
    with patch.object(block_solver, "counting_build", timed_build), clocked(GaussSeidelSweeps, "sweep", sweeps_s):
        ranked = pagerank(edges, n_nodes=task.edges.n_nodes, damping=DAMPING, n_threads=task.n_threads)
    if not sweeps_s:  # too small a graph: it is ranked otherwise
        return Ranked(ranked.ranks, ranked.n_sweeps, ranked.error_bound)
    n_swept = int(graphs[-1].edges.in_degree[graphs[-1].non_dangling_nodes].sum())  # a sweep leaves dangling rows out
    return Ranked(ranked.ranks, ranked.n_sweeps, ranked.error_bound, n_swept / statistics.median(sweeps_s))


def scipy_power(task: Task) -> Ranked:
    """SciPy by hand: the power method on a CSR matrix, on one thread."""
    matrix = pull_matrix(task.edges)
    task.built()
    return Ranked(*power_method(lambda ranks: matrix @ ranks, task.edges.n_nodes))


def mkl_power(task: Task) -> Ranked:
    """sparse_dot_mkl by hand: the power method, built with SciPy, with Intel's product on all cores."""
    # The library looks in the system's folders alone, and the package mkl puts itself into those of its Python.
    for library in sorted(Path(sys.prefix, "lib").glob("libmkl_rt.so*")):
        os.environ.setdefault("MKL_RT", str(library))
    from sparse_dot_mkl import dot_product_mkl

    matrix = pull_matrix(task.edges)
    task.built()
    return Ranked(*power_method(lambda ranks: dot_product_mkl(matrix, ranks), task.edges.n_nodes))


def fast_pagerank(task: Task) -> Ranked:
    """fast-pagerank: SciPy's product; its own loop, which stops by the L2 norm and tells no number of sweeps."""
    from fast_pagerank import pagerank_power

    matrix = adjacency(task.edges)
    task.built()
    l2_step = STEP * _L2_PER_L1 / math.sqrt(task.edges.n_nodes)
    return Ranked(pagerank_power(matrix, p=DAMPING, tol=l2_step, max_iter=MAX_SWEEPS))


def graphblas(task: Task) -> Ranked:
    """python-graphblas: the loop of LAGraph's PageRank with SuiteSparse, a pull, weights and dangling mass included."""
    import graphblas as gb
    from graphblas import Matrix, Vector, binary, monoid, semiring, unary

    edges, n_nodes = task.edges, task.edges.n_nodes
    gb.ss.config["nthreads"] = task.n_threads
    pull = Matrix.from_coo(edges.dst, edges.src, edges.weight, nrows=n_nodes, ncols=n_nodes)
    strength = pull.reduce_columnwise(monoid.plus).new()  # dangling nodes have none
    task.built()
    damped_share = strength.apply(binary.rtruediv, right=DAMPING).new()
    ranks = Vector.from_scalar(1.0 / n_nodes, n_nodes)
    for number in range(1, MAX_SWEEPS + 1):
        before = ranks
        given = before.ewise_mult(damped_share, binary.times).new()
        leaving = given.ewise_mult(strength, binary.times).reduce(monoid.plus).new().value
        ranks = Vector.from_scalar((1.0 - leaving) / n_nodes, n_nodes)
        ranks(binary.plus) << pull.mxv(given, semiring.plus_times)
        step = ranks.ewise_mult(before, binary.minus).apply(unary.abs).reduce(monoid.plus).new().value
        if step <= STEP:
            return Ranked(ranks.to_dense(), number)
    raise NotConvergedError(STEP)


def networkit(task: Task) -> Ranked:
    """NetworKit: power iteration on all cores, the mass of sinks distributed, stopped by the L1 norm."""
    import networkit as nk

    edges = task.edges
    nk.setNumberOfThreads(task.n_threads)
    graph = nk.GraphFromCoo((edges.weight, (edges.src, edges.dst)), n=edges.n_nodes, weighted=True, directed=True)
    task.built()
    pagerank = nk.centrality.PageRank(
        graph, damp=DAMPING, tol=STEP, distributeSinks=nk.centrality.SinkHandling.DistributeSinks
    )
    pagerank.norm = nk.centrality.Norm.l1norm
    pagerank.maxIterations = MAX_SWEEPS
    pagerank.run()
    return Ranked(pagerank.scores(), pagerank.numberOfIterations())


def igraph_prpack(task: Task) -> Ranked:
    """igraph: PRPACK, whose tolerance is fixed and tighter than that of the others; ranks come as Python's floats."""
    import igraph

    edges = task.edges
    graph = igraph.Graph(
        n=edges.n_nodes,
        edges=np.column_stack((edges.src, edges.dst)),
        directed=True,
        edge_attrs={"weight": edges.weight.tolist()},
    )
    task.built()
    return Ranked(graph.pagerank(damping=DAMPING, weights="weight", implementation="prpack"))


def scikit_network(task: Task) -> Ranked:
    """scikit-network: power iteration on the adjacency."""
    from sknetwork.ranking import PageRank

    matrix = adjacency(task.edges)
    task.built()
    return Ranked(PageRank(DAMPING, solver="piteration", n_iter=MAX_SWEEPS, tol=STEP).fit_predict(matrix))


def networkx(task: Task) -> Ranked:
    """networkx: a dict a node and an edge, and SciPy's product beneath; its tolerance is one of a node."""
    import networkx as nx

    edges = task.edges
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(edges.n_nodes))
    graph.add_weighted_edges_from(
        zip(edges.src.tolist(), edges.dst.tolist(), edges.weight.tolist(), strict=True), weight="weight"
    )
    task.built()
    ranks = nx.pagerank(graph, alpha=DAMPING, tol=STEP / edges.n_nodes, max_iter=MAX_SWEEPS)
    return Ranked(np.fromiter(ranks.values(), np.float64, edges.n_nodes))


@dataclass(frozen=True, slots=True)
class Ranker(Contender):
    """One contender; `only_on` names the graphs that it is given, all where empty."""

    timing: Timing = time_ranking
    only_on: tuple[str, ...] = ()


RANKERS = (
    Ranker("ours, all threads", ours, is_ours=True),
    Ranker("ours, 1 thread", ours, "1", is_ours=True),
    Ranker("SciPy CSR by hand", scipy_power, is_peer=True),
    Ranker("sparse_dot_mkl by hand", mkl_power, is_peer=True),
    Ranker("fast-pagerank", fast_pagerank, is_peer=True, note="stops by L2"),
    Ranker("python-graphblas", graphblas, is_peer=True),
    Ranker("NetworKit", networkit, is_peer=True),
    Ranker("igraph, PRPACK", igraph_prpack, is_peer=True, note="tolerance fixed"),
    Ranker("scikit-network", scikit_network, is_peer=True, note="gives dangling mass to dangling nodes"),
    Ranker("networkx", networkx, is_peer=True, only_on=("rmat15", "rmat17")),
)
