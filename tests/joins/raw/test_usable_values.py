"""Columns of any type: refused as a whole, read as the raw field, or read but for single rows with their reasons."""

import datetime as dt
import json

import pyarrow as pa
import pytest

from joins.arrow.file_rows import Damage, FileRows
from joins.errors import RawInputError
from joins.raw.conform import Conformed, conform
from joins.raw.intake.rejected_rows import rejected_rows
from joins.raw.schemas import RAW_PINS, RAW_USERS, TIMESTAMP

DAY_MS = 86_400_000
NOT_UTF8 = "caf\xe9".encode("latin-1")


def _lying(*texts: bytes) -> pa.Array:
    """Return a column of text whose bytes nobody checked, as careless writers store them."""
    stored = pa.array(texts, pa.binary())
    return pa.Array.from_buffers(pa.string(), len(texts), stored.buffers())


def _users(**columns: pa.Array) -> Conformed:
    n_rows = len(next(iter(columns.values())))
    return conform(pa.table({"user_id": pa.array(range(n_rows)), **columns}), RAW_USERS, "u.parquet")


def _contents(found: Conformed) -> list[dict[str, object]]:
    rows = rejected_rows(RAW_USERS, found.unusable, found.reasons, found.stored)
    return [json.loads(content) for content in rows["content"].to_pylist()]


@pytest.mark.parametrize(
    "ids",
    [
        pa.array([7, None, 9], pa.uint8()),
        pa.array([7.0, float("nan"), 9.0]),
        pa.array([7, None, 9], pa.float32()),
        pa.array([" 7", "nan", "9.0"]),
        pa.array(["7", "", "9"], pa.large_string()),
        pa.array(["7", None, "9"], pa.string_view()),
        pa.array([b"7", None, b"9"]),
        pa.array(["7", "None", "9"]).dictionary_encode(),
        pa.array([7, None, 9], pa.int32()).dictionary_encode(),
        pa.array([7, None, 9], pa.decimal128(20, 0)),
        pa.array(["7.00", None, "9.00"]).cast(pa.decimal128(20, 2)),
    ],
)
def test_ids_are_read_of_every_type_that_holds_them(ids: pa.Array) -> None:
    assert _users(user_id=ids).rows["user_id"].to_pylist() == [7, None, 9]


@pytest.mark.parametrize(
    ("times", "milliseconds"),
    [
        (pa.array([1, None], pa.timestamp("s")), [1_000, None]),
        (pa.array([1_999_999, None], pa.timestamp("ns", "Europe/Paris")), [1, None]),
        (pa.array([-1, None], pa.timestamp("us")), [-1, None]),  # towards the past, as every other time
        (pa.array([dt.date(1970, 1, 2), None]), [DAY_MS, None]),
        (pa.array([DAY_MS, None], pa.date64()), [DAY_MS, None]),
        (pa.array(["1970-01-02T01:00:00+01:00", "NaT"]), [DAY_MS, None]),
        (pa.array(["1970-01-02", None]).dictionary_encode(), [DAY_MS, None]),
    ],
)
def test_times_are_read_of_every_type_that_holds_them(times: pa.Array, milliseconds: list[int | None]) -> None:
    found = _users(created_at=times).rows["created_at"]
    assert found.type == TIMESTAMP
    assert found.cast(pa.int64()).to_pylist() == milliseconds


@pytest.mark.parametrize("type_", [pa.float64(), pa.bool_(), pa.int64(), pa.list_(pa.int8()), pa.null()])
def test_a_column_of_nothing_is_null_in_every_field(type_: pa.DataType) -> None:
    nothing = pa.nulls(2, type_)
    rows = _users(user_id=nothing, username=nothing, created_at=nothing).rows
    assert rows.to_pylist() == [dict.fromkeys(("user_id", "username", "country", "created_at"))] * 2
    not_a_number = _users(created_at=pa.array([float("nan")] * 2))  # as pandas stores times that are all missing
    assert not_a_number.rows["created_at"].null_count == 2
    assert not_a_number.columns["created_at"].n_missing == {"NaN": 2}


