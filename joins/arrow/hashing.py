"""The hash that names a key's part, the same in every process, language version and year.

Integers go through splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014);
strings are folded through it eight bytes at a time, their length first. Python's own ``hash`` is salted per
process, and perceptual signatures are not uniform, so neither can name a part.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.chunks import one_array, padded_bytes

HASH_NAME = "splitmix64"
SPLITMIX64_STEP = np.uint64(0x9E3779B97F4A7C15)


def key_hash(keys: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    """Return the 64-bit hash of each key.

    Parameters
    ----------
    keys
        Integers or strings without nulls, shape ``(n,)``; dictionary-encoded strings are hashed once a value.

    Returns
    -------
    numpy.ndarray
        uint64, shape ``(n,)``, in the order of the keys.
    """
    array = one_array(keys)
    if array.null_count:
        raise ValueError(f"{array.null_count} of {len(array)} keys are null; a key must have a value")
    if pa.types.is_dictionary(array.type):
        codes: npt.NDArray[np.int64] = array.indices.to_numpy(zero_copy_only=False)
        return key_hash(array.dictionary)[codes]
    if pa.types.is_integer(array.type):
        return splitmix64(array.cast(pa.int64()).to_numpy(zero_copy_only=False).view(np.uint64))
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return _hash_strings(array.cast(pa.large_string()))
    raise ValueError(f"a key of type {array.type} can't be hashed; allowed: integers and strings")


def partition_of(keys: pa.Array | pa.ChunkedArray, n_parts: int) -> npt.NDArray[np.int64]:
    """Return the part number of each key, 0 to ``n_parts - 1``.

    Examples
    --------
    >>> partition_of(pa.array([1, 2, 3, 4]), 2).tolist()
    [1, 0, 1, 0]
    >>> partition_of(pa.array(["8870b0d384138a81"]), 16).tolist()
    [8]
    """
    return (key_hash(keys) % np.uint64(n_parts)).astype(np.int64)


def splitmix64(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Mix the bits of each value; of values that are `SPLITMIX64_STEP` apart that is the generator's own sequence."""
    mixed = values + SPLITMIX64_STEP
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed ^= mixed >> np.uint64(shift)
        mixed *= np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def _hash_strings(strings: pa.LargeStringArray) -> npt.NDArray[np.uint64]:
    """Hash strings of equal length together: they form a byte matrix, read as words of eight bytes."""
    lengths = pc.binary_length(strings)
    extremes = pc.min_max(lengths).as_py()
    if len(strings) and extremes["min"] == extremes["max"]:
        return _hash_words(_as_words(strings, extremes["min"]), extremes["min"])
    hashes = np.empty(len(strings), dtype=np.uint64)
    for length in lengths.unique().to_pylist():
        rows = np.flatnonzero(pc.equal(lengths, length).to_numpy(zero_copy_only=False))
        hashes[rows] = _hash_words(_as_words(strings.take(pa.array(rows)), length), length)
    return hashes


def _as_words(strings: pa.LargeStringArray, length_bytes: int) -> npt.NDArray[np.uint64]:
    if not length_bytes:
        return np.empty((len(strings), 0), np.uint64)
    return padded_bytes(strings, length_bytes).view("<u8").astype(np.uint64, copy=False)


def _hash_words(words: npt.NDArray[np.uint64], length_bytes: int) -> npt.NDArray[np.uint64]:
    hashes = np.full(len(words), length_bytes, dtype=np.uint64)
    for column in range(words.shape[1]):
        hashes = splitmix64(hashes ^ words[:, column])
    return splitmix64(hashes)
