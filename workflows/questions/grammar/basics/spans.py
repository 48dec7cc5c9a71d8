"""Spans of time in words, reckoned from the date of the version: last month, since March, between 2026-01-01 and May.

``last month`` is the calendar month before that of the date; ``the last 30 days`` and ``the past month`` end with the
date. A month without a year is the newest that has begun by the date. What a span came to stands in the answer.
"""

import datetime as dt
from functools import partial

from workflows.questions.grammar.basics.calendar_words import (
    MONTHS_OF_UNIT,
    UNITS,
    Span,
    Unit,
    days_from,
    moved_by,
    take_calendar_days,
)
from workflows.questions.grammar.basics.reader import Reader

_MOST_UNITS = 10_000
_BEHIND_ON = frozenset(("and", "or", "but", "per", "by", "with", "that", "who", "which", "whose"))
_IN = ("in", "during", "within", "on", "over", "for", "at", "throughout", "of")


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
    first = _days(reader, may_be_moment=True) if opened else None
    if first is None:
        return None
    # "to" says nothing elsewhere, so that it was left out already
    if not reader.take(*(("and",) if opened == "between" else ("until", "till", "through"))) and opened == "between":
        return None
    last = _days(reader, may_be_moment=True)
    return Span(first.start, last.end) if last else None


def _open(reader: Reader) -> Span | None:
    start = reader.place
    opened = reader.take(
        *("since", "starting", "from", "after", "later than", "before", "earlier than", "prior", "until", "till"),
        *("up", "through", "on or after", "on or before", "not before", "not after", "no later than", "by end of"),
    )
    days = _days(reader, may_be_moment=True) if opened else None
    if days is None:
        return None
    goes_on = _goes_on(reader)
    if opened == "from" and not goes_on:
        return _from(reader, days, start)
    if opened in {"since", "starting", "from", "on or after", "not before"}:
        return Span(days.start, None)
    if opened in {"after", "later than"}:
        return Span(days.end, None)
    if opened in {"before", "earlier than", "prior"}:
        return Span(None, days.start)
    return Span(None, days.end)


def _goes_on(reader: Reader) -> bool:
    """Take words that leave the end of a span open: from March on; but not those of ``from March on boards``."""
    if reader.take("onwards", "onward", "until now", "up now"):
        return True
    behind = reader.tokens[reader.place + 1] if len(reader.tokens) > reader.place + 1 else None
    is_last = behind is None or behind.kind == "comma" or behind.word in _BEHIND_ON
    return is_last and reader.take("on") is not None


def _from(reader: Reader, days: Span, start: int) -> Span:
    """Return the days that ``from`` names: pins from last month are of that month; from one day on may be more."""
    said = reader.words(start + 1, reader.place)
    is_named_by_words = reader.tokens[start + 1].word in {"today", "yesterday"}
    if days.start and days.end == days.start + dt.timedelta(days=1) and not is_named_by_words:
        problem = f"'from {said}' may be that day, or that day and all behind it"
        raise reader.refuse(problem, f"say 'on {days.start}', or 'since {days.start}'")
    return days


def _within(reader: Reader) -> Span | None:
    reader.take(*_IN)
    return _days(reader)


def _days(reader: Reader, *, may_be_moment: bool = False) -> Span | None:
    """Take what names some days: a date, a month, a year, or a span reckoned from the date of the version.

    Three months ago is one day where something is before or after it, and may be a month elsewhere.
    """
    rules = (_relative, partial(_ago, may_be_moment=may_be_moment), take_calendar_days)
    return reader.first(*(partial(rule, reader) for rule in rules))


def _relative(reader: Reader) -> Span | None:
    today = reader.vocabulary.catalog.date
    if word := reader.take("today", "yesterday"):
        day = today if word == "today" else today - dt.timedelta(days=1)
        return days_from(day, "day", 1)
    says_the = reader.token is not None and "the" in reader.token.skipped
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
    found = days_from(_first_day(_first_day(today, unit) - dt.timedelta(days=1), unit), unit, 1)
    if says_the and unit != "day":
        reader.remark(f"'the {which} {unit}' is the {unit} of the calendar, {found}; 'the past {unit}' ends {today}")
    return found


def _ending_today(reader: Reader, number: float, unit: Unit) -> Span:
    today = reader.vocabulary.catalog.date
    if not 1 <= number <= _MOST_UNITS or not float(number).is_integer():
        raise reader.refuse(f"{number:g} {unit}s is no span", "give a whole number of days, weeks, months or years")
    end = today + dt.timedelta(days=1)
    return Span(_moved(end, unit, -int(number), reader), end)


def _ago(reader: Reader, *, may_be_moment: bool) -> Span | None:
    start = reader.place
    number = reader.take_number()
    unit = _unit(reader) if number else None
    if number is None or unit is None or not reader.take("ago"):
        return None
    day = _moved(reader.vocabulary.catalog.date, unit, -int(number.value), reader)
    if unit != "day" and not may_be_moment:
        said, first = reader.words(start, reader.place), _first_day(day, unit)
        whole = days_from(first, unit, 1)
        last = (whole.end or day) - dt.timedelta(days=1)
        problem = f"{said!r} may be one day or the whole {unit}"
        raise reader.refuse(problem, f"say 'on {day}', or 'between {first} and {last}'")
    return days_from(day, "day", 1)


def _unit(reader: Reader) -> Unit | None:
    return next((unit for unit in UNITS if reader.take(unit)), None)


def _first_day(day: dt.date, unit: Unit) -> dt.date:
    if unit == "week":
        return day - dt.timedelta(days=day.weekday())
    if unit == "day":
        return day
    months = MONTHS_OF_UNIT[unit]
    return dt.date(day.year, (day.month - 1) // months * months + 1, 1)


def _moved(day: dt.date, unit: Unit, number: int, reader: Reader) -> dt.date:
    try:
        return moved_by(day, unit, number)
    except (ValueError, OverflowError):
        raise reader.refuse(f"{abs(number)} {unit}s reach beyond the calendar", "give a shorter span") from None
