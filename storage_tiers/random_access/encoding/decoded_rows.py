"""A key and its value become a row again: all of its fields, or those that somebody asks for.

What a value is stands in `storage_tiers.random_access.values`. Most of what a lookup takes is making Python's objects
of it, so nothing is made of a field that nobody asked for: msgspec passes over its bytes, however deep it is nested.
How fields inside of lists and structs are picked stands in `nested_picks`.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import msgspec

from storage_tiers.random_access.encoding.decoded_shapes import (
    Restore,
    can_be_class,
    cheapest_shape,
    struct_restore,
    struct_shape,
)
from storage_tiers.random_access.encoding.nested_picks import names_inside, restore_of_part, shape_of_part
from storage_tiers.random_access.values import StoredField, ValueLayout
from storage_tiers.reading import Row
from storage_tiers.reading.nested_fields import Asked, There, asked_fields

DecodeRow = Callable[[int | str, bytes], Row]  # of a key and its value

_MOST_OTHERS = 3  # in front of the last one that is asked for; of more, it costs more to take them out again
_KEPT_DECODERS = 64  # of a version; one takes 0.1 ms to be made


def row_decoders(layout: ValueLayout, where: str) -> Callable[[tuple[str, ...] | None], DecodeRow]:
    """Return what has a decoder of whole rows (None), or of the fields that are named; those asked for last are kept.

    It raises UnknownFieldError, about the dataset and version `where`, if there is no such field.
    """

    @lru_cache(_KEPT_DECODERS)
    def decoder_of(named: tuple[str, ...] | None) -> DecodeRow:
        return row_decoder(layout, named, where)

    return decoder_of


def row_decoder(layout: ValueLayout, fields: Sequence[str] | None = None, where: str = "") -> DecodeRow:
    """Return the function that turns a key and its value into a row: every field of the schema, or some, in order.

    Raises UnknownFieldError, about the dataset and version `where`, if there is no such field.

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
        return _decoder_of_some(layout, asked_fields(fields, _names_of(layout), where))
    decode = msgspec.msgpack.Decoder(struct_shape(layout.stored)).decode
    to_fields = struct_restore(layout.stored)
    unset: Row = dict.fromkeys(layout.names)

    def decode_row(key: int | str, value: bytes) -> Row:
        row = unset.copy()
        row[layout.key] = key
        row.update(to_fields(decode(memoryview(value)[1:])))
        return row

    return decode_row


def _names_of(layout: ValueLayout) -> There:
    """Return the names of all fields at every depth; what is inside of those that aren't stored, nobody knows."""
    return {**dict.fromkeys(layout.names), layout.key: {}, **names_inside(layout.stored)}


def _decoder_of_some(layout: ValueLayout, fields: Asked) -> DecodeRow:
    last = max((place for place, field in enumerate(layout.stored) if field.name in fields), default=-1)
    first_fields = layout.stored[: last + 1]
    n_others = sum(field.name not in fields for field in first_fields)
    if not first_fields:
        asked: Row = dict.fromkeys(fields)
        has_key = layout.key in asked
        return lambda key, _value: {**asked, layout.key: key} if has_key else asked.copy()
    if n_others <= _MOST_OTHERS and can_be_class(first_fields):
        return _decoder_of_first(layout, first_fields, fields)
    return _decoder_of_scattered(layout, fields)


def _decoder_of_first(layout: ValueLayout, first_fields: Sequence[StoredField], fields: Asked) -> DecodeRow:
    """Return the decoder of fields that stand in front; what comes behind them is passed over as a whole."""
    shapes = [(field.name, _shape_if_asked(field, fields)) for field in first_fields]
    decode = msgspec.msgpack.Decoder(msgspec.defstruct("First", shapes, array_like=True, gc=False)).decode
    others = [field.name for field in first_fields if field.name not in fields]
    restores = _restores(first_fields, fields)
    asked: Row = dict.fromkeys(fields)
    has_key, to_dict = layout.key in asked, msgspec.structs.asdict
    head = msgspec.msgpack.encode([None] * len(layout.stored))[: -len(layout.stored)]
    end = 1 + len(head)

    def decode_row(key: int | str, value: bytes) -> Row:
        if value[1:end] != head:
            problem = f"no array of length {len(layout.stored)}"
            raise msgspec.ValidationError(problem)
        row = asked.copy()
        row.update(to_dict(decode(memoryview(value)[1:])))
        for name in others:
            del row[name]
        for name, restore in restores:
            found = row[name]
            if found is not None:
                row[name] = restore(found)
        if has_key:
            row[layout.key] = key
        return row

    return decode_row


def _decoder_of_scattered(layout: ValueLayout, fields: Asked) -> DecodeRow:
    """Return the decoder of fields with many others in front of them."""
    places = [place for place, field in enumerate(layout.stored) if field.name in fields]
    names = [layout.stored[place].name for place in places]
    decode = msgspec.msgpack.Decoder(tuple[*(_shape_if_asked(field, fields) for field in layout.stored)]).decode  # type: ignore[misc]
    values_at = itemgetter(*places, *(places if len(places) == 1 else ()))  # of one place alone it gives no tuple
    restores = _restores(layout.stored, fields)
    asked: Row = dict.fromkeys(fields)
    has_key = layout.key in asked

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


def _shape_if_asked(field: StoredField, fields: Asked) -> Any:  # noqa: ANN401 - a type, or a union of types
    return shape_of_part(field, fields[field.name]) if field.name in fields else cheapest_shape(field)


def _restores(there: Sequence[StoredField], fields: Asked) -> list[tuple[str, Restore]]:
    """Return what turns fields that are asked for into Python's values, of those that aren't right as they are."""
    asked = [field for field in there if field.name in fields]
    return [(field.name, restore) for field in asked if (restore := restore_of_part(field, fields[field.name]))]
