"""Texts of a ``strptime`` format to instants, held against the calendar.

The C library behind pyarrow reads 31 April as 1 May, day 366 of any year as some day, second 60 as the next minute, and
1/2/20 as the year 20. So what was read is read back wherever that can have happened: among the few times that come out
on the first days of a month, in the first seconds of a minute, or long ago.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.schemas import TIMESTAMP
from joins.raw.values.instants import Times, with_fractions
from joins.raw.values.time_formats import ZONE, ZONE_NAME, TimeFormat

# 31 April comes out as 1 May, 31 February as 3 March.
_LAST_DAY_TOO_MANY = 3
_DAYS_NEAR_THE_FIRST = (1, 2, 3, 4, 28, 29, 30, 31)
_AFTER_SHORT_MONTHS = (3, 5, 7, 10, 12)
_LONG_AGO_S = -30_000_000_000  # in 1019: years of fewer than four digits come out before
# What can be read back: the part of the format, and how the calendar tells it from the instant.
_READ_BACK = {"second": pc.second, "day": pc.day, "day_of_year": pc.day_of_year, "year": pc.year}


def read_format(texts: pa.Array, form: TimeFormat) -> Times:
    """Return texts without blanks around them as instants; without %z they are UTC. ValueError tells of others.

    Years of two digits (%y) are 1969 to 2068. A day or second that no calendar has is no time, nor is a year of fewer
    than four digits under %Y.

    Examples
    --------
    >>> from joins.raw.values.time_formats import parse_time_format
    >>> read_format(pa.array(["28.02.2021 10:00 +0200"]), parse_time_format("%d.%m.%Y %H:%M %z")).values.to_pylist()
    [datetime.datetime(2021, 2, 28, 8, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC'))]
    >>> read_format(pa.array(["29.02.2021"]), parse_time_format("%d.%m.%Y"))
    Traceback (most recent call last):
    ValueError: no calendar has that day
    """
    cut = [part for part in ("fraction", ZONE_NAME) if part in form.parts]
    texts, said = _cut_out(texts, form, cut) if cut else (texts, {})
    form = form.without(*cut)
    instants = _parsed(texts, form)
    if form.has_touching_numbers and not pc.all(pc.match_substring_regex(texts, form.shape()), min_count=0).as_py():
        raise _misshapen(form)
    seconds = pc.cast(instants, pa.int64())
    unsure = pa.array(_can_be_wrong(texts, instants, pc.fill_null(seconds, 0).to_numpy(), form))
    if pc.any(unsure).as_py():
        _read_back(texts.filter(unsure).drop_null(), form)
    if "fraction" not in said:
        return Times(pc.cast(pc.cast(seconds, pa.timestamp("s")), TIMESTAMP), 0)
    return with_fractions(seconds, said["fraction"])


def _parsed(texts: pa.Array, form: TimeFormat) -> pa.Array:
    try:
        return pc.strptime(texts, format=form.directives, unit="s")
    except pa.ArrowInvalid as error:
        raise _misshapen(form) from error


def _cut_out(texts: pa.Array, form: TimeFormat, parts: list[str]) -> tuple[pa.Array, dict[str, pa.Array]]:
    """Return the texts without some parts of the format, and those parts."""
    found = pc.extract_regex(texts, pattern=form.shape(*parts, rest=True))
    if found.null_count > texts.null_count:
        raise _misshapen(form)
    said = {field.name: found.field(field.name) for field in found.type}
    kept = [said[name] for name in said if name not in parts]
    rest = pc.binary_join_element_wise(*kept, "")
    return pc.if_else(pc.is_valid(texts), rest, texts), {part: said[part] for part in parts}


def _can_be_wrong(
    texts: pa.Array, instants: pa.Array, seconds: npt.NDArray[np.int64], form: TimeFormat
) -> npt.NDArray[np.bool_]:
    """Return which instants, null ones as 1970, may stand for something else than their text says."""
    unsure: npt.NDArray[np.bool_] = seconds < _LONG_AGO_S
    if "second" in form.parts:
        unsure |= seconds % 60 <= 1  # second 60 or 61
    if "day" in form.parts:
        unsure |= _can_be_a_day_too_many(instants, form)
    if "day_of_year" in form.parts:
        found = pc.fill_null(pc.match_substring(texts, "366"), fill_value=False)
        unsure |= found.to_numpy(zero_copy_only=False)
    return unsure


def _can_be_a_day_too_many(instants: pa.Array, form: TimeFormat) -> npt.NDArray[np.bool_]:
    day = pc.fill_null(pc.day(instants), 0).to_numpy()
    if ZONE in form.parts:  # the day in UTC may be the one before or after
        near: npt.NDArray[np.bool_] = np.isin(day, _DAYS_NEAR_THE_FIRST)
        return near
    first_days = np.flatnonzero(day <= _LAST_DAY_TOO_MANY)
    month = pc.fill_null(pc.month(instants.take(first_days)), 0).to_numpy()
    unsure = np.zeros(len(instants), bool)
    unsure[first_days[np.isin(month, _AFTER_SHORT_MONTHS)]] = True
    return unsure


def _read_back(texts: pa.Array, form: TimeFormat) -> None:
    """Raise ValueError if a text was read as something that it doesn't say."""
    if ZONE in form.parts:  # the calendar is that of the zone
        texts, _ = _cut_out(texts, form, [ZONE])
        form = form.without(ZONE)
    instants = _parsed(texts, form)
    said = pc.extract_regex(texts, pattern=form.shape(*_READ_BACK))
    if said.null_count:
        raise _misshapen(form)
    for part, of_instant in _READ_BACK.items():
        if part in form.parts and not (part == "year" and "%y" in form.directives):
            number = pc.cast(pc.utf8_trim_whitespace(said.field(part)), pa.int64())
            if not pc.all(pc.equal(number, of_instant(instants)), min_count=0).as_py():
                raise ValueError(f"no calendar has that {part.replace('_', ' ')}")


def _misshapen(form: TimeFormat) -> ValueError:
    zones = "; %Z is UTC, GMT, UT or Z, other letters name no one zone" if "%Z" in form.text else ""
    return ValueError(f"it isn't written as {form.text!r} says{zones}")
