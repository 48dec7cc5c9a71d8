"""Which edited pictures are found by the originals, and which are mistaken for others."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.signatures.photos import Numbers
from benchmarks.signatures.signed import Signed
from features.images.cosine_signature import VIEWS
from features.same_picture.views import COMPARED_VIEWS

NEVER = 9_999  # the distance of pictures of which one has no usable view

Distances = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class WrongPairs:
    """Pairs of different photographs."""

    n_wrong: int  # pairs that count as the same
    n_pairs: int  # pairs in all: every picture, edited or not, with the original of every other photograph
    closest_bits: int  # smallest distance of all of them
    closest: tuple[int, int, int]  # where that is: the photograph, its edit (0: none) and the other photograph


def distances(pictures: Signed, originals: Signed) -> Distances:
    """Return the distance of every picture from every original: the bits by which their two nearest views differ.

    Views of ours meet as in the product. Shape ``(n_pictures, n_originals)``; `NEVER` where none may be compared.
    """
    nearest = np.full((len(pictures.words), len(originals.words)), NEVER, np.int16)
    compared = COMPARED_VIEWS if pictures.words.shape[1] == len(VIEWS) else ((0, 0),)
    for column in range(nearest.shape[1]):
        for one, other in compared:
            if originals.usable[column, other]:
                rows = np.flatnonzero(pictures.usable[:, one])
                differ = pictures.words[rows, one] ^ originals.words[column, other]
                bits = np.bitwise_count(differ).sum(axis=1, dtype=np.int16)
                nearest[rows, column] = np.minimum(nearest[rows, column], bits)
    return nearest


def recall(apart: Distances, within_bits: int) -> npt.NDArray[np.float64]:
    """Return, for each edit, the share of the photographs whose edit is within so many bits of their original.

    Distances have the shape ``(n_photos, 1 + n_edits, n_photos)``; what isn't edited comes first.
    """
    own = np.arange(len(apart))
    return np.asarray((apart[own, 1:, own] <= within_bits).mean(axis=0))


def wrong_pairs(apart: Distances, photo: Numbers, within_bits: int) -> WrongPairs:
    """Return what is mistaken for another photograph; `photo` is equal where two are one, see `same_photo`."""
    is_pair = np.repeat((photo[:, None] != photo[None, :])[:, None, :], apart.shape[1], axis=1)
    is_pair[:, 0] &= np.arange(len(apart))[:, None] < np.arange(len(apart))[None, :]  # two originals are one pair
    bits = np.where(is_pair, apart, NEVER)
    closest = np.unravel_index(bits.argmin(), bits.shape)
    return WrongPairs(
        int(np.count_nonzero(bits <= within_bits)),
        int(np.count_nonzero(is_pair)),
        int(bits[closest]),
        (int(closest[0]), int(closest[1]), int(closest[2])),
    )
