"""Anderson acceleration: the best of the last iterates' combinations in the place of the last iterate.

D. G. Anderson, "Iterative procedures for nonlinear integral equations", J. ACM 12 (1965). Started anew after each
use it is reduced rank extrapolation (Smith, Ford, Sidi, "Extrapolation methods for vector sequences", SIAM Review 29,
1987), which needs the iterates alone.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 14  # nodes combined at a time: about what the cache holds; fewer cost more of Python; fixed, for the bits
PIECE = 1 << 9  # nodes in one product of matrices: far below what BLAS shares out, whose sums depend on its threads
N_RANGES = 8  # worked on side by side; fixed, for the bits
RIDGE = 1e-13  # of the largest; keeps weights of nearly dependent steps small
LEAST_KEPT = 0.01  # of its last value: an entry that a combination would take below is kept above 0


def extrapolate(
    iterates: Sequence[NDArray[np.floating]], scale: NDArray[np.float64], pool: Executor | None = None
) -> NDArray[np.floating] | None:
    """Return the combination of iterates whose own step is the smallest.

    Parameters
    ----------
    iterates
        Three or more successive iterates, each of shape ``(n,)``, not negative.
    scale
        Shape ``(n,)``: steps are measured in the 2-norm of an iterate times this.
    pool
        Threads to work on; None: this one alone. The bits are the same.

    Returns
    -------
    numpy.ndarray or None
        Shape ``(n,)``, of the type of the iterates, not negative. None if the steps tell nothing.

    Notes
    -----
    With the steps ``f_k = x_{k+1} - x_k`` it is ``sum_k g_k x_{k+1}``, where the ``g_k`` sum to 1 and make
    ``|sum_k g_k f_k|`` smallest. For a linear iteration that is the step of the combination, so components of
    the error that shrink slowly are cancelled. Deterministic.

    Examples
    --------
    A step halves one component of the error and takes nine tenths off the other:

    >>> steps = [np.array([1 + 0.5**k, 1 + 0.1**k]) for k in range(4)]
    >>> extrapolate(steps, np.ones(2)).round(6).tolist()
    [1.0, 1.0]
    """
    run = pool.map if pool else map
    n = scale.size
    ranges = [slice(n * part // N_RANGES, n * (part + 1) // N_RANGES) for part in range(N_RANGES)]
    shares = _shares(np.sum(list(run(lambda nodes: _products(iterates, scale, nodes), ranges)), axis=0))
    if shares is None:
        return None
    combined = np.empty_like(iterates[-1])
    for _ in run(lambda nodes: _combine(iterates, shares, nodes, combined), ranges):
        pass
    return combined


def _combine(
    iterates: Sequence[NDArray[np.floating]],
    shares: NDArray[np.float64],
    nodes: slice,
    combined: NDArray[np.floating],
) -> None:
    for block in _blocks(nodes):
        mixed = sum(share * iterate[block] for share, iterate in zip(shares.tolist(), iterates[1:], strict=True))
        np.maximum(mixed, LEAST_KEPT * iterates[-1][block], out=combined[block])


def _products(
    iterates: Sequence[NDArray[np.floating]], scale: NDArray[np.float64], nodes: slice
) -> NDArray[np.float64]:
    """Return what some nodes add to the scalar products of all pairs of steps."""
    n_steps = len(iterates) - 1
    products = np.zeros((n_steps, n_steps))
    scaled, steps = np.zeros((n_steps + 1, BLOCK)), np.empty((n_steps, BLOCK))
    pieces = steps.reshape(n_steps, BLOCK // PIECE, PIECE).transpose(1, 0, 2)
    for block in _blocks(nodes):
        size = block.stop - block.start
        for place, iterate in enumerate(iterates):
            np.multiply(iterate[block], scale[block], out=scaled[place, :size])
        scaled[:, size:] = 0.0
        np.subtract(scaled[1:], scaled[:-1], out=steps)
        products += np.matmul(pieces, pieces.transpose(0, 2, 1)).sum(axis=0)
    return products


def _blocks(nodes: slice) -> Iterator[slice]:
    for start in range(nodes.start, nodes.stop, BLOCK):
        yield slice(start, min(start + BLOCK, nodes.stop))


def _shares(products: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the shares of sum 1 that make the combined step smallest: all ones = products @ shares, scaled."""
    lengths = np.sqrt(np.diag(products))
    if not (np.isfinite(lengths).all() and lengths.min() > 0.0):
        return None
    # Steps shrink by orders of magnitude; brought to length 1 the system is as well-conditioned as it gets.
    cosines = products / np.outer(lengths, lengths) + RIDGE * np.eye(lengths.size)
    shares: NDArray[np.float64] = np.linalg.solve(cosines, 1.0 / lengths) / lengths
    total = shares.sum()
    return shares / total if np.isfinite(total) and total > 0.0 else None
