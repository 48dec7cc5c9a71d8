"""How many values a second this machine reads at random places: the limit of a sweep over edges without locality.

All cores add up float64 values at uniformly random places of an array; of 2**20, and of as many as the graph has nodes
and live nodes (those with an edge out, all that a sweep of ours reads).
"""

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import numpy as np
import numpy.typing as npt
from numba import njit

from benchmarks.harness.contender import Figures, Job
from benchmarks.pagerank.graphs import load_edges

_N_GATHERS = 1 << 24
_REPEATS = 5
_FIXED_SIZE = 1 << 20


@njit(nogil=True)
def _sum_at(values: npt.NDArray[np.float64], places: npt.NDArray[np.uint32]) -> float:
    total = 0.0
    for place in places:
        total += values[place]
    return total


def gathers_per_s(n_values: int, n_threads: int) -> float:
    """Return the median rate over an array of so many values, all threads together."""
    rng = np.random.default_rng(1)
    values = rng.random(n_values)
    shares = np.array_split(rng.integers(n_values, size=_N_GATHERS, dtype=np.uint32), n_threads)
    took = []
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(lambda places: _sum_at(values, places[:1]), shares))  # compiles
        for _ in range(_REPEATS):
            began = time.perf_counter()
            list(pool.map(lambda places: _sum_at(values, places), shares))
            took.append(time.perf_counter() - began)
    return _N_GATHERS / median(took)


def gathers(job: Job) -> Figures:
    """Return the rates for the graph of the source."""
    edges = load_edges(job.source)
    n_live = 1 + np.count_nonzero(edges.src[1:] != edges.src[:-1])
    sizes = {"fixed": _FIXED_SIZE, "nodes": edges.n_nodes, "live": int(n_live)}
    return {name: {"n_values": size, "per_s": gathers_per_s(size, job.n_cores)} for name, size in sizes.items()}
