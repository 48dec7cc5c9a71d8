"""Sections of a TOML file as msgspec Structs; what msgspec finds wrong is told here in our words, and only here."""

import re
from typing import Annotated, Any, TypeVar, get_args

import msgspec

from joins.errors import MappingError

_MOST_COUNTED = 1_000_000
Text = Annotated[str, msgspec.Meta(min_length=1)]
Count = Annotated[int, msgspec.Meta(ge=0, le=_MOST_COUNTED)]
_KINDS = {
    "str": "a text",
    "int": f"a whole number from 0 to {_MOST_COUNTED:,}",
    "bool": "true or false",
    "object": "a table",
    "array": "a list of texts",
}


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A TOML table with known keys, their kinds and defaults; any other key is an error."""


Read = TypeVar("Read", bound=Section)


def read_section(kind: type[Read], entries: object, file: str, name: str = "") -> Read:
    """Read a TOML table and the tables in it, whose dotted name is ``name``; empty for the whole file.

    Raises
    ------
    MappingError
        If a key is unknown or missing, or a value is of the wrong kind; it says what is allowed.

    Examples
    --------
    >>> class Rules(Section):
    ...     trim: bool = False
    >>> read_section(Rules, {"trim": True}, "shop.toml", "boards.category")
    Rules(trim=True)
    >>> read_section(Rules, {"lower": True}, "shop.toml", "boards.category")
    Traceback (most recent call last):
    joins.errors.MappingError: shop.toml: [boards.category] has an unknown key lower; allowed: trim
    """
    try:
        return msgspec.convert(entries, kind)
    except msgspec.ValidationError as error:
        raise MappingError(_in_our_words(str(error), kind, entries, name), where=file) from error


def _in_our_words(message: str, kind: type[Section], entries: Any, name: str) -> str:  # noqa: ANN401 - of any file
    """Say what msgspec found, with the value and what is allowed; it names neither."""
    problem, _, path = message.partition(" - at `$")
    steps = re.findall(r"\.(\w+)", path)
    key = problem.split("`")[1] if problem.startswith("Object") else steps.pop()  # an object is told by its own path
    for step in steps:
        kind, entries, name = _section_in(_types(kind)[step]), entries[step], f"{name}.{step}".lstrip(".")
    section, type_ = f"[{name}]" if name else "the file", _types(kind).get(key)
    if type_ is None:
        return f"{section} has an unknown key {key}; allowed: {', '.join(_types(kind))}"
    if key not in entries:
        meaning = "a text" if type_ == Text else "a table"
        return f"{section} lacks {key} ({meaning}); keys there: {', '.join(entries) or 'none'}"
    return f"{section}: {_of_value(problem, path, key, entries[key], type_)}"


def _of_value(problem: str, path: str, key: str, value: Any, type_: object) -> str:  # noqa: ANN401 - of any file
    place = re.search(r"\[(\d+|\.\.\.)\]", path)
    if place and place[1] == "...":
        entry = next(entry for entry in value if not isinstance(value[entry], str))
        return f"in {key}, {entry!r} is {value[entry]!r}; it takes a category, or an empty text for none"
    if place:
        return f"{key} holds {value[int(place[1])]!r}; it takes texts only"
    if value == "":
        return f"{key} is empty; give a text"
    if problem.startswith("Invalid enum value"):
        allowed = [choice for one in get_args(type_) for choice in get_args(one)]
        return f"{key} is {value!r}; allowed: {', '.join(allowed)}"
    return f"{key} is {value!r}; it takes {_KINDS[problem.split('`')[1].split(' ', maxsplit=1)[0]]}"


def _types(kind: type[Section]) -> dict[str, Any]:
    """Return the type of every key that a section may hold."""
    return {field.encode_name: field.type for field in msgspec.structs.fields(kind)}


def _section_in(type_: object) -> type[Section]:
    """Return the section that a key of this type holds, optional or not."""
    return next(one for one in (type_, *get_args(type_)) if isinstance(one, type) and issubclass(one, Section))
