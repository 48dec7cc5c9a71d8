"""Compares two pictures: how far apart they are, by which views, and whether that is the same picture."""

from dataclasses import dataclass

import numpy as np

from features.images.cosine_signature import VIEWS, Flags, Signatures
from features.same_picture.leaders import DEFAULT_RADIUS
from features.same_picture.near_views import hamming
from features.same_picture.views import COMPARED_VIEWS


@dataclass(frozen=True, slots=True)
class Comparison:
    """How near two pictures are.

    Attributes
    ----------
    distance
        Bits of 256 in which their nearest views differ; None where a picture is flat and has no view.
    view, other_view
        The names of these views; ``whole`` and ``whole`` where nothing else is nearer.
    whole_distance
        Bits in which the two differ as they are.
    radius
        Largest distance at which two pictures are the same.
    """

    distance: int | None
    view: str | None
    other_view: str | None
    whole_distance: int | None
    radius: int

    @property
    def is_same(self) -> bool:
        """Say whether the two are the same picture."""
        return self.distance is not None and self.distance <= self.radius


def compare_pictures(
    signatures: Signatures, usable: Flags, other: Signatures, other_usable: Flags, radius: int = DEFAULT_RADIUS
) -> Comparison:
    """Compare two pictures by all pairs of their views that may meet (`features.same_picture.views`).

    Parameters
    ----------
    signatures, other
        Of all views of a picture, ``(n_views, 4)`` of 64 bits.
    usable, other_usable
        Which views count, ``(n_views,)``.
    radius
        Largest distance at which two pictures are the same, in bits.

    Examples
    --------
    A picture that was framed: it meets the other by its trimmed view.

    >>> one, framed = np.zeros((8, 4), np.uint64), np.full((8, 4), 2**64 - 1, np.uint64)
    >>> framed[1, 0] = 3
    >>> framed[1, 1:] = 0
    >>> compared = compare_pictures(one, np.arange(8) == 0, framed, np.ones(8, bool))
    >>> compared.distance, compared.view, compared.other_view, compared.whole_distance, compared.is_same
    (2, 'whole', 'trimmed', 256, True)
    """
    view, other_view = np.array(COMPARED_VIEWS).T
    both = usable[view] & other_usable[other_view]
    view, other_view = view[both], other_view[both]
    if not len(view):
        return Comparison(None, None, None, None, radius)
    distance = hamming(signatures[view], other[other_view])
    nearest = int(np.argmin(distance))
    whole = int(hamming(signatures[:1], other[:1])[0])
    return Comparison(int(distance[nearest]), VIEWS[view[nearest]], VIEWS[other_view[nearest]], whole, radius)
