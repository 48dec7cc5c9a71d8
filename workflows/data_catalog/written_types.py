"""Types of fields in the words of the data dictionary and the catalog, and the structs that several datasets hold."""

import pyarrow as pa

from joins.arrow.fields import struct_of
from joins.pin_lists import ACCEPTED_PINS
from joins.small_structs import BOARD_JOIN_STRUCT, PIN_JOIN_STRUCT, USER_JOIN_STRUCT

# Described once, and named where they are held.
SHARED_STRUCTS = {
    "raw pin": pa.struct(list(ACCEPTED_PINS)),
    "small PinJoin": PIN_JOIN_STRUCT,
    "small BoardJoin": BOARD_JOIN_STRUCT,
    "small UserJoin": USER_JOIN_STRUCT,
}
_NAMES = {"double": "float64", "float": "float32"}


def shared_struct(type_: pa.DataType) -> str | None:
    """Return the name of the shared struct that a field holds, or all but a field of which it holds; None for others.

    Examples
    --------
    >>> shared_struct(pa.list_(BOARD_JOIN_STRUCT)), shared_struct(pa.int64())
    ('small BoardJoin', None)
    """
    struct = struct_of(type_)
    for name, shared in SHARED_STRUCTS.items():
        if struct and set(struct) <= set(shared):
            return name
    return None


def type_in_words(type_: pa.DataType, struct_name: str | None = None) -> str:
    """Return the name of a type; a struct in it is called by its name, where it has one.

    Examples
    --------
    >>> type_in_words(pa.list_(pa.struct([("term", pa.string())])), "word"), type_in_words(pa.float64())
    ('list of word', 'float64')
    """
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return f"list of {type_in_words(type_.value_type, struct_name)}"
    if pa.types.is_struct(type_):
        return struct_name or "struct"
    if pa.types.is_fixed_size_binary(type_):
        return f"{type_.byte_width} bytes"
    if pa.types.is_timestamp(type_):
        return f"timestamp[{type_.unit}]"
    return _NAMES.get(str(type_), str(type_))
