"""How much a picture counts: by how many boards show it, and by how far their votes are from those of all boards.

A picture that sits everywhere tells little about a board, and one whose boards disagree tells little about a category.
How much less is not ours to guess: a weight for each knot below is fitted to owners' labels that the evidence never
saw (`features.categories.fitting.owner_likelihood`), and a picture between two knots gets its share of both.
"""

from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from joins.arrow.groups import Floats, Ints

Narrow = npt.NDArray[np.float32]  # precise enough to search with, and in half of the time
Reals = TypeVar("Reals", Narrow, Floats)

OUTLIER_SHARES: Final = (0.05, 0.4)  # of pictures that have nothing to do with their board's category
REACH: Final = (1.0, 10.0, 100.0, 1e3, 1e4)  # voters on a picture, other boards than the one in question
CONTRAST: Final = (0.01, 0.1, 1.0, 10.0)  # chi-square distance of the votes on a picture from the prior
N_KNOTS: Final = len(REACH) + len(CONTRAST)
N_PLANES: Final = len(OUTLIER_SHARES) * N_KNOTS


@dataclass(frozen=True, slots=True)
class EvidenceWeights:
    """How the evidence about a board is weighed.

    Parameters
    ----------
    weights
        float64, shape ``(len(OUTLIER_SHARES), N_KNOTS)``, none negative.
    g
        Length exponent, 0 to 1: the score of n pictures is divided by n to this power.
    bias
        float64, shape ``(n_categories,)``: added to the score of each category, which the pictures over- or understate.
    """

    weights: Floats
    g: float
    bias: Floats

    def shortening(self, n_images: Ints) -> Floats:
        """Return by what the scores of boards are multiplied; many pictures repeat one another."""
        shortening: Floats = np.maximum(n_images, 1.0) ** -self.g
        return shortening

    def bias_of(self, n_images: Ints) -> Floats:
        """Return the bias by board and category: it is the pictures', so 0 where there are none."""
        bias: Floats = self.bias * (n_images > 0)[:, None]
        return bias

    def expected(self, scores: Reals, n_images: Ints, prior: Floats) -> Reals:
        """Return the probabilities of the categories from the evidence alone, without the owner's label.

        ``scores`` are already weighed, shape ``(n_boards, n_categories)``; the result has their precision, and rows
        that sum to 1. The prior stands outside the weights: without evidence it is all there is.
        """
        shares = scores * self.shortening(n_images)[:, None].astype(scores.dtype)
        shares += (self.bias_of(n_images) + np.log(prior)).astype(scores.dtype)
        shares -= shares.max(axis=1, keepdims=True)
        np.exp(shares, out=shares)
        shares /= shares.sum(axis=1, keepdims=True)
        return shares


def weighted_sum(planes: Narrow, weights: Floats) -> Narrow:
    """Add up weighted planes: no matrix product, whose last bits depend on the number of threads."""
    total = np.zeros(planes.shape[1:], np.float32)
    part = np.empty_like(total)
    for plane, weight in zip(planes, weights.astype(np.float32).flat, strict=True):
        if weight:
            total += np.multiply(plane, weight, out=part)
    return total


def knot_shares(reach: Floats, contrast: Floats) -> Floats:
    """Place pictures between the knots, shape ``(n_pictures, N_KNOTS)``.

    A picture lies between two knots of reach (voters, from 1) and two of contrast (``sum of (p - prior) ** 2 /
    prior``). Its nearness to each, on a logarithmic scale, adds up to 1 for each two; a picture beyond the last knot is
    at it.

    Examples
    --------
    >>> knot_shares(np.array([10.0, 1e5]), np.array([0.1, 0.0])).tolist()
    [[0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0]]
    """
    shares = np.zeros((len(reach), N_KNOTS))
    row = np.arange(len(reach))
    for values, knots, first in ((reach, REACH, 0), (contrast, CONTRAST, len(REACH))):
        place = np.interp(np.log(np.maximum(values, knots[0])), np.log(knots), np.arange(len(knots)))
        below = np.minimum(place.astype(np.int64), len(knots) - 2)
        shares[row, first + below] = 1 + below - place
        shares[row, first + below + 1] = place - below
    return shares
