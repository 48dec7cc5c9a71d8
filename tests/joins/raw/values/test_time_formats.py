"""Times of a format: which formats are refused, and that what is read is what Python and the calendar say."""

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from joins.errors import MappingError
from joins.raw.values import parse_time_format, to_timestamp

UTC = dt.UTC
ZONES = [dt.timezone(dt.timedelta(minutes=minutes)) for minutes in (-720, -210, 0, 60, 330, 840)]


def read(text: str, form: str) -> object:
    """Return the time that a text is read as, or why it is none."""
    try:
        return to_timestamp(pa.array([text]), parse_time_format(form)).values[0].as_py()
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        ("%d/%m", "says no year; add it"),
        ("%H:%M", "says no year"),
        ("%Y %d", "says no month"),
        ("%Y-%m %H", "says no day"),
        ("%Y-%m-%d %M", "says no hour"),
        ("%Y-%m-%d %H %S", "says no minute"),
        ("%Y-%m-%d %I:%M", "has one of %I and %p; they go together"),
        ("%Y-%m-%d %H:%M %p", "has one of %I and %p"),
        ("%Y %y-%m-%d", "says the year twice"),
        ("%Y-%b-%m-%d", "says the month twice"),
        ("%Y-%m-%d %j", "says the day twice"),
        ("%F %d", "says the day twice"),
        ("%Y-%m-%d %H %I %p", "says the hour twice"),
        ("%Y-%m-%d %z %z", "says the zone twice"),
        ("%Y-%m-%d %z (%Z)", "says the zone twice"),
        ("%Y-%m-%d %f", "has %f elsewhere than behind a point; write %S.%f"),
        ("%Y-%m-%d %H:%M:%S%f", "has %f elsewhere than behind a point"),
        ("%Y-%m-%d %H:%M.%f", "says no second"),
        ("%s", 'holds %s; give unit = "s" instead of a format'),
        ("%Y week %U %w", "holds %U; allowed: %Y %y %m"),
        ("%G-W%V-%u", "holds %G"),
        ("%C%y", "holds %C"),
        ("%c", "holds %c"),
        ("%x", "holds %x"),
        ("%Ey", "holds %E"),
        ("%Y-%q", "holds %q"),
        ("%Y-%", "holds %"),
        ("%Y-\u00e9%\u00e9", "holds %\u00e9"),
        ("no directive", "says no year"),
        (" ", "says no year"),
    ],
)
def test_a_format_by_which_no_time_can_be_told_is_refused(form: str, complaint: str) -> None:
    with pytest.raises(MappingError) as caught:
        parse_time_format(form)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "form", "why"),
    [
        ("31/04/2021", "%d/%m/%Y", "no calendar has that day"),
        ("30/02/2021", "%d/%m/%Y", "no calendar has that day"),
        ("29/02/2021", "%d/%m/%Y", "no calendar has that day"),
        ("29/02/1900", "%d/%m/%Y", "no calendar has that day"),
        ("31 Nov 2021", "%d %b %Y", "no calendar has that day"),
        ("31/04/2021 00:30 +0200", "%d/%m/%Y %H:%M %z", "no calendar has that day"),
        ("31/04/2021 23:30 -1200", "%d/%m/%Y %H:%M %z", "no calendar has that day"),
        ("20210431", "%Y%m%d", "no calendar has that day"),
        ("2021-366", "%Y-%j", "no calendar has that"),
        ("2021-01-01 23:59:60", "%F %T", "no calendar has that second"),
        ("2021-01-01 10:00:61", "%F %T", "no calendar has that second"),
        ("2021-04-31 10:00:00.5", "%F %T.%f", "no calendar has that day"),
        ("1/2/20", "%m/%d/%Y", "it isn't written as '%m/%d/%Y' says"),
        ("1/2/202", "%m/%d/%Y", "it isn't written as"),
        ("2021111", "%Y%m%d", "it isn't written as"),
        ("210111", "%Y%m%d", "it isn't written as"),
        ("2021-01-01 24:00", "%Y-%m-%d %H:%M", "it isn't written as"),
        ("2021-01-01 10:00", "%Y-%m-%d", "it isn't written as"),
        ("2021-13-01", "%Y-%m-%d", "it isn't written as"),
        ("2021-00-01", "%Y-%m-%d", "it isn't written as"),
        ("13:00 PM 2021-01-01", "%I:%M %p %F", "it isn't written as"),
        ("2021-01-01 10:00 EST", "%F %R %Z", "other letters name no one zone"),
        ("2021-01-01 10:00 UTC+2", "%F %R %Z", "other letters name no one zone"),
        ("2021-01-01 10:00 EST", "%F %R %z", "it isn't written as"),
        ("2021-01-01 10:00 +0260", "%F %R %z", "it isn't written as"),
        ("2021-01-01 10:00:00.", "%F %T.%f", "it isn't written as"),
        ("2021-01-01 10:00:00.1234567890", "%F %T.%f", "it isn't written as"),
        ("2021-01-01\0x", "%Y-%m-%d", "it isn't written as"),
    ],
)
def test_what_no_calendar_has_or_no_format_says_is_no_time(text: str, form: str, why: str) -> None:
    assert why in str(read(text, form))


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("29/02/2020", "%d/%m/%Y", dt.datetime(2020, 2, 29, tzinfo=UTC)),
        ("1/5/2021", "%d/%m/%Y", dt.datetime(2021, 5, 1, tzinfo=UTC)),
        ("3/5/2021", "%-d/%-m/%Y", dt.datetime(2021, 5, 3, tzinfo=UTC)),
        ("01/05/2021 00:30 +0200", "%d/%m/%Y %H:%M %z", dt.datetime(2021, 4, 30, 22, 30, tzinfo=UTC)),
        ("30/04/2021 23:30 -12:00", "%d/%m/%Y %H:%M %z", dt.datetime(2021, 5, 1, 11, 30, tzinfo=UTC)),
        ("2020-366", "%Y-%j", dt.datetime(2020, 12, 31, tzinfo=UTC)),
        ("2021-1", "%Y-%j", dt.datetime(2021, 1, 1, tzinfo=UTC)),
        ("2021/06", "%Y/%m", dt.datetime(2021, 6, 1, tzinfo=UTC)),
        ("2021", "%Y", dt.datetime(2021, 1, 1, tzinfo=UTC)),
        ("01/02/69", "%D", dt.datetime(1969, 1, 2, tzinfo=UTC)),
        ("01/02/68", "%D", dt.datetime(2068, 1, 2, tzinfo=UTC)),
        ("Sun, 04 Apr 2021 05:43:58 GMT", "%a, %d %b %Y %H:%M:%S %Z", dt.datetime(2021, 4, 4, 5, 43, 58, tzinfo=UTC)),
        ("Sun, 04 Apr 2021 05:43:58 GMT", "%a, %d %b %Y %H:%M:%S GMT", dt.datetime(2021, 4, 4, 5, 43, 58, tzinfo=UTC)),
        ("4 april 2021", "%d %B %Y", dt.datetime(2021, 4, 4, tzinfo=UTC)),
        ("12:05 am 2021-01-01", "%I:%M %p %F", dt.datetime(2021, 1, 1, 0, 5, tzinfo=UTC)),
        ("01/02/2021 10:00:01,25", "%d/%m/%Y %H:%M:%S,%f", dt.datetime(2021, 2, 1, 10, 0, 1, 250_000, tzinfo=UTC)),
        ("01/02/2021 10:00:01", "%d/%m/%Y %H:%M:%S.%f", dt.datetime(2021, 2, 1, 10, 0, 1, tzinfo=UTC)),
        ("100% 2021-02-01", "100%% %F", dt.datetime(2021, 2, 1, tzinfo=UTC)),
        ("(2021)[02].01+\u00e9", "(%Y)[%m].%d+\u00e9", dt.datetime(2021, 2, 1, tzinfo=UTC)),
        (" 2021-02-01\u00a0", "%F", dt.datetime(2021, 2, 1, tzinfo=UTC)),
        ("9999-12-31 23:59:59.999999", "%F %T.%f", dt.datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)),
        ("0001-01-01", "%Y-%m-%d", dt.datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_is_what_its_text_says(text: str, form: str, expected: dt.datetime) -> None:
    assert read(text, form) == expected


FORMS = [
    "%Y-%m-%d %H:%M:%S.%f %z",
    "%a %b %d %H:%M:%S.%f %z %Y",
    "%d.%m.%Y, %H:%M:%S,%f %z",
    "%B %d %Y %I:%M:%S.%f %p %z",
    "%Y%m%dT%H%M%S.%f%z",
    "%Y-%j %H:%M:%S.%f %z",
    "%H:%M:%S.%f%z %A %d/%b/%Y",
]


@settings(deadline=None, max_examples=150)
@given(st.datetimes(timezones=st.sampled_from(ZONES)), st.sampled_from(FORMS))
def test_what_python_writes_is_read_as_the_same_instant(time: dt.datetime, form: str) -> None:
    assume(dt.datetime(2, 1, 1, tzinfo=UTC) < time < dt.datetime(9999, 12, 30, tzinfo=UTC))
    text = time.strftime(form).replace(f"{time.year}", f"{time.year:04d}", 1) if time.year >= 1_000 else ""
    assume(text)
    cut = time.replace(microsecond=time.microsecond // 1_000 * 1_000)
    times = to_timestamp(pa.array([text, None]), parse_time_format(form))
    assert times.values.to_pylist() == [cut.astimezone(UTC), None]
    assert times.n_cut == (cut != time)


NUMBERS = {"Y": (0, 9_999), "m": (0, 13), "d": (0, 32), "j": (0, 367), "H": (0, 24), "M": (0, 60), "S": (0, 62)}


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(["%d/%m/%Y", "%Y-%m-%d %H:%M:%S", "%Y-%j", "%m.%d.%Y %H:%M %z"]), st.data())
def test_any_numbers_are_a_time_where_python_says_so_and_the_same_one(form: str, data: st.DataObject) -> None:
    text = form.replace("%z", data.draw(st.sampled_from(["+0200", "-11:30", "Z"])))
    for letter, (least, most) in NUMBERS.items():
        near_the_end = st.sampled_from([28, 29, 30, 31]) if letter == "d" else st.sampled_from([most, most - 1])
        number = data.draw(st.one_of(st.integers(least, most), near_the_end))
        text = text.replace(f"%{letter}", f"{number:02d}")
    try:
        expected = dt.datetime.strptime(text, form)  # noqa: DTZ007 - the zone is added below
    except ValueError:
        expected = None
    if expected is not None and "%j" in form and f"{expected.year:04d}" not in text:
        expected = None  # Python takes day 366 of a common year for the next year's first
    if expected is None:
        assert isinstance(read(text, form), str)
    elif dt.MINYEAR < expected.year < dt.MAXYEAR:
        assert read(text, form) == (expected if expected.tzinfo else expected.replace(tzinfo=UTC)).astimezone(UTC)


@settings(deadline=None)
@given(st.text(st.sampled_from("YymdHMSpIjfzZaAbBFTRDsUWGcEO%-./: \u00e9\0("), max_size=8).map(lambda one: f"%{one}"))
def test_any_format_is_refused_or_reads_texts_without_failing_otherwise(form: str) -> None:
    try:
        read_form = parse_time_format(form)
    except MappingError:
        return
    for text in ("2021-01-01 10:00:00", form, "1", "\u00e9", "(" * 9):
        assert isinstance(read(text, read_form.text), str | dt.datetime)


def test_one_wrong_day_among_many_right_ones_is_found() -> None:
    first = dt.date(1970, 1, 1)
    texts = [f"{first + dt.timedelta(days=day):%d/%m/%Y}" for day in range(20_000)]
    form = parse_time_format("%d/%m/%Y")
    assert to_timestamp(pa.array(texts), form).values.cast(pa.date32()).cast(pa.int32()).to_pylist() == list(
        range(20_000)
    )
    with pytest.raises(ValueError, match="no calendar has that day"):
        to_timestamp(pa.array([*texts, "30/02/2000"]), form)
