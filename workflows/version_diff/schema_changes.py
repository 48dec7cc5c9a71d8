"""What changed of a schema: fields that were added or removed, at every depth, and those of another type."""

from dataclasses import dataclass

import pyarrow as pa

from joins.arrow.fields import fields_by_path, struct_of


@dataclass(frozen=True, slots=True)
class TypeChange:
    """A field whose type is another one."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SchemaChanges:
    """What changed of a schema; fields inside others are named by their path, ``pins.board_id``."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    types: tuple[TypeChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.types)


def schema_changes(before: pa.Schema, after: pa.Schema) -> SchemaChanges:
    """Compare two schemas.

    Examples
    --------
    >>> changes = schema_changes(
    ...     pa.schema([("board_id", pa.int64()), ("n_pins", pa.int32())]),
    ...     pa.schema([("board_id", pa.int64()), ("n_pins", pa.int64()), ("name", pa.string())]),
    ... )
    >>> changes.added, changes.types
    (('name',), (TypeChange(name='n_pins', before='int32', after='int64'),))
    """
    one, other = _types_by_path(before), _types_by_path(after)
    shared = [path for path in other if path in one and one[path] != other[path]]
    return SchemaChanges(
        tuple(path for path in other if path not in one and not _is_inside(path, one, other)),
        tuple(path for path in one if path not in other and not _is_inside(path, other, one)),
        tuple(TypeChange(path, one[path], other[path]) for path in shared),
    )


def _types_by_path(schema: pa.Schema) -> dict[str, str]:
    """Return the type of each field by its path; of one that holds others only what kind it is."""
    return {path: _kind(field.type) for path, field in fields_by_path(schema)}


def _kind(type_: pa.DataType) -> str:
    if struct_of(type_) is None:
        return str(type_).replace("<item: ", "<element: ")  # what a list calls its items changes with who wrote it
    return "struct" if pa.types.is_struct(type_) else "list of structs"


def _is_inside(path: str, without: dict[str, str], having: dict[str, str]) -> bool:
    """Return whether a field lies in one that is named itself: one that is there in one version alone."""
    above = (path[:place] for place, character in enumerate(path) if character == ".")
    return any(outer in having and outer not in without for outer in above)
