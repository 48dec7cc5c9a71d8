"""Anderson acceleration: the best of the last iterates' combinations in the place of the last iterate.

D. G. Anderson, "Iterative procedures for nonlinear integral equations", J. ACM 12 (1965). Started anew after each
use it is reduced rank extrapolation (Smith, Ford, Sidi, "Extrapolation methods for vector sequences", SIAM Review 29,
1987), which needs the iterates alone.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 12  # nodes combined at a time: the differences stay in the cache; fixed, for the bits
RIDGE = 1e-13  # of the largest; keeps weights of nearly dependent steps small
LEAST_KEPT = 0.01  # of its last value: an entry that a combination would take below is kept above 0


def extrapolate(iterates: Sequence[NDArray[np.floating]], scale: NDArray[np.float64]) -> NDArray[np.floating] | None:
    """Return the combination of iterates whose own step is the smallest.

    Parameters
    ----------
    iterates
        Three or more successive iterates, each of shape ``(n,)``, not negative.
    scale
        Shape ``(n,)``: steps are measured in the 2-norm of an iterate times this.

    Returns
    -------
    numpy.ndarray or None
        Shape ``(n,)``, of the type of the iterates, not negative. None if the steps tell nothing.

    Notes
    -----
    With the steps ``f_k = x_{k+1} - x_k`` it is ``sum_k g_k x_{k+1}``, where the ``g_k`` sum to 1 and make
    ``|sum_k g_k f_k|`` smallest. For a linear iteration that is the step of the combination, so components of
    the error that shrink slowly are cancelled. Deterministic; no BLAS, whose sums depend on its threads.

    Examples
    --------
    A step halves one component of the error and takes nine tenths off the other:

    >>> steps = [np.array([1 + 0.5**k, 1 + 0.1**k]) for k in range(4)]
    >>> extrapolate(steps, np.ones(2)).round(6).tolist()
    [1.0, 1.0]
    """
    shares = _shares(_products(iterates, scale))
    if shares is None:
        return None
    last = iterates[-1]
    combined = np.empty_like(last)
    for start in range(0, last.size, BLOCK):
        block = slice(start, start + BLOCK)
        mixed = sum(share * iterate[block] for share, iterate in zip(shares.tolist(), iterates[1:], strict=True))
        combined[block] = np.maximum(mixed, LEAST_KEPT * last[block])
    return combined


def _products(iterates: Sequence[NDArray[np.floating]], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scalar products of all pairs of steps."""
    n_iterates = len(iterates)
    products = np.zeros((n_iterates - 1, n_iterates - 1))
    scaled, steps = np.empty((n_iterates, BLOCK)), np.empty((n_iterates - 1, BLOCK))
    for start in range(0, scale.size, BLOCK):
        stop = min(start + BLOCK, scale.size)
        for place, iterate in enumerate(iterates):
            np.multiply(iterate[start:stop], scale[start:stop], out=scaled[place, : stop - start])
        filled = np.subtract(scaled[1:, : stop - start], scaled[:-1, : stop - start], out=steps[:, : stop - start])
        products += np.einsum("ib,jb->ij", filled, filled)
    return products


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
