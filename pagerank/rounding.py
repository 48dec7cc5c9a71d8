"""How far rounding lets a proof come: the part of the error bound that no sweep removes, and the tolerance above it."""

from math import ceil, floor, log2, log10

import numpy as np
from numpy.typing import NDArray

from pagerank.errors import InvalidGraphError

EPSILON = 2.0**-52  # of float64
SUM_BLOCK = 1 << 10  # edges into a node that are added up one by one; the sums of such blocks are added then
LEAST_TELEPORT_TO_SWEEP = 1e-100  # less to non-dangling nodes gives them no importance that float64 tells from none
ROOM_FOR_STEPS = 2.0  # times the rounding, so that the last step need be no shorter than rounding lets steps become


def rounding_of_sweep(n_nodes: int, n_additions: float) -> float:
    """Return an upper bound of the L1 rounding error of one power step from ranks of sum 1.

    `n_additions` are the inexact additions behind what a node receives and behind the shares it gives, in the mean of
    the nodes weighted by their ranks. Each adds half a unit in the last place at most (Higham, "Accuracy and stability
    of numerical algorithms", section 4.2); sums over the nodes are pairwise and take about the logarithm of
    ``n_nodes``.
    """
    return EPSILON * (64 + 2 * log2(n_nodes) + n_additions)


def blocked_additions(n_terms: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the additions that lie behind a term at most, when so many terms are added up in blocks of `SUM_BLOCK`.

    Without blocks a board that a billion others save from could not be ranked to 1e-8.

    Examples
    --------
    >>> blocked_additions(np.array([0, 3, 10**9])).tolist()
    [0, 3, 977586]
    """
    additions: NDArray[np.int64] = np.minimum(n_terms, SUM_BLOCK) + n_terms // SUM_BLOCK
    return additions.astype(np.int64, copy=False)


def block_starts(row_start: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where blocks of rows begin, the end behind them, and the first block of each row; one of an empty row.

    Examples
    --------
    >>> [found.tolist() for found in block_starts(np.array([0, 2, 2, 2000]))]
    [[0, 2, 2, 1026, 2000], [0, 1, 2]]
    """
    n_blocks = np.maximum(1, -(-np.diff(row_start) // SUM_BLOCK))
    first = np.cumsum(n_blocks) - n_blocks
    nth = np.arange(n_blocks.sum()) - np.repeat(first, n_blocks)
    return np.append(np.repeat(row_start[:-1], n_blocks) + SUM_BLOCK * nth, row_start[-1]), first


def smallest_tolerance(n_nodes: int, most_additions: int, damping: float) -> float:
    """Return the smallest tolerance that is surely proved, two digits, rounded up; any node may have all the rank.

    Examples
    --------
    >>> smallest_tolerance(1_000_000, 1_500, 0.85)
    4.8e-12
    """
    provable = ROOM_FOR_STEPS * rounding_of_sweep(n_nodes, most_additions) / (1.0 - damping)
    last_digit = floor(log10(provable)) - 1
    return float(f"{ceil(provable / 10.0**last_digit)}e{last_digit}")


def check_tolerance(tolerance: float, n_additions: NDArray[np.integer], damping: float) -> None:
    """Raise unless the tolerance can be proved in float64; `n_additions` are those of each node of the graph.

    Examples
    --------
    >>> check_tolerance(1e-8, np.array([3, 1]), 0.85)
    """
    check_most_additions(tolerance, n_additions.size, int(n_additions.max()), damping)


def check_most_additions(tolerance: float, n_nodes: int, most_additions: int, damping: float) -> None:
    """Raise as `check_tolerance` does, for a graph of which the most additions of a node are known.

    Examples
    --------
    >>> check_most_additions(1e-8, 2, 3, 0.85)
    """
    smallest = smallest_tolerance(n_nodes, most_additions, damping)
    if tolerance < smallest:
        additions = "addition" if most_additions == 1 else "additions"
        raise InvalidGraphError(
            f"tolerance={tolerance:g}; float64 proves no less than {smallest:g} for this graph: {n_nodes:,} "
            f"nodes, damping={damping:g}, up to {most_additions:,} {additions} behind a rank",
            remedy=f"give {smallest:g} or more, or lower damping",
        )
