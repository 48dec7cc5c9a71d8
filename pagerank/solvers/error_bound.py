"""What is proved about ranks that come from anywhere: one power step, and how far that can be from the exact ranks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pagerank.layout.live_graph import LiveGraph


@dataclass(frozen=True, slots=True, eq=False)
class ProvedStep:
    """Ranks after one power step, and the proof that comes with it.

    Attributes
    ----------
    ranks
        Shape ``(n_nodes,)``, float64, sum 1.
    spread
        What the teleport and the dangling nodes spread over the nodes.
    step
        L1 distance of `ranks` to the ranks before the step.
    rounding, error_bound
        Upper bounds of the L1 distance of `ranks` to the exact ranks: the part of rounding alone, and the whole.
    """

    ranks: NDArray[np.float64]
    spread: float
    step: float
    rounding: float
    error_bound: float


def proved_step(
    graph: LiveGraph,
    pulled: NDArray[np.float64],
    live_values: NDArray[np.float64],
    inflow: float,
    teleport: NDArray[np.float64],
    *,
    damping: float,
) -> ProvedStep:
    """Return the ranks after one power step from given values of the live nodes, and their error bound.

    Parameters
    ----------
    graph
        The graph.
    pulled
        Shape ``(n_nodes,)``: what each node receives over its edges from `live_values`. Used up.
    live_values
        Shape ``(n_live,)``, of any sum.
    inflow
        What teleport and dangling nodes spread, in the same unit; at least 0.
    teleport
        Shape ``(n_nodes,)``, sum 1.
    damping
        Part of the importance that follows edges.

    Returns
    -------
    ProvedStep
        Its bound holds whatever the values are and wherever they come from.

    Notes
    -----
    A dangling node is no source, so what the step starts from may give it any value; it is given
    ``damping * pulled + inflow * teleport``, which costs no pass of its own. Scaled to sum 1 this is ``x``, and ::

        x' = a P x + (1 - |a P x|) t
        |x' - exact| <= (a |x' - x| + e) / (1 - a)

    because a power step shrinks L1 distances by ``a``. For the rounding error ``e`` see
    `pagerank.solvers.power_iteration.power_iteration`. Deterministic; no BLAS, whose sums depend on its threads.

    References
    ----------
    The bound is the a-posteriori form of Banach's fixed point theorem (1922).

    Examples
    --------
    A node that links to itself holds what it holds.

    >>> from pagerank.layout.edge_rows import MemoryRows
    >>> from pagerank.layout.strengths import Strengths
    >>> one, number = np.ones(1), np.zeros(1, np.int32)
    >>> rows = MemoryRows(np.array([0, 1], np.uint64), number.view(np.uint32), None)
    >>> loop = LiveGraph(rows, number, number.view(np.uint32), Strengths(one, 0 * one, one, 0 * one))
    >>> proved_step(loop, one.copy(), one, 0.15, one, damping=0.85).ranks
    array([1.])
    """
    pulled *= damping
    pulled_sum, live = float(pulled.sum()), graph.live_rows
    dangling_teleport = 1.0 - float(teleport[live].sum())
    total = float(live_values.sum() - pulled[live].sum()) + pulled_sum + inflow * dangling_teleport
    ranks = np.divide(pulled, total, out=pulled)
    spread = 1.0 - pulled_sum / total
    ranks += spread * teleport
    live_ranks = ranks[live]
    step = float(np.abs(live_ranks - live_values / total).sum()) + abs(spread - inflow / total) * dangling_teleport
    n_additions = float((graph.edges.in_degree * ranks).sum() + (graph.strengths.n_additions * live_ranks).sum())
    n_additions_of_sums = 64 + 2 * np.log2(ranks.size)
    rounding = float(np.finfo(np.float64).eps * (n_additions_of_sums + n_additions)) / (1.0 - damping)
    return ProvedStep(ranks, spread, step, rounding, damping * step / (1.0 - damping) + rounding)