def test_fractions_that_are_cut_and_texts_that_are_missing_are_counted() -> None:
    found = _users(created_at=pa.array([1, 1_000, None], pa.timestamp("us")), username=pa.array(["nan", "", None]))
    assert found.columns["created_at"].n_cut == 1
    assert found.rows["username"].to_pylist() == ["nan", "", None]  # who knows what people are called
    assert _users(user_id=pa.array(["nan", "nan", "7"])).columns["user_id"].n_missing == {"nan": 2}


@pytest.mark.parametrize(
    ("column", "values", "complaint"),
    [
        ("user_id", pa.array([1.0, 2.5]), "u.parquet, row 2: column 'user_id' holds 2.5, which can't become user_id"),
        (
            "user_id",
            pa.array([1.0, 2.0**60]),
            "row 2: column 'user_id' holds .*lost digits from 2.53 on; store it as an",
        ),
        ("user_id", pa.array(["1", "1152921504606846976.0"]), "row 2: column 'user_id' holds .*lost digits from 2.53"),
        ("user_id", pa.array([float("inf")]), "holds inf, which can't become user_id .int64.: infinity is no whole"),
        ("user_id", pa.array([True, False]), "u.parquet: column 'user_id' holds bool, which can't become user_id"),
        ("user_id", pa.array([[1]]), "column 'user_id' holds list<.*write the column as int64"),
        (
            "user_id",
            pa.array([1], pa.timestamp("s")),
            "column 'user_id' holds timestamp.s., which can't become user_id",
        ),
        (
            "created_at",
            pa.array([1, 2]),
            "holds int64, which can't become created_at .*store a timestamp, or import .* unit",
        ),
        ("created_at", pa.array([1.5]), "holds double, which can't become created_at"),
        ("created_at", pa.array([True]), "holds bool, which can't become created_at"),
        ("created_at", pa.array([1], pa.time64("us")), "holds time64.us., which can't become created_at"),
        ("created_at", pa.array([1], pa.duration("s")), "holds duration.s., which can't become created_at"),
        ("username", pa.array([{"first": "ann"}]), "holds struct<.*, which can't become username .string."),
        ("username", pa.array([(1, 2, 3)], pa.month_day_nano_interval()), "holds month_day_nano_interval, which can't"),
        ("user_id", pa.array([f"u{number}" for number in range(1_000)]), "row 1: column 'user_id' holds 'u0', which"),
        (
            "created_at",
            pa.array([f"week {number}" for number in range(2_000)]),
            "row 1: .* holds 'week 0', which can't",
        ),
    ],
)
def test_a_column_that_is_wrong_as_a_whole_is_refused(column: str, values: pa.Array, complaint: str) -> None:
    with pytest.raises(RawInputError, match=complaint):
        _users(**{column: values})


@pytest.mark.parametrize(
    ("column", "values", "reason", "stored"),
    [
        ("user_id", pa.array(["1", "x12", "3"]), "user_id_not_an_integer", "x12"),
        ("user_id", pa.array(["1", "1e3", "3"]).dictionary_encode(), "user_id_not_an_integer", "1e3"),
        ("user_id", pa.array(["1", str(2**63), "3"]), "user_id_not_an_integer", str(2**63)),
        ("user_id", pa.array([1, 2**64 - 1, 3], pa.uint64()), "user_id_not_an_integer", str(2**64 - 1)),
        *(
            ("user_id", pa.array(["1.0", "2.5", "3.0"]).cast(type_), "user_id_not_an_integer", "2.5")
            for type_ in (pa.decimal32(9, 1), pa.decimal64(9, 1), pa.decimal128(9, 1), pa.decimal256(9, 1))
        ),
        ("user_id", _lying(b"1", NOT_UTF8, b"3"), "user_id_not_utf8", r"caf\xe9"),
        ("username", _lying(b"ann", NOT_UTF8, b"bob"), "username_not_utf8", r"caf\xe9"),
        ("username", pa.array([b"ann", NOT_UTF8, b"bob"]), "username_not_utf8", r"caf\xe9"),
        ("username", pa.array([b"ann", NOT_UTF8, b"bob"], pa.binary_view()), "username_not_utf8", r"caf\xe9"),
        (
            "username",
            pa.array([b"ann", b"\xed\xa0\xbd\xed\xb8\x80", b"bob"]),
            "username_not_utf8",
            r"\xed\xa0\xbd\xed\xb8\x80",
        ),
        ("username", pa.array([b"abcd", b"caf\xe9", None], pa.binary(4)), "username_not_utf8", r"caf\xe9"),
        ("created_at", pa.array(["2026-11-20", "2026-02-30", None]), "created_at_not_a_time", "2026-02-30"),
        ("created_at", _lying(b"2026-11-20", NOT_UTF8, b"2026-11-20"), "created_at_not_utf8", r"caf\xe9"),
        ("created_at", pa.array([0, 2**62, 0], pa.timestamp("s")), "created_at_out_of_range", str(2**62)),
    ],
)
def test_a_single_value_that_is_wrong_sets_its_row_aside(
    column: str, values: pa.Array, reason: str, stored: str
) -> None:
    found = _users(**{column: values})
    assert found.rows.num_rows == 2
    assert found.rows[column].equals(
        _users(
            **{
                column: values.take([0, 2])
                if "view" not in str(values.type)
                else pa.concat_arrays([values[:1], values[2:]])
            }
        ).rows[column]
    )
    assert found.reasons.to_pylist() == [reason]
    (content,) = _contents(found)
    assert content[column] == stored
    assert found.unusable[column].to_pylist() == [None]


