"""Bands: bits of a signature by which near signatures are found without comparing all.

A signature has six bands of 24 bits in its lowest frequencies. Of two signatures that differ in at most eleven of these
144 bits, one band differs in at most one bit; so a band is looked up as it is and with each of its bits flipped
(multi-index hashing [1]_). Only as many of the first bits of a band are used as it takes to keep the number of pairs
small: the fewer pictures there are, the fewer bits must agree, and few pictures are all compared.

.. [1] M. Norouzi, A. Punjani and D. Fleet, "Fast exact search in Hamming space with multi-index hashing", 2014.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.images.cosine_signature import BAND_BITS, Signatures

_CHEAP_PAIRS = 500_000  # in a band; about 10 ms
_BAND_BYTES = BAND_BITS // 8

Keys = npt.NDArray[np.uint32]


def band_bits(n_sought: int, n_indexed: int) -> int:
    """Return how many bits of a band are looked up, with one of them flipped or none: 0, all are compared, to 24.

    They are at most two more than it takes to tell the indexed views apart.

    Examples
    --------
    >>> [band_bits(n, n) for n in (700, 10_000, 100_000, 1_000_000, 10_000_000)]
    [0, 12, 19, 22, 24]
    """
    most = min(n_indexed.bit_length() + 2, BAND_BITS)
    for n_bits in range(most):
        if n_sought * n_indexed * (n_bits + 1) / 2**n_bits <= _CHEAP_PAIRS:
            return n_bits
    return most


def band_keys(words: Signatures, band: int, n_bits: int) -> Keys:
    """Return the first bits, 0 to 24, of a band, 0 to 5, of each signature, as a number."""
    stored = np.ascontiguousarray(words).view(np.uint8).reshape(len(words), -1)
    keys = np.zeros(len(words), np.uint32)
    for byte in range(band * _BAND_BYTES, (band + 1) * _BAND_BYTES):
        keys <<= np.uint32(8)
        keys |= stored[:, byte]
    keys >>= np.uint32(BAND_BITS - n_bits)
    return keys


@dataclass(frozen=True, slots=True)
class BandIndex:
    """Views sorted by a band.

    ``order`` is the row of each view; ``offsets`` says where the views of each key begin, and ``is_met`` whether there
    are any: most lookups need nothing else, and it is small enough for a processor's cache.
    """

    n_bits: int
    order: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int32]
    is_met: npt.NDArray[np.bool_]


def band_index(words: Signatures, band: int, n_bits: int) -> BandIndex:
    """Sort signatures by the first bits of a band; at most 2**31 signatures."""
    keys = band_keys(words, band, n_bits).astype(np.uint64)
    # Key and row in one number: numpy sorts these several times faster than it finds an order.
    numbered = np.sort(keys << np.uint64(32) | np.arange(len(words), dtype=np.uint64))
    sizes = np.bincount((numbered >> np.uint64(32)).astype(np.int64), minlength=2**n_bits)
    offsets = np.zeros(2**n_bits + 1, np.int32)
    np.cumsum(sizes, out=offsets[1:])
    return BandIndex(n_bits, (numbered & np.uint64(2**32 - 1)).astype(np.int32), offsets, sizes > 0)
