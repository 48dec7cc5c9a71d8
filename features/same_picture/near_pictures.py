"""Finds, for each of some pictures, the near ones among others: in all bands, by all views that count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.images.cosine_signature import N_BANDS
from features.same_picture.near_views import Effort, NearViews, near_views
from features.same_picture.views import PictureViews, SignedPictures, Views

Ints = npt.NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, slots=True)
class NearPictures:
    """Pairs of near pictures, sorted by the one that was sought, then the one that was found; each pair once.

    ``sought`` and ``found`` are rows of the pictures; ``distance`` is that of their nearest views, in bits, and
    ``sought_view`` and ``found_view`` are the numbers of these.
    """

    sought: Ints
    found: Ints
    distance: Ints
    sought_view: Ints
    found_view: Ints
    effort: Effort

    def take(self, pairs: Ints | npt.NDArray[np.bool_]) -> "NearPictures":
        """Return some pairs."""
        return NearPictures(
            self.sought[pairs],
            self.found[pairs],
            self.distance[pairs],
            self.sought_view[pairs],
            self.found_view[pairs],
            self.effort,
        )

    def nearest(self) -> "NearPictures":
        """Return one pair for each sought picture: with the nearest, and of equally near ones the first."""
        order = np.lexsort((self.found, self.distance, self.sought))
        return self.take(order[_starts(self.sought[order])])


# Finds the pairs of all bands, one after another or side by side; arguments as of `near_pictures`.
Search = Callable[[SignedPictures, SignedPictures, int, int | None], NearPictures]


def near_pictures(
    sought: SignedPictures, indexed: SignedPictures, radius: int, most_candidates: int | None = None
) -> NearPictures:
    """Return the pairs of near pictures of all bands; the radius is the largest distance of two views, in bits.

    The search gives up before it compares more than `most_candidates` pairs of views in a band.
    """
    views = sought.views(), indexed.views()
    return combine([near_in_band(*views, band, radius, most_candidates) for band in range(N_BANDS)])


def near_in_band(
    sought: PictureViews, indexed: PictureViews, band: int, radius: int, most_candidates: int | None = None
) -> NearPictures:
    """Return the pairs of near pictures that agree on a band but for one bit in a view of each."""
    views = (
        (sought.main, indexed.main),
        (sought.crops, indexed.main),
        (sought.main, indexed.crops),
        (sought.middle, indexed.middle),
    )
    return combine(
        [
            _of_views(near_views(some, others, band, radius, most_candidates), some, others)
            for some, others in views
            if len(some) and len(others)
        ]
    )


def combine(found: Sequence[NearPictures]) -> NearPictures:
    """Put pairs together, each pair once with its nearest views."""
    none = np.empty(0, np.int8)
    every = NearPictures(
        np.concatenate([none, *(pairs.sought for pairs in found)]),
        np.concatenate([none, *(pairs.found for pairs in found)]),
        np.concatenate([none, *(pairs.distance for pairs in found)]),
        np.concatenate([none, *(pairs.sought_view for pairs in found)]),
        np.concatenate([none, *(pairs.found_view for pairs in found)]),
        sum((pairs.effort for pairs in found), Effort()),
    )
    order = np.lexsort((every.found_view, every.sought_view, every.distance, every.found, every.sought))
    pair = every.sought[order].astype(np.int64) << 32 | every.found[order]
    return every.take(order[_starts(pair)])


def _of_views(near: NearViews, sought: Views, indexed: Views) -> NearPictures:
    return NearPictures(
        sought.picture[near.sought],
        indexed.picture[near.found],
        near.distance,
        sought.view[near.sought],
        indexed.view[near.found],
        near.effort,
    )


def _starts(values: Ints) -> npt.NDArray[np.int64]:
    """Return the first row of each run of equal values."""
    is_start = np.ones(len(values), bool)
    is_start[1:] = values[1:] != values[:-1]
    return np.flatnonzero(is_start)
