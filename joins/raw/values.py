"""Source values to raw values: integers, texts and instants, checked, never rounded or wrapped around.

Each function takes one Arrow array of any type and gives the raw type back, rows in the same order, or raises
ValueError (as pyarrow's own errors do) for a value that can't be one. ``first_failure`` then finds that value.
Empty text is null for everything but text itself: CSV can't tell the two apart.
"""

from collections.abc import Callable
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.schemas import TIMESTAMP

Unit = Literal["s", "ms", "us", "ns"]

_LARGEST_EXACT_FLOAT = 2**53
_ZONED = r"[T ]\S+(Z|[+-]\d\d(:?\d\d)?)$"
_WHOLE_FLOAT = r"^([+-]?\d+)\.0$"  # how pandas writes a column of integers that has gaps
_LONG_FRACTION = r"(\.\d{3})\d+"


def to_text(values: pa.Array) -> pa.Array:
    """Return values as text: numbers in decimal, times in ISO form.

    Examples
    --------
    >>> to_text(pa.array([7, None])).to_pylist()
    ['7', None]
    """
    return pc.cast(plain(values), pa.string())


def to_integer(values: pa.Array) -> pa.Array:
    """Return values as int64; ValueError for fractions, truth values and what doesn't fit.

    Examples
    --------
    >>> to_integer(pa.array([" 12", "", None])).to_pylist()
    [12, None, None]
    >>> to_integer(pa.array(["12.5"]))
    Traceback (most recent call last):
    pyarrow.lib.ArrowInvalid: Failed to parse string: '12.5' as a scalar of type int64
    """
    values = plain(values)
    if pa.types.is_boolean(values.type):
        raise pa.ArrowNotImplementedError("a truth value is no integer")
    if pa.types.is_string(values.type):
        values = pc.replace_substring_regex(_trimmed(values), pattern=_WHOLE_FLOAT, replacement=r"\1")
    if pa.types.is_floating(values.type) and pc.any(pc.greater(pc.abs(values), _LARGEST_EXACT_FLOAT)).as_py():
        raise ValueError("a floating point number above 2^53 has lost digits; store it as an integer or a text")
    return pc.cast(values, pa.int64())


def to_name(values: pa.Array) -> pa.Array:
    """Return values as the text that an id or digest is made of; empty is null.

    Integers become decimal text, so that a CSV and a Parquet file give the same ids. Other numbers are refused:
    how many digits they show depends on who wrote them.

    Examples
    --------
    >>> to_name(pa.array([7, None])).to_pylist(), to_name(pa.array(["x", ""])).to_pylist()
    (['7', None], ['x', None])
    """
    values = plain(values)
    if not (pa.types.is_string(values.type) or pa.types.is_integer(values.type) or pa.types.is_null(values.type)):
        raise pa.ArrowNotImplementedError("ids and digests are made of texts and integers only")
    return _null_if_empty(pc.cast(values, pa.string()))


def to_timestamp(values: pa.Array, form: str | None = None, unit: Unit | None = None) -> pa.Array:
    """Return values as instants in milliseconds, UTC; finer fractions are cut off.

    Values are timestamps, dates, ISO 8601 texts, texts of the ``strptime`` format ``form`` (with ``%z`` the zone
    counts), or numbers counting ``unit`` since 1970-01-01 UTC. What names no time zone is UTC.

    Examples
    --------
    >>> to_timestamp(pa.array(["2011-01-01T10:00:00+02:00", "2011-01-01"])).cast(pa.string()).to_pylist()
    ['2011-01-01 08:00:00.000Z', '2011-01-01 00:00:00.000Z']
    >>> to_timestamp(pa.array([1_293_872_400]), unit="s").cast(pa.string()).to_pylist()
    ['2011-01-01 09:00:00.000Z']
    """
    values = plain(values)
    if unit is not None:
        return _counted(values, unit)
    if pa.types.is_string(values.type):
        texts = _trimmed(values)
        return _in_milliseconds(pc.strptime(texts, format=form, unit="s")) if form else _iso(texts)
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        raise pa.ArrowNotImplementedError('numbers need unit = "s", "ms", "us" or "ns" in the mapping')
    return _in_milliseconds(values)


def first_failure(values: pa.Array, convert: Callable[[pa.Array], pa.Array]) -> int:
    """Return the position of the first value that ``convert`` can't take; some value must be one.

    It halves the range, so it costs about as much as two conversions of the whole.

    Examples
    --------
    >>> first_failure(pa.array(["1", "2", "x", "4", "y"]), to_integer)
    2
    """
    start, length = 0, len(values)
    while length > 1:
        half = length // 2
        try:
            convert(values.slice(start, half))
            start, length = start + half, length - half
        except ValueError:
            length = half
    return start


def map_unique(values: pa.Array, function: Callable[[str], str | int | None], value_type: pa.DataType) -> pa.Array:
    """Return ``function`` of every text, called once per different text; null stays null.

    Examples
    --------
    >>> map_unique(pa.array(["a", None, "bcd", "a"]), len, pa.int64()).to_pylist()
    [1, None, 3, 1]
    """
    encoded = values.dictionary_encode()
    mapped = pa.array([function(text) for text in encoded.dictionary.to_pylist()], value_type)
    return mapped.take(encoded.indices)


def plain(values: pa.Array) -> pa.Array:
    """Return the values without dictionary encoding, and every kind of text or bytes as plain text."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    kinds = (pa.types.is_large_string, pa.types.is_string_view, pa.types.is_binary, pa.types.is_large_binary)
    return pc.cast(values, pa.string()) if any(is_kind(values.type) for is_kind in kinds) else values


def _trimmed(texts: pa.Array) -> pa.Array:
    return _null_if_empty(pc.utf8_trim_whitespace(texts))


def _null_if_empty(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _counted(values: pa.Array, unit: Unit) -> pa.Array:
    if pa.types.is_string(values.type):
        values = _number(_trimmed(values))
    if pa.types.is_floating(values.type):
        per_unit = {"s": 1e3, "ms": 1.0, "us": 1e-3, "ns": 1e-6}[unit]
        # A float count is rounded to the microsecond first, so that 0.7 s isn't cut to 699 ms.
        milliseconds = pc.floor(pc.round(pc.multiply(values, per_unit), ndigits=3))
        return pc.cast(pc.cast(milliseconds, pa.int64()), TIMESTAMP)
    return _in_milliseconds(pc.cast(to_integer(values), pa.timestamp(unit)))


def _number(texts: pa.Array) -> pa.Array:
    try:
        return pc.cast(texts, pa.int64())
    except pa.ArrowInvalid:
        return pc.cast(texts, pa.float64())


def _iso(texts: pa.Array) -> pa.Array:
    texts = pc.replace_substring_regex(texts, pattern=_LONG_FRACTION, replacement=r"\1")
    zoned = pc.fill_null(pc.match_substring_regex(texts, _ZONED), fill_value=False)
    if not pc.any(zoned).as_py():
        return pc.cast(pc.cast(texts, pa.timestamp("ms")), TIMESTAMP)
    nothing = pa.scalar(None, pa.string())
    with_zone = pc.cast(pc.if_else(zoned, texts, nothing), TIMESTAMP)
    without = pc.cast(pc.cast(pc.if_else(zoned, nothing, texts), pa.timestamp("ms")), TIMESTAMP)
    return pc.coalesce(with_zone, without)


def _in_milliseconds(instants: pa.Array) -> pa.Array:
    return pc.cast(instants, options=pc.CastOptions(TIMESTAMP, allow_time_truncate=True))
