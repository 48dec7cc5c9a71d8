"""networkx: a dict a node and an edge, and SciPy's product beneath."""

import networkx as nx
import numpy as np

from benchmarks.pagerank.power_method import DAMPING, MAX_SWEEPS, STEP
from benchmarks.pagerank.task import Ranked, Task


def rank(task: Task) -> Ranked:
    """Build the graph and rank; its tolerance is one of a node."""
    edges = task.edges
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(edges.n_nodes))
    graph.add_weighted_edges_from(
        zip(edges.src.tolist(), edges.dst.tolist(), edges.weight.tolist(), strict=True), weight="weight"
    )
    task.built()
    ranks = nx.pagerank(graph, alpha=DAMPING, tol=STEP / edges.n_nodes, max_iter=MAX_SWEEPS)
    return Ranked(np.fromiter(ranks.values(), np.float64, edges.n_nodes))
