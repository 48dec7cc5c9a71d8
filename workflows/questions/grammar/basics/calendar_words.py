"""Dates, months, quarters and years in words: 2026-03-01, 5 March, the first quarter of 2026."""

import calendar
import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Literal

from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.lexicon.english import ordinal_of

Unit = Literal["day", "week", "month", "quarter", "year"]
UNITS: tuple[Unit, ...] = ("day", "week", "month", "quarter", "year")
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name} | {
    name.lower(): number for number, name in enumerate(calendar.month_abbr) if name
}
_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_FIRST_YEAR, _LAST_YEAR = 1970, 2100
MONTHS_OF_UNIT = {"month": 1, "quarter": 3, "year": 12}


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


def take_calendar_days(reader: Reader) -> Span | None:
    """Take what the calendar names: a day, a month, a quarter or a year."""
    return reader.first(*(partial(rule, reader) for rule in (_date, _month, _quarter, _year)))


def _date(reader: Reader) -> Span | None:
    token = reader.token
    if token and token.kind == "date":
        reader.advance()
        parts = [int(part) for part in token.text.split("-")]
        try:
            day = dt.date(parts[0], parts[1], parts[2] if len(parts) > 2 else 1)  # noqa: PLR2004
        except ValueError:
            raise reader.refuse(f"{token.text} is no day of the calendar", "write dates as 2026-03-01") from None
        return days_from(day, "day" if len(parts) > 2 else "month", 1)  # noqa: PLR2004
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
        return days_from(dt.date(year, month, day), "day", 1)
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
    return days_from(dt.date(year, month, 1), "month", 1)


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
    return days_from(dt.date(year, month, 1), "quarter", 1)


def _year(reader: Reader) -> Span | None:
    reader.take("year")
    year = _year_number(reader)
    return days_from(dt.date(year, 1, 1), "year", 1) if year else None


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


def days_from(start: dt.date, unit: Unit, number: int) -> Span:
    """Return the span of so many units from a day on."""
    return Span(start, moved_by(start, unit, number))


def moved_by(day: dt.date, unit: Unit, number: int) -> dt.date:
    """Return the day so many units later, or earlier; the last of a month that has no such day."""
    if unit in {"day", "week"}:
        return day + dt.timedelta(days=number * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 + number * MONTHS_OF_UNIT[unit]
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))
