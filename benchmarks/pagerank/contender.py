"""Runs one contender of PageRank: a module of ``benchmarks.pagerank.contenders`` with a function ``rank(task)``.

It loads the arrays, lets the contender rank a small graph of the same types first (so that nobody is charged for
what is loaded, compiled or started at the first call), and then takes the time from arrays to ranks. The variant is
a number of threads; all cores where there is none.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.contender import contender_and_job
from benchmarks.job import Job
from benchmarks.pagerank.edges import Edges, load_edges, merged
from benchmarks.pagerank.task import FIGURES_NAME, RANKS_NAME, Ranked, Task

_WARM_NODES = 1 << 18  # at least as many edges and nodes as ours needs to do all that it does for large graphs
Rank = Callable[[Task], Ranked]


def main() -> None:
    """Run what the command line names; write the ranks and what they took."""
    contender, job = contender_and_job("benchmarks.pagerank.contenders", Job)
    n_threads = int(job.variant or job.n_cores)
    edges = load_edges(job.source)
    _, first_call = _timed(contender.rank, _warm_up_graph(edges.n_nodes), n_threads)
    ranked, figures = _timed(contender.rank, edges, n_threads)
    figures |= {
        "first_call_s": first_call["total_s"],
        "n_sweeps": ranked.n_sweeps,
        "error_bound": ranked.error_bound,
        "swept_per_s": ranked.swept_per_s,
        "peak_bytes": _peak_bytes(),
    }
    np.save(job.output / RANKS_NAME, ranked.as_array)
    (job.output / FIGURES_NAME).write_text(json.dumps(figures))


def _timed(rank: Rank, edges: Edges, n_threads: int) -> tuple[Ranked, dict[str, float | None]]:
    built: list[float] = []
    began = time.perf_counter()
    ranked = rank(Task(edges, n_threads, lambda: built.append(time.perf_counter())))
    ended = time.perf_counter()
    return ranked, {
        "build_s": built[0] - began if built else None,
        "solve_s": ended - built[0] if built else None,
        "total_s": ended - began,
    }


def _warm_up_graph(n_nodes: int) -> Edges:
    rng = np.random.default_rng(1)
    src, dst = rng.integers(min(n_nodes, _WARM_NODES), size=(2, _WARM_NODES))
    return merged(src, dst, None, min(n_nodes, _WARM_NODES))


def _peak_bytes() -> int:
    """Return the largest memory of this process so far, to the page: the harness looks but five times a second."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    main()
