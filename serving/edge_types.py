"""What travels along the edges of a plan: lists of objects of one type, and how many at most.

An object is a row of a dataset, or some fields of one, as a dict. Its key is always among them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from storage_tiers.random_access.values import LIST, STRUCT, StoredField
from storage_tiers.reading import Row

Objects = list[Row]


@dataclass(frozen=True, slots=True)
class ObjectType:
    """The type of objects: which dataset they are rows of, and which fields they have.

    Parameters
    ----------
    name
        The dataset, as the answer names it: ``pin_joins``.
    key, key_is_integer
        The field that is the key, and whether keys are whole numbers; texts else.
    fields
        Every field with its Arrow type, and what is inside of lists and structs, in the order of the dataset's schema.
    unset
        Fields of the schema that the variant which is read leaves unset.
    """

    name: str
    key: str
    key_is_integer: bool
    fields: Mapping[str, StoredField]
    unset: frozenset[str] = frozenset()

    def with_fields(self, names: Mapping[str, StoredField]) -> Self:
        """Return the type of objects that have these fields alone."""
        return replace(self, fields=names)

    def field_at(self, path: str) -> StoredField | None:
        """Return the field that a path names; a path goes through structs, and through the items of lists.

        Examples
        --------
        >>> board = StoredField("item", "struct", (StoredField("board_id", "int64"),))
        >>> boards = StoredField("boards", "list", (board,))
        >>> pin_joins = ObjectType("pin_joins", "image_signature", False, {"boards": boards})
        >>> pin_joins.field_at("boards.board_id").type
        'int64'
        >>> pin_joins.field_at("boards.name")
        """
        first, *others = path.split(".")
        found = self.fields.get(first)
        for name in others:
            if found is None:
                return None
            inside = inside_of(found)
            found = next((child for child in inside.children if child.name == name), None)
        return found


@dataclass(frozen=True, slots=True)
class Edge:
    """What a step gives: objects of one type, and no more of them than `most`."""

    objects: ObjectType
    most: int


def inside_of(field: StoredField) -> StoredField:
    """Return what the items of a list are, of lists of lists as well; any other field as it is."""
    while field.type == LIST:
        (field,) = field.children
    return field


def common_fields(one: Mapping[str, StoredField], other: Mapping[str, StoredField]) -> dict[str, StoredField]:
    """Return the fields that objects of either type have, and of lists and structs what both have inside.

    Examples
    --------
    >>> n_pins, name = StoredField("n_pins", "int64"), StoredField("name", "string")
    >>> common_fields({"n_pins": n_pins, "name": name}, {"name": name})
    {'name': StoredField(name='name', type='string', children=())}
    """
    both = ((name, _common_field(field, other[name])) for name, field in one.items() if name in other)
    return {name: field for name, field in both if field is not None}


def _common_field(one: StoredField, other: StoredField) -> StoredField | None:
    if one == other or one.type != other.type:
        return one if one == other else None
    if one.type == LIST:
        items = _common_field(one.children[0], replace(other.children[0], name=one.children[0].name))
        return None if items is None else replace(one, children=(items,))
    named = ({child.name: child for child in one.children}, {child.name: child for child in other.children})
    children = tuple(common_fields(*named).values())
    return replace(one, children=children) if children else None


def is_number(field: StoredField) -> bool:
    """Return whether values of a field can be reckoned with.

    Examples
    --------
    >>> is_number(StoredField("n_pins", "int64")), is_number(StoredField("name", "string"))
    (True, False)
    """
    return field.type.startswith(("int", "uint", "halffloat", "float", "double", "bool"))


def is_scalar(field: StoredField) -> bool:
    """Return whether values of a field are neither lists nor structs."""
    return field.type not in (LIST, STRUCT)
