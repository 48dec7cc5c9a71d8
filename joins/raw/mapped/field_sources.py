"""Where one raw field of an import comes from: a source column, a constant, or the row's number.

A pure reading of one entry of ``[<table>.columns]``; no source is opened here.
"""

import datetime as dt
from typing import ClassVar, Literal

import pyarrow as pa

from joins.errors import MappingError
from joins.raw.mapped.toml_sections import Section, Text, read_section
from joins.raw.values import TimeFormat, Unit, parse_time_format

Conversion = Literal["cast", "id", "digest", "timestamp"]
Entity = Literal["pin", "board", "user"]

ENTITY_OF_FIELD: dict[str, Entity] = {
    "pin_id": "pin",
    "parent_pin_id": "pin",
    "board_id": "board",
    "user_id": "user",
}
_FORMS = (
    'a column name; { column = "name" } with as, null_if_equal, format or unit; '
    "{ constant = value }; { row_number = true }"
)


class FromColumn(Section, frozen=True, rename={"conversion": "as"}):
    """A raw field read from a source column."""

    column: Text
    conversion: Conversion = "cast"  # to its type; or a stable id of a text, a digest of any value, a timestamp
    null_if_equal: Text | None = None  # another source column: where both hold the same value, the raw field is null
    format: Text | None = None  # the strptime format of a timestamp text; None reads ISO 8601
    unit: Unit | None = None  # what a timestamp number counts since 1970-01-01 UTC

    @property
    def time_format(self) -> TimeFormat | None:
        """The format, read; None reads ISO 8601."""
        return None if self.format is None else parse_time_format(self.format)

    @property
    def source_columns(self) -> tuple[str, ...]:
        """The source columns that are read."""
        return (self.column,) if self.null_if_equal is None else (self.column, self.null_if_equal)


class Constant(Section, frozen=True, rename={"value": "constant"}):
    """A raw field that holds the same value in every row: a text, a whole number, a date or a time."""

    value: object
    source_columns: ClassVar[tuple[str, ...]] = ()


class RowNumber(Section, frozen=True):
    """A raw field that counts the rows of the source from 1, through all its files."""

    row_number: bool = True
    source_columns: ClassVar[tuple[str, ...]] = ()


FieldSource = FromColumn | Constant | RowNumber
_KINDS: dict[str, type[FieldSource]] = {"column": FromColumn, "constant": Constant, "row_number": RowNumber}


def parse_field(field: pa.Field, entry: object, file: str, columns: str) -> FieldSource:
    """Read where one raw field comes from; ``entry`` is what section ``columns`` of the mapping file says of it.

    Raises
    ------
    MappingError
        If the entry is none of the allowed forms, or a conversion doesn't fit the type of the field.

    Examples
    --------
    >>> entry = {"column": "origin", "null_if_equal": "pin"}
    >>> parse_field(pa.field("parent_pin_id", pa.int64()), entry, "shop.toml", "pins.columns")
    FromColumn(column='origin', conversion='cast', null_if_equal='pin', format=None, unit=None)
    """
    said = {"column": entry} if isinstance(entry, str) and entry else entry
    kinds = [kind for key, kind in _KINDS.items() if isinstance(said, dict) and key in said]
    if not isinstance(said, dict) or len(kinds) != 1:
        raise MappingError(
            f"[{columns}]: {field.name} = {entry!r} is no way to fill a field; allowed: {_FORMS}", where=file
        )
    name = f"{columns}.{field.name}"
    is_time = pa.types.is_timestamp(field.type)
    fitting = "id" if field.name in ENTITY_OF_FIELD else "timestamp" if is_time else "digest"
    if kinds == [FromColumn]:
        if said.get("as", fitting) != fitting:
            allowed = f'allowed: as = "{fitting}", or no as'
            raise MappingError(f'[{name}]: as = "{said["as"]}" doesn\'t fit this field; {allowed}', where=file)
        said = {"as": "timestamp" if is_time else "cast"} | said
    origin = read_section(kinds[0], said, file, name)
    problem, remedy = _misfit(origin, field) or ("", "")
    if problem:
        raise MappingError(f"[{name}]: {problem}", where=file, remedy=remedy)
    return origin


def _misfit(origin: FieldSource, field: pa.Field) -> tuple[str, str] | None:
    """Say what doesn't fit the field or contradicts itself, and what helps; None if nothing does."""
    if isinstance(origin, Constant):
        fits, meaning = _fitting_constant(origin.value, field.type)
        return None if fits else (f"constant is {origin.value!r}; this field takes {meaning}", "")
    if isinstance(origin, RowNumber):
        fits = origin.row_number and field.type == pa.int64()
        return None if fits else ("row_number can only be true, and only fills a field of integers", "")
    if (origin.unit or origin.format) and origin.conversion != "timestamp":
        return "format and unit are for created_at only", ""
    if origin.unit and origin.format:
        return "format is for texts and unit for numbers", "give one of them"
    return _misfit_of_format(origin.format) if origin.format else None


def _misfit_of_format(text: str) -> tuple[str, str] | None:
    try:
        parse_time_format(text)
    except MappingError as error:
        return error.problem, error.remedy
    return None


def _fitting_constant(value: object, type_: pa.DataType) -> tuple[bool, str]:
    """Say whether a constant fits a field of this type, and what would."""
    if pa.types.is_timestamp(type_):  # a datetime is a date too
        return isinstance(value, dt.date), "a TOML date or time, such as 2026-11-20T10:00:00Z"
    if pa.types.is_integer(type_):
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole and -(2**63) <= value < 2**63, "a 64-bit integer"  # type: ignore[operator] # it is whole
    return isinstance(value, str), "a text"
