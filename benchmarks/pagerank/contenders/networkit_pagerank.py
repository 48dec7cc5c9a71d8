"""NetworKit: power iteration on all cores, the mass of sinks distributed, stopped by the L1 norm."""

import networkit as nk

from benchmarks.pagerank.power_method import DAMPING, MAX_SWEEPS, STEP
from benchmarks.pagerank.task import Ranked, Task


def rank(task: Task) -> Ranked:
    """Build the graph and rank."""
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
