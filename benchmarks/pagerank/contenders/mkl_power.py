"""sparse_dot_mkl by hand: the power method, with Intel's product on all cores."""

import os
import sys
from pathlib import Path

# The library looks in the system's folders alone, and the package mkl puts itself into those of its Python.
for library in sorted(Path(sys.prefix, "lib").glob("libmkl_rt.so*")):
    os.environ.setdefault("MKL_RT", str(library))

from sparse_dot_mkl import dot_product_mkl  # noqa: E402 - loads it

from benchmarks.pagerank.power_method import power_method, pull_matrix  # noqa: E402
from benchmarks.pagerank.task import Ranked, Task  # noqa: E402


def rank(task: Task) -> Ranked:
    """Build with SciPy and iterate."""
    matrix = pull_matrix(task.edges)
    task.built()
    return Ranked(*power_method(lambda ranks: dot_product_mkl(matrix, ranks), task.edges.n_nodes))
