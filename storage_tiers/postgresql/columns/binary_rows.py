"""Rows of Arrow tables as PostgreSQL's binary COPY takes them, made of whole columns at a time.

A row is the number of its fields as two bytes; a field its length as four bytes, -1 for null, and its content, numbers
with the largest byte first. The lengths and contents of a column are an array each, and Arrow joins these row by row,
so that the bytes of many rows lie behind each other in one buffer.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.chunks import one_array
from storage_tiers.errors import DatasetError
from storage_tiers.postgresql.columns.column_types import JSON, column_type
from storage_tiers.postgresql.columns.json_text import json_texts
from storage_tiers.postgresql.columns.storable_text import is_bytes, is_text

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

_BLOCK_ROWS = 16_384
_BLOCK_BYTES = 32 * 2**20
_EPOCH_US = 946_684_800_000_000  # 2000-01-01 after 1970-01-01
_EPOCH_DAYS = 10_957
_FIRST_US, _LAST_US = -211_813_488_000_000_000, 9_223_371_331_199_999_999  # 4714 BC to AD 294276, after 2000
_MOST = 2**63 - 1
_UNIT_US = {"s": 1_000_000, "ms": 1_000, "us": 1}
_JSONB_VERSION = pa.scalar(b"\1", pa.large_binary())
_NOTHING = pa.scalar(b"", pa.large_binary())
_NUMBERS = {
    "boolean": "u1",
    "smallint": ">i2",
    "integer": ">i4",
    "bigint": ">i8",
    "real": ">f4",
    "double precision": ">f8",
}
Sizes = npt.NDArray[np.int64]


def encoded_blocks(rows: pa.Table) -> Iterator[tuple[memoryview, Sizes]]:
    """Yield the bytes of blocks of rows, and how many each row takes; what comes before and after isn't in them.

    Raises DatasetError if a time is one that PostgreSQL can't hold.
    """
    n_rows = max(1, min(_BLOCK_ROWS, _BLOCK_BYTES * rows.num_rows // max(1, rows.nbytes)))
    for start in range(0, rows.num_rows, n_rows):
        yield _encoded(rows.slice(start, n_rows))


def _encoded(rows: pa.Table) -> tuple[memoryview, Sizes]:
    pieces: list[pa.Array | pa.Scalar] = [pa.scalar(rows.num_columns.to_bytes(2), pa.large_binary())]
    for field, column in zip(rows.schema, rows.columns, strict=True):
        pieces += _pieces(one_array(column), field.name)
    joined = pc.binary_join_element_wise(*pieces, _NOTHING)
    offsets = np.frombuffer(joined.buffers()[1], np.int64)[joined.offset : joined.offset + len(joined) + 1]
    return memoryview(joined.buffers()[2])[offsets[0] : offsets[-1]], np.diff(offsets)


def _pieces(column: pa.Array, name: str) -> list[pa.Array]:
    """Return the lengths and the contents of a column."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    type_ = column_type(column.type, name)
    if type_ == JSON:
        texts = json_texts(column).cast(pa.large_binary())
        return _of_any_length(pc.binary_join_element_wise(_JSONB_VERSION, texts, _NOTHING))
    if is_bytes(column.type) or is_text(column.type):
        return _of_any_length(column.cast(pa.large_binary()))
    if pa.types.is_null(column.type):
        return [_lengths(np.full(len(column), -1))]
    if pa.types.is_timestamp(column.type):
        return _of_one_length(_microseconds(column, name), ">i8", column)
    if pa.types.is_date(column.type):
        days = column.cast(pa.int32()).fill_null(0).to_numpy(zero_copy_only=False)
        return _of_one_length(days - _EPOCH_DAYS, ">i4", column)
    filled = column.fill_null(False if type_ == "boolean" else 0) if column.null_count else column
    return _of_one_length(filled.to_numpy(zero_copy_only=False), _NUMBERS[type_], column)


def _of_any_length(content: pa.Array) -> list[pa.Array]:
    lengths = pc.binary_length(content).fill_null(-1).to_numpy(zero_copy_only=False)
    return [_lengths(lengths), content.fill_null(b"") if content.null_count else content]


def _of_one_length(values: npt.NDArray[np.generic], form: str, column: pa.Array) -> list[pa.Array]:
    """Return numbers behind their lengths, as one array where none is null."""
    size = np.dtype(form).itemsize
    if not column.null_count:
        whole = np.empty(len(values), np.dtype([("length", ">i4"), ("value", form)]))
        whole["length"], whole["value"] = size, values
        return [_binary(whole.tobytes(), np.arange(len(values) + 1) * whole.itemsize)]
    is_there = pc.is_valid(column).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(is_there * size)])
    content = values[is_there].astype(form).tobytes()
    return [_lengths(np.where(is_there, size, -1)), _binary(content, offsets)]


def _lengths(lengths: npt.NDArray[np.int64]) -> pa.Array:
    return _binary(lengths.astype(">i4").tobytes(), np.arange(len(lengths) + 1) * 4)


def _binary(content: bytes, offsets: npt.NDArray[np.int64]) -> pa.Array:
    buffers = [None, pa.py_buffer(offsets.astype(np.int64)), pa.py_buffer(content)]
    return pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers)


def _microseconds(column: pa.Array, name: str) -> npt.NDArray[np.int64]:
    """Return times as microseconds after 2000, where null any number that is allowed."""
    factor = _UNIT_US[column.type.unit]
    least, most = -(-(_FIRST_US + _EPOCH_US) // factor), min(_MOST, (_LAST_US + _EPOCH_US) // factor)
    since_1970 = column.cast(pa.int64())
    beyond = pc.or_(pc.less(since_1970, least), pc.greater(since_1970, most)).fill_null(False)
    if pc.any(beyond).as_py():
        n_beyond = pc.sum(beyond).as_py()
        first = since_1970.filter(beyond)[0]
        raise DatasetError(
            f"{n_beyond:,} times of {name} are outside of 4714 BC to AD 294276, which PostgreSQL holds (first: {first} "
            f"{column.type.unit} after 1970)",
            remedy="mend them in the input, or leave the dataset out of the tier postgresql",
        )
    filled: npt.NDArray[np.int64] = since_1970.fill_null(0).to_numpy(zero_copy_only=False)
    return filled * factor - _EPOCH_US
