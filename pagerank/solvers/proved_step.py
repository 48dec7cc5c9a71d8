"""The proof of an error bound: one power step from any ranks, and how far its result can be from the exact ranks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pagerank.layout.non_dangling_graph import NonDanglingGraph
from pagerank.solvers.solver import rounding_of_sweep


@dataclass(frozen=True, slots=True, eq=False)
class ProvedStep:
    """Ranks after one power step, of sum 1, and the proof that comes with them.

    The inflow is what the teleport and the dangling nodes spread; the step is the L1 distance to the ranks before. The
    error bound is an upper bound of the L1 distance to the exact ranks, and `rounding` the part of it that rounding
    alone makes.
    """

    ranks: NDArray[np.float64]
    inflow: float
    step: float
    rounding: float
    error_bound: float


def proved_step(
    graph: NonDanglingGraph,
    received: NDArray[np.float64],
    values: NDArray[np.float64],
    inflow: float,
    teleport: NDArray[np.float64],
    *,
    damping: float,
) -> ProvedStep:
    """Return the ranks after one power step from given values of the non-dangling nodes, and their error bound.

    The values may have any sum; `inflow`, at least 0, is what teleport and dangling nodes spread, in the same unit.
    `received` is what each of all nodes receives over its edges from the values, and is used up. The bound holds
    whatever the values are and wherever they come from.

    Notes
    -----
    A dangling node is no source, so what the step starts from may give it any value; it is given
    ``damping * received + inflow * teleport``, which costs no pass of its own. Scaled to sum 1 this is ``x``, and ::

        x' = a P x + (1 - |a P x|) t
        |x' - exact| <= (a |x' - x| + e) / (1 - a)

    because a power step shrinks L1 distances by ``a``: the a-posteriori form of Banach's fixed point theorem (1922).
    For the rounding error ``e`` see `pagerank.solvers.solver.rounding_of_sweep`. Deterministic; no BLAS, whose sums
    depend on its threads.

    Examples
    --------
    A node that links to itself holds what it holds.

    >>> from pagerank.layout.non_dangling_graph import MemoryRows, OutWeights
    >>> one, number = np.ones(1), np.zeros(1, np.int32)
    >>> rows = MemoryRows(np.array([0, 1], np.uint64), number.view(np.uint32), None)
    >>> loop = NonDanglingGraph(rows, number, number.view(np.uint32), OutWeights(one, 0 * one, one, 0 * one))
    >>> proved_step(loop, one.copy(), one, 0.15, one, damping=0.85).ranks
    array([1.])
    """
    received *= damping
    received_sum, nodes = float(received.sum()), graph.non_dangling_nodes
    dangling_teleport = 1.0 - float(teleport[nodes].sum())
    total = float(values.sum() - received[nodes].sum()) + received_sum + inflow * dangling_teleport
    ranks = np.divide(received, total, out=received)
    new_inflow = 1.0 - received_sum / total
    ranks += new_inflow * teleport
    non_dangling_ranks = ranks[nodes]
    step = (
        float(np.abs(non_dangling_ranks - values / total).sum()) + abs(new_inflow - inflow / total) * dangling_teleport
    )
    n_additions = (graph.edges.in_degree * ranks).sum() + (graph.out_weights.n_additions * non_dangling_ranks).sum()
    rounding = rounding_of_sweep(ranks.size, float(n_additions)) / (1.0 - damping)
    return ProvedStep(ranks, new_inflow, step, rounding, damping * step / (1.0 - damping) + rounding)
