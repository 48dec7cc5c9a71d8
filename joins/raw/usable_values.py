"""A column of a raw table in the type of its field, and the rows whose value can't be had.

One rule decides between the two ways in which a column can be wrong. If nothing says that the rest of it is right, the
whole snapshot is refused: a type that the field can't have, floating point numbers that aren't whole or have lost
digits, a thousand different values and none of them usable. Otherwise rows are set aside, each with its reason.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.file_rows import FileRows
from joins.errors import RawInputError
from joins.raw.schemas import PICTURE_FIELDS, TIMESTAMP
from joins.raw.values import (
    ColumnPlace,
    Times,
    convert_column,
    is_text,
    not_utf8,
    to_integer,
    to_picture,
    to_text,
    to_timestamp,
    unwrapped,
    without_missing,
)

_ENOUGH_TO_JUDGE = 1_000  # different values, of which one must be usable
_MOST_DIGITS = 76  # of a decimal
_LOST_DIGITS = r"^\s*-?\d{16,}\.0+\s*$"  # a floating point number above 2^53, written as text


@dataclass(frozen=True, slots=True)
class UsableValues:
    """The values of a column in the type of their field; null where a value can't be one, and then why.

    Attributes
    ----------
    reasons
        Why a value can't be used, null where it can; None if all can.
    stored
        Unusable values as text, by row; bytes that are no UTF-8 as escapes.
    n_cut
        Times that lost a fraction of a millisecond.
    n_missing
        How often which text was read as missing.
    """

    values: pa.Array
    reasons: pa.Array | None = None
    stored: Mapping[int, str] = field(default_factory=dict)
    n_cut: int = 0
    n_missing: Counter[str] = field(default_factory=Counter)


def usable_values(values: pa.Array, target: pa.Field, rows: FileRows) -> UsableValues:
    """Return a column in the type of its raw field; `rows` says where it comes from.

    Raises
    ------
    RawInputError
        If the column as a whole is wrong; it names file, row, column and value.
    """
    convert = _conversion(target)
    try:
        return convert(values)
    except NotImplementedError:
        return _refused(values, target, rows)
    except ValueError:
        return _usable_among(values, target, rows)


def put_together(parts: Sequence[UsableValues]) -> UsableValues:
    """Return consecutive parts of a column, at least one, as one; its values are a chunked array.

    Examples
    --------
    >>> put_together([UsableValues(pa.array([1]), n_cut=1), UsableValues(pa.array([2]), n_cut=1)]).n_cut
    2
    """
    reasons: list[pa.Array] = []
    stored: dict[int, str] = {}
    n_before = 0
    for part in parts:
        reasons.append(pa.nulls(len(part.values), pa.string()) if part.reasons is None else part.reasons)
        stored |= {n_before + position: text for position, text in part.stored.items()}
        n_before += len(part.values)
    return UsableValues(
        pa.chunked_array([part.values for part in parts]),
        None if all(part.reasons is None for part in parts) else pa.concat_arrays(reasons),
        stored,
        sum(part.n_cut for part in parts),
        sum((part.n_missing for part in parts), Counter[str]()),
    )


def _conversion(target: pa.Field) -> Callable[[pa.Array], UsableValues]:
    """Return the import's conversion of a field: where "nan" can be no value, it is missing."""
    to_type = to_picture if target.name in PICTURE_FIELDS else to_text
    if target.type == TIMESTAMP:
        to_type = to_timestamp
    elif pa.types.is_integer(target.type):
        to_type = to_integer

    def convert(values: pa.Array) -> UsableValues:
        n_missing = Counter[str]()
        if to_type is not to_text:
            values, n_missing = without_missing(values)
        converted = to_type(values)
        times = converted if isinstance(converted, Times) else Times(converted, 0)
        return UsableValues(times.values, n_cut=times.n_cut, n_missing=n_missing)

    return convert


