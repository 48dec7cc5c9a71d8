"""Arrow columns of every type that there is, in files that Parquet can write: what another program may have left."""

import datetime as dt
import decimal
import io
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq

from tests.fuzzing.inputs.choices import Choices
from tests.fuzzing.inputs.texts import SIGNATURES, TIMES, WORDS, text

_WHOLE = (1, 2, 3, 7, 0, -1, 127, -128, 255, 32_767, 2**31 - 1, 2**53 + 1, 2**63 - 1, -(2**63), 2**64 - 1)
_MS = (
    1_795_000_000_000,
    1_795_000_000,
    0,
    -1,
    -62_135_596_800_001,
    253_402_300_800_000,
    2**62,
    -(2**63),
    1_795_000_000_000_000,
)
_FLOATS = (1.0, 2.0, 7.5, 0.0, -0.0, 1e300, float("nan"), float("inf"), -float("inf"), 2.0**53, 2.0**63, 1e-300)
_DECIMALS = tuple(map(decimal.Decimal, ("1", "2", "7.5", "-1", "9" * 18)))
_BYTES = (b"1", b"ab12", b"", b"\xff\xfe", b"caf\xc3\xa9", b"\0", b"\xed\xa0\x80", b"7", b"x" * 600)
_DATES = (dt.date(2026, 11, 20), dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(1970, 1, 1))
_ZONES = (None, "UTC", "+05:30", "Europe/Paris", "-00:00", "Mars/Phobos", "")
_TEXT_TYPES = (pa.string(), pa.large_string(), pa.string_view())
_BINARY_TYPES = (pa.binary(), pa.large_binary(), pa.binary_view(), pa.binary(2))
_WHOLE_TYPES = (*(pa.int64(), pa.int32(), pa.int16(), pa.int8(), pa.uint64(), pa.uint32(), pa.uint16(), pa.uint8()),)
_DECIMAL_TYPES = (
    pa.decimal128(38, 2),
    pa.decimal256(60, 0),
    pa.decimal32(9, 1),
    pa.decimal64(18, 0),
    pa.decimal128(38, -3),
)
_UNITS = ("ms", "s", "us", "ns")
_MOST_DEEP = 3
_NOT_WRITTEN = (pa.ArrowException, OSError, ValueError, TypeError, OverflowError)

Column = pa.Array | pa.ChunkedArray


def usual_column(choices: Choices, field: pa.Field, n_rows: int) -> pa.Array:
    """Return a column of a raw field's own type, most of it sound; ids count up, with few exceptions."""
    if pa.types.is_integer(field.type):
        ids = [choices.pick((*_WHOLE[:14], None)) if choices.chance(0.08) else row + 1 for row in range(n_rows)]
        return pa.array(ids, field.type)
    if pa.types.is_timestamp(field.type):
        return pa.array([choices.pick((*_MS[:4], None)) for _ in range(n_rows)], pa.int64()).cast(field.type)
    texts = SIGNATURES if field.name == "image_signature" else (*WORDS[:2], None, *WORDS)
    return text_column([choices.pick(texts) for _ in range(n_rows)], field.type)


def odd_column(choices: Choices, n_rows: int, depth: int = 0) -> Column:
    """Return a column of any type, with nulls."""
    build = choices.pick((*_PLAIN, *_NESTED) if depth < _MOST_DEEP else _PLAIN)
    try:
        column = build(choices, n_rows, depth)
    except (pa.ArrowException, OverflowError, ValueError, TypeError):  # no such value in this type
        column = pa.nulls(n_rows, pa.int64())
    return column


def text_column(texts: list[str | bytes | None], type_: pa.DataType) -> pa.Array:
    """Return texts as a column, halves of surrogates and other bytes that are no UTF-8 included."""
    content = [text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text for text in texts]
    if type_ == pa.string_view():
        return pa.array(content, pa.binary()).view(pa.string()).cast(type_, safe=False)
    return pa.array(content, pa.large_binary() if type_ == pa.large_string() else pa.binary()).view(type_)


