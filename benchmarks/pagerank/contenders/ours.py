"""Ours: the public function, from arrays to ranks."""

import time
from statistics import median
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from benchmarks.pagerank.power_method import DAMPING
from benchmarks.pagerank.task import Ranked, Task
from pagerank.layout.counting_build import counting_build
from pagerank.pagerank import pagerank
from pagerank.solvers import block_solver
from pagerank.solvers.gauss_seidel import GaussSeidelSweeps

if TYPE_CHECKING:
    from pagerank.layout.non_dangling_graph import NonDanglingGraph

_sweep = GaussSeidelSweeps.sweep


def rank(task: Task) -> Ranked:
    """Rank; checking, numbering and the solver's build count as building. Sweeps are timed by themselves, too."""
    graphs: list[NonDanglingGraph] = []
    sweeps_s: list[float] = []

    def timed_build(*given: Any) -> Any:  # noqa: ANN401 - as the build's own
        graphs.append(counting_build(*given))
        task.built()
        return graphs[-1]

    def timed_sweep(*given: Any, out: Any) -> Any:  # noqa: ANN401 - as the sweep's own
        began = time.perf_counter()
        swept = _sweep(*given, out=out)
        sweeps_s.append(time.perf_counter() - began)
        return swept

    edges = (task.edges.src, task.edges.dst, task.edges.weight)
    with (
        patch.object(block_solver, "counting_build", timed_build),
        patch.object(GaussSeidelSweeps, "sweep", timed_sweep),
    ):
        ranked = pagerank(edges, n_nodes=task.edges.n_nodes, damping=DAMPING, n_threads=task.n_threads)
    n_swept = int(graphs[-1].edges.in_degree[graphs[-1].non_dangling_nodes].sum())  # a sweep leaves dangling rows out
    return Ranked(ranked.ranks, ranked.n_sweeps, ranked.error_bound, n_swept / median(sweeps_s))
