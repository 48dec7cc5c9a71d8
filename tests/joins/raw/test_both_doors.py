"""What the import accepts the raw check accepts, with the same values; what it refuses is refused or set aside."""

import decimal
from collections.abc import Callable
from io import BytesIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from joins.errors import RawInputError, SourceError
from joins.raw.conform import Conformed, conform
from joins.raw.mapped.field_sources import FromColumn
from joins.raw.mapped.map_rows import Collected, SourceRows, map_rows
from joins.raw.mapped.mapping import TableMapping
from joins.raw.schemas import RawTable
from joins.raw.value_tally import ValueTally

FIELDS = (
    pa.field("parent_pin_id", pa.int64()),
    pa.field("created_at", pa.timestamp("ms", tz="UTC")),
    pa.field("description", pa.string()),
    pa.field("image_signature", pa.string()),
)
INT64 = st.integers(-(2**63), 2**63 - 1)
NUMBERS = st.sampled_from([0, 1, -1, 7, 2**53 - 1, 2**53, 2**53 + 1, 10**18 + 1, -(2**63), 2**63 - 1]) | INT64
TEXTS = st.one_of(
    st.text(max_size=12),
    NUMBERS.map(str),
    NUMBERS.map(lambda number: f" {number}.0 "),
    st.sampled_from(
        ["", " ", "nan", "None", "NULL", "NaT", "0x1f", "1e3", "+7", "7.", "7.50", "\u0667", "7\u00a0", "x12"]
    ),
    st.datetimes().map(str),
    st.sampled_from(
        ["2026-02-30", "2011-01-02T03:04:05.6789+02:00", "2011-01-02 03:04:05 UTC", "1.2.2011", "0000-01-01"]
    ),
    st.just("9999-12-31T23:59:59.999999999Z"),
)
BYTES = TEXTS.map(str.encode) | st.binary(max_size=8) | st.sampled_from([b"caf\xe9", b"\xed\xa0\xbd", b"\xff\xfe7\x00"])
FLOATS = st.floats() | NUMBERS.map(float) | st.sampled_from([2.0**24, 0.5, -0.0, 2.0**53])
_UNITS = ("s", "ms", "us", "ns")


def _lying(stored: list[bytes | None]) -> pa.Array:
    """Return texts whose bytes nobody checked."""
    column = pa.array(stored, pa.binary())
    return pa.Array.from_buffers(pa.string(), len(stored), column.buffers(), column.null_count)


def _of(type_: pa.DataType, values: st.SearchStrategy[object]) -> st.SearchStrategy[pa.Array]:
    return st.lists(st.none() | values, max_size=6).map(lambda column: pa.array(column, type_))


def _counts(type_: pa.DataType, n_bits: int = 64) -> st.SearchStrategy[pa.Array]:
    """Return columns of a type that is stored as whole numbers of so many bits, with any of them."""
    whole = INT64 if n_bits == 64 else st.integers(-(2**31), 2**31 - 1)
    few = st.integers(-(10**6), 10**6) | whole
    return _of(pa.int64() if n_bits == 64 else pa.int32(), few).map(lambda column: column.view(type_))


