"""Source values to instants: timestamps, dates, ISO 8601 texts, texts of a format, numbers of a unit.

What names no time zone is UTC. What is finer than a millisecond is cut off, towards the past, and counted.
"""

from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.schemas import TIMESTAMP
from joins.raw.values.formatted_times import read_format
from joins.raw.values.instants import BEYOND_CALENDAR, Times, in_milliseconds
from joins.raw.values.integers import parse_digits, refuse_rounded, to_integer
from joins.raw.values.iso_times import read_iso
from joins.raw.values.plain import is_number, parsed, plain, trimmed
from joins.raw.values.refusals import UnfitTypeError
from joins.raw.values.texts import to_name
from joins.raw.values.time_formats import TimeFormat

Unit = Literal["s", "ms", "us", "ns"]

_MS_PER_UNIT = {"s": 1e3, "ms": 1.0, "us": 1e-3, "ns": 1e-6}
_SAY_UNIT = 'store a timestamp, or import the number with unit = "s", "ms", "us" or "ns" in the mapping'
_MOST_MS = 2.0**62


def to_timestamp(values: pa.Array, form: TimeFormat | None = None, unit: Unit | None = None) -> Times:
    """Return values as instants in milliseconds, UTC; finer fractions are cut off and counted.

    Values are timestamps, dates, ISO 8601 texts (`read_iso`), texts or whole numbers of the format ``form``, or numbers
    that count ``unit`` since 1970-01-01 UTC. What names no time zone is UTC. Empty text and NaN are null. A timestamp
    or date is what it is, whatever ``form`` or ``unit``. ValueError tells of a value that is no time, UnfitTypeError of
    a type, such as a number whose unit nobody gave.

    Examples
    --------
    >>> to_timestamp(pa.array(["2011-01-01T10:00:00+02:00", " "])).values.cast(pa.string()).to_pylist()
    ['2011-01-01 08:00:00.000Z', None]
    >>> to_timestamp(pa.array([1_293_872_400]), unit="s").values.cast(pa.string()).to_pylist()
    ['2011-01-01 09:00:00.000Z']
    """
    values = plain(values)
    type_ = values.type
    if unit is not None and (is_number(type_) or pa.types.is_string(type_)):
        return _counted(values, unit)
    if form is not None and (is_number(type_) or pa.types.is_string(type_)):
        return read_format(to_name(values) if is_number(type_) else trimmed(values), form)  # 20210131 may be a number
    if pa.types.is_string(type_):
        return read_iso(trimmed(values))
    if pa.types.is_timestamp(type_) or pa.types.is_date(type_) or pa.types.is_null(type_):
        return in_milliseconds(values)
    if is_number(type_):
        raise UnfitTypeError("a number doesn't say what it counts since when", _SAY_UNIT)
    raise UnfitTypeError("it takes timestamps, dates and texts of such")


def _counted(values: pa.Array, unit: Unit) -> Times:
    if pa.types.is_string(values.type):
        values = _numbers(trimmed(values))
    elif pa.types.is_decimal(values.type):
        values = pc.cast(values, pa.float64())
    if not pa.types.is_floating(values.type):
        return in_milliseconds(pc.cast(to_integer(values), pa.timestamp(unit)))
    # A float count is rounded to the microsecond first, so that 0.7 s isn't cut to 699 ms.
    milliseconds = pc.round(pc.multiply(pc.cast(values, pa.float64()), _MS_PER_UNIT[unit]), ndigits=3)
    if pc.any(pc.greater(pc.abs(milliseconds), _MOST_MS)).as_py():
        raise ValueError(BEYOND_CALENDAR)
    whole = pc.floor(milliseconds)
    n_cut = pc.sum(pc.not_equal(whole, milliseconds)).as_py() or 0
    return Times(pc.cast(pc.cast(whole, pa.int64()), TIMESTAMP), n_cut)


def _numbers(texts: pa.Array) -> pa.Array:
    numbers = parse_digits(texts)
    if numbers is None:
        refuse_rounded(texts)
        numbers = parsed(texts, pa.float64())
    if numbers is None:
        raise ValueError("a number is needed")
    return plain(numbers)
