"""What the fields of a schema mean: meaning, unit and source travel in the metadata of the Arrow field itself.

A schema declares its fields with `described`. From there the documentation is made, manifests carry it, and a reader of
a published version finds it on the schema. It is left out of the bytes of files: a footer is read for every lookup.
A field of a struct is named by its path, ``pins.board_id``; the items of a list have no name and need no meaning.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

Unit = Literal[
    "",  # names, texts, ids, yes or no
    "0 to 1",
    "sums to 1",
    "from 1",  # a place in an order
    "from 0",
    "0 to 100",
    "UTC",
    "px",
    "bytes",
    "bits",
    "pins",
    "repins",
    "boards",
    "users",
    "pictures",
]
Source = Literal["raw", "derived", "other join"]

_LIGHT, _UNSET = b"light", b"unset"
_MEANING, _UNIT, _SOURCE = b"meaning", b"unit", b"source"


@dataclass(frozen=True, slots=True)
class FieldMeaning:
    """What is said of one field.

    Parameters
    ----------
    meaning
        What a value says, in a few words.
    unit
        What it is counted or measured in, or its range; empty where there is none, as for names and ids.
    source
        ``raw``: as someone typed it in; ``derived``: computed; ``other join``: taken over from another join.
    """

    meaning: str
    unit: str = ""
    source: str = "derived"


def described(
    name: str,
    type_: pa.DataType,
    meaning: str,
    unit: Unit = "",
    source: Source = "derived",
    *,
    nullable: bool = True,
) -> pa.Field:
    """Declare a field and say what it means; see `FieldMeaning`.

    Examples
    --------
    >>> meaning_of(described("n_pins", pa.int64(), "pins on the board", "pins"))
    FieldMeaning(meaning='pins on the board', unit='pins', source='derived')
    """
    return _with_meaning(pa.field(name, type_, nullable=nullable), FieldMeaning(meaning, unit, source))


def required(name: str, type_: pa.DataType, meaning: str, unit: Unit = "", source: Source = "derived") -> pa.Field:
    """Declare a field that is never null; see `described`."""
    return described(name, type_, meaning, unit, source, nullable=False)


def unset_in_light(field: pa.Field) -> pa.Field:
    """Return a field that the light variant leaves out, with all else that was said of it."""
    return field.with_metadata({**(field.metadata or {}), _LIGHT: _UNSET})


def is_unset_in_light(field: pa.Field) -> bool:
    """Say whether the light variant leaves the field out."""
    return bool((field.metadata or {}).get(_LIGHT) == _UNSET)


def meaning_of(field: pa.Field) -> FieldMeaning | None:
    """Return what is said of a field; None if nothing is."""
    said = field.metadata or {}
    if _MEANING not in said:
        return None
    return FieldMeaning(*(said.get(key, b"").decode() for key in (_MEANING, _UNIT, _SOURCE)))


def fields_by_path(schema: pa.Schema) -> Iterator[tuple[str, pa.Field]]:
    """Yield every field of a schema at every depth with its path, a struct before its fields.

    Examples
    --------
    >>> terms = pa.list_(pa.struct([("term", pa.string())]))
    >>> [path for path, _ in fields_by_path(pa.schema([("board_id", pa.int64()), ("terms", terms)]))]
    ['board_id', 'terms', 'terms.term']
    """
    for field in schema:
        yield from _below(field, field.name)


def struct_of(type_: pa.DataType) -> pa.StructType | None:
    """Return the struct that a column holds, by itself or in lists; None if it holds none."""
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return struct_of(type_.value_type)
    return type_ if pa.types.is_struct(type_) else None


def meanings_by_path(schema: pa.Schema) -> dict[str, FieldMeaning]:
    """Return what is said of the fields of a schema at every depth; fields of which nothing is said are left out."""
    said = ((path, meaning_of(field)) for path, field in fields_by_path(schema))
    return {path: meaning for path, meaning in said if meaning}


def with_meanings(schema: pa.Schema, meanings: Mapping[str, FieldMeaning]) -> pa.Schema:
    """Return the schema with what is said of its fields, by path; inverse of `without_meanings`."""

    def add(path: str, field: pa.Field) -> pa.Field:
        return _with_meaning(field, meanings[path]) if path in meanings else field

    return _changed(schema, add) if meanings else schema


def without_meanings(schema: pa.Schema) -> pa.Schema:
    """Return the schema as files hold it, without meaning, unit and source; all other metadata stays."""

    def strip(_path: str, field: pa.Field) -> pa.Field:
        kept = {key: value for key, value in (field.metadata or {}).items() if key not in (_MEANING, _UNIT, _SOURCE)}
        return field.with_metadata(kept) if kept else field.remove_metadata()

    return _changed(schema, strip)


def _with_meaning(field: pa.Field, said: FieldMeaning) -> pa.Field:
    documentation = {_MEANING: said.meaning, _UNIT: said.unit, _SOURCE: said.source}
    return field.with_metadata({**(field.metadata or {}), **documentation})


def _below(field: pa.Field, path: str) -> Iterator[tuple[str, pa.Field]]:
    yield path, field
    for inner in struct_of(field.type) or ():
        yield from _below(inner, f"{path}.{inner.name}")


Change = Callable[[str, pa.Field], pa.Field]


def _changed(schema: pa.Schema, change: Change) -> pa.Schema:
    return pa.schema([_changed_field(field, field.name, change) for field in schema], schema.metadata)


def _changed_field(field: pa.Field, path: str, change: Change) -> pa.Field:
    return change(path, field.with_type(_changed_type(field.type, path, change)))


def _changed_type(type_: pa.DataType, path: str, change: Change) -> pa.DataType:
    if pa.types.is_struct(type_):
        return pa.struct([_changed_field(field, f"{path}.{field.name}", change) for field in type_])
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        list_of = pa.list_ if pa.types.is_list(type_) else pa.large_list
        item = type_.value_field
        return list_of(item.with_type(_changed_type(item.type, path, change)))
    return type_
