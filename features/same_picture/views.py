"""The views of many pictures as arrays to search in: one row a view, main views and crops apart.

Two pictures are the same when a view of one is near a view of the other and at least one of the two is a main view: a
picture may be a crop of the other, or lie in a frame. Two crops that meet say little, but for the smallest of both:
then the pictures are the same in the middle, and differ in what was written or stuck on near the edge. Of drawings
sketches decide as well (`features.same_picture.drawing_match`).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.images.cosine_signature import N_MAIN_VIEWS, VIEWS, Flags, Signatures
from features.images.drawings.sketches import Sketches, no_sketches

MIDDLE_VIEW = len(VIEWS) - 1
TRIMMED_VIEW = VIEWS.index("trimmed")
COMPARED_VIEWS = tuple(
    (view, other)
    for view in range(len(VIEWS))
    for other in range(len(VIEWS))
    if min(view, other) < N_MAIN_VIEWS or view == other == MIDDLE_VIEW
)

Rows = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class SignedPictures:
    """Signatures, ``(n_pictures, n_views, 4)`` of 64 bits, main views first; which are usable; sketches of drawings."""

    signatures: Signatures
    usable: Flags
    sketches: Sketches

    def __len__(self) -> int:
        return len(self.signatures)

    def take(self, rows: npt.NDArray[np.integer]) -> "SignedPictures":
        """Return some pictures."""
        return SignedPictures(self.signatures[rows], self.usable[rows], self.sketches.take(rows))

    @classmethod
    def photographs(cls, signatures: Signatures, usable: Flags) -> "SignedPictures":
        """Return pictures none of which is a drawing, so that signatures alone decide."""
        return cls(signatures, usable, no_sketches(len(signatures)))

    def views(self) -> "PictureViews":
        """Return the usable views, to search in."""
        return PictureViews(
            self._views(0, N_MAIN_VIEWS), self._views(N_MAIN_VIEWS, len(VIEWS)), self._views(MIDDLE_VIEW, len(VIEWS))
        )

    def _views(self, first: int, end: int) -> "Views":
        picture, view = np.nonzero(self.usable[:, first:end])
        view += first
        return Views(self.signatures[picture, view], picture.astype(np.int32), view.astype(np.int8))


@dataclass(frozen=True, slots=True)
class Views:
    """Single views.

    ``words`` are their signatures ``(n, 4)``, ``picture`` is the row of each one's picture, ``view`` its number.
    """

    words: Signatures
    picture: Rows
    view: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.words)


@dataclass(frozen=True, slots=True)
class PictureViews:
    """The views of pictures: the main ones, all crops, and the smallest crop, which may meet its like."""

    main: Views
    crops: Views
    middle: Views
