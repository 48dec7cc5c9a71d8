"""Bytes that should be text: which rows hold something else, and how it is said."""

import datetime as dt
import itertools

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joins.errors import RawInputError, SourceError
from joins.raw.values import (
    ColumnPlace,
    convert_column,
    decoded,
    not_utf8,
    plain,
    to_integer,
    to_text,
    to_timestamp,
    without_missing,
)
from joins.raw.values.refusals import shown

LATIN = b"caf\xe9"
DESCRIPTION = pa.field("description", pa.string())
PIN_ID = pa.field("pin_id", pa.int64())


def believed_text(values: list[bytes | None]) -> pa.Array:
    """Return bytes in a column that says they are UTF-8, as a Parquet file may."""
    stored = pa.array(values, pa.binary())
    return pa.Array.from_buffers(pa.string(), len(stored), stored.buffers())


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.binary(max_size=5), st.just("é".encode())), max_size=30))
def test_the_rows_that_are_no_utf8_are_those_that_python_can_not_decode(values: list[bytes | None]) -> None:
    def decodes(text: bytes | None) -> bool:
        try:
            return text is None or isinstance(text.decode("utf-8"), str)
        except UnicodeDecodeError:
            return False

    expected = [not decodes(text) for text in values]
    stored = pa.array(values, pa.binary())
    types = (pa.binary(), pa.large_binary(), pa.binary_view())
    for column in (believed_text(values), stored.dictionary_encode(), *(stored.cast(type_) for type_ in types)):
        bad = not_utf8(column)
        assert (bad.to_pylist() if bad is not None else [False] * len(values)) == expected


def test_one_bad_row_among_many_is_found_wherever_it_lies() -> None:
    for position in (0, 1_023, 1_024, 4_999):
        values: list[bytes | None] = [b"owl"] * 5_000
        values[position] = LATIN
        bad = not_utf8(believed_text(values).slice(0))
        assert bad is not None
        assert bad.index(True).as_py() == position
        assert bad.true_count == 1


@pytest.mark.parametrize(
    "stored", [pa.array([b"owl", LATIN]), believed_text([b"owl", LATIN])], ids=lambda v: str(v.type)
)
def test_bytes_that_are_no_text_are_refused_with_the_row_and_the_value_in_escapes(stored: pa.Array) -> None:
    with pytest.raises(SourceError) as caught:
        convert_column(stored, to_text, DESCRIPTION, ColumnPlace("note", "pins.parquet", 11), SourceError, "mend it")
    assert str(caught.value) == (
        r"pins.parquet, row 12: column 'note' holds b'caf\xe9', which can't become description (string): "
        "its bytes are no UTF-8 text; mend it"
    )


def test_bytes_of_another_encoding_are_read_by_its_name_and_texts_stay() -> None:
    assert decoded(pa.array([LATIN, LATIN, None]), "latin-1").to_pylist() == ["café", "café", None]
    assert decoded(believed_text([LATIN]), "latin-1").to_pylist() == ["café"]
    assert decoded(pa.array(["café"]), "latin-1").to_pylist() == ["café"]
    assert decoded(pa.array([7]), "latin-1").to_pylist() == [7]


def test_a_refusal_names_the_first_value_that_fails_and_why_that_one_does() -> None:
    place = ColumnPlace("pin", "pins.parquet", 1)
    with pytest.raises(RawInputError) as caught:
        convert_column(pa.array([1.0, 1.5, 2.0**60]), to_integer, PIN_ID, place, RawInputError, "mend it")
    assert str(caught.value) == (
        "pins.parquet, row 2: column 'pin' holds 1.5, which can't become pin_id (int64): a whole number is needed; "
        "mend it"
    )


def test_a_refusal_without_a_known_row_names_the_file() -> None:
    with pytest.raises(RawInputError, match=r"^pins.parquet: column 'pin' holds 'x'"):
        convert_column(pa.array(["x"]), to_integer, PIN_ID, ColumnPlace("pin", "pins.parquet"), RawInputError, "")


def test_a_number_as_a_time_is_refused_with_what_helps_at_both_doors() -> None:
    field = pa.field("created_at", pa.timestamp("ms", tz="UTC"))
    with pytest.raises(RawInputError) as caught:
        convert_column(pa.array([1]), to_timestamp, field, ColumnPlace("t", "p.parquet"), RawInputError, "correct it")
    assert "store a timestamp, or import the number with unit" in str(caught.value)
    assert "correct it" not in str(caught.value)


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        (pa.array([2**60], pa.timestamp("ms")), "1,152,921,504,606,846 s since 1970"),
        (pa.array([1], pa.timestamp("ns")), "1970-01-01 00:00:00.000000001"),
        (pa.array([dt.date(2020, 1, 1)]), "2020-01-01"),
        (pa.array([None], pa.string()), "''"),
        (pa.array(["x" * 99]), "'" + "x" * 59 + "..."),
        (pa.array(["x"]).dictionary_encode(), "'x'"),
        (pa.array([[1, 2]]), "[1, 2]"),
    ],
)
def test_any_value_can_be_shown(stored: pa.Array, text: str) -> None:
    assert shown(stored, 0).startswith(text)


def test_plain_keeps_nulls_numbers_and_lists() -> None:
    for stored in (pa.nulls(2), pa.array([7, None]), pa.array([[7], None]), pa.array([True, None])):
        assert plain(stored).equals(stored)


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.sampled_from(["7", "nan", " None ", "", " ", "Nan", "none", "NA"])), max_size=9)
)
def test_missing_texts_are_null_and_counted(values: list[str | None]) -> None:
    read, n_missing = without_missing(pa.array(values, pa.string()))
    meant = [None if value is None or value.strip() in ("", "nan", "None", "NA") else value for value in values]
    assert read.to_pylist() == meant
    assert sum(n_missing.values()) == sum(value is not None for value in values) - sum(one is not None for one in meant)
    assert set(n_missing) <= {"", "nan", "None", "NA"}


def test_with_no_missing_texts_only_empty_ones_are_missing() -> None:
    read, n_missing = without_missing(pa.array(["nan", "", "NA"]), [])
    assert read.to_pylist() == ["nan", None, "NA"]
    assert n_missing == {"": 1}


def test_nan_among_numbers_is_missing_in_every_width_and_null_is_not_counted() -> None:
    for type_, values in itertools.product((pa.float16(), pa.float32(), pa.float64()), ([7.0, float("nan"), None],)):
        read, n_missing = without_missing(pa.array(values, type_))
        assert read.to_pylist() == [7.0, None, None]
        assert n_missing == {"NaN": 1}
