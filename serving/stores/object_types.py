"""The type of the objects of a dataset: from the layout of its values, or as a configuration declares it."""

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from serving.config import HttpStore, WrittenFields
from serving.edge_types import ObjectType
from serving.errors import ServingConfigError
from serving.stores.source import Source, Sources
from storage_tiers.random_access.values import LIST, STRUCT, StoredField, ValueLayout

_WRITTEN: Mapping[str, str] = {"text": "string", "number": "int64", "fraction": "double", "truth": "bool"}
_ITEM = "item"
_DIGEST_BYTES = 16


def object_type_of_layout(dataset: str, layout: ValueLayout, *, key_is_integer: bool) -> ObjectType:
    """Return the type of a dataset's rows; what its values don't store the variant leaves unset.

    Examples
    --------
    >>> layout = ValueLayout("board_id", ("board_id", "name", "pins"), (StoredField("name", "string"),))
    >>> boards = object_type_of_layout("board_joins", layout, key_is_integer=True)
    >>> [(name, field.type) for name, field in boards.fields.items()], sorted(boards.unset)
    ([('board_id', 'int64'), ('name', 'string')], ['pins'])
    """
    key = StoredField(layout.key, "int64" if key_is_integer else "string")
    there = {field.name: field for field in (key, *layout.stored)}
    fields = {name: there[name] for name in layout.names if name in there}
    return ObjectType(dataset, layout.key, key_is_integer, fields, frozenset(layout.names) - fields.keys())


def object_type_of_written(store: HttpStore, where: str) -> ObjectType:
    """Return the type of the rows of another service, as the configuration declares it.

    Raises ServingConfigError if it declares something else than types, or its key isn't among the fields.
    """
    fields = {name: _field(name, written, f"{where} fields, {name}") for name, written in store.fields.items()}
    key = fields.get(store.key)
    if key is None or key.type not in {_WRITTEN["text"], _WRITTEN["number"]}:
        problem = f"key is {store.key!r}; allowed: a field that is declared as text or number"
        raise ServingConfigError(problem, where=where, remedy=f"fields are {', '.join(fields)}")
    return ObjectType(store.dataset, store.key, key.type == _WRITTEN["number"], fields)


def sources_of(sources: Iterable[Source]) -> Sources:
    """Return sources by address, in their order, with the digest of what plans are compiled against."""
    by_address = {source.address: source for source in sources}
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for address, source in by_address.items():
        kind = source.object_type
        told = (address, source.waits, source.is_slow, kind.name, kind.key, kind.key_is_integer)
        digest.update(msgspec.json.encode((told, list(kind.fields.values()), sorted(kind.unset))))
    return Sources(by_address, digest.hexdigest())


def _field(name: str, written: object, where: str) -> StoredField:
    match written:
        case str() if written in _WRITTEN:
            return StoredField(name, _WRITTEN[written])
        case [item]:
            return StoredField(name, LIST, (_field(_ITEM, item, where),))
        case dict() if written:
            return StoredField(name, STRUCT, _fields(written, where))
    raise ServingConfigError(
        f"it is {written!r:.60}; allowed: {', '.join(_WRITTEN)}, [one of these], or a table of names and these",
        where=where,
    )


def _fields(written: WrittenFields, where: str) -> tuple[StoredField, ...]:
    return tuple(_field(name, inside, f"{where}.{name}") for name, inside in written.items())
