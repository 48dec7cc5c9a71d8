"""How PageRank is timed, from arrays to ranks.

A contender is a function that is given a `Task` and returns `Ranked`. It ranks a small graph of the same types first,
so that nobody is charged for what is loaded, compiled or started at the first call. The variant is a number of threads;
all cores where there is none.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from typing import Any
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

from benchmarks.harness.contender import Figures, Job, timed
from benchmarks.pagerank.graphs import Edges, load_edges, merged

RANKS_NAME = "ranks.npy"
_WARM_NODES, _WARM_EDGES = 1 << 18, 600_000  # as many as ours needs to do all that it does for large graphs


@dataclass(frozen=True, slots=True)
class Task:
    """One timed call."""

    edges: Edges
    n_threads: int  # threads to use, where the contender lets one say
    built: Callable[[], None]  # to be called when it has its own form of the graph; from there on it is solving


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """What came out; a contender tells what it knows."""

    ranks: npt.ArrayLike  # by node
    n_sweeps: int | None = None
    error_bound: float | None = None  # of the L1 error, an upper bound
    swept_per_s: float | None = None  # edges that a sweep by itself goes over in a second


def clocked(owner: object, name: str, took_s: list[float]) -> AbstractContextManager[object]:
    """Replace a function or method of ours, as long as the context lasts, by itself and a note of what a call takes."""
    call = getattr(owner, name)

    @wraps(call)
    def noted(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the function's own
        began = time.perf_counter()
        returned = call(*given, **named)
        took_s.append(time.perf_counter() - began)
        return returned

    return patch.object(owner, name, noted)


Rank = Callable[[Task], Ranked]


def time_ranking(rank: Rank, job: Job) -> Figures:
    """Let a contender rank, write the ranks, and return what they took."""
    n_threads = int(job.variant or job.n_cores)
    edges = load_edges(job.source)
    _, first_call = _timed(rank, _warm_up_graph(edges.n_nodes), n_threads)
    ranked, figures = _timed(rank, edges, n_threads)
    np.save(job.output / RANKS_NAME, np.asarray(ranked.ranks, np.float64))
    said = {name: getattr(ranked, name) for name in ("n_sweeps", "error_bound", "swept_per_s")}
    return figures | said | {"first_call_s": first_call["total_s"]}


def _timed(rank: Rank, edges: Edges, n_threads: int) -> tuple[Ranked, Figures]:
    at: dict[str, float] = {}

    def call() -> Ranked:
        at["began"] = time.perf_counter()
        ranked = rank(Task(edges, n_threads, lambda: at.update(built=time.perf_counter())))
        at["ended"] = time.perf_counter()
        return ranked

    ranked, took = timed(call)
    return ranked, took | {
        "build_s": at["built"] - at["began"] if "built" in at else None,
        "solve_s": at["ended"] - at["built"] if "built" in at else None,
        "total_s": at["ended"] - at["began"],
    }


def _warm_up_graph(n_nodes: int) -> Edges:
    rng = np.random.default_rng(1)
    src, dst = rng.integers(min(n_nodes, _WARM_NODES), size=(2, _WARM_EDGES))
    return merged(src, dst, None, min(n_nodes, _WARM_NODES))
