"""The beginnings of msgpack values in bulk: a first byte, and the number or the length that follows it in some.

msgpack (https://github.com/msgpack/msgpack/blob/master/spec.md) writes a small number or length into the first byte,
and a larger one into the 1, 2, 4 or 8 bytes after it, the fewest that hold it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.integer]

NIL = 0xC0
_FALSE, _TRUE = 0xC2, 0xC3
_FLOAT64 = 0xCB


@dataclass(frozen=True, slots=True)
class Heads:
    """The first bytes of values, and what follows them, if anything.

    ``following`` are whole numbers of as many bytes as the longest has. Of each the upper ``n_following`` bytes count;
    None: all of them.
    """

    first: Bytes | int
    following: npt.NDArray[np.unsignedinteger] | None = None
    n_following: Bytes | None = None


class Form:
    """How msgpack writes numbers of one kind, by their size.

    ``steps`` are the smallest number of each step, the bytes that follow, the first byte, and which bits of the number
    stand in the first byte.
    """

    def __init__(self, *steps: tuple[int, int, int, int]) -> None:
        self.smallest = [smallest for smallest, _, _, _ in steps]
        self.n_following = np.array([n for _, n, _, _ in steps], np.uint8)
        self.first = np.array([first for _, _, first, _ in steps], np.uint8)
        self.bits = np.array([bits for _, _, _, bits in steps], np.uint8)


_NATURAL = (
    (0, 0, 0x00, 0x7F),
    (2**7, 1, 0xCC, 0),
    (2**8, 2, 0xCD, 0),
    (2**16, 4, 0xCE, 0),
    (2**32, 8, 0xCF, 0),
)
_NEGATIVE = (
    (-(2**63), 8, 0xD3, 0),
    (-(2**31), 4, 0xD2, 0),
    (-(2**15), 2, 0xD1, 0),
    (-(2**7), 1, 0xD0, 0),
    (-(2**5), 0, 0xE0, 0x1F),
)
WHOLE_NUMBERS = Form(*_NEGATIVE, *_NATURAL)
TEXT_BYTES = Form((0, 0, 0xA0, 0x1F), (2**5, 1, 0xD9, 0), (2**8, 2, 0xDA, 0), (2**16, 4, 0xDB, 0))
BINARY_BYTES = Form((0, 1, 0xC4, 0), (2**8, 2, 0xC5, 0), (2**16, 4, 0xC6, 0))
ITEMS = Form((0, 0, 0x90, 0x0F), (2**4, 2, 0xDC, 0), (2**16, 4, 0xDD, 0))


def heads_of_numbers(numbers: Numbers, form: Form, is_null: Mask | None = None) -> Heads:
    """Return how numbers, or lengths of what follows, are written; at least one.

    Examples
    --------
    >>> heads = heads_of_numbers(np.array([7, 300, -1]), WHOLE_NUMBERS)
    >>> [hex(first) for first in heads.first], heads.n_following.tolist()
    (['0x7', '0xcd', '0xff'], [0, 2, 0])
    """
    lowest, highest = (bisect_right(form.smallest, int(number)) - 1 for number in (numbers.min(), numbers.max()))
    step = np.full(1, lowest, np.uint8)
    for smallest in form.smallest[lowest + 1 : highest + 1]:
        step = step + (numbers >= smallest)
    n_following, first = form.n_following.take(step), form.first.take(step)
    if form.bits[lowest : highest + 1].any():
        first = first | (numbers.astype(np.uint8) & form.bits.take(step))
    most = int(n_following.max())
    if is_null is not None:
        first, n_following = np.where(is_null, np.uint8(NIL), first), np.where(is_null, np.uint8(0), n_following)
    if not most:
        return Heads(first)
    following = numbers.astype(f"u{most}")
    if int(n_following.min()) == most:
        return Heads(first, following)
    return Heads(first, following << (8 * (most - n_following)).astype(following.dtype), n_following)


def heads_of_floats(numbers: npt.NDArray[np.floating], is_null: Mask | None = None) -> Heads:
    """Return how floating-point numbers are written, all of them as eight bytes."""
    following = numbers.astype(np.float64).view(np.uint64)
    if is_null is None:
        return Heads(_FLOAT64, following)
    first = np.where(is_null, np.uint8(NIL), np.uint8(_FLOAT64))
    return Heads(first, following, np.where(is_null, np.uint8(0), np.uint8(8)))


def heads_of_booleans(is_true: Mask, is_null: Mask | None = None) -> Heads:
    """Return how truth values are written."""
    first = np.where(is_true, np.uint8(_TRUE), np.uint8(_FALSE))
    return Heads(first if is_null is None else np.where(is_null, np.uint8(NIL), first))


def joined_heads(heads: Sequence[Heads], n_rows: int) -> pa.LargeBinaryArray:
    """Return the bytes of several heads a row, one after the other.

    Notes
    -----
    They are laid out with room for the longest, each by one strided copy; then what doesn't count is cut out.
    """
    n_bytes = [one.following.itemsize if one.following is not None else 0 for one in heads]
    laid_out = np.empty(n_rows, _layout(n_bytes, ">"))
    for place, one in enumerate(heads):
        laid_out[f"first_{place}"] = one.first
        if one.following is not None:
            laid_out[f"following_{place}"] = one.following
    width = laid_out.itemsize
    cut = [(place, one.n_following) for place, one in enumerate(heads) if one.n_following is not None]
    if not cut:
        return binary_array(np.arange(0, width * n_rows + 1, width), pa.py_buffer(laid_out))
    counts = np.ones(width * n_rows, np.bool_)
    counting = counts.view(_layout(n_bytes, "="))
    lengths = np.full(n_rows, width, np.int64)
    for place, n_following in cut:
        counting[f"following_{place}"] = _COUNTING[n_bytes[place]].take(n_following)
        lengths -= n_bytes[place] - n_following
    return binary_array(ends_of(lengths), pa.py_buffer(laid_out.view(np.uint8)[counts]))


def binary_array(ends: npt.NDArray[np.int64], content: pa.Buffer) -> pa.LargeBinaryArray:
    """Return the array of values that lie one after the other, given where each begins and the last ends."""
    return pa.Array.from_buffers(pa.large_binary(), len(ends) - 1, [None, pa.py_buffer(ends), content])


def ends_of(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return where each of some values that lie one after the other begins, and where the last ends."""
    ends = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=ends[1:])
    return ends


def _layout(n_bytes: Sequence[int], order: str) -> np.dtype[np.void]:
    fields = []
    for place, n in enumerate(n_bytes):
        fields.append((f"first_{place}", "u1"))
        if n:
            fields.append((f"following_{place}", f"{order}u{n}"))
    return np.dtype(fields)


def _counting(n_bytes: int) -> npt.NDArray[np.unsignedinteger]:
    """Return for each number of bytes a word of which so many, the first ones, are one, and the others zero."""
    return (np.arange(n_bytes) < np.arange(n_bytes + 1)[:, None]).view(f"u{n_bytes}")[:, 0]


_COUNTING = {n_bytes: _counting(n_bytes) for n_bytes in (1, 2, 4, 8)}
