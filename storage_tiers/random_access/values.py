"""How a row becomes the bytes of a random access value, and comes back.

A value is one byte that names the layout, then a msgpack array of the stored fields in schema order. Names
stand once a version in the layout, not in every value. The key is not stored, nor of light rows the fields that light
unsets; structs are arrays as well, and timestamps are integers of the column's unit.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
import pyarrow as pa

from joins.arrow.chunks import one_array
from storage_tiers.errors import DatasetError
from storage_tiers.light import unset_fields
from storage_tiers.random_access.encoding.columns import packed_rows
from storage_tiers.reading import Row
from storage_tiers.versioned.versions import Variant

_Restore = Callable[[Any], object]

ROWS_AT_ONCE = 4_096  # of 1,024 a board took half as much time again; they are some megabytes
_LIST = "list"
_STRUCT = "struct"
_TIMESTAMP = "timestamp["
_STEPS = {
    "s": dt.timedelta(seconds=1),
    "ms": dt.timedelta(milliseconds=1),
    "us": dt.timedelta(microseconds=1),
}
_PLAIN = (
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_boolean,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_null,
)


@dataclass(frozen=True, slots=True)
class StoredField:
    """One field of a value: its name, its Arrow type, and for lists and structs what is inside."""

    name: str
    type: str
    children: tuple["StoredField", ...] = ()


@dataclass(frozen=True, slots=True)
class ValueLayout:
    """Which fields a row has, which of them a value stores, and in what order.

    ``names`` are all fields of a row in schema order, ``stored`` those that a value holds.
    """

    key: str
    names: tuple[str, ...]
    stored: tuple[StoredField, ...]

    @property
    def schema_id(self) -> int:
        """The first byte of every value: a reader with another layout refuses the value."""
        return hashlib.blake2b(msgspec.json.encode(self), digest_size=1).digest()[0]


def value_layout(schema: pa.Schema, key: str, variant: Variant = "light") -> ValueLayout:
    """Return the layout of a dataset's values: of light ones without the fields that light unsets, of full ones all.

    Raises DatasetError if a field has a type that values can't hold.

    Examples
    --------
    >>> large = pa.field("pins", pa.list_(pa.int64()), metadata={"light": "unset"})
    >>> schema = pa.schema([("board_id", pa.int64()), ("name", pa.string()), large])
    >>> value_layout(schema, "board_id").stored
    (StoredField(name='name', type='string', children=()),)
    >>> [field.name for field in value_layout(schema, "board_id", "full").stored]
    ['name', 'pins']
    """
    left_out = {key, *(unset_fields(schema) if variant == "light" else ())}
    stored = tuple(_stored_field(field, field.name) for field in schema if field.name not in left_out)
    return ValueLayout(key, tuple(schema.names), stored)


def encode_rows(table: pa.Table, layout: ValueLayout) -> list[bytes]:
    """Return the value of each row, in the order of the rows.

    Notes
    -----
    Columns are encoded whole. A call takes a millisecond or two beside what its rows take, so it should be given
    `ROWS_AT_ONCE` of them.

    Examples
    --------
    >>> table = pa.table({"board_id": [7], "name": ["attic"]})
    >>> layout = value_layout(table.schema, "board_id")
    >>> values = encode_rows(table, layout)
    >>> row_decoder(layout)(7, values[0])
    {'board_id': 7, 'name': 'attic'}
    """
    columns = [one_array(table[field.name]) for field in layout.stored]
    rows: list[bytes] = packed_rows(columns, layout.schema_id, table.num_rows).to_numpy(zero_copy_only=False).tolist()
    return rows


def row_decoder(layout: ValueLayout) -> Callable[[int | str, bytes], Row]:
    """Return the function that turns a key and its value into a row, every field of the schema in order.

    Notes
    -----
    msgspec decodes arrays into objects of classes that are made for the layout, and these into dicts, all in C. That
    takes a third of the time of zipping names and values here, and most of what a get takes is this.
    """
    decode = msgspec.msgpack.Decoder(_struct_shape(layout.stored)).decode
    to_fields = _struct_restore(layout.stored)
    unset: Row = dict.fromkeys(layout.names)

    def decode_row(key: int | str, value: bytes) -> Row:
        row = unset.copy()
        row[layout.key] = key
        row.update(to_fields(decode(memoryview(value)[1:])))
        return row

    return decode_row


def _stored_field(field: pa.Field, path: str) -> StoredField:
    type_ = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        items = _stored_field(type_.value_field, f"{path}[]")
        return StoredField(field.name, _LIST, (items,))
    if pa.types.is_struct(type_):
        children = tuple(_stored_field(child, f"{path}.{child.name}") for child in type_)
        return StoredField(field.name, _STRUCT, children)
    known_timestamp = pa.types.is_timestamp(type_) and type_.unit in _STEPS
    if not known_timestamp and not any(is_type(type_) for is_type in _PLAIN):
        raise DatasetError(
            f"field {path} is {type_}, which random access values can't hold; allowed: integers, floats, booleans, "
            "strings, binary, timestamps down to us, lists and structs of these",
            remedy="cast it, or mark it light=unset and load the light variant",
        )
    return StoredField(field.name, str(type_))


def _shape(field: StoredField) -> Any:  # noqa: ANN401 - a type, or a union of types
    """Return what a field is decoded as; nulls may stand anywhere."""
    if field.type == _STRUCT:
        return _struct_shape(field.children) | None
    if field.type == _LIST:
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
    if field.type == _STRUCT:
        return _struct_restore(field.children)
    if field.type == _LIST:
        return _list_restore(_restore(field.children[0]))
    if field.type.startswith(_TIMESTAMP):
        unit = field.type.removeprefix(_TIMESTAMP).split("]")[0].split(",")[0]
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
    step = _STEPS[unit]
    return lambda value: epoch + value * step
