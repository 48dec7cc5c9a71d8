"""A column of a source converted, or refused in one line: which file, row, column and value, and what to do.

Both doors go through here, so that the check of raw input and the import refuse the same values in the same words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from joins.errors import DiscoveryError
from joins.raw.values.instants import time_text
from joins.raw.values.plain import is_text, unwrapped

LONGEST_SHOWN_VALUE = 60  # characters
Converted = TypeVar("Converted")


class UnfitTypeError(NotImplementedError):
    """No value of a type can be what it should become; ``remedy`` says what helps in this case."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class ColumnPlace:
    """A column of a source file, for messages."""

    column: str
    file: str
    first_row: int | None = None  # position of the first value in the file, from 1; None where nobody counts


def convert_column(
    values: pa.Array,
    convert: Callable[[pa.Array], Converted],
    target: pa.Field,
    place: ColumnPlace,
    refuse: type[DiscoveryError],
    remedy: str,
) -> Converted:
    """Return ``convert(values)``; an error says which value can't become the raw field ``target``.

    ``refuse`` is the class of the error, ``remedy`` says what helps.

    Examples
    --------
    >>> from joins.errors import RawInputError
    >>> from joins.raw.values.integers import to_integer
    >>> convert_column(pa.array(["7", "x"]), to_integer, pa.field("pin_id", pa.int64()),  # doctest: +ELLIPSIS
    ...                ColumnPlace("pin", "pins.csv", 1), RawInputError, "correct it")
    Traceback (most recent call last):
    joins.errors.RawInputError: pins.csv, row 2: column 'pin' holds 'x', which can't become pin_id (int64): ...
    """
    cause: Exception
    try:
        return convert(values)
    except NotImplementedError as error:  # pyarrow's own too, for types that nobody thought of
        problem, where, cause = f"column {place.column!r} holds {values.type}", place.file, error
        remedy = getattr(error, "remedy", "") or remedy
    except ValueError as error:
        position = first_failure(values, convert)
        problem = f"column {place.column!r} holds {shown(values, position)}"
        where = place.file if place.first_row is None else f"{place.file}, row {place.first_row + position:,}"
        cause = _failure_of(values.slice(position, 1), convert) or error
    problem = f"{problem}, which can't become {target.name} ({target.type}): {cause}"
    raise refuse(problem, where=where, remedy=remedy) from cause


def first_failure(values: pa.Array, convert: Callable[[pa.Array], object]) -> int:
    """Return the position of the first value that ``convert`` can't take; some value must be one.

    It halves the range, so it costs about as much as two conversions of the whole.

    Examples
    --------
    >>> from joins.raw.values.integers import to_integer
    >>> first_failure(pa.array(["1", "2", "x", "4", "y"]), to_integer)
    2
    """
    start, length = 0, len(values)
    while length > 1:
        half = length // 2
        if _failure_of(values.slice(start, half), convert) is None:
            start, length = start + half, length - half
        else:
            length = half
    return start


def shown(values: pa.Array, position: int) -> str:
    r"""Return one value for people: a text in quotes, bytes that are no UTF-8 with escapes, at most 60 characters.

    Examples
    --------
    >>> shown(pa.array([b"caf\xe9"]), 0), shown(pa.array([7.5]), 0)
    ("b'caf\\xe9'", '7.5')
    """
    value = unwrapped(values.slice(position, 1))
    if is_text(value.type):
        stored: bytes = pc.cast(value, pa.large_binary())[0].as_py() or b""
        text = _text_or_bytes(stored)
    elif value.null_count == 0 and (pa.types.is_timestamp(value.type) or pa.types.is_date(value.type)):
        text = time_text(value)  # years that Python doesn't have too
    else:
        text = repr(value[0].as_py())
    return text if len(text) <= LONGEST_SHOWN_VALUE else f"{text[:LONGEST_SHOWN_VALUE]}..."


def _text_or_bytes(stored: bytes) -> str:
    try:
        return repr(stored.decode("utf-8"))
    except UnicodeDecodeError:
        return repr(stored)


def _failure_of(values: pa.Array, convert: Callable[[pa.Array], object]) -> ValueError | None:
    try:
        convert(values)
    except ValueError as error:
        return error
    return None
