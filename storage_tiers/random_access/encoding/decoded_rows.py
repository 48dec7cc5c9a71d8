"""A key and its value become a row again: all of its fields, or those that somebody asks for.

What a value is stands in `storage_tiers.random_access.values`. Most of what a lookup takes is making Python's objects
of it, so nothing is made of a field that nobody asked for: msgspec passes over its bytes, however deep it is nested.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any

import msgspec

from storage_tiers.random_access.values import LIST, STEPS, STRUCT, TIMESTAMP, StoredField, ValueLayout
from storage_tiers.reading import Row, known_fields

DecodeRow = Callable[[int | str, bytes], Row]  # of a key and its value
_Restore = Callable[[Any], object]

_NUMBERS = ("int", "uint", "halffloat", "float", "double", "bool", TIMESTAMP)  # how the names of their types begin
_KEPT_DECODERS = 64  # of a version; one takes 0.1 ms to be made


def row_decoders(layout: ValueLayout, where: str) -> Callable[[tuple[str, ...] | None], DecodeRow]:
    """Return what has a decoder of whole rows (None), or of the fields that are named; those asked for last are kept.

    It raises UnknownFieldError, about the dataset and version `where`, if there is no such field.
    """

    @lru_cache(_KEPT_DECODERS)
    def decoder_of(named: tuple[str, ...] | None) -> DecodeRow:
        return row_decoder(layout, None if named is None else known_fields(named, layout.names, where))

    return decoder_of


def row_decoder(layout: ValueLayout, fields: Sequence[str] | None = None) -> DecodeRow:
    """Return the function that turns a key and its value into a row: every field of the schema, or some, in order.

    Notes
    -----
    msgspec decodes arrays into objects of classes that are made for the layout, and these into dicts, all in C. That
    takes a third of the time of zipping names and values here, and most of what a get takes is this. Of fields that
    aren't asked for the bytes are passed over, whatever is in them, and nothing is made.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from storage_tiers.random_access.values import encode_rows, value_layout
    >>> table = pa.table({"board_id": [7], "name": ["attic"], "terms": [["sofa", "lamp"]]})
    >>> layout = value_layout(table.schema, "board_id")
    >>> row_decoder(layout, ["name", "board_id"])(7, encode_rows(table, layout)[0])
    {'name': 'attic', 'board_id': 7}
    """
    if fields is not None:
        return _decoder_of_some(layout, fields)
    decode = msgspec.msgpack.Decoder(_struct_shape(layout.stored)).decode
    to_fields = _struct_restore(layout.stored)
    unset: Row = dict.fromkeys(layout.names)

    def decode_row(key: int | str, value: bytes) -> Row:
        row = unset.copy()
        row[layout.key] = key
        row.update(to_fields(decode(memoryview(value)[1:])))
        return row

    return decode_row


def _decoder_of_some(layout: ValueLayout, fields: Sequence[str]) -> DecodeRow:
    chosen = {place: field for place, field in enumerate(layout.stored) if field.name in fields}
    asked: Row = dict.fromkeys(fields)
    has_key = layout.key in asked
    if not chosen:
        return lambda key, _value: {**asked, layout.key: key} if has_key else asked.copy()
    names = [field.name for field in chosen.values()]
    shapes = [_shape_if(field, is_asked=place in chosen) for place, field in enumerate(layout.stored)]
    decode = msgspec.msgpack.Decoder(tuple[*shapes]).decode  # type: ignore[valid-type]
    values_at = itemgetter(*chosen, *(chosen if len(chosen) == 1 else ()))  # of one place alone it gives no tuple
    restores = [(field.name, restore) for field in chosen.values() if (restore := _restore(field))]

    def decode_row(key: int | str, value: bytes) -> Row:
        row = asked.copy()
        row.update(zip(names, values_at(decode(memoryview(value)[1:])), strict=False))
        for name, restore in restores:
            found = row[name]
            if found is not None:
                row[name] = restore(found)
        if has_key:
            row[layout.key] = key
        return row

    return decode_row


def _shape_if(field: StoredField, *, is_asked: bool) -> Any:  # noqa: ANN401 - a type, or a union of types
    """Return what a field is decoded as if it is asked for, else what costs least: a number is sooner made than not."""
    if is_asked:
        return _shape(field)
    return Any if field.type.startswith(_NUMBERS) else msgspec.Raw


def _shape(field: StoredField) -> Any:  # noqa: ANN401 - a type, or a union of types
    """Return what a field is decoded as; nulls may stand anywhere."""
    if field.type == STRUCT:
        return _struct_shape(field.children) | None
    if field.type == LIST:
        return list[_shape(field.children[0])] | None  # type: ignore[misc]
    return Any


def _struct_shape(fields: Sequence[StoredField]) -> Any:  # noqa: ANN401 - as above
    """Return a class that has the fields of a struct, or a tuple's type where its names can't be those of a class."""
    shapes = [(field.name, _shape(field)) for field in fields]
    if _can_be_class(fields):
        return msgspec.defstruct("Decoded", shapes, array_like=True, forbid_unknown_fields=True, gc=False)
    return tuple[*(shape for _, shape in shapes)]  # type: ignore[misc]


def _can_be_class(fields: Sequence[StoredField]) -> bool:
    names = {field.name for field in fields}
    return len(names) == len(fields) and all(name.isidentifier() and not name.startswith("__") for name in names)


def _restore(field: StoredField) -> _Restore | None:
    """Return what turns a decoded value of the field into Python's; None where it is right as it is."""
    if field.type == STRUCT:
        return _struct_restore(field.children)
    if field.type == LIST:
        return _list_restore(_restore(field.children[0]))
    if field.type.startswith(TIMESTAMP):
        unit = field.type.removeprefix(TIMESTAMP).split("]")[0].split(",")[0]
        return _timestamp_restore(unit, has_zone="tz=" in field.type)
    return None


def _struct_restore(fields: Sequence[StoredField]) -> Callable[[Any], Row]:
    to_dict: Callable[[Any], Row] = msgspec.structs.asdict
    if not _can_be_class(fields):
        to_dict = partial(_zipped, [field.name for field in fields])
    restores = [(field.name, restore) for field in fields if (restore := _restore(field))]
    if not restores:
        return to_dict

    def to_fields(value: object) -> Row:
        row = to_dict(value)
        for name, restore in restores:
            found = row[name]
            if found is not None:
                row[name] = restore(found)
        return row

    return to_fields


def _zipped(names: Sequence[str], values: Sequence[object]) -> Row:
    return dict(zip(names, values, strict=True))


def _list_restore(restore: _Restore | None) -> _Restore | None:
    if restore is None:
        return None

    return lambda values: [None if value is None else restore(value) for value in values]


def _timestamp_restore(unit: str, *, has_zone: bool) -> _Restore:
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC if has_zone else None)
    step = STEPS[unit]
    return lambda value: epoch + value * step
