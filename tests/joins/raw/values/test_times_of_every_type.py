"""Instants of timestamps, dates, ISO texts and numbers: to the millisecond, cut towards the past and counted."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joins.raw.schemas import TIMESTAMP
from joins.raw.values import TimeCounts, UnfitTypeError, Unit, count_times, parse_time_format, to_timestamp

UTC = dt.UTC
TEN = dt.datetime(2021, 1, 1, 10, tzinfo=UTC)
DATE = dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    "text",
    [
        "2021-01-01 10:00",
        "2021-01-01T10",
        "2021-01-01T10:00:00",
        "2021-01-01t10:00",
        "2021-01-01T10:00:00Z",
        "2021-01-01T10:00z",
        "2021-01-01 10:00:00 Z",
        "2021-01-01 10:00:00 UTC",
        "2021-01-01 10:00:00.000000 UTC",
        "2021-01-01 10:00:00,000",
        "2021-01-01 10:00:00 GMT",
        "2021-01-01 10:00:00utc",
        "2021-01-01T12:00:00+02:00",
        "2021-01-01T12:00+02",
        "2021-01-01 12:00:00 +0200",
        "2021-01-01 06:30:00 -0330",
        "2021-01-01T10:00-00:00",
        " 2021-01-01T10:00:00.000000000Z ",
    ],
)
def test_iso_texts_of_every_usual_spelling_are_read(text: str) -> None:
    others = ["2021-01-01T10:00:00", "2021-01-01T12:00:00.0000000+02:00", None]
    assert to_timestamp(pa.array([text])) == (pa.array([TEN], TIMESTAMP), 0)
    assert to_timestamp(pa.array([text, *others])).values.to_pylist() == [TEN, TEN, TEN, None]


@pytest.mark.parametrize(
    "text",
    [
        *("2021-02-30", "2022-02-31", "2021-13-01", "0000-00-00", "2021-04-31T10", "2021-02-29 10:00"),
        *("1900-02-29 10:00:00.1234567Z", "2021-02-29T10:00:00+02:00", "2021-06-31 10:00:00,5 UTC"),
    ],
)
def test_a_day_that_no_calendar_has_is_told_as_that(text: str) -> None:
    for texts in ([text], ["2021-01-01", text], ["2021-01-01T10:00:00Z", None, text]):
        with pytest.raises(ValueError, match=r"^no calendar has that day$"):
            to_timestamp(pa.array(texts))


@pytest.mark.parametrize(
    "text",
    [
        *("2021-02-30 noon", "2021-01-01 24:00", "2021-01-01 23:59:60"),
        *("2021-01-01 10:00 EST", "2021-01-01 10:00:00 CET", "2021-01-01 10:00 UTC+2", "2021-01-01T10:00+02:60"),
        *(
            "2021-01-01 UTC",
            "2021-01-01Z",
            "2021-01-01 -02",
            "2021-01-01 +02:00",
            "2021-01-01 10:00+02:00[Europe/Paris]",
        ),
        *("20210101", "2021-1-1", "2021-01", "2021", "01/02/2021", "2021-W01-1", "2021-001", "10:00", "1609495200"),
        *("2021-01-01 10:00 AM", "2021-01-01T", "2021-01-01T10:00:00.", "2021-01-01  10:00", "\u0662021-01-01", "nan"),
    ],
)
def test_what_is_no_time_or_could_be_two_is_refused(text: str) -> None:
    for texts in ([text], ["2021-01-01", text], ["2021-01-01T10:00:00Z", "2021-01-01", text]):
        with pytest.raises(ValueError, match="YYYY-MM-DD"):
            to_timestamp(pa.array(texts))


@settings(deadline=None)
@given(st.lists(st.datetimes().filter(lambda time: 1678 <= time.year < 2262), min_size=1, max_size=5))
def test_a_time_is_the_same_as_a_timestamp_of_any_unit_and_as_text(times: list[dt.datetime]) -> None:
    cut = [time.replace(microsecond=time.microsecond // 1_000 * 1_000, tzinfo=UTC) for time in times]
    n_cut = sum(time.microsecond % 1_000 > 0 for time in times)
    stored = pa.array(times, pa.timestamp("us"))
    for column in (
        stored,
        stored.cast(pa.timestamp("ns")),
        stored.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us", "America/New_York")),
        stored.dictionary_encode(),
        pa.array([time.isoformat() for time in times]),
        pa.array([time.isoformat(" ", "microseconds") + " UTC" for time in times]),
        pa.array([f"{time.isoformat(timespec='microseconds')}001Z" for time in times])
        if n_cut == len(times)
        else stored,
    ):
        read = to_timestamp(column)
        assert read.values.to_pylist() == cut
        assert read.n_cut == n_cut


@pytest.mark.parametrize(
    ("stored", "unit", "expected", "n_cut"),
    [
        (pa.array([1_609_495_200, None]), "s", TEN, 0),
        (pa.array([1_609_495_200], pa.int32()), "s", TEN, 0),
        (pa.array([1_609_495_200], pa.uint64()), "s", TEN, 0),
        (pa.array([1_609_495_200_000_999]), "us", TEN, 1),
        (pa.array([1_609_495_200.7]), "s", TEN.replace(microsecond=700_000), 0),
        (pa.array([1_609_495_200.0007]), "s", TEN, 1),
        (pa.array([-0.5]), "s", dt.datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC), 0),
        (pa.array([-1]), "us", dt.datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC), 1),
        (pa.array([Decimal("1609495200.25")]), "s", TEN.replace(microsecond=250_000), 0),
        (
            pa.array([Decimal(1_609_495), None], pa.decimal32(9, 0)),
            "s",
            dt.datetime(1970, 1, 19, 15, 4, 55, tzinfo=UTC),
            0,
        ),
        (pa.array(["1609495200.25"]), "s", TEN.replace(microsecond=250_000), 0),
        (pa.array([" 1609495200 "]), "s", TEN, 0),
        (pa.array(["1.6094952e9"]), "s", TEN, 0),
        (pa.array(["1609495200000"]), "ms", TEN, 0),
    ],
)
def test_numbers_count_their_unit(stored: pa.Array, unit: Unit, expected: dt.datetime, n_cut: int) -> None:
    times = to_timestamp(stored, unit=unit)
    assert times.values[0].as_py() == expected
    assert times.n_cut == n_cut


@pytest.mark.parametrize(
    ("stored", "unit"),
    [
        (pa.array([float("inf")]), "s"),
        (pa.array([1e300]), "ns"),
        (pa.array(["inf"]), "s"),
        (pa.array(["ten"]), "s"),
        (pa.array(["0x10"]), "s"),
        (pa.array([2**62]), "s"),
        (pa.array([2**63], pa.uint64()), "ns"),
    ],
)
def test_a_number_that_no_time_can_hold_is_refused(stored: pa.Array, unit: Unit) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        to_timestamp(stored, unit=unit)
    assert not isinstance(caught.value, UnfitTypeError)


@pytest.mark.parametrize(
    "stored",
    [
        *(pa.array([one]) for one in (1, 1.5, Decimal(1), True, dt.time(1), dt.timedelta(1))),
        pa.array([[TEN]]),
    ],
    ids=lambda stored: str(stored.type),
)
def test_a_number_without_a_unit_and_a_time_of_day_are_no_times(stored: pa.Array) -> None:
    with pytest.raises(UnfitTypeError):
        to_timestamp(stored)


@pytest.mark.parametrize("unit", [None, "s"])
def test_what_is_missing_is_no_time(unit: Unit | None) -> None:
    assert to_timestamp(pa.array(["", " ", None]), unit=unit).values.null_count == 3
    assert to_timestamp(pa.nulls(3), unit=unit).values.null_count == 3
    assert to_timestamp(pa.array([float("nan")]), unit="s").values.null_count == 1


@pytest.mark.parametrize("stored", [pa.array([20210131]), pa.array([20210131.0]), pa.array([Decimal(20210131)])])
def test_a_number_of_a_format_is_its_digits(stored: pa.Array) -> None:
    times = to_timestamp(stored, parse_time_format("%Y%m%d"))
    assert times.values.to_pylist() == [dt.datetime(2021, 1, 31, tzinfo=UTC)]


def test_a_timestamp_is_what_it_is_whatever_form_or_unit_is_said() -> None:
    stored = pa.array([TEN, None], pa.timestamp("us", "UTC"))
    assert to_timestamp(stored, parse_time_format("%Y")).values.to_pylist() == [TEN, None]
    assert to_timestamp(stored, unit="s").values.to_pylist() == [TEN, None]


def of_texts(*texts: str) -> pa.Array:
    return to_timestamp(pa.array(texts)).values


def test_times_before_1990_and_two_days_after_the_snapshot_are_unlikely() -> None:
    likely = of_texts("1990-01-01", "2026-11-20", "2026-11-21T23:59:59")
    assert count_times(likely, DATE) == TimeCounts(3)
    unlikely = of_texts("2011-01-01", "1989-12-31T23:59:59", "2026-11-22")
    assert count_times(unlikely, DATE) == TimeCounts(3, 1, 1, "1989-12-31 23:59:59.000Z")
    both = count_times(likely, DATE) + count_times(unlikely, DATE)
    assert both == TimeCounts(6, 1, 1, "1989-12-31 23:59:59.000Z")
    assert both.warning("pins.created_at", DATE) == ""


def test_mostly_unlikely_times_are_said_with_their_share_an_example_and_the_usual_cause() -> None:
    warning = count_times(of_texts("1970-01-15", "1970-01-16", "2011-01-01"), DATE).warning("pins.created_at", DATE)
    assert warning.startswith("warning: pins.created_at: 2 of 3 times (67 %) lie before 1990, such as 1970-01-15 ")
    assert "seconds for milliseconds" in warning
    late = count_times(of_texts("2068-01-15"), DATE).warning("pins.created_at", DATE)
    assert "1 of 1 times (100 %) lie after 2026-11-21, such as 2068-01-15" in late
    assert "lie after 9999-12-31" in TimeCounts(1, n_after_date=1).warning("pins.created_at", dt.date.max)


def test_no_times_are_nothing_to_warn_of_and_times_beyond_python_are() -> None:
    assert count_times(pa.nulls(3, TIMESTAMP), DATE).warning("pins.created_at", DATE) == ""
    beyond = count_times(pa.array([2**60], pa.int64()).cast(TIMESTAMP), DATE)
    assert beyond == TimeCounts(1, 0, 1, "1,152,921,504,606,846 s since 1970")
    assert count_times(pa.chunked_array([of_texts("2011-01-01"), of_texts("1970-01-01")]), DATE).n_before_1990 == 1