def _refused(values: pa.Array, target: pa.Field, rows: FileRows) -> UsableValues:
    place = ColumnPlace(target.name, rows.file, rows.first_row)
    return convert_column(
        values, _conversion(target), target, place, RawInputError, f"write the column as {target.type}"
    )


def _usable_among(values: pa.Array, target: pa.Field, rows: FileRows) -> UsableValues:
    stored = unwrapped(values)
    stored = pc.cast(stored, pa.large_binary()) if is_text(stored.type) else stored
    if pa.types.is_floating(stored.type):
        return _refused(values, target, rows)
    if pa.types.is_decimal(stored.type):
        stored = pc.cast(stored, pa.decimal256(_MOST_DIGITS, stored.type.scale))  # narrow ones can't be encoded
    encoded = stored.dictionary_encode()
    unusable = _unusable(encoded.dictionary, target)
    if unusable is None:
        return _refused(values, target, rows)
    bad = pa.array(unusable).take(encoded.indices).fill_null(fill_value=False)
    is_bad: npt.NDArray[np.bool_] = bad.to_numpy(zero_copy_only=False)
    usable = _conversion(target)(stored.filter(pc.invert(bad)))
    column = usable.values.take(pa.array(np.cumsum(~is_bad) - 1, mask=is_bad))
    there = np.flatnonzero(is_bad)
    texts = dict(zip(there.tolist(), _as_texts(stored.take(pa.array(there))), strict=True))
    return replace(usable, values=column, reasons=_reasons(stored, bad, target), stored=texts)


def _unusable(distinct: pa.Array, target: pa.Field) -> npt.NDArray[np.bool_] | None:
    """Return which of different values can't be used; None if they say that none of the column can be trusted."""
    convert = _conversion(target)
    failures = _failures(distinct, convert, 0, min(_ENOUGH_TO_JUDGE, len(distinct)))
    if len(failures) == _ENOUGH_TO_JUDGE:
        return None
    if len(distinct) > _ENOUGH_TO_JUDGE:
        failures += _failures(distinct, convert, _ENOUGH_TO_JUDGE, len(distinct) - _ENOUGH_TO_JUDGE)
    if pa.types.is_integer(target.type) and _has_lost_digits(distinct.take(pa.array(failures, pa.int64()))):
        return None
    unusable = np.zeros(len(distinct), bool)
    unusable[failures] = True
    return unusable


def _failures(values: pa.Array, convert: Callable[[pa.Array], object], start: int, length: int) -> list[int]:
    """Return the positions of the values that can't be converted, by halves; ten thousand of them take a second."""
    try:
        convert(values.slice(start, length))
    except ValueError:
        if length == 1:
            return [start]
        half = length // 2
        return _failures(values, convert, start, half) + _failures(values, convert, start + half, length - half)
    return []


def _has_lost_digits(values: pa.Array) -> bool:
    if not is_text(values.type):
        return False
    found = pc.match_substring_regex(values, _LOST_DIGITS)
    return bool(pc.any(found).as_py())


def _reasons(stored: pa.Array, bad: pa.Array, target: pa.Field) -> pa.Array:
    if pa.types.is_integer(target.type):
        problem = "not_an_integer"
    elif target.type == TIMESTAMP:
        problem = "not_a_time" if is_text(stored.type) else "out_of_range"
    else:
        problem = "not_a_text"
    reasons = pc.if_else(bad, f"{target.name}_{problem}", pa.scalar(None, pa.string()))
    other_bytes = not_utf8(stored)
    return reasons if other_bytes is None else pc.if_else(other_bytes, f"{target.name}_not_utf8", reasons)


def _as_texts(values: pa.Array) -> list[str]:
    if is_text(values.type):
        return [text.decode("utf-8", "backslashreplace") for text in values.to_pylist()]
    numbers = pc.cast(values, pa.int64()) if pa.types.is_timestamp(values.type) else values  # of no calendar
    texts: list[str] = pc.cast(numbers, pa.string()).to_pylist()
    return texts
