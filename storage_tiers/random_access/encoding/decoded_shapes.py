"""What stored fields are decoded as by msgspec, and what makes Python's own values of that.

Structs are arrays in a value. They are decoded into objects of classes that are made for the layout, in C, and these
become dicts in C as well.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec

from storage_tiers.random_access.values import LIST, STEPS, STRUCT, TIMESTAMP, StoredField
from storage_tiers.reading import Row

Restore = Callable[[Any], object]

_NUMBERS = ("int", "uint", "halffloat", "float", "double", "bool", TIMESTAMP)  # how the names of their types begin


def cheapest_shape(field: StoredField) -> Any:  # noqa: ANN401 - a type
    """Return what a field is decoded as that isn't asked for: a number is sooner made than not."""
    return Any if field.type.startswith(_NUMBERS) else msgspec.Raw


def shape_of(field: StoredField) -> Any:  # noqa: ANN401 - a type, or a union of types
    """Return what all of a field is decoded as; nulls may stand anywhere."""
    if field.type == STRUCT:
        return struct_shape(field.children) | None
    if field.type == LIST:
        return list[shape_of(field.children[0])] | None  # type: ignore[misc]
    return Any


def struct_shape(fields: Sequence[StoredField]) -> Any:  # noqa: ANN401 - as above
    """Return a class that has the fields of a struct, or a tuple's type where its names can't be those of a class."""
    shapes = [(field.name, shape_of(field)) for field in fields]
    if can_be_class(fields):
        return msgspec.defstruct("Decoded", shapes, array_like=True, forbid_unknown_fields=True, gc=False)
    return tuple[*(shape for _, shape in shapes)]  # type: ignore[misc]


def can_be_class(fields: Sequence[StoredField]) -> bool:
    """Return whether a class can have fields of these names."""
    names = {field.name for field in fields}
    return len(names) == len(fields) and all(name.isidentifier() and not name.startswith("__") for name in names)


def restore_of(field: StoredField) -> Restore | None:
    """Return what turns a decoded value of the field into Python's; None where it is right as it is."""
    if field.type == STRUCT:
        return struct_restore(field.children)
    if field.type == LIST:
        return list_restore(restore_of(field.children[0]))
    if field.type.startswith(TIMESTAMP):
        unit = field.type.removeprefix(TIMESTAMP).split("]")[0].split(",")[0]
        return _timestamp_restore(unit, has_zone="tz=" in field.type)
    return None


def struct_restore(fields: Sequence[StoredField]) -> Callable[[Any], Row]:
    """Return what turns what a struct was decoded as into a row."""
    to_dict: Callable[[Any], Row] = msgspec.structs.asdict
    if not can_be_class(fields):
        to_dict = partial(_zipped, [field.name for field in fields])
    restores = [(field.name, restore) for field in fields if (restore := restore_of(field))]
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


def list_restore(restore: Restore | None) -> Restore | None:
    """Return what does with each item of a list what is done with one."""
    if restore is None:
        return None

    return lambda values: [None if value is None else restore(value) for value in values]


def _timestamp_restore(unit: str, *, has_zone: bool) -> Restore:
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC if has_zone else None)
    step = STEPS[unit]
    return lambda value: epoch + value * step
