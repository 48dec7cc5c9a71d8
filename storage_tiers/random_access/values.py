"""How a row becomes the bytes of a random access value; `encoding.decoded_rows` makes a row of them again.

A value is one byte that names the layout, then a msgpack array of the stored fields in schema order. Names
stand once a version in the layout, not in every value. The key is not stored, nor of light rows the fields that light
unsets; structs are arrays as well, and timestamps are integers of the column's unit.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass

import msgspec
import pyarrow as pa

from joins.arrow.chunks import one_array
from storage_tiers.errors import DatasetError
from storage_tiers.light import unset_fields
from storage_tiers.random_access.encoding.columns import packed_rows
from storage_tiers.versioned.versions import Variant

ROWS_AT_ONCE = 4_096  # of 1,024 a board took half as much time again; they are some megabytes
LIST = "list"
STRUCT = "struct"
TIMESTAMP = "timestamp["
STEPS = {
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
    >>> encode_rows(table, layout)[0][1:].hex(" ")
    '91 a5 61 74 74 69 63'
    """
    columns = [one_array(table[field.name]) for field in layout.stored]
    rows: list[bytes] = packed_rows(columns, layout.schema_id, table.num_rows).to_numpy(zero_copy_only=False).tolist()
    return rows


def _stored_field(field: pa.Field, path: str) -> StoredField:
    type_ = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        items = _stored_field(type_.value_field, f"{path}[]")
        return StoredField(field.name, LIST, (items,))
    if pa.types.is_struct(type_):
        children = tuple(_stored_field(child, f"{path}.{child.name}") for child in type_)
        return StoredField(field.name, STRUCT, children)
    known_timestamp = pa.types.is_timestamp(type_) and type_.unit in STEPS
    if not known_timestamp and not any(is_type(type_) for is_type in _PLAIN):
        raise DatasetError(
            f"field {path} is {type_}, which random access values can't hold; allowed: integers, floats, booleans, "
            "strings, binary, timestamps down to us, lists and structs of these",
            remedy="cast it, or mark it light=unset and load the light variant",
        )
    return StoredField(field.name, str(type_))
