"""A column of any type that a file can hold becomes any raw field or is refused in one line, never anything else."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from joins.errors import SourceError
from joins.raw.mapped.field_sources import Constant, FieldSource, FromColumn, RowNumber
from joins.raw.mapped.map_rows import Collected, SourceRows, map_rows
from joins.raw.mapped.mapping import TableMapping
from joins.raw.schemas import RAW_PINS
from joins.raw.value_tally import ValueTally
from joins.raw.values import MISSING_TEXTS

BAD_TEXT = pa.array([b"\xff\xfe", b"", b"ok", None])
WIDEST = pa.array([2**63 - 1, -(2**63), None, 0], pa.int64())
TYPES = [
    *(
        pa.int8(),
        pa.uint64(),
        pa.float16(),
        pa.float32(),
        pa.float64(),
        pa.bool_(),
        pa.null(),
        pa.date32(),
        pa.date64(),
    ),
    *(
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.binary(),
        pa.large_binary(),
        pa.binary_view(),
        pa.binary(16),
    ),
    *(pa.time32("s"), pa.time64("ns"), pa.duration("s"), pa.month_day_nano_interval(), pa.timestamp("ns", "UTC")),
    *(pa.decimal32(5, 2), pa.decimal64(9, 0), pa.decimal128(38, 10), pa.decimal256(76, 5), pa.decimal128(5, -2)),
    *(pa.list_(pa.int64()), pa.large_list(pa.string()), pa.list_(pa.int64(), 2), pa.list_view(pa.int64())),
    *(pa.struct([("a", pa.int64())]), pa.map_(pa.string(), pa.int64()), pa.uuid(), pa.bool8(), pa.json_()),
]
COLUMNS = [
    *(pa.nulls(n_rows, type_) for type_ in TYPES for n_rows in (0, 2)),
    *(
        WIDEST.cast(pa.timestamp(unit, zone))
        for unit in ("s", "ms", "us", "ns")
        for zone in (None, "UTC", "Asia/Tokyo")
    ),
    *(pa.array([2**31 - 1, -(2**31)], pa.int32()).cast(pa.date32()), pa.array([2**62, 1]).cast(pa.date64())),
    *(WIDEST, pa.array([2**64 - 1], pa.uint64()), pa.array([float("nan"), float("inf"), -0.0, 1e308])),
    *(pa.array([Decimal("9" * 38)]), pa.array([Decimal("9" * 76)]), pa.array([Decimal("0." + "9" * 38)])),
    *(BAD_TEXT, BAD_TEXT.dictionary_encode(), pa.Array.from_buffers(pa.string(), 4, BAD_TEXT.buffers())),
    pa.array(
        ["\ud7ff", "\0", " \u2028", "\u0661", "-", "1" * 400, "nan", "0x1", "1e400", "9" * 30 + ".0", "2021-01-01"]
    ),
    pa.DictionaryArray.from_arrays(pa.array([0, None, 1], pa.int8()), pa.array([None, "x"])),
    pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.uint32()), pa.array([float("nan")])),
    *(pc.run_end_encode(pa.array(values)).slice(1) for values in ([1.5, 1.5, None], ["x", "x", None])),
    *(pa.array([True, None]), pa.array([[1], None]), pa.array([{"a": 1}, None]), pa.array([(1, 2, 3)] * 2)),
    *(pa.array([dt.time(1), None]), pa.array([dt.timedelta(10**6)]), pa.array([b"x" * 12], pa.binary(12))),
    pa.array([pa.MonthDayNano([1, 2, 3])]),
]
FIELDS: list[tuple[str, FieldSource]] = [
    *((name, FromColumn("c")) for name in ("parent_pin_id", "image_signature", "description")),
    *((name, FromColumn("c", null_if_equal="d")) for name in ("parent_pin_id", "description")),
    ("parent_pin_id", FromColumn("c", "id", null_if_equal="d")),
    ("image_signature", FromColumn("c", "digest")),
    ("created_at", FromColumn("c", "timestamp")),
    ("created_at", FromColumn("c", "timestamp", null_if_equal="d")),
    *(("created_at", FromColumn("c", "timestamp", unit=unit)) for unit in ("s", "ns")),
    *(("created_at", FromColumn("c", "timestamp", format=form)) for form in ("%Y%m%d", "%d/%m/%Y %T.%f %z")),
]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: f"{len(column)} {column.type}")
def test_a_column_of_any_type_becomes_a_raw_field_or_is_refused_in_one_line(column: pa.Array) -> None:
    rows = SourceRows(pa.RecordBatch.from_arrays([column, column], names=["c", "d"]), "rows.parquet")
    always: dict[str, FieldSource] = {"pin_id": RowNumber(), "board_id": Constant(1), "user_id": Constant(1)}
    for name, origin in FIELDS:
        for missing, null_values in ((MISSING_TEXTS, ()), ((), ("ok", "nan"))):
            columns = {**always, name: origin}
            mapping = TableMapping(RAW_PINS, "rows.parquet", columns, null_values=null_values, missing_ids=missing)
            collected = Collected(values=ValueTally(dt.date(2026, 11, 20)))
            pins, refusal = pins_or_refusal(mapping, rows, collected)
            if pins is None:
                assert refusal.startswith("rows.parquet")
                assert "column 'c'" in refusal or "column 'd'" in refusal
            else:
                pins.validate(full=True)
                assert pins.num_rows == len(column)
            said = [refusal, *collected.values.lines(), *collected.values.warnings()]
            assert not [line for line in said if "\n" in line]


def pins_or_refusal(mapping: TableMapping, rows: SourceRows, collected: Collected) -> tuple[pa.Table | None, str]:
    try:
        return map_rows(mapping, rows, collected), ""
    except SourceError as error:
        return None, str(error)
