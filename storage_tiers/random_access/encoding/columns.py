"""Arrow columns as msgpack in bulk: structs and lists as arrays, times as whole numbers, nulls as nil.

The bytes are those that msgspec writes of the same values as Python objects, which would take a Python object a value.
Here a column of numbers takes a dozen passes of numpy, and bytes are put together by Arrow; both let go of Python's
lock while they work, so that threads encode side by side.
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from storage_tiers.random_access.encoding.heads import (
    BINARY_BYTES,
    ITEMS,
    NIL,
    TEXT_BYTES,
    WHOLE_NUMBERS,
    Heads,
    Mask,
    binary_array,
    heads_of_booleans,
    heads_of_floats,
    heads_of_numbers,
    joined_heads,
)

Piece: TypeAlias = "Heads | pa.LargeBinaryArray"  # bytes of every row, and after them those of the next piece
Offsets = npt.NDArray[np.int64] | npt.NDArray[np.int32]

_Number = TypeVar("_Number", bound=np.number)
_NOTHING = pa.scalar(b"", pa.large_binary())
_NIL_ALONE = pa.scalar(bytes([NIL]), pa.large_binary())


def packed_rows(columns: Sequence[pa.Array], before: int, n_rows: int) -> pa.LargeBinaryArray:
    """Return each row of some columns as one byte and a msgpack array.

    Parameters
    ----------
    columns
        Each of ``n_rows`` values.
    before
        The byte in front of every row.

    Examples
    --------
    >>> [row.hex(" ") for row in packed_rows([pa.array([7, 300]), pa.array([None, "a"])], 0xFF, 2).to_pylist()]
    ['ff 92 07 c0', 'ff 92 cd 01 2c a1 61']
    """
    return _joined([Heads(before), *_array_of(columns)], n_rows)


def _array_of(columns: Sequence[pa.Array]) -> list[Piece]:
    n_fields = heads_of_numbers(np.array([len(columns)]), ITEMS)
    return [n_fields, *(piece for column in columns for piece in _pieces(column))]


def _joined(pieces: Iterable[Piece], n_rows: int) -> pa.LargeBinaryArray:
    """Return the bytes of each row in one piece."""
    if not n_rows:
        return pa.array([], pa.large_binary())
    joined: list[pa.LargeBinaryArray] = []
    heads: list[Heads] = []
    for piece in pieces:
        if isinstance(piece, Heads):
            heads.append(piece)
            continue
        joined += [joined_heads(heads, n_rows), piece] if heads else [piece]
        heads = []
    if heads:
        joined.append(joined_heads(heads, n_rows))
    return pc.binary_join_element_wise(*joined, _NOTHING) if len(joined) > 1 else joined[0]


def _pieces(array: pa.Array) -> list[Piece]:
    type_ = array.type
    if not len(array):
        return []
    if pa.types.is_dictionary(type_):
        return _pieces(array.dictionary_decode())
    if pa.types.is_struct(type_):
        return _structs(array)
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return _lists(array)
    return [_heads(array)] if pa.types.is_primitive(type_) or pa.types.is_null(type_) else _bytes(array)


def _heads(array: pa.Array) -> Heads:
    type_, is_null = array.type, _is_null(array)
    if pa.types.is_null(type_):
        return Heads(NIL)
    if pa.types.is_boolean(type_):
        return heads_of_booleans(pc.fill_null(array, False).to_numpy(zero_copy_only=False), is_null)
    if pa.types.is_floating(type_):
        return heads_of_floats(_in_buffer(array, type_.to_pandas_dtype()), is_null)
    dtype = np.int64 if pa.types.is_timestamp(type_) else type_.to_pandas_dtype()
    return heads_of_numbers(_in_buffer(array, dtype), WHOLE_NUMBERS, is_null)


def _structs(array: pa.StructArray) -> list[Piece]:
    pieces = _array_of([array.field(place) for place in range(array.type.num_fields)])
    if not array.null_count:
        return pieces
    return [pc.if_else(array.is_valid(), _joined(pieces, len(array)), _NIL_ALONE)]


def _lists(array: pa.ListArray | pa.LargeListArray) -> list[Piece]:
    is_null, ends = _is_null(array), array.offsets.to_numpy()
    n_items = np.diff(ends)
    if is_null is not None and n_items[is_null].any():  # items that nobody sees
        return _lists(array.take(pa.array(np.arange(len(array)))))
    first, last = int(ends[0]), int(ends[-1])
    items = _joined(_pieces(array.values.slice(first, last - first)), last - first)
    content = binary_array(_ends(items)[ends - first], items.buffers()[2])
    return [heads_of_numbers(n_items, ITEMS, is_null), content]


def _bytes(array: pa.Array) -> list[Piece]:
    is_null, ends = _is_null(array), _ends(array)
    n_bytes = np.diff(ends)
    if is_null is not None and n_bytes[is_null].any():  # as above
        return _bytes(array.take(pa.array(np.arange(len(array)))))
    is_text = pa.types.is_string(array.type) or pa.types.is_large_string(array.type)
    heads = heads_of_numbers(n_bytes, TEXT_BYTES if is_text else BINARY_BYTES, is_null)
    return [heads, binary_array(ends.astype(np.int64), array.buffers()[2])]


def _ends(array: pa.Array) -> Offsets:
    """Return where each value of text or bytes begins in its buffer, and where the last ends."""
    if not len(array):
        return np.zeros(1, np.int64)
    is_large = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    buffer = array.buffers()[1]
    ends: Offsets = np.frombuffer(buffer, np.int64) if is_large else np.frombuffer(buffer, np.int32)
    return ends[array.offset : array.offset + len(array) + 1]


def _in_buffer(array: pa.Array, dtype: type[_Number]) -> npt.NDArray[_Number]:
    """Return numbers as they lie in their buffer, whatever stands there under nulls."""
    return np.frombuffer(array.buffers()[1], dtype)[array.offset : array.offset + len(array)]


def _is_null(array: pa.Array) -> Mask | None:
    return array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