COLUMNS = st.one_of(
    *(_of(type_, TEXTS) for type_ in (pa.string(), pa.large_string(), pa.string_view())),
    *(_of(type_, BYTES) for type_ in (pa.binary(), pa.large_binary(), pa.binary_view())),
    st.lists(st.none() | BYTES, max_size=6).map(_lying),
    _of(pa.binary(4), st.binary(min_size=4, max_size=4) | st.just(b"2011")),
    _of(pa.string(), TEXTS).map(lambda column: column.dictionary_encode()),
    _of(pa.int64(), NUMBERS).map(lambda column: column.dictionary_encode()),
    _of(pa.string(), TEXTS).map(pc.run_end_encode),
    _of(pa.int64(), NUMBERS),
    _of(pa.uint64(), st.integers(0, 2**64 - 1)),
    _of(pa.int8(), st.integers(-128, 127)),
    _of(pa.uint16(), st.integers(0, 2**16 - 1)),
    _of(pa.float64(), FLOATS),
    _of(pa.float32(), st.floats(width=32)),
    _of(pa.float16(), st.floats(width=16)),
    _of(pa.decimal128(38, 2), st.decimals(-(10**20), 10**20, places=2)),
    _of(pa.decimal256(60, 0), NUMBERS.map(decimal.Decimal)),
    _of(pa.bool_(), st.booleans()),
    *(_counts(pa.timestamp(unit, zone)) for unit in _UNITS for zone in (None, "UTC", "Asia/Kolkata")),
    _counts(pa.date32(), 32),
    _counts(pa.duration("s")),
    _of(pa.int64(), st.integers(0, 86_399)).map(lambda column: column.view(pa.time64("us"))),
    _of(pa.null(), st.none()),
    _of(pa.list_(pa.int64()), st.lists(NUMBERS, max_size=2)),
    _of(pa.struct([("id", pa.int64())]), st.fixed_dictionaries({"id": NUMBERS})),
    _of(pa.month_day_nano_interval(), st.tuples(*[st.integers(0, 9)] * 3)),
    _of(pa.binary(16), st.uuids().map(lambda one: one.bytes)).map(
        lambda column: pa.ExtensionArray.from_storage(pa.uuid(), column)
    ),
)


def _imported(column: pa.Array, field: pa.Field) -> tuple[pa.Array, ValueTally] | None:
    """Return what the import's identity mapping makes of a column, None if it refuses it."""
    raw = RawTable("pins", pa.schema([field]), field.name)
    conversion = "timestamp" if pa.types.is_timestamp(field.type) else "cast"
    mapping = TableMapping(raw, "pins.parquet", {field.name: FromColumn(field.name, conversion)})
    collected = Collected()
    try:
        rows = map_rows(mapping, SourceRows(pa.record_batch([column], [field.name]), "pins.parquet"), collected)
    except SourceError:
        return None
    return rows[field.name].combine_chunks(), collected.values


def _checked(column: pa.Array, field: pa.Field) -> Conformed | None:
    """Return what the raw check makes of a column, None if it refuses it."""
    try:
        batch = pa.table([column], [field.name])
        return conform(batch, RawTable("pins", pa.schema([field]), field.name), "pins.parquet")
    except RawInputError:
        return None


def _stored_as_parquet(column: pa.Array) -> pa.Array:
    """Return a column as a Parquet file gives it back; as it is if Parquet has no such type."""
    stored = BytesIO()
    try:
        pq.write_table(pa.table([column], ["column"]), stored)
    except (pa.ArrowException, ValueError):
        return column
    return pq.read_table(stored)["column"].combine_chunks()


@settings(max_examples=600, deadline=None, derandomize=True)
@given(COLUMNS, st.sampled_from(FIELDS), st.sampled_from([lambda column: column, _stored_as_parquet]))
def test_both_doors_read_a_column_alike(
    column: pa.Array, field: pa.Field, stored: Callable[[pa.Array], pa.Array]
) -> None:
    column = stored(column)
    imported, checked = _imported(column, field), _checked(column, field)
    if imported is not None:
        values, tally = imported
        assert checked is not None
        assert checked.rows[field.name].combine_chunks().equals(values)
        assert checked.columns[field.name].n_cut == tally.n_cut[f"pins.{field.name}"]
        assert checked.columns[field.name].n_missing == tally.n_missing.get(f"pins.{field.name}", {})
    elif checked is not None:
        alone = [_imported(column.slice(row, 1), field) for row in range(len(column))]
        usable = pa.concat_arrays([values for values, _ in filter(None, alone)] or [pa.array([], field.type)])
        assert checked.rows[field.name].combine_chunks().equals(usable)
        assert checked.unusable.num_rows == alone.count(None) > 0
    else:
        alone = [_imported(column.slice(row, 1), field) for row in range(len(column))]
        assert None in alone or not len(column)


def test_one_bad_value_of_a_thousand_is_a_row_that_both_doors_name() -> None:
    column = pa.array([*map(str, range(999)), "x12"])
    assert _imported(column, FIELDS[0]) is None
    checked = _checked(column, FIELDS[0])
    assert checked is not None
    assert checked.reasons.to_pylist() == ["parent_pin_id_not_an_integer"]
