"""Prove by parity, 64 bytes at a time, which bytes of CSV lie in quotes [1]_.

A quote opens a text at the start of a field; the text ends at the next quote that isn't doubled, and behind that a
delimiter or a line end has to follow. So if every second quote, counted from the first, begins a field (or doubles
the one before it), and all others end one (or are doubled), then by induction each of them opens or closes a text,
and a byte lies in quotes if the number of quotes up to it is odd.

References
----------
.. [1] Langdale and Lemire, "Parsing gigabytes of JSON per second", The VLDB Journal 28 (2019), section 3.1.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]
_Words = npt.NDArray[np.uint64]
_WORD = 64
_CHUNK_WORDS = 2**12  # worked on at a time, so that it stays in the processor's cache
_SHIFTS = tuple(np.uint64(2**power) for power in range(6))
_ONE, _TOP, _ALL = np.uint64(1), np.uint64(63), ~np.uint64(0)


@dataclass(frozen=True, slots=True)
class QuoteParity:
    """For each byte of some rows, whether it lies in quotes; the quote that opens a text does, the other doesn't."""

    bits: _Words
    hold_lines: bool  # whether a line ends in quotes

    def inside(self, places: Positions) -> npt.NDArray[np.bool_]:
        """Return for each place whether it lies in quotes."""
        shifts = (places % _WORD).astype(np.uint64)
        return np.asarray((self.bits[places // _WORD] >> shifts) & _ONE, np.bool_)


def prove_parity(characters: Bytes, quote: int, delimiter: int, line_ends: Sequence[int]) -> QuoteParity | None:
    """Return what the parity of the quotes says of each byte; None if a quote stands where that says nothing.

    Parameters
    ----------
    characters
        The first begins a row; the last may be anywhere, and what follows it isn't judged.
    quote, delimiter, line_ends
        Values of bytes.
    """
    n_words = len(characters) // _WORD + 1
    quotes, ends = _bits(characters, [quote]), _bits(characters, line_ends)
    borders = _bits(characters, [delimiter])
    borders |= quotes
    borders |= ends
    borders[0] = _ALL
    borders[n_words] |= _ONE << np.uint64(len(characters) % _WORD)
    inside = np.empty(n_words, np.uint64)
    carried, hold_lines = np.uint64(0), False
    for start in range(0, n_words, _CHUNK_WORDS):
        stop = min(start + _CHUNK_WORDS, n_words)
        here, around = quotes[start + 1 : stop + 1], borders[start : stop + 2]
        odd = _parity(here, carried)
        before = (around[1:-1] << _ONE) | (around[:-2] >> _TOP)
        after = (around[1:-1] >> _ONE) | (around[2:] << _TOP)
        if (here & ((odd & ~before) | (~odd & ~after))).any():
            return None
        hold_lines = hold_lines or bool((odd & ends[start + 1 : stop + 1]).any())
        inside[start:stop] = odd
        carried = (odd[-1] >> _TOP) * _ALL
    return QuoteParity(inside, hold_lines)


def _bits(characters: Bytes, wanted: Sequence[int]) -> _Words:
    """Return one bit for every byte that is one of those wanted, with an empty word in front and one behind."""
    words = np.zeros(len(characters) // _WORD + 3, np.uint64)
    octets = words[1:].view(np.uint8)
    for start in range(0, len(characters), _CHUNK_WORDS * _WORD):
        chunk = characters[start : start + _CHUNK_WORDS * _WORD]
        for value in wanted:
            bits = np.packbits(chunk == value, bitorder="little")
            octets[start // 8 : start // 8 + len(bits)] |= bits
    return words


def _parity(quotes: _Words, carried: np.uint64) -> _Words:
    """Return for every bit whether the bits up to it, itself included, are odd; ``carried`` flips all of them."""
    odd = quotes.copy()
    for shift in _SHIFTS:
        odd ^= odd << shift
    of_words = np.bitwise_xor.accumulate(odd >> _TOP)
    odd[1:] ^= of_words[:-1] * _ALL
    odd ^= carried
    return odd
