"""Integers and names of every type that a Parquet file can hold: exactly, or not at all."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joins.raw.values import UnfitTypeError, to_integer, to_name, to_picture, to_text, to_timestamp

Conversion = Callable[[pa.Array], pa.Array]

SEVEN_IN_EVERY_TYPE = [
    *(pa.array([7, None], type_) for type_ in (pa.int8(), pa.int16(), pa.int32(), pa.int64())),
    *(pa.array([7, None], type_) for type_ in (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())),
    *(pa.array([7.0, None], type_) for type_ in (pa.float16(), pa.float32(), pa.float64())),
    *(pa.array([7.0, float("nan")], type_) for type_ in (pa.float16(), pa.float32(), pa.float64())),
    *(pa.array([Decimal(7), None], pa.decimal128(9, scale)) for scale in (0, 2)),
    *(pa.array([Decimal(7), None], type_) for type_ in (pa.decimal32(5, 2), pa.decimal64(9, 2), pa.decimal256(50, 9))),
    *(pa.array(["7", None], type_) for type_ in (pa.string(), pa.large_string(), pa.string_view())),
    *(pa.array([b"7", None], type_) for type_ in (pa.binary(), pa.large_binary(), pa.binary_view(), pa.binary(1))),
    *(pa.array([text, blank]) for text, blank in (("7.0", ""), (" 7 ", " "), ("7.000", None), ("\u00a07", "\u2003"))),
    pa.array([7, None]).dictionary_encode(),
    pa.array(["7.0", None]).dictionary_encode(),
    pc.run_end_encode(pa.array([7, None])),
    pc.run_end_encode(pa.array(["7", None])),
]


@pytest.mark.parametrize("stored", SEVEN_IN_EVERY_TYPE, ids=lambda stored: str(stored.type))
def test_a_whole_number_is_the_same_in_whatever_type_it_is_stored(stored: pa.Array) -> None:
    assert to_integer(stored).to_pylist() == [7, None]
    assert to_name(stored).to_pylist() == ["7", None]


INEXACT = [
    pa.array([1.5]),
    pa.array([float("inf")]),
    pa.array([float("-inf")], pa.float32()),
    pa.array([2.0**53]),
    pa.array([-(2.0**53)]),
    pa.array([1e300]),
    pa.array([2.0**24], pa.float32()),
    pa.array([2.0**11], pa.float16()),
    pa.array([Decimal("7.5")]),
    pa.array([Decimal("0.1")], pa.decimal256(50, 9)),
    pa.array(["9007199254740992.0"]),
    pa.array(["-9007199254740993.00"]),
    pa.array(["99999999999999999999.0"]),
]


@pytest.mark.parametrize("stored", INEXACT, ids=str)
@pytest.mark.parametrize("convert", [to_integer, to_name])
def test_a_number_with_a_fraction_or_with_lost_digits_is_no_id(stored: pa.Array, convert: Conversion) -> None:
    with pytest.raises(ValueError, match=r"whole|lost digits|infinity|Rescaling"):
        convert(stored)


def test_the_largest_exact_floating_point_numbers_are_integers() -> None:
    assert to_integer(pa.array([2.0**53 - 1, 1 - 2.0**53])).to_pylist() == [2**53 - 1, 1 - 2**53]
    assert to_integer(pa.array([2.0**24 - 1], pa.float32())).to_pylist() == [2**24 - 1]
    assert to_integer(pa.array(["9007199254740991.0"])).to_pylist() == [2**53 - 1]


@pytest.mark.parametrize(
    "text",
    [
        *("x", "7.5", "7.", ".0", "1e3", "+7", "0x1F", "0X1f", "1_000", "1,000", "7 7", "\u0667", "-", "inf", "true"),
        *("9223372036854775808", "-9223372036854775809"),
    ],
)
def test_a_text_that_is_not_all_digits_is_no_integer(text: str) -> None:
    with pytest.raises(ValueError, match="a whole number of 64 bits is needed, in digits"):
        to_integer(pa.array(["7", text]))


@pytest.mark.parametrize("stored", [pa.array([2**63], pa.uint64()), pa.array([Decimal(2**63)])], ids=str)
def test_a_number_beyond_64_bits_is_no_integer_but_is_a_name(stored: pa.Array) -> None:
    with pytest.raises(ValueError, match="a whole number of 64 bits is needed"):
        to_integer(stored)
    assert to_name(stored).to_pylist() == ["9223372036854775808"]


NO_NUMBERS = [
    pa.array([True]),
    pa.array([dt.datetime(2020, 1, 1, tzinfo=dt.UTC)]),
    pa.array([dt.date(2020, 1, 1)]),
    pa.array([dt.date(2020, 1, 1)], pa.date64()),
    pa.array([dt.time(1)]),
    pa.array([dt.timedelta(1)]),
    pa.array([[7]]),
    pa.array([{"id": 7}]),
    pa.array([[("a", 7)]], pa.map_(pa.string(), pa.int64())),
    pa.array([True]).dictionary_encode(),
]


@pytest.mark.parametrize("stored", NO_NUMBERS, ids=lambda stored: str(stored.type))
@pytest.mark.parametrize("convert", [to_integer, to_name])
def test_truth_values_times_and_lists_are_no_ids(stored: pa.Array, convert: Conversion) -> None:
    with pytest.raises(UnfitTypeError):
        convert(stored)


@pytest.mark.parametrize("text", ["007", "+7", "7.", "1e3", "007.0", "-0.0", "7.0x", "7,0", "v7.0", "0x7", "7.50"])
def test_a_text_that_is_no_plain_number_is_a_name_of_its_own(text: str) -> None:
    assert to_name(pa.array(["7", text])).to_pylist() == ["7", text]


@pytest.mark.parametrize("text", ["1.23457E+17", "1E+18", "-1.2e+12", " 9.87654E+11 "])
@pytest.mark.parametrize("convert", [to_integer, to_name])
def test_a_number_that_a_spreadsheet_rounded_is_no_id(text: str, convert: Conversion) -> None:
    # 123456789012345678 and 123456999999999999 look alike in Excel, and are saved as they look.
    with pytest.raises(ValueError, match="rounded"):
        convert(pa.array(["7", text]))


@pytest.mark.parametrize("text", ["1e17", "1E17", "1.234567E+17", "a1E+17", "1E+170", "12E+10", "e+10"])
def test_what_no_spreadsheet_writes_stays_a_name(text: str) -> None:
    assert to_name(pa.array(["7", text])).to_pylist() == ["7", text]


def test_a_time_that_a_spreadsheet_rounded_is_refused_and_all_digits_are_taken() -> None:
    assert to_timestamp(pa.array(["1.5778368E9"]), unit="s").values.cast(pa.int64()).to_pylist() == [1_577_836_800_000]
    with pytest.raises(ValueError, match="rounded"):
        to_timestamp(pa.array(["1.57784E+12"]), unit="ms")  # it stood for some time within 80 minutes


def test_a_uuid_is_named_in_hexadecimal() -> None:
    uuid = UUID("12345678-1234-5678-1234-567812345678")
    assert to_name(pa.array([uuid.bytes, None], pa.uuid())).to_pylist() == [str(uuid), None]


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(1 - 2**53, 2**53 - 1)), min_size=1, max_size=20))
def test_ids_are_the_same_in_all_the_ways_in_which_pandas_writes_them(ids: list[int | None]) -> None:
    # A column of integers, the same as floating point numbers because it has gaps, and both as texts of a CSV.
    floats = [float("nan") if one is None else float(one) for one in ids]
    written = [
        pa.array(ids, pa.int64()),
        pa.array(floats, pa.float64()),
        pa.array([None if one is None else str(one) for one in ids], pa.string()),
        pa.array([None if one is None else f"{float(one):.1f}" for one in ids], pa.string()),
        pa.array(["" if one is None else f" {one} " for one in ids], pa.string()),
    ]
    for stored in written:
        assert to_integer(stored).to_pylist() == ids
        assert to_name(stored).to_pylist() == [None if one is None else str(one) for one in ids]


def test_a_picture_that_is_a_number_is_named_as_an_id_is_and_a_text_stays() -> None:
    for stored in (pa.array([12345678901]), pa.array([12345678901.0]), pa.array([Decimal(12345678901)])):
        assert to_picture(stored).to_pylist() == ["12345678901"]
    assert to_picture(pa.array([" 7.0.png", "7.0"])).to_pylist() == [" 7.0.png", "7.0"]
    with pytest.raises(ValueError, match="lost digits"):
        to_picture(pa.array([2.0**53]))


@settings(deadline=None)
@given(st.lists(st.text(max_size=6), max_size=8))
def test_texts_stay_exact_as_texts(texts: list[str]) -> None:
    stored = pa.array(texts, pa.string())
    assert to_text(stored).to_pylist() == texts
    assert to_text(stored.dictionary_encode()).to_pylist() == texts
    assert to_text(stored.cast(pa.large_binary())).to_pylist() == texts


@settings(deadline=None)
@given(st.lists(st.text(st.sampled_from("07.-+ x"), max_size=6), min_size=1, max_size=8))
def test_a_name_is_its_own_name_and_its_integer_is_the_same(texts: list[str]) -> None:
    names = to_name(pa.array(texts, pa.string()))
    assert to_name(names).equals(names)
    for text, name in zip(texts, names.to_pylist(), strict=True):
        assert name == (text.strip() or None) or f"{name}." == text.strip()[: len(name) + 1]


@pytest.mark.parametrize(
    "written", ["\ufeff7", "7\u200b", "\u200e 7\u00a0\u200f", "\u202a7\u202c", "\u3000\u20607 \ufeff"]
)
def test_what_nobody_sees_around_an_id_makes_no_other_of_it(written: str) -> None:
    assert to_name(pa.array([written])).to_pylist() == ["7"]
    assert to_integer(pa.array([written])).to_pylist() == [7]


def test_what_joins_characters_within_a_name_stays() -> None:
    family = "\U0001f468\u200d\U0001f469"  # two people joined by U+200D
    assert to_name(pa.array([family, "a\u200bb"])).to_pylist() == [family, "a\u200bb"]
