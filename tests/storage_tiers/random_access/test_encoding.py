"""Columns are encoded in bulk to the bytes that msgspec writes of each row as Python objects."""

import struct
from itertools import pairwise

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage_tiers.random_access.encoding.columns import packed_rows

BEFORE = 0x2A
EDGES = [
    sign * 2**power + near for power in (0, 4, 5, 7, 8, 15, 16, 31, 32, 63) for near in (-1, 0) for sign in (1, -1)
]
SIGNED = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.timestamp("us", tz="UTC")]
UNSIGNED = [pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
LENGTHS = [0, 1, 15, 16, 31, 32, 255, 256, 65_535, 65_536]


def by_msgspec(column: pa.Array) -> list[bytes]:
    """Return rows of one column as the values are written one by one: structs as arrays, times as numbers."""
    plain = column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
    encode = msgspec.msgpack.Encoder().encode
    return [bytes([BEFORE]) + encode([as_arrays(value)]) for value in plain.to_pylist()]


def as_arrays(value: object) -> object:
    """Return a value with lists of the values of structs in place of structs."""
    if isinstance(value, dict):
        return [as_arrays(one) for one in value.values()]
    return [as_arrays(one) for one in value] if isinstance(value, list) else value


def encoded(column: pa.Array) -> list[bytes]:
    """Return rows of one column as they are encoded in bulk."""
    rows: list[bytes] = packed_rows([column], BEFORE, len(column)).to_pylist()
    return rows


@pytest.mark.parametrize("type_", [*SIGNED, *UNSIGNED], ids=str)
@given(st.data())
def test_whole_numbers_take_the_fewest_bytes(type_: pa.DataType, data: st.DataObject) -> None:
    n_bits = type_.bit_width
    lowest, highest = (0, 2**n_bits - 1) if type_ in UNSIGNED else (-(2 ** (n_bits - 1)), 2 ** (n_bits - 1) - 1)
    edges = st.sampled_from([edge for edge in [*EDGES, lowest, highest] if lowest <= edge <= highest])
    numbers = data.draw(st.lists(st.none() | edges | st.integers(lowest, highest), max_size=20))
    column = pa.array(numbers, pa.int64() if pa.types.is_timestamp(type_) else type_).cast(type_)
    assert encoded(column) == by_msgspec(column)
    assert encoded(column[1:]) == by_msgspec(column[1:])


@pytest.mark.parametrize("type_", [pa.float16(), pa.float32(), pa.float64()], ids=str)
def test_floating_point_numbers_take_eight_bytes(type_: pa.DataType) -> None:
    column = pa.array([0.5, -0.0, None, float("inf"), float("nan"), -2.25], type_)
    assert encoded(column) == by_msgspec(column)
    assert encoded(column[:2])[0][2:] == b"\xcb" + struct.pack(">d", 0.5)


@pytest.mark.parametrize("type_", [pa.string(), pa.large_string(), pa.binary(), pa.large_binary()], ids=str)
def test_text_and_bytes_of_any_length_and_nulls(type_: pa.DataType) -> None:
    texts = [*("x" * n for n in LENGTHS), None, "é" * 20, None]
    column = pa.array(texts).cast(type_)
    for some in (column, column[3:], column[-1:], column[2:4], column[:0]):
        assert encoded(some) == by_msgspec(some)


@pytest.mark.parametrize("make", [pa.list_, pa.large_list])
def test_lists_of_any_length_and_nulls(make: type) -> None:
    column = pa.array([*([300] * n for n in LENGTHS), None, [None, 5], [], None], make(pa.int32()))
    for some in (column, column[1:], column[-4:], column[-1:], column[:1]):
        assert encoded(some) == by_msgspec(some)


def test_booleans_nothing_and_dictionaries() -> None:
    for column in (
        pa.array([True, None, False]),
        pa.array([True, False]),
        pa.nulls(2),
        pa.array(["a", None, "b", "a"]).dictionary_encode(),
    ):
        assert encoded(column) == by_msgspec(column)


def test_what_lies_hidden_under_a_null_is_not_written() -> None:
    is_null = pa.array([False, True, False])
    ends = pa.array([0, 1, 3, 4], pa.int32())
    lists = pa.ListArray.from_arrays(ends, pa.array([1, 2, 3, 4]), mask=is_null)
    buffers = pa.array(["a", "hidden", "b"]).buffers()
    texts = pa.Array.from_buffers(pa.string(), 3, [lists.buffers()[0], *buffers[1:]])
    structs = pa.StructArray.from_arrays([pa.array([1, 2, 3])], ["a"], mask=is_null)
    numbers = pa.Array.from_buffers(pa.int64(), 3, [lists.buffers()[0], pa.array([1, 2**40, 3]).buffers()[1]])
    for column in (lists, texts, structs, numbers):
        assert column.null_count == 1
        assert encoded(column) == by_msgspec(column)
        assert encoded(column[1:]) == by_msgspec(column[1:])


def test_structs_of_many_fields_in_lists_in_structs() -> None:
    many = pa.struct([(f"field_{place}", pa.int32() if place % 2 else pa.string()) for place in range(20)])
    one = {f"field_{place}": place if place % 2 else "x" * place for place in range(20)}
    inner = pa.struct([("name", pa.string()), ("items", pa.list_(many)), ("share", pa.float32())])
    rows = [
        {"name": "a", "items": [one, None, {**one, "field_3": None}], "share": 0.5},
        None,
        {"name": None, "items": None, "share": None},
        {"name": "b", "items": [], "share": 1.0},
    ]
    column = pa.array(rows, inner)
    for some in (column, column[1:], column[2:], pa.array([rows, None, []], pa.list_(inner))):
        assert encoded(some) == by_msgspec(some)


def test_rows_of_no_column_and_of_many_stand_in_their_order() -> None:
    assert packed_rows([], BEFORE, 2).to_pylist() == [b"\x2a\x90"] * 2
    columns = [pa.array(np.arange(3) * 10**place) for place in range(17)]
    rows = packed_rows(columns, BEFORE, 3)
    assert all(first < second for first, second in pairwise(map(len, rows.to_pylist())))
    for row, value in enumerate(rows.to_pylist()):
        assert msgspec.msgpack.decode(value[1:]) == [row * 10**place for place in range(17)]
