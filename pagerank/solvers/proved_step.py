"""The proof of an error bound: one power step from any ranks, and how far its result can be from the exact ranks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pagerank.rounding import rounding_of_sweep


@dataclass(frozen=True, slots=True, eq=False)
class ProvedStep:
    """Ranks after one power step, of sum 1, and the proof that comes with them.

    The inflow is what the teleport and the dangling nodes spread; the step is the L1 distance to the ranks before. The
    error bound is an upper bound of the L1 distance to the exact ranks, rounding included.
    """

    ranks: NDArray[np.float64]
    inflow: float
    step: float
    error_bound: float


def proved_step(
    received: NDArray[np.float64],
    values: NDArray[np.floating],
    inflow: float,
    teleport: NDArray[np.float64],
    *,
    non_dangling: NDArray[np.integer] | slice,
    n_additions: NDArray[np.integer],
    damping: float,
) -> ProvedStep:
    """Return the ranks after one power step from given values of the non-dangling nodes, and their error bound.

    The values may have any sum; `inflow`, at least 0, is what teleport and dangling nodes spread, in the same unit.
    `received` is what each of all nodes receives over its edges from the values, damped, and is used up. `n_additions`
    are the inexact additions behind that and behind the shares that a node gives. The bound holds whatever the values
    are and wherever they come from.

    Notes
    -----
    A dangling node is no source, so what the step starts from may give it any value; it is given
    ``received + inflow * teleport``, which costs no pass of its own. Scaled to sum 1 this is ``x``, and ::

        x' = a P x + (1 - |a P x|) t
        |x' - exact| <= (a |x' - x| + e) / (1 - a)

    because a power step shrinks L1 distances by ``a``: the a-posteriori form of Banach's fixed point theorem (1922).
    For the rounding error ``e`` see `pagerank.rounding.rounding_of_sweep`. Deterministic; no BLAS, whose sums depend on
    its threads.

    Examples
    --------
    A node that links to itself holds what it holds.

    >>> one = np.ones(1)
    >>> proved_step(0.85 * one, one, 0.15, one, non_dangling=slice(1), n_additions=np.ones(1, int), damping=0.85).ranks
    array([1.])
    """
    received_sum = float(received.sum())
    dangling_teleport = 1.0 - float(teleport[non_dangling].sum())
    total = float(values.sum() - received[non_dangling].sum()) + received_sum + inflow * dangling_teleport
    ranks = np.divide(received, total, out=received)
    new_inflow = 1.0 - received_sum / total
    ranks += new_inflow * teleport
    step = float(np.abs(ranks[non_dangling] - values / total).sum())
    step += abs(new_inflow - inflow / total) * dangling_teleport
    rounding = rounding_of_sweep(ranks.size, float((n_additions * ranks).sum()))
    return ProvedStep(ranks, new_inflow, step, (damping * step + rounding) / (1.0 - damping))
