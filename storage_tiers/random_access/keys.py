"""The bytes of a random access key: integers as eight bytes that sort like the numbers, strings as UTF-8.

LMDB sorts keys by their bytes and holds 1 to 511 of them.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from storage_tiers.debugging import whole_number
from storage_tiers.errors import DatasetError, KeyTypeError

MAX_KEY_BYTES = 511
_SIGN = 1 << 63  # added modulo 2**64, it makes negative numbers sort before positive ones


def encode_keys(keys: pa.Array, column: str) -> list[bytes]:
    """Return the bytes of each key, integers or strings without nulls, in their order.

    A DatasetError counts the strings that are empty or longer than LMDB allows, and shows the first.

    Examples
    --------
    >>> [key.hex() for key in encode_keys(pa.array([-1, 1]), "board_id")]
    ['7fffffffffffffff', '8000000000000001']
    >>> encode_keys(pa.array(["00ff"]), "image_signature")
    [b'00ff']
    """
    if pa.types.is_dictionary(keys.type):
        return encode_keys(keys.dictionary_decode(), column)
    if pa.types.is_integer(keys.type):
        numbers = keys.cast(pa.int64()).to_numpy(zero_copy_only=False).view(np.uint64)
        fixed: list[bytes] = (numbers ^ np.uint64(_SIGN)).astype(">u8").view("V8").tolist()
        return fixed
    _check_lengths(keys, column)
    encoded: list[bytes] = keys.cast(pa.large_binary()).to_numpy(zero_copy_only=False).tolist()
    return encoded


def encode_key(dataset: str, column: str, key: int | str, *, is_integer: bool) -> tuple[int | str, bytes]:
    """Return one key in the column's type, and its bytes; text is converted to a number where the column is one.

    Raises KeyTypeError if the key can't be of the column's type.
    """
    try:
        if not is_integer:
            return str(key), str(key).encode()
        number = whole_number(key)
        return number, (number + _SIGN).to_bytes(8)
    except (ValueError, TypeError, OverflowError):
        kind = "int64" if is_integer else "string"
        raise KeyTypeError(f"{key!r} is no key of {dataset}: {column} is {kind}") from None


def _check_lengths(keys: pa.Array, column: str) -> None:
    lengths = pc.binary_length(keys).to_numpy(zero_copy_only=False)
    wrong = np.flatnonzero((lengths == 0) | (lengths > MAX_KEY_BYTES))
    if len(wrong):
        first = int(wrong[0])
        raise DatasetError(
            f"{len(wrong):,} of {len(keys):,} keys of {column} can't be looked up: the first, "
            f"{keys[first].as_py()[:40]!r}, has {lengths[first]} bytes; LMDB holds 1 to {MAX_KEY_BYTES}"
        )