def _nulls(choices: Choices, values: list[object]) -> list[object]:
    return [None if choices.chance(0.15) else value for value in values]


def _picked(choices: Choices, options: tuple[object, ...], n_rows: int) -> list[object]:
    return _nulls(choices, [choices.pick(options) for _ in range(n_rows)])


def _whole(choices: Choices, n_rows: int, _depth: int) -> Column:
    type_ = choices.pick(_WHOLE_TYPES)
    lowest, highest = (-(2 ** (type_.bit_width - 1)), 2 ** (type_.bit_width - 1) - 1)
    if pa.types.is_unsigned_integer(type_):
        lowest, highest = 0, 2**type_.bit_width - 1
    return pa.array(_picked(choices, tuple(n for n in _WHOLE if lowest <= n <= highest), n_rows), type_)


def _float(choices: Choices, n_rows: int, _depth: int) -> Column:
    return pa.array(_picked(choices, _FLOATS, n_rows), pa.float64()).cast(
        choices.pick((pa.float64(), pa.float32(), pa.float16())), safe=False
    )


def _text(choices: Choices, n_rows: int, _depth: int) -> Column:
    return text_column([text(choices) for _ in range(n_rows)], choices.pick(_TEXT_TYPES))


def _bytes(choices: Choices, n_rows: int, _depth: int) -> Column:
    type_ = choices.pick(_BINARY_TYPES)
    if pa.types.is_fixed_size_binary(type_):
        return pa.array(_picked(choices, (b"ab", b"\xff\xff", b"\0\0"), n_rows), type_)
    as_text = choices.chance(0.3)
    column = pa.array(_picked(choices, _BYTES, n_rows), pa.binary())
    return column.view(pa.string()) if as_text else column.cast(type_)


def _time(choices: Choices, n_rows: int, _depth: int) -> Column:
    unit = choices.pick(_UNITS)
    type_ = choices.pick(
        (pa.timestamp(unit, choices.pick(_ZONES)), pa.timestamp(unit), pa.duration(unit), pa.date64(), pa.int64())
    )
    return pa.array(_picked(choices, _MS, n_rows), pa.int64()).view(type_)


def _date(choices: Choices, n_rows: int, _depth: int) -> Column:
    return pa.array(_picked(choices, _DATES, n_rows), choices.pick((pa.date32(), pa.date64())))


