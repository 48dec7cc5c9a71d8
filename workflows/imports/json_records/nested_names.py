"""The values that the names of a mapping lead to in JSON records: ``board.id`` is ``id`` of the object ``board``.

A name is looked for as it stands first: a key that is spelled ``board.id`` wins. Then it goes level by level; a number
is a position in a list, from 0. Where a level is missing, null, false or empty, the value is missing. A level that is
anything else, such as a text, is an error: what it holds in place of an object would be lost in silence.
"""

import reprlib
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import msgspec

from joins.errors import SourceError
from workflows.imports.source_names import list_position

MISSING = msgspec.UNSET  # what stands for the value of a name that a record doesn't have
LONGEST_SHOWN = 60  # characters of a value in a message
_UNFIT_IN_A_TYPE = {'"', "\\", *map(chr, range(32))}  # what msgspec doesn't allow in the name of a field


class NestedNames:
    """The names that a mapping reads, and the msgspec type of a record that holds these alone.

    Examples
    --------
    >>> names = NestedNames(["id", "board.id"])
    >>> record = msgspec.json.decode(b'{"id": 7, "board": {"id": 3, "url": "long"}}', type=names.record_type)
    >>> names.values([record, {"id": 8, "board": None}], "board.id", "pins.jsonl, row")
    [3, UNSET]
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._root = _Level()
        for name in names:
            self._root.add([name])
            self._root.add(name.split("."))
        self.record_type = self._root.build()

    def values(self, records: Sequence[object], name: str, file: str, first: int = 1) -> list[object]:
        """Return what a name leads to in every record; `MISSING` where a level above it is missing, null or empty.

        A record is of `record_type`, a dict, or None. ``first`` is the position of the first one in its file.

        Raises
        ------
        SourceError
            If a level holds something else than an object, or the list that the name asks for.
        """
        literal = self._root.step(records, name)
        if "." not in name:
            return literal
        values: Sequence[object] = records
        has_literal = any(value is not MISSING for value in literal)
        if has_literal:
            values = [record if value is MISSING else MISSING for record, value in zip(records, literal, strict=True)]
        level, passed = self._root, list[str]()
        for key in name.split("."):
            try:
                values = level.step(values, key)
            except _NoLevelError as error:
                raise _refusal(name, ".".join(passed), error, f"{file}, row {first + error.position:,}") from error
            level = level.below[key]
            passed.append(key)
        if has_literal:
            return [value if own is MISSING else own for value, own in zip(values, literal, strict=True)]
        return list(values)


class _NoLevelError(Exception):
    """A value has nothing below it."""

    def __init__(self, value: object, position: int) -> None:
        super().__init__()
        self.value, self.position = value, position


class _Level:
    """One level of the names: the keys below it that are read."""

    def __init__(self) -> None:
        self.below: dict[str, _Level] = {}
        self._is_read = False  # whether a name ends here
        self._fields: dict[str, str] = {}  # by key, in the type that msgspec builds; empty where dicts are built

    def add(self, keys: list[str]) -> None:
        if keys:
            self.below.setdefault(keys[0], _Level()).add(keys[1:])
        else:
            self._is_read = True

    def build(self) -> Any:  # noqa: ANN401 - a type, or a union of types
        """Return the type of a value at this level: an object with the keys that are read, or anything else."""
        types = {key: level.build() for key, level in self.below.items()}
        is_list = any(list_position(key) is not None for key in types)
        if self._is_read or is_list or any(_UNFIT_IN_A_TYPE & set(key) for key in types):
            return Any
        self._fields = {key: f"field_{number}" for number, key in enumerate(types)}
        fields = [(self._fields[key], type_, MISSING) for key, type_ in types.items()]
        names = {field: key for key, field in self._fields.items()}
        record = msgspec.defstruct("Record", fields, rename=names, gc=False)
        return record | list[Any] | str | int | float | bool | None

    def step(self, values: Sequence[object], key: str) -> list[object]:
        """Return what stands under a key in values of this level."""
        field = self._fields.get(key, "")
        if field:
            try:
                return list(map(attrgetter(field), values))
            except AttributeError:
                pass  # not all are objects that msgspec built
        return [_under(value, key, field, position) for position, value in enumerate(values)]


def _under(value: object, key: str, field: str, position: int) -> object:
    if isinstance(value, msgspec.Struct):
        return getattr(value, field)
    if isinstance(value, dict):
        return value.get(key, MISSING)
    # PHP writes false or an empty list where it has no object
    if value is MISSING or value is None or value is False or value in ("", []):
        return MISSING
    place = list_position(key)
    if isinstance(value, list) and place is not None:
        return value[place] if place < len(value) else MISSING
    raise _NoLevelError(value, position)


def _refusal(name: str, level: str, error: _NoLevelError, where: str) -> SourceError:
    if isinstance(error.value, list):
        return SourceError(
            f"column {name!r}: {level!r} is a list here",
            where=where,
            remedy=f"name a position in it, such as {level}.0{name.removeprefix(level)}",
        )
    return SourceError(
        f"column {name!r}: {level!r} holds {shown(error.value)} here, which is no object and has nothing below it",
        where=where,
        remedy=f"map {level!r} itself, or correct the source",
    )


def shown(value: object) -> str:
    """Return a value as a message shows it, cut where it is long or deep."""
    if isinstance(value, bool):
        return str(value).lower()
    text = reprlib.repr(value) if isinstance(value, list | dict) else repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
