"""igraph: PRPACK, whose tolerance is fixed and tighter than that of the others."""

import igraph
import numpy as np

from benchmarks.pagerank.power_method import DAMPING
from benchmarks.pagerank.task import Ranked, Task


def rank(task: Task) -> Ranked:
    """Build the graph and rank; the ranks come as a list of Python's floats."""
    edges = task.edges
    graph = igraph.Graph(
        n=edges.n_nodes,
        edges=np.column_stack((edges.src, edges.dst)),
        directed=True,
        edge_attrs={"weight": edges.weight.tolist()},
    )
    task.built()
    return Ranked(graph.pagerank(damping=DAMPING, weights="weight", implementation="prpack"))