def _hour(choices: Choices, n_rows: int, _depth: int) -> Column:
    type_ = choices.pick((pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")))
    return pa.array(
        _picked(choices, (0, 1, 86_399), n_rows), pa.int32() if pa.types.is_time32(type_) else pa.int64()
    ).view(type_)


def _decimal(choices: Choices, n_rows: int, _depth: int) -> Column:
    return pa.array(_picked(choices, _DECIMALS, n_rows), choices.pick(_DECIMAL_TYPES))


def _truth(choices: Choices, n_rows: int, _depth: int) -> Column:
    return pa.array(_picked(choices, (True, False), n_rows), pa.bool_())


def _nothing(_choices: Choices, n_rows: int, _depth: int) -> Column:
    return pa.nulls(n_rows)


def _times_as_text(choices: Choices, n_rows: int, _depth: int) -> Column:
    return pa.array(_picked(choices, TIMES, n_rows), pa.string())


def _dictionary(choices: Choices, n_rows: int, depth: int) -> Column:
    values = _one(odd_column(choices, 3, depth + 1))
    index_type = choices.pick((pa.int32(), pa.int8(), pa.uint16(), pa.int64()))
    indices = pa.array(_picked(choices, (0, 1, 2), n_rows), index_type)
    return pa.DictionaryArray.from_arrays(indices, values)


def _run_ends(choices: Choices, n_rows: int, depth: int) -> Column:
    return pa.RunEndEncodedArray.from_arrays(pa.array([n_rows], pa.int32()), _one(odd_column(choices, 1, depth + 1)))


def _list(choices: Choices, n_rows: int, depth: int) -> Column:
    values = _one(odd_column(choices, 2 * n_rows, depth + 1))
    offsets = pa.array(range(0, 2 * n_rows + 1, 2), pa.int32())
    match choices.below(5):
        case 0:
            return pa.ListArray.from_arrays(offsets, values)
        case 1:
            return pa.LargeListArray.from_arrays(offsets.cast(pa.int64()), values)
        case 2:
            return pa.FixedSizeListArray.from_arrays(values, 2)
        case 3:
            return pa.ListViewArray.from_arrays(offsets[:-1], pa.array([2] * n_rows, pa.int32()), values)
        case _:
            keys = pa.array([str(number) for number in range(2 * n_rows)])
            return pa.MapArray.from_arrays(offsets, keys, values)


def _struct(choices: Choices, n_rows: int, depth: int) -> Column:
    names = choices.pick((["a"], ["a", "b"], ["a", "a"], ["", "b"], []))
    children = [_one(odd_column(choices, n_rows, depth + 1)) for _ in names]
    return pa.StructArray.from_arrays(children, names) if names else pa.array([{}] * n_rows, pa.struct([]))


def _extension(choices: Choices, n_rows: int, _depth: int) -> Column:
    type_, storage = choices.pick(
        (
            (pa.uuid(), pa.array([b"0123456789abcdef"] * n_rows, pa.binary(16))),
            (pa.json_(pa.string()), pa.array(['{"a": 1}'] * n_rows)),
            (pa.bool8(), pa.array([1] * n_rows, pa.int8())),
            (pa.opaque(pa.int64(), "pin", "fuzz"), pa.array([7] * n_rows)),
            (pa.fixed_shape_tensor(pa.int64(), [1]), pa.FixedSizeListArray.from_arrays(pa.array([7] * n_rows), 1)),
        )
    )
    return pa.ExtensionArray.from_storage(type_, storage)


_PLAIN: tuple[Callable[[Choices, int, int], Column], ...] = (
    *(_whole, _text, _float, _time, _bytes, _date, _times_as_text, _truth, _nothing, _decimal, _hour, _extension),
)
_NESTED: tuple[Callable[[Choices, int, int], Column], ...] = (_dictionary, _list, _struct, _run_ends)


def _one(column: Column) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def parquet_file(choices: Choices, columns: list[tuple[str, Column]]) -> bytes:
    """Return columns as a Parquet file of any way to write one; columns that Parquet can't hold become nulls."""
    how = {
        "row_group_size": choices.pick((64, 1, 2)),
        "version": choices.pick(("2.6", "1.0", "2.4")),
        "compression": choices.pick(("none", "snappy", "zstd", "gzip", "brotli", "lz4")),
        "use_dictionary": choices.pick((True, False)),
        "data_page_version": choices.pick(("1.0", "2.0")),
        "store_schema": choices.pick((True, False)),
        "write_statistics": choices.pick((True, False)),
        "write_page_checksum": choices.chance(0.2),
    }
    table = pa.table([column for _, column in columns], names=[name for name, _ in columns])
    if choices.chance(0.1):
        table = table.replace_schema_metadata({b"pandas": choices.pick((b"{}", b"\xff", b'{"index_columns": [3]}'))})
    try:
        return _written(table, how)
    except _NOT_WRITTEN:
        sound = [_is_written(column, how) for _, column in columns]
    plain = [
        column if is_sound else pa.nulls(len(column), pa.int64())
        for is_sound, (_, column) in zip(sound, columns, strict=True)
    ]
    return _written(pa.table(plain, names=table.schema.names), how)


def _is_written(column: Column, how: dict[str, object]) -> bool:
    try:
        content = _written(pa.table([column], names=["alone"]), how)
        n_written: int = pq.read_metadata(io.BytesIO(content)).num_rows
    except _NOT_WRITTEN:
        return False
    return n_written == len(column)  # Arrow loses the rows of some columns, and notices it by the next one


def _written(table: pa.Table, how: dict[str, object]) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **how)
    return file.getvalue()
