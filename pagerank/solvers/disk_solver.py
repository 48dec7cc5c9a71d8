"""PageRank of edges that don't fit into memory: the block solver's sweeps over blocks that are read from disk."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pagerank.edges.edge_stream import EdgeStream
from pagerank.edges.numbered_edges import NodeNumbers
from pagerank.layout.disk_build import disk_build
from pagerank.solvers.block_solver import SWEEPS_TO_COMBINE, AcceleratedSweeps
from pagerank.solvers.gauss_seidel import GaussSeidelSweeps
from pagerank.solvers.solver import Solution

N_PARTS = 4  # of the rows; more would need more sweeps, and reading is what takes the time
FEWEST_TO_COMBINE = 3
SHARE_TO_COMBINE = 4  # iterates that wait to be combined take one part of so many of the memory


def disk_solver(
    stream: EdgeStream,
    numbers: NodeNumbers,
    teleport: NDArray[np.float64],
    start: NDArray[np.float64],
    *,
    damping: float,
    tolerance: float,
    n_threads: int,
    memory_bytes: int,
    scratch: Path,
) -> Solution:
    """Build the graph on disk and sweep until the L1 error of the ranks is proved to be within the tolerance.

    Parameters
    ----------
    stream, numbers
        Edges in any order, and their nodes, at least one and fewer than ``2**31``.
    teleport, start, damping, tolerance, n_threads
        As for `pagerank.solvers.solver.Solver`, whose result and errors are those of this function, too.
    memory_bytes
        Decides how many iterates are kept to be combined, 3 to 9. Beside them the solver holds some 15 vectors of
        8 bytes a node and, a thread, two blocks of about 4 million edges.
    scratch
        Folder for the edges; what is left there is removed.
    """
    n_threads = min(n_threads, N_PARTS)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="pagerank-") as folder, ThreadPoolExecutor(n_threads) as pool:
        graph = disk_build(stream, numbers, Path(folder), pool, n_threads)
        sweeps = GaussSeidelSweeps(graph, teleport, damping=damping, pool=pool, n_parts=N_PARTS)
        fitting = memory_bytes // SHARE_TO_COMBINE // (8 * max(1, graph.out_weights.total.size))
        n_to_combine = min(max(fitting, FEWEST_TO_COMBINE), SWEEPS_TO_COMBINE)
        run = AcceleratedSweeps(
            graph, sweeps, teleport, damping=damping, tolerance=tolerance, n_to_combine=n_to_combine
        )
        return run.solution(start)
