"""Fields that somebody asks for, by name, and fields inside of them: ``boards.board_id`` of a list of structs.

What is asked for is a tree: names, and for each either nothing, which means all of it, or the names inside that are
asked for. A tree is checked against the names that there are before anything is read.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

import pyarrow as pa

from joins.arrow.fields import struct_of
from storage_tiers.errors import UnknownFieldError

Asked: TypeAlias = dict[str, "AskedInside"]
AskedInside: TypeAlias = Asked | None  # None: all of the field
There: TypeAlias = Mapping[str, "ThereInside"]
ThereInside: TypeAlias = There | None  # empty: a field that has none inside; None: nobody knows


def asked_fields(named: Sequence[str], there: There, where: str) -> Asked:
    """Return the tree of the fields that were named, in the order in which they were.

    A field that is named whole is asked for whole, whatever else is named of it. A name that is that of a field is
    never taken for a path.

    Raises
    ------
    UnknownFieldError
        If one isn't there; the message lists those that are there, or inside of the field.

    Examples
    --------
    >>> there = {"n_pins": {}, "boards": {"board_id": {}, "name": {}}}
    >>> asked_fields(["boards.name", "n_pins", "boards.board_id"], there, "pin_joins")
    {'boards': {'name': None, 'board_id': None}, 'n_pins': None}
    >>> asked_fields(["boards.name", "boards"], there, "pin_joins")
    {'boards': None}
    >>> asked_fields(["boards.nme"], there, "pin_joins")
    Traceback (most recent call last):
    storage_tiers.errors.UnknownFieldError: pin_joins: there is no field 'nme' in boards; fields there: board_id, name
    """
    asked: Asked = {}
    for name in named:
        path = [name] if name in there else name.split(".")
        _add(asked, there, path, 0, where)
    return asked


def names_of_schema(schema: pa.Schema | pa.StructType) -> There:
    """Return the names of fields at every depth.

    Examples
    --------
    >>> names_of_schema(pa.schema([("boards", pa.list_(pa.struct([("board_id", pa.int64())])))]))
    {'boards': {'board_id': {}}}
    """
    return {field.name: names_of_schema(struct_of(field.type) or pa.schema([])) for field in schema}


def asked_part(row: Mapping[str, object], asked: Asked) -> dict[str, object]:
    """Return what is asked for of a row that was read whole; what is no row inside of it has no fields.

    Raises UnknownFieldError where a struct inside has no such field.

    Examples
    --------
    >>> asked_part({"boards": [{"board_id": 7, "name": "attic"}, None], "n_pins": 3}, {"boards": {"board_id": None}})
    {'boards': [{'board_id': 7}, None]}
    """
    return {name: _part(row[name], inside, name) for name, inside in asked.items()}


def _add(asked: Asked, there: There, path: Sequence[str], depth: int, where: str) -> None:
    name, is_last = path[depth], depth + 1 == len(path)
    if name not in there:
        raise unknown_field(path[: depth + 1], there, where)
    if is_last:
        asked[name] = None
        return
    inside = asked.setdefault(name, {})
    names_inside = there[name]
    if names_inside is None:  # what is there is seen when it is read
        names_inside = {path[depth + 1]: None}
    if inside is None:  # all of it is asked for already; the name is looked at nevertheless
        inside = {}
    _add(inside, names_inside, path, depth + 1, where)


def unknown_field(path: Sequence[str], there: There, where: str) -> UnknownFieldError:
    """Return the error about the last name of a path, of which there is no field beside the others."""
    *outer, name = path
    place = f" in {'.'.join(outer)}" if outer else ""
    names = ", ".join(there) or "none"
    return UnknownFieldError(f"there is no field {name!r}{place}; fields there: {names}", where=where)


def _part(value: object, asked: AskedInside, path: str) -> object:
    if asked is None or value is None:
        return value
    if isinstance(value, list):
        return [_part(item, asked, path) for item in value]
    if not isinstance(value, dict):
        raise unknown_field([path, next(iter(asked))], {}, "")
    for name in asked:
        if name not in value:
            raise unknown_field([path, name], dict.fromkeys(cast("dict[str, object]", value)), "")
    return {name: _part(value[name], inside, f"{path}.{name}") for name, inside in asked.items()}
