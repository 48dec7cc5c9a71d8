"""scikit-network: power iteration on the adjacency."""

from scipy.sparse import csr_matrix
from sknetwork.ranking import PageRank

from benchmarks.pagerank.power_method import DAMPING, MAX_SWEEPS, STEP
from benchmarks.pagerank.task import Ranked, Task


def rank(task: Task) -> Ranked:
    """Build the adjacency with SciPy and rank."""
    edges = task.edges
    adjacency = csr_matrix((edges.weight, (edges.src, edges.dst)), shape=(edges.n_nodes, edges.n_nodes))
    task.built()
    return Ranked(PageRank(DAMPING, solver="piteration", n_iter=MAX_SWEEPS, tol=STEP).fit_predict(adjacency))
