"""Some fields of structs, and of the structs in lists: ``boards.board_id`` of what a picture has of its boards.

A class has the fields of a struct up to the last one that is asked for. msgspec passes over what comes behind, and in
front of it over what isn't asked for; of thirty structs of six fields one field takes a quarter of the time of all.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from storage_tiers.random_access.encoding.decoded_shapes import (
    Restore,
    can_be_class,
    cheapest_shape,
    list_restore,
    restore_of,
    shape_of,
)
from storage_tiers.random_access.values import LIST, STRUCT, StoredField
from storage_tiers.reading import Row
from storage_tiers.reading.nested_fields import Asked, AskedInside, There, asked_part


def names_inside(fields: Sequence[StoredField]) -> There:
    """Return the names of fields at every depth; a list has those of its items.

    Examples
    --------
    >>> board = StoredField("item", "struct", (StoredField("board_id", "int64"),))
    >>> names_inside([StoredField("boards", "list", (board,))])
    {'boards': {'board_id': {}}}
    """
    return {field.name: _inside(field) for field in fields}


def shape_of_part(field: StoredField, asked: AskedInside) -> Any:  # noqa: ANN401 - a type, or a union of types
    """Return what a field is decoded as of which all (None) or some fields inside are asked for."""
    if asked is None:
        return shape_of(field)
    if field.type == LIST:
        return list[shape_of_part(field.children[0], asked)] | None  # type: ignore[misc]
    if not can_be_class(field.children):
        return shape_of(field)
    shapes = [
        (child.name, shape_of_part(child, asked[child.name]) if child.name in asked else cheapest_shape(child))
        for child in _up_to_last(field.children, asked)
    ]
    return msgspec.defstruct("Picked", shapes, array_like=True, gc=False) | None


def restore_of_part(field: StoredField, asked: AskedInside) -> Restore | None:
    """Return what turns a value that was decoded so into Python's; None where it is right as it is."""
    if asked is None:
        return restore_of(field)
    if field.type == LIST:
        return list_restore(restore_of_part(field.children[0], asked))
    if not can_be_class(field.children):
        whole = restore_of(field)
        return lambda value: asked_part({"": value if whole is None else whole(value)}, {"": asked})[""]
    pick: Callable[[Any], Row] = _pick(_up_to_last(field.children, asked), list(asked))
    restores = [
        (child.name, restore)
        for child in field.children
        if child.name in asked and (restore := restore_of_part(child, asked[child.name]))
    ]
    if not restores:
        return pick

    def picked(value: object) -> Row:
        row = pick(value)
        for name, restore in restores:
            found = row[name]
            if found is not None:
                row[name] = restore(found)
        return row

    return picked


def _pick(there: Sequence[StoredField], names: Sequence[str]) -> Callable[[Any], Row]:
    """Return what takes the fields with these names, in this order, of an object that has those that are there.

    A dict that is written out takes half the time of one that is made of pairs, so there is one for few fields each.
    """
    if [field.name for field in there] == names:
        return msgspec.structs.asdict
    first, *others = names
    value_of, *others_of = map(attrgetter, names)
    if not others:
        return lambda value: {first: value_of(value)}
    if len(others) == 1:
        (second,), (second_of,) = others, others_of
        return lambda value: {first: value_of(value), second: second_of(value)}
    if len(others) == 2:  # noqa: PLR2004 - one more
        (second, third), (second_of, third_of) = others, others_of
        return lambda value: {first: value_of(value), second: second_of(value), third: third_of(value)}
    values_of = attrgetter(*names)
    return lambda value: dict(zip(names, values_of(value), strict=True))


def _up_to_last(fields: Sequence[StoredField], asked: Asked) -> Sequence[StoredField]:
    last = max(place for place, field in enumerate(fields) if field.name in asked)
    return fields[: last + 1]


def _inside(field: StoredField) -> There:
    if field.type == LIST:
        return _inside(field.children[0])
    return names_inside(field.children) if field.type == STRUCT else {}
