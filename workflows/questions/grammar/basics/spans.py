"""Spans of time in words, reckoned from the date of the version: last month, since March, between 2026-01-01 and May.

``last month`` is the calendar month before that of the date; ``the last 30 days`` and ``the past month`` end with the
date. A month without a year is the newest that has begun by the date. What a span came to stands in the answer.
"""

import calendar
import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Literal

from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.lexicon.english import ordinal_of

Unit = Literal["day", "week", "month", "quarter", "year"]
_UNITS: tuple[Unit, ...] = ("day", "week", "month", "quarter", "year")
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name} | {
    name.lower(): number for number, name in enumerate(calendar.month_abbr) if name
}
_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_FIRST_YEAR, _LAST_YEAR, _MOST_UNITS = 1970, 2100, 10_000
_MONTHS_OF_UNIT = {"month": 1, "quarter": 3, "year": 12}
_IN = ("in", "during", "within", "on", "over", "for", "at", "throughout", "of")


@dataclass(frozen=True, slots=True)
class Span:
    """From a day on, up to a day that isn't part of it; None is open."""

    start: dt.date | None
    end: dt.date | None

    def __str__(self) -> str:
        if self.start is None:
            return f"before {self.end}"
        if self.end is None:
            return f"from {self.start} on"
        last = self.end - dt.timedelta(days=1)
        return f"{self.start}" if last == self.start else f"{self.start} to {last}"


def take_span(reader: Reader) -> Span | None:
    """Take a span of time; the answer notes which days it came to."""
    start = reader.place

    def rule() -> Span | None:
        return reader.first(lambda: _between(reader), lambda: _open(reader), lambda: _within(reader))

    found = reader.attempt(rule)
    if found:
        if found.start and found.end and found.start >= found.end:
            raise reader.refuse(
                f"{reader.words(start, reader.place)!r} ends before it begins", "name the earlier first"
            )
        reader.note(start, f"{found}, as the version is of {reader.vocabulary.catalog.date}")
    return found


def _between(reader: Reader) -> Span | None:
    opened = reader.take("between", "from")
    first = _days(reader) if opened else None
    if first is None:
        return None
    # "to" says nothing elsewhere, so that it was left out already
    if not reader.take(*(("and",) if opened == "between" else ("until", "till", "through"))) and opened == "between":
        return None
    last = _days(reader)
    return Span(first.start, last.end) if last else None


def _open(reader: Reader) -> Span | None:
    opened = reader.take(
        *("since", "starting", "from", "after", "later than", "before", "earlier than", "prior", "until", "till"),
        *("up", "through", "on or after", "on or before", "not before", "not after", "no later than", "by end of"),
    )
    days = _days(reader) if opened else None
    if days is None:
        return None
    reader.take("on", "onwards", "onward", "until now", "up now")
    if opened in {"since", "starting", "from", "on or after", "not before"}:
        return Span(days.start, None)
    if opened in {"after", "later than"}:
        return Span(days.end, None)
    if opened in {"before", "earlier than", "prior"}:
        return Span(None, days.start)
    return Span(None, days.end)


def _within(reader: Reader) -> Span | None:
    reader.take(*_IN)
    return _days(reader)


def _days(reader: Reader) -> Span | None:
    """Take what names some days: a date, a month, a year, or a span reckoned from the date of the version."""
    rules = (_relative, _ago, _date, _month, _quarter, _year)
    return reader.first(*(partial(rule, reader) for rule in rules))


def _relative(reader: Reader) -> Span | None:
    today = reader.vocabulary.catalog.date
    if word := reader.take("today", "yesterday"):
        day = today if word == "today" else today - dt.timedelta(days=1)
        return _span(day, "day", 1)
    which = reader.take("this", "current", "last", "previous", "past", "preceding")
    if which is None:
        return None
    number = reader.take_number()
    unit = _unit(reader)
    if unit is None:
        return None
    if which in {"this", "current"}:
        return None if number else Span(_first_day(today, unit), today + dt.timedelta(days=1))
    if number or which == "past":
        return _ending_today(reader, number.value if number else 1, unit)
    return _span(_first_day(_first_day(today, unit) - dt.timedelta(days=1), unit), unit, 1)


def _ending_today(reader: Reader, number: float, unit: Unit) -> Span:
    today = reader.vocabulary.catalog.date
    if not 1 <= number <= _MOST_UNITS or not float(number).is_integer():
        raise reader.refuse(f"{number:g} {unit}s is no span", "give a whole number of days, weeks, months or years")
    end = today + dt.timedelta(days=1)
    return Span(_moved(end, unit, -int(number), reader), end)


def _ago(reader: Reader) -> Span | None:
    number = reader.take_number()
    unit = _unit(reader) if number else None
    if number is None or unit is None or not reader.take("ago"):
        return None
    day = _moved(reader.vocabulary.catalog.date, unit, -int(number.value), reader)
    return _span(day, "day", 1)


