"""How much a picture counts: by how many boards show it, and by how far what they say is from what all boards say.

A picture that sits everywhere says little about a board, and one whose boards disagree says little about a category.
How much less is not ours to guess: `features.categories.likelihood` fits a weight for each knot below to owners' labels
that the evidence never saw, and a picture between two knots gets its share of both.
"""

from typing import Final

import numpy as np

from joins.arrow.groups import Floats, Ints

READINGS: Final = (0.05, 0.4)  # shares of pictures that say nothing about their board: a trusting and a wary reading
REACH: Final = (1.0, 10.0, 100.0, 1e3, 1e4)  # voters on a picture, other boards than the one in question
CONTRAST: Final = (0.01, 0.1, 1.0, 10.0)  # chi-square distance of the votes on a picture from the prior
N_KNOTS: Final = len(REACH) + len(CONTRAST)
N_PLANES: Final = len(READINGS) * N_KNOTS


def knot_shares(reach: Ints, contrast: Floats) -> Floats:
    """Place pictures between the knots.

    Parameters
    ----------
    reach
        int64, shape ``(n_pictures,)``: voters on each, from 1.
    contrast
        float64, shape ``(n_pictures,)``: ``sum over categories of (p - prior) ** 2 / prior``.

    Returns
    -------
    float64 array, shape ``(n_pictures, N_KNOTS)``
        The nearness of the two knots of reach and the two of contrast that a picture lies between, on a logarithmic
        scale: each two add up to 1, all others are 0. A picture beyond the last knot is at it.

    Examples
    --------
    >>> knot_shares(np.array([10, 100_000]), np.array([0.1, 0.0])).tolist()
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
