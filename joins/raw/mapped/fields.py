"""Where one raw field of an import comes from: a source column, a constant, or the row's number.

A pure reading of one entry of ``[<table>.columns]``; no source is opened here.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from joins.errors import MappingError
from joins.raw.mapped.toml_sections import Section

Conversion = Literal["cast", "id", "digest", "timestamp"]
Unit = Literal["s", "ms", "us", "ns"]
Entity = Literal["pin", "board", "user"]
ConstantValue = str | int | float | dt.datetime | dt.date

ENTITY_OF_FIELD: dict[str, Entity] = {
    "pin_id": "pin",
    "parent_pin_id": "pin",
    "board_id": "board",
    "user_id": "user",
}
UNITS: tuple[Unit, ...] = ("s", "ms", "us", "ns")
_COLUMN_KEYS = ("column", "as", "null_if_equal", "format", "unit")
_FORMS = (
    'a column name; { column = "name" } with as, null_if_equal, format or unit; '
    "{ constant = value }; { row_number = true }"
)


@dataclass(frozen=True, slots=True)
class FromColumn:
    """A raw field read from a source column.

    Parameters
    ----------
    column
        The source column.
    conversion
        ``cast`` to the type of the raw field, a stable ``id`` of a text, a ``digest`` of any value, or a ``timestamp``.
    null_if_equal
        Another source column: where both hold the same value, the raw field is null.
    format
        The ``strptime`` format of a timestamp text; None reads ISO 8601.
    unit
        What a timestamp number counts since 1970-01-01 UTC.
    """

    column: str
    conversion: Conversion = "cast"
    null_if_equal: str | None = None
    format: str | None = None
    unit: Unit | None = None

    @property
    def source_columns(self) -> tuple[str, ...]:
        """The source columns that are read."""
        return (self.column,) if self.null_if_equal is None else (self.column, self.null_if_equal)


@dataclass(frozen=True, slots=True)
class Constant:
    """A raw field that holds the same value in every row."""

    value: ConstantValue
    source_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowNumber:
    """A raw field that counts the rows of the source from 1, through all its files."""

    source_columns: tuple[str, ...] = ()


FieldSource = FromColumn | Constant | RowNumber


def parse_field(field: pa.Field, columns: Section) -> FieldSource:
    """Read where one raw field comes from.

    Parameters
    ----------
    field
        The field of the raw schema; its type decides which conversions make sense.
    columns
        The section ``[<table>.columns]``, which has an entry of the field's name.

    Returns
    -------
    FieldSource

    Raises
    ------
    MappingError
        If the entry is none of the allowed forms, or a conversion doesn't fit the field.

    Examples
    --------
    >>> entry = {"parent_pin_id": {"column": "origin", "null_if_equal": "pin"}}
    >>> parse_field(pa.field("parent_pin_id", pa.int64()), Section(entry, "pins.columns", "shop.toml"))
    FromColumn(column='origin', conversion='cast', null_if_equal='pin', format=None, unit=None)
    """
    entry = columns.entries[field.name]
    if isinstance(entry, str) and entry:
        return FromColumn(entry, "timestamp" if pa.types.is_timestamp(field.type) else "cast")
    if not isinstance(entry, dict) or len({"column", "constant", "row_number"} & entry.keys()) != 1:
        raise MappingError(f"{columns}: {field.name} = {entry!r} is no way to fill a field; allowed: {_FORMS}")
    section = columns.section(field.name)
    if "column" in entry:
        return _from_column(field, section)
    if "constant" in entry:
        section.allow_only("constant")
        return Constant(_constant(field, section))
    section.allow_only("row_number")
    if not section.flag("row_number") or field.type != pa.int64():
        raise MappingError(f"{section}: row_number can only be true, and only fills a field of integers")
    return RowNumber()


def _from_column(field: pa.Field, section: Section) -> FromColumn:
    section.allow_only(*_COLUMN_KEYS)
    conversion = _conversion(field, section)
    unit = _unit(section)
    form = section.optional_text("format")
    if (unit or form) and conversion != "timestamp":
        raise MappingError(f"{section}: format and unit are for created_at only")
    if unit and form:
        raise MappingError(f"{section}: format is for texts and unit for numbers; give one of them")
    if form and "%f" in form:
        raise MappingError(f"{section}: format can't hold %f; ISO texts with fractions of a second need no format")
    return FromColumn(section.text("column"), conversion, section.optional_text("null_if_equal"), form, unit)


def _unit(section: Section) -> Unit | None:
    wanted = section.optional_text("unit")
    if wanted is None:
        return None
    for unit in UNITS:
        if unit == wanted:
            return unit
    raise MappingError(f"{section}: unit is {wanted!r}; allowed: {', '.join(UNITS)}")


def _conversion(field: pa.Field, section: Section) -> Conversion:
    fitting = _fitting_conversion(field)
    wanted = section.optional_text("as")
    if wanted is None:
        return "timestamp" if fitting == "timestamp" else "cast"
    if wanted != fitting:
        raise MappingError(f'{section}: as = "{wanted}" doesn\'t fit this field; allowed: as = "{fitting}", or no as')
    return fitting


def _fitting_conversion(field: pa.Field) -> Conversion:
    if field.name in ENTITY_OF_FIELD:
        return "id"
    return "timestamp" if pa.types.is_timestamp(field.type) else "digest"


def _constant(field: pa.Field, section: Section) -> ConstantValue:
    value = section.entries["constant"]
    if pa.types.is_timestamp(field.type):
        fits = isinstance(value, dt.date)  # a datetime is a date too
        meaning = "a TOML date or time, such as 2026-11-20T10:00:00Z"
    elif pa.types.is_integer(field.type):
        fits = isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
        meaning = "a 64-bit integer"
    else:
        fits, meaning = isinstance(value, str), "a text"
    if not fits:
        raise MappingError(f"{section}: constant is {value!r}; this field takes {meaning}")
    return value  # type: ignore[return-value]
