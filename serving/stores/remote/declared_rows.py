"""Rows that another service sends as JSON, checked against the types that the configuration declares."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from serving.edge_types import ObjectType
from serving.stores.source import Rows
from storage_tiers.random_access.values import LIST, STRUCT, StoredField

DecodeRows = Callable[[bytes | bytearray, Sequence[int | str]], Rows]
_PYTHON: dict[str, type] = {"string": str, "int64": int, "double": float, "bool": bool}


def rows_decoder(objects: ObjectType) -> DecodeRows:
    """Return what reads the rows of keys out of an answer: an object by key, or a list in the order of the keys.

    A field that isn't sent is null. Of a key that isn't answered there is no row. The key is that which was asked for.
    It raises msgspec.MsgspecError or ValueError where an answer isn't of that form, or a value of another type.

    Examples
    --------
    >>> fields = {"pin_id": StoredField("pin_id", "int64"), "label": StoredField("label", "string")}
    >>> decode = rows_decoder(ObjectType("labels", "pin_id", True, fields))
    >>> decode(b'{"7": {"label": "sofa", "other": 1}, "8": null}', [7, 8, 9])
    [{'pin_id': 7, 'label': 'sofa'}, None, None]
    >>> decode(b'[{"label": null}]', [7])
    [{'pin_id': 7, 'label': None}]
    """
    row = _struct_type(tuple(objects.fields.values()))
    decoder = msgspec.json.Decoder(dict[str, row | None] | list[row | None])  # type: ignore[valid-type]

    def decode(content: bytes | bytearray, keys: Sequence[int | str]) -> Rows:
        answer: Any = decoder.decode(content)
        if isinstance(answer, dict):
            found = [answer.get(str(key)) for key in keys]
        elif len(answer) == len(keys):
            found = answer
        else:
            problem = f"{len(answer):,} rows for {len(keys):,} keys"
            raise ValueError(problem)
        return [
            None if one is None else msgspec.to_builtins(one) | {objects.key: key}
            for key, one in zip(keys, found, strict=True)
        ]

    return decode


def _struct_type(fields: Sequence[StoredField]) -> Any:  # noqa: ANN401 - a type
    """Return a class that has the fields, whatever they are called."""
    numbered = [(f"field_{number}", _type(field) | None, None) for number, field in enumerate(fields)]
    names = {f"field_{number}": field.name for number, field in enumerate(fields)}
    return msgspec.defstruct("Declared", numbered, rename=names, gc=False)


def _type(field: StoredField) -> Any:  # noqa: ANN401 - as above
    if field.type == LIST:
        return list[_type(field.children[0]) | None]  # type: ignore[misc]
    return _struct_type(field.children) if field.type == STRUCT else _PYTHON[field.type]
