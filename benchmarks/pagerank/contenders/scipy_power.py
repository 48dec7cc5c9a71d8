"""SciPy by hand: the power method on a CSR matrix."""

from benchmarks.pagerank.power_method import power_method, pull_matrix
from benchmarks.pagerank.task import Ranked, Task


def rank(task: Task) -> Ranked:
    """Build and iterate, on one thread."""
    matrix = pull_matrix(task.edges)
    task.built()
    return Ranked(*power_method(lambda ranks: matrix @ ranks, task.edges.n_nodes))
