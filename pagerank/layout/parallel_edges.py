"""Parallel edges, which stand side by side in every layout, in an order that doesn't depend on the one they came in.

Float addition depends on the order of its terms. Apart from the layouts because one of them needs no Numba.

`is_parallel`, shape ``(n_edges - 1,)``, tells of each edge but the first whether it is parallel to the one before.
"""

import numpy as np
from numpy.typing import NDArray

_DIGIT_BITS = 16  # what NumPy sorts by counting, and so in no time


def order_parallel(is_parallel: NDArray[np.bool_], weight: NDArray[np.floating]) -> None:
    """Sort the weights of parallel edges, in place.

    Examples
    --------
    >>> weight = np.array([2.0, 1.0, 0.5])
    >>> order_parallel(np.array([True, False]), weight)
    >>> weight.tolist()
    [1.0, 2.0, 0.5]
    """
    if not (is_parallel & (weight[1:] != weight[:-1])).any():
        return
    follows = np.concatenate(([False], is_parallel))
    edges = np.flatnonzero(follows | np.concatenate((is_parallel, [False])))
    pair, order = np.cumsum(~follows[edges]), np.argsort(weight[edges])
    for shift in range(0, int(pair[-1]).bit_length(), _DIGIT_BITS):
        order = order[np.argsort((pair[order] >> shift).astype(np.uint16), kind="stable")]
    weight[edges] = weight[edges[order]]
