"""Compares two pictures: how far apart they are, by which views, and whether that is the same picture."""

from dataclasses import dataclass

import numpy as np

from features.images.cosine_signature import VIEWS
from features.same_picture.drawing_match import drawings_agree
from features.same_picture.leaders import DEFAULT_RADIUS
from features.same_picture.near_views import hamming
from features.same_picture.views import COMPARED_VIEWS, SignedPictures


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
    agree
        Whether drawings agree in small parts and colours; true of photographs.
    """

    distance: int | None
    view: str | None
    other_view: str | None
    whole_distance: int | None
    radius: int
    agree: bool = True

    @property
    def is_near(self) -> bool:
        """Say whether signatures are within the radius."""
        return self.distance is not None and self.distance <= self.radius

    @property
    def is_same(self) -> bool:
        """Say whether the two are the same picture."""
        return self.is_near and self.agree


def compare_pictures(one: SignedPictures, other: SignedPictures, radius: int = DEFAULT_RADIUS) -> Comparison:
    """Compare two pictures by all pairs of their views that may meet (`features.same_picture.views`).

    Parameters
    ----------
    one, other
        The two, a single picture each.
    radius
        Largest distance at which two pictures are the same, in bits.

    Examples
    --------
    A picture that was framed: it meets the other by its trimmed view.

    >>> one, framed = np.zeros((1, 8, 4), np.uint64), np.full((1, 8, 4), 2**64 - 1, np.uint64)
    >>> framed[0, 1, 0] = 3
    >>> framed[0, 1, 1:] = 0
    >>> usable = np.arange(8)[None] == 0
    >>> pictures = SignedPictures.photographs(one, usable), SignedPictures.photographs(framed, usable | True)
    >>> compared = compare_pictures(*pictures)
    >>> compared.distance, compared.view, compared.other_view, compared.whole_distance, compared.is_same
    (2, 'whole', 'trimmed', 256, True)
    """
    view, other_view = np.array(COMPARED_VIEWS).T
    both = one.usable[0, view] & other.usable[0, other_view]
    view, other_view = view[both], other_view[both]
    if not len(view):
        return Comparison(None, None, None, None, radius)
    distance = hamming(one.signatures[0, view], other.signatures[0, other_view])
    nearest = int(np.argmin(distance))
    whole = int(hamming(one.signatures[0, :1], other.signatures[0, :1])[0])
    met = view[nearest : nearest + 1], other_view[nearest : nearest + 1]
    agree = bool(drawings_agree(one.sketches, other.sketches, *met)[0])
    return Comparison(int(distance[nearest]), VIEWS[met[0][0]], VIEWS[met[1][0]], whole, radius, agree)