def _date(reader: Reader) -> Span | None:
    token = reader.token
    if token and token.kind == "date":
        reader.advance()
        parts = [int(part) for part in token.text.split("-")]
        try:
            day = dt.date(parts[0], parts[1], parts[2] if len(parts) > 2 else 1)  # noqa: PLR2004
        except ValueError:
            raise reader.refuse(f"{token.text} is no day of the calendar", "write dates as 2026-03-01") from None
        return _span(day, "day" if len(parts) > 2 else "month", 1)  # noqa: PLR2004
    return reader.first(lambda: _day_of_month(reader, day_first=True), lambda: _day_of_month(reader, day_first=False))


def _day_of_month(reader: Reader, *, day_first: bool) -> Span | None:
    day = _day_number(reader) if day_first else None
    reader.take("of")
    month = _month_name(reader)
    day = day if day_first else _day_number(reader)
    if day is None or month is None:
        return None
    reader.attempt(lambda: _comma_before_year(reader))
    year = _year_number(reader) or _newest_year(reader, month, day)
    try:
        return _span(dt.date(year, month, day), "day", 1)
    except ValueError:
        raise reader.refuse(
            f"{year}-{month:02}-{day:02} is no day of the calendar", "write dates as 2026-03-01"
        ) from None


def _comma_before_year(reader: Reader) -> bool | None:
    if reader.token is None or reader.token.kind != "comma":
        return None
    reader.advance()
    place = reader.place
    year = _year_number(reader)
    reader.place = place
    return True if year else None


def _month(reader: Reader) -> Span | None:
    month = _month_name(reader)
    if month is None:
        return None
    reader.take("of")
    year = _year_number(reader)
    year = year or (_this_or_last(reader)) or _newest_year(reader, month, 1)
    return _span(dt.date(year, month, 1), "month", 1)


def _quarter(reader: Reader) -> Span | None:
    token = reader.token
    number = None
    if token and token.word in {"q1", "q2", "q3", "q4"}:
        reader.advance()
        number = int(token.word[1])
    elif (word := reader.take(*_QUARTERS)) and reader.take("quarter"):
        number = _QUARTERS[word]
    if number is None:
        return None
    reader.take("of")
    month = 3 * number - 2
    year = _year_number(reader) or _this_or_last(reader) or _newest_year(reader, month, 1)
    return _span(dt.date(year, month, 1), "quarter", 1)


def _year(reader: Reader) -> Span | None:
    reader.take("year")
    year = _year_number(reader)
    return _span(dt.date(year, 1, 1), "year", 1) if year else None


def _unit(reader: Reader) -> Unit | None:
    return next((unit for unit in _UNITS if reader.take(unit)), None)


def _month_name(reader: Reader) -> int | None:
    reader.asked.update(_MONTHS)
    month = _MONTHS.get(reader.token.word) if reader.token else None
    if month:
        reader.advance()
    return month


def _day_number(reader: Reader) -> int | None:
    token = reader.token
    if token is None:
        return None
    day = ordinal_of(token.word) or (int(token.word) if token.word.isdecimal() and len(token.word) <= 2 else None)  # noqa: PLR2004
    if day:
        reader.advance()
    return day


def _year_number(reader: Reader) -> int | None:
    token = reader.token
    if token is None or token.kind != "number" or not token.word.isdecimal() or len(token.word) != 4:  # noqa: PLR2004
        return None
    year = int(token.word)
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    reader.advance()
    return year


def _this_or_last(reader: Reader) -> int | None:
    year = reader.vocabulary.catalog.date.year
    which = reader.attempt(lambda: reader.take("this year", "current year", "last year", "previous year"))
    return None if which is None else year if which in {"this year", "current year"} else year - 1


def _newest_year(reader: Reader, month: int, day: int) -> int:
    """Return the newest year in which a day has come by the date of the version."""
    today = reader.vocabulary.catalog.date
    year = today.year if (month, day) <= (today.month, today.day) else today.year - 1
    reader.remark(f"no year was named, so the newest that has begun by {today} is meant: {year}")
    return year


def _span(start: dt.date, unit: Unit, number: int) -> Span:
    return Span(start, _plus(start, unit, number))


def _first_day(day: dt.date, unit: Unit) -> dt.date:
    if unit == "week":
        return day - dt.timedelta(days=day.weekday())
    if unit == "day":
        return day
    months = _MONTHS_OF_UNIT[unit]
    return dt.date(day.year, (day.month - 1) // months * months + 1, 1)


def _moved(day: dt.date, unit: Unit, number: int, reader: Reader) -> dt.date:
    try:
        return _plus(day, unit, number)
    except (ValueError, OverflowError):
        raise reader.refuse(f"{abs(number)} {unit}s reach beyond the calendar", "give a shorter span") from None


def _plus(day: dt.date, unit: Unit, number: int) -> dt.date:
    if unit in {"day", "week"}:
        return day + dt.timedelta(days=number * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 + number * _MONTHS_OF_UNIT[unit]
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))
