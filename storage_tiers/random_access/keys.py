"""The bytes of a random access key: integers as eight bytes that sort like the numbers, strings as UTF-8.

LMDB sorts keys by their bytes and holds 1 to 511 of them. Of a longer string the key is its beginning and a digest of
all of it: no two strings that anybody has share one, but such keys sort in another order than their strings.
"""

import hashlib
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from storage_tiers.debugging import key_text, whole_number
from storage_tiers.errors import DatasetError, KeyTypeError
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.parts import PartReader

MAX_KEY_BYTES = 511
_DIGEST_BYTES = 32
_SIGN = 1 << 63  # added modulo 2**64, it makes negative numbers sort before positive ones


def check_one_row_a_key(dataset: Dataset) -> None:
    """Raise a DatasetError for a dataset with several rows a key, which no tier of random access can hold."""
    if not dataset.manifest.key_is_unique:
        raise DatasetError(
            f"{dataset.name} {dataset.version} holds several rows a {dataset.manifest.key}; "
            "random access needs unique keys",
            remedy="use the SQL or the debugging tier",
        )


def encode_keys(keys: pa.Array, column: str) -> list[bytes]:
    """Return the bytes of each key, integers or strings without nulls, in their order.

    A DatasetError counts the strings that are empty, for which LMDB has no key.

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
    lengths = pc.binary_length(keys).to_numpy(zero_copy_only=False)
    if (lengths == 0).any():
        raise DatasetError(f"{np.count_nonzero(lengths == 0):,} of {len(keys):,} keys of {column} are empty")
    encoded: list[bytes] = keys.cast(pa.large_binary()).to_numpy(zero_copy_only=False).tolist()
    return [_shortened(key) for key in encoded] if (lengths > MAX_KEY_BYTES).any() else encoded


def part_in_order_of_keys(reader: PartReader, number: int, column: str, n_rows: int) -> Iterator[pa.Table]:
    """Yield the rows of a part in the order of their encoded keys, so many at a time, each column in one chunk.

    They alone are decoded and held. The whole part is where it has texts for which keys are shortened, as these may
    come in another order. Of a part without rows there is one table without rows.
    """
    with reader.opened(number) as part:
        if part.metadata.num_rows and not _has_long_keys(part, column):
            yield from reader.some_rows(part, n_rows)
            return
        ordered = in_order_of_keys(reader.read(part), column)
        yield from (ordered.slice(start, n_rows) for start in range(0, max(1, ordered.num_rows), n_rows))


def in_order_of_keys(rows: pa.Table, column: str) -> pa.Table:
    """Return rows that are sorted by a column in the order of its encoded keys.

    Examples
    --------
    >>> rows = pa.table({"image": ["x" * 600 + "a", "x" * 600 + "b", "y"]})
    >>> [row[-1] for row in in_order_of_keys(rows, "image")["image"].to_pylist()]
    ['b', 'a', 'y']
    """
    if not _are_long(rows[column]):
        return rows
    keys = encode_keys(rows[column].combine_chunks(), column)
    return rows.take(pa.array(sorted(range(len(keys)), key=keys.__getitem__)))


def encode_key(dataset: str, column: str, key: int | str, *, is_integer: bool) -> tuple[int | str, bytes]:
    """Return one key in the column's type, and its bytes; text is converted to a number where the column is one.

    Raises KeyTypeError if the key can't be of the column's type.
    """
    try:
        if not is_integer:
            text = key_text(key)
            return text, _shortened(text.encode())
        number = whole_number(key)
        return number, (number + _SIGN).to_bytes(8)
    except (ValueError, TypeError, OverflowError):
        kind = "int64" if is_integer else "string"
        raise KeyTypeError(f"{key!r} is no key of {dataset}: {column} is {kind}") from None


def strict_encoder(*, is_integer: bool) -> Callable[[object], bytes | None]:
    r"""Return what has the bytes of a key that is of the column's own type, and None for anything else: no row has it.

    Examples
    --------
    >>> encode = strict_encoder(is_integer=True)
    >>> encode(1), encode("1"), encode(2**63)
    (b'\x80\x00\x00\x00\x00\x00\x00\x01', None, None)
    """
    return _bytes_of_number if is_integer else _bytes_of_text


def _bytes_of_number(key: object) -> bytes | None:
    if type(key) is not int:  # a truth value is none
        return None
    try:
        return (key + _SIGN).to_bytes(8)
    except OverflowError:
        return None


def _bytes_of_text(key: object) -> bytes | None:
    if type(key) is not str or not key:
        return None
    try:
        encoded = key.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return None
    return encoded if len(encoded) <= MAX_KEY_BYTES else _shortened(encoded)


def _has_long_keys(part: pq.ParquetFile, column: str) -> bool:
    is_text = pa.types.is_string(part.schema_arrow.field(column).type)
    return is_text and _are_long(part.read(columns=[column], use_threads=False)[column])


def _are_long(keys: pa.ChunkedArray) -> bool:
    """Return whether there are texts among the keys that are too long to be keys."""
    is_text = pa.types.is_string(keys.type)
    return is_text and bool(pc.any(pc.greater(pc.binary_length(keys), MAX_KEY_BYTES)).as_py())


def _shortened(key: bytes) -> bytes:
    if len(key) <= MAX_KEY_BYTES:
        return key
    return key[: MAX_KEY_BYTES - _DIGEST_BYTES] + hashlib.blake2b(key, digest_size=_DIGEST_BYTES).digest()