def test_the_first_reason_of_a_row_is_told_and_all_that_is_stored_is_kept() -> None:
    found = _users(user_id=pa.array(["1", "x"]), username=pa.array([b"ann", NOT_UTF8]), created_at=pa.nulls(2))
    assert found.reasons.to_pylist() == ["user_id_not_an_integer"]
    assert _contents(found) == [{"user_id": "x", "username": r"caf\xe9", "country": None, "created_at": None}]


def test_rows_are_told_apart_through_all_chunks_and_in_their_order() -> None:
    chunks = pa.chunked_array([["1", "x", "3"], [], ["y", "5"]])
    found = conform(pa.table({"user_id": chunks}), RAW_USERS, "u.parquet")
    assert found.rows["user_id"].to_pylist() == [1, 3, 5]
    assert [content["user_id"] for content in _contents(found)] == ["x", "y"]
    with pytest.raises(RawInputError, match=r"u.parquet, row 4: column 'user_id' holds 2\.5"):
        conform(pa.table({"user_id": pa.chunked_array([[1.0, 2.0, 3.0], [2.5]])}), RAW_USERS, "u.parquet")


def test_an_error_names_the_row_of_the_file_not_of_the_batch() -> None:
    rows = FileRows("u.parquet", first_row=131_073).attached_to(pa.table({"user_id": [0.5]}))
    with pytest.raises(RawInputError, match=r"u.parquet, row 131,073: column 'user_id' holds 0.5"):
        conform(rows, RAW_USERS)


def test_damaged_rows_are_set_aside_with_what_is_left_of_them() -> None:
    damage = (Damage("username", 1, 2, 4, "bad page"), Damage("country", 2, 1, 4, "bad page"))
    rows = pa.table({"user_id": [1, 2, 3, 4], "username": ["ann", None, None, "dan"], "country": ["IS"] * 4})
    found = conform(FileRows("u.parquet", damage=damage).attached_to(rows), RAW_USERS)
    assert found.rows["user_id"].to_pylist() == [1, 4]
    assert found.reasons.to_pylist() == ["damaged_username", "damaged_username"]
    assert [content["user_id"] for content in _contents(found)] == [2, 3]


def test_many_wrong_values_among_right_ones_are_each_set_aside() -> None:
    ids = [f"{'x' if number % 3 else ''}{number}" for number in range(2_000)]
    found = _users(user_id=pa.array(ids))
    assert found.rows.num_rows == 667
    assert set(found.reasons.to_pylist()) == {"user_id_not_an_integer"}


def test_a_table_of_no_rows_conforms_in_every_column_type() -> None:
    for type_ in (pa.string(), pa.float64(), pa.null(), pa.string_view()):
        found = conform(
            pa.table(
                {"pin_id": pa.array([], type_), **dict.fromkeys(("board_id", "user_id"), pa.array([], pa.int64()))}
            ),
            RAW_PINS,
        )
        assert (found.rows.num_rows, found.unusable.num_rows) == (0, 0)
