"""What people give as the date and the iteration of a version: a text, a moment, a number of another library.

Every reader and every tier takes them through here. What is no date or no iteration is an error that names the value: a
version that merely isn't found would say that it isn't published, which it may well be.
"""

import datetime as dt
import operator
import re
from contextlib import suppress
from typing import SupportsIndex

import numpy as np
import pyarrow as pa

from storage_tiers.errors import VersionError

DateLike = str | dt.date | np.datetime64  # a datetime is a date, and so is a pandas Timestamp
IterationLike = str | SupportsIndex

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOST_DIGITS = 18
_MOST_SHOWN = 80  # characters of a value in an error


def read_date(value: object) -> dt.date:
    """Return the day that a value names; of a moment its day, in the zone it is given in.

    Raises VersionError if it names none.

    Examples
    --------
    >>> read_date("2026-11-20") == read_date(dt.datetime(2026, 11, 20, 23, 59)) == dt.date(2026, 11, 20)
    True
    >>> read_date("2026-02-30")
    Traceback (most recent call last):
    storage_tiers.errors.VersionError: date is '2026-02-30'; allowed: a day of the calendar, a date or 'YYYY-MM-DD'
    """
    plain = value.as_py() if isinstance(value, pa.Scalar) else value
    with suppress(ValueError, TypeError, OverflowError):
        if isinstance(plain, str) and _DATE.fullmatch(plain):
            return dt.date.fromisoformat(plain)
        if isinstance(plain, np.datetime64):
            plain = plain.astype("datetime64[D]").item()
        if isinstance(plain, dt.date):
            return dt.date(plain.year, plain.month, plain.day)  # of a datetime its day; NaT has none
    raise VersionError(f"date is {_shown(value)}; allowed: a day of the calendar, a date or 'YYYY-MM-DD'")


def read_iteration(value: object) -> int:
    """Return the number of an iteration: a whole number from 0, or its digits as text.

    Raises VersionError if it is none.

    Examples
    --------
    >>> read_iteration("2") == read_iteration(np.int64(2)) == 2
    True
    >>> read_iteration(-1)
    Traceback (most recent call last):
    storage_tiers.errors.VersionError: iteration is -1; allowed: a whole number from 0, or its digits as text
    """
    plain = value.as_py() if isinstance(value, pa.Scalar) else value
    if isinstance(plain, str) and plain.isascii() and plain.isdecimal() and len(plain) <= _MOST_DIGITS:
        return int(plain)
    if isinstance(plain, SupportsIndex) and not isinstance(plain, bool):
        with suppress(TypeError):  # an array of several numbers
            number = operator.index(plain)
            if number >= 0:
                return number
    raise VersionError(f"iteration is {_shown(value)}; allowed: a whole number from 0, or its digits as text")


def read_asked(date: object, iteration: object) -> tuple[dt.date | None, int | None]:
    """Return date and iteration of a version that is asked for; None asks for the newest."""
    return None if date is None else read_date(date), None if iteration is None else read_iteration(iteration)


def _shown(value: object) -> str:
    return repr(value)[:_MOST_SHOWN]
