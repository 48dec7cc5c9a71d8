"""What a contender of the PageRank benchmark is given, and what it hands back."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.pagerank.edges import Edges

FIGURES_NAME, RANKS_NAME = "figures.json", "ranks.npy"


@dataclass(frozen=True, slots=True)
class Task:
    """One timed call.

    Parameters
    ----------
    edges
        The graph, in memory.
    n_threads
        Threads to use, where the contender lets one say.
    built
        To be called when the contender has its own form of the graph; what comes after it counts as solving.
    """

    edges: Edges
    n_threads: int
    built: Callable[[], None]


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """What came out.

    Parameters
    ----------
    ranks
        By node.
    n_sweeps
        Sweeps over the edges, where the contender says.
    error_bound
        Upper bound of the L1 error, where the contender says.
    swept_per_s
        Edges that a sweep by itself goes over in a second, where the contender says.
    """

    ranks: npt.ArrayLike
    n_sweeps: int | None = None
    error_bound: float | None = None
    swept_per_s: float | None = None

    @property
    def as_array(self) -> npt.NDArray[np.float64]:
        """The ranks as an array."""
        return np.asarray(self.ranks, np.float64)
