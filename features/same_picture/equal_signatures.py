"""Finds pictures whose whole views have equal signatures: re-encoded copies mostly, of which one need be compared."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.images.cosine_signature import Signatures
from features.images.drawings.sketches import Sketches
from features.same_picture.drawing_match import equal_drawings

Ints = npt.NDArray[np.int64]
_MOST_UNLIKE = 64  # drawings of one signature that stand for others
# Odd numbers of 64 bits, from the digits of the square roots of 2, 3, 5 and 7.
_FACTORS = np.array([0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1], np.uint64)


@dataclass(frozen=True, slots=True)
class EqualSignatures:
    """Pictures by the signature of their whole view.

    ``first`` is the first row of each signature, ``(n_distinct,)``, growing; ``number`` says for each picture which of
    these it is equal to, ``(n_pictures,)``.
    """

    first: Ints
    number: Ints


def equal_signatures(words: Signatures, sketches: Sketches) -> EqualSignatures:
    """Find equal signatures among those of whole views, ``(n_pictures, 4)`` of 64 bits; of drawings, sketches as well.

    Notes
    -----
    Signatures are told apart by a hash of 64 bits, and compared: should two unlike ones have the same hash, which
    happens to one in a million collections of ten million, the later one stands for itself. So does a drawing whose
    signature is that of many unlike ones: after 64 of them nobody looks further.

    Examples
    --------
    >>> from features.images.drawings.sketches import no_sketches
    >>> equal = equal_signatures(np.array([[1, 2, 3, 4], [5, 6, 7, 8], [1, 2, 3, 4]], np.uint64), no_sketches(3))
    >>> equal.first.tolist(), equal.number.tolist()
    ([0, 1], [0, 1, 0])
    """
    with np.errstate(over="ignore"):
        hashed = words @ _FACTORS
    hashed ^= hashed >> np.uint64(29)
    stands_for = np.arange(len(words))
    rows = stands_for
    for _ in range(_MOST_UNLIKE):
        _, first, inverse = np.unique(hashed[rows], return_index=True, return_inverse=True)
        met = rows[first[inverse]]
        is_equal = np.ones(len(rows), bool)
        for word in range(words.shape[1]):  # one by one, as copies of all take much memory
            is_equal &= words[met, word] == words[rows, word]
        is_equal[is_equal] = equal_drawings(sketches.take(met[is_equal]), sketches.take(rows[is_equal]))
        stands_for[rows[is_equal]] = met[is_equal]
        rows = rows[~is_equal]
        if not len(rows):
            break
    is_first = stands_for == np.arange(len(words))
    number = (np.cumsum(is_first) - 1)[stands_for]
    return EqualSignatures(np.flatnonzero(is_first), number)
