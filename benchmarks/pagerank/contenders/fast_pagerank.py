"""fast-pagerank: SciPy's product; its own loop, which stops by the L2 norm and doesn't say after how many sweeps."""

import math

from fast_pagerank import pagerank_power
from scipy.sparse import csr_matrix

from benchmarks.pagerank.power_method import DAMPING, MAX_SWEEPS, STEP
from benchmarks.pagerank.task import Ranked, Task

_L2_PER_L1 = 10.0  # over the square root of the number of nodes: 4 seen at the end on R-MAT, 25 on the web graph


def rank(task: Task) -> Ranked:
    """Build the adjacency with SciPy and rank."""
    edges = task.edges
    adjacency = csr_matrix((edges.weight, (edges.src, edges.dst)), shape=(edges.n_nodes, edges.n_nodes))
    task.built()
    l2_step = STEP * _L2_PER_L1 / math.sqrt(edges.n_nodes)
    return Ranked(pagerank_power(adjacency, p=DAMPING, tol=l2_step, max_iter=MAX_SWEEPS))
