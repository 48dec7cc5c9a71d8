"""Values of a plan as a struct, or an error that says which value it is, what it is, and what is allowed.

msgspec checks the types, and says of a fault where it stands (``$.steps[0].most``). Its words are those of Python's
types; here they become those of somebody who writes a plan, with the value itself, and with what may stand there.
"""

import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TypeVar

import msgspec
from msgspec import inspect

from joins.shown_text import count_text
from serving.errors import PlanError

Struct = TypeVar("Struct", bound=msgspec.Struct)

_LONGEST_NAME = 64  # characters; what is longer is no slip of a name that we have
_MOST_NAMES = 40  # that a message lists
_MOST_BITS = 256  # of a whole number that is shown digit by digit; Python refuses to for one of thousands
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*?)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*?)`", re.DOTALL)
_PLACE = re.compile(r" - at `(?P<key>key` in `)?\$(?P<path>[^`]*)`$")
_STEPS_OF_PATH = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_WORDS: Mapping[type[inspect.Type], str] = {
    inspect.StrType: "a text",
    inspect.BoolType: "true or false",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.NoneType: "nothing",
    inspect.AnyType: "any value",
}


def converted(values: object, kind: type[Struct], where: str) -> Struct:
    """Return values as a struct.

    Parameters
    ----------
    values
        As a file or a request has them: tables, lists, texts, numbers.
    kind
        The struct; types are checked strictly, so ``"6"`` is no number.
    where
        Plan, and step or parameter, for the message.

    Raises
    ------
    PlanError
        If a setting is unknown, is missing, or has a value that isn't allowed.

    Examples
    --------
    >>> class Top(msgspec.Struct, forbid_unknown_fields=True):
    ...     by: str
    ...     most: int = 10
    >>> converted({"by": "n_pins", "mots": 6}, Top, "plan page, step best")
    Traceback (most recent call last):
    serving.errors.PlanError: plan page, step best: there is no setting 'mots' (did you mean most?); there are by, most
    >>> converted({"by": "n_pins", "most": "6"}, Top, "plan page, step best")
    Traceback (most recent call last):
    serving.errors.PlanError: plan page, step best: most is '6'; it must be a whole number
    """
    try:
        return msgspec.convert(values, kind, strict=True)
    except msgspec.ValidationError as error:
        raise PlanError(_problem(str(error), values, kind), where=where) from None


def unknown(what: str, name: str, names: Iterable[str]) -> str:
    """Return the words for a name that isn't there: those that are like it, and all that are there.

    Examples
    --------
    >>> unknown("step", "bords", ["picture", "boards"])
    "there is no step 'bords' (did you mean boards?); there are picture, boards"
    """
    there = list(names)
    near = difflib.get_close_matches(name[:_LONGEST_NAME], there, n=2)
    meant = f" (did you mean {' or '.join(near)}?)" if near else ""
    more = f" and {len(there) - _MOST_NAMES:,} more" if len(there) > _MOST_NAMES else ""
    listed = f"there are {', '.join(there[:_MOST_NAMES])}{more}" if there else f"there is no {what} at all"
    return f"there is no {what} {shown_value(name)}{meant}; {listed}"


def name_problem(name: str, what: str) -> str:
    """Return what is wrong with a name that a plan gives, or reads by in an expression; empty if nothing is.

    Python reads names of expressions in one form of their letters (NFKC): what is written in another form would be
    another name there.

    Examples
    --------
    >>> name_problem("n_pins", "a field"), name_problem("n-pins", "a field")
    ('', "'n-pins' is no name of a field; letters, digits and _ are allowed")
    >>> print(name_problem("\N{FEMININE ORDINAL INDICATOR}", "a parameter"))
    'ª' is no name of a parameter, as it would be read as 'a'; write that
    """
    if not name.isidentifier():
        return f"{shown_value(name)} is no name of {what}; letters, digits and _ are allowed"
    plain = unicodedata.normalize("NFKC", name)
    if plain == name:
        return ""
    return f"{shown_value(name)} is no name of {what}, as it would be read as {shown_value(plain)}; write that"


def shown_value(value: object) -> str:
    """Return a value as a message shows it: its beginning if it is long, its kind if it is no text or number.

    Whatever wires bring can be shown: msgpack has bytes, times and extensions as well.

    Examples
    --------
    >>> shown_value(True), shown_value("a" * 70)
    ('true', "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...")
    >>> shown_value(2**20_000), shown_value(msgspec.msgpack.Ext(5, b"abc"))
    ('a whole number of 20,001 bits', 'an extension of msgpack, of code 5')
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int() if value.bit_length() > _MOST_BITS:
            return f"a whole number of {value.bit_length():,} bits"
        case int() | float():
            return str(value)
        case str():
            text = repr(value[: 2 * _LONGEST_NAME])  # a repr of all of it would be made first
            return text if len(text) <= _LONGEST_NAME + 2 else f"{text[:_LONGEST_NAME]}..."
    return _shown_kind(value)


def _shown_kind(value: object) -> str:
    """Return what a value is that is no text and no number: the representation of some has addresses of memory."""
    match value:
        case None:
            said = "nothing"
        case Mapping():
            said = f"a table of {len(value):,}"
        case list() | tuple():
            said = f"a list of {len(value):,}"
        case bytes():
            said = count_text(len(value), "byte")
        case dt.datetime():
            said = f"the time {value.isoformat()}"
        case msgspec.msgpack.Ext():
            said = f"an extension of msgpack, of code {value.code}"
        case _:
            said = f"a {type(value).__name__}"
    return said


def _problem(said: str, values: object, kind: type[msgspec.Struct]) -> str:
    """Return what is wrong in the words of plans, from the words of msgspec."""
    place = _PLACE.search(said)
    path = place["path"] if place else ""
    names = [name or int(number) for name, number in _STEPS_OF_PATH.findall(path.partition("[...]")[0])]
    value, type_ = _value_at(values, names), _type_at(_type_of(kind), names)
    shown_path = path.removeprefix(".")
    if (found := _UNKNOWN.match(said)) is not None:
        inside = f"in {shown_path} " if shown_path else ""
        return inside + unknown("setting", found["name"], _settings_of(type_))
    if (found := _MISSING.match(said)) is not None:
        there = ", ".join(_settings_of(type_))
        return f"{shown_path}{'.' if shown_path else ''}{found['name']} is missing; settings are {there}"
    if not shown_path:
        return f"it is {shown_value(value)}; it must be {described(type_)}"
    return f"{shown_path.partition('[...]')[0]} is {shown_value(value)}; it must be {described(type_)}"


def described(type_: inspect.Type) -> str:
    """Return what values of a type are, for people.

    Examples
    --------
    >>> described(inspect.type_info(list[str] | str)), described(inspect.type_info(dict[str, int]))
    ('a list of which each is a text, or a text', 'a table of which each is a whole number')
    """
    match type_:
        case inspect.UnionType(types=types):
            words = ", or ".join(described(one) for one in types if not isinstance(one, inspect.NoneType))
        case inspect.LiteralType(values=allowed):
            words = f"one of {', '.join(map(str, allowed))}"
        case inspect.IntType(ge=least, le=most) | inspect.FloatType(ge=least, le=most):
            words = _WORDS[type(type_)] + _bounds(least, most)
        case inspect.CollectionType(item_type=inside):
            words = f"a list of which each is {described(inside)}"
        case inspect.DictType(value_type=inside):
            words = f"a table of which each is {described(inside)}"
        case inspect.StructType():
            words = f"a table with {', '.join(_settings_of(type_))}"
        case inspect.Metadata(type=inside):
            words = described(inside)
        case _:
            words = _WORDS.get(type(type_), "something else")
    return words


def _bounds(least: float | None, most: float | None) -> str:
    if least is None:
        return "" if most is None else f", at most {most:,}"
    return f", at least {least:,}" if most is None else f" from {least:,} to {most:,}"


@cache  # there are as many kinds as processors
def _type_of(kind: type[msgspec.Struct]) -> inspect.Type:
    return inspect.type_info(kind)


def _settings_of(type_: inspect.Type) -> list[str]:
    match type_:
        case inspect.StructType(fields=fields):
            return [field.encode_name for field in fields]
        case inspect.UnionType(types=types):
            return [name for one in types for name in _settings_of(one)]
    return []


def _value_at(values: object, names: Iterable[str | int]) -> object:
    """Return the value that a path leads to."""
    for name in names:
        if isinstance(values, Mapping):
            values = values.get(name)
        elif isinstance(values, list | tuple) and isinstance(name, int) and name < len(values):
            values = values[name]
        else:
            break
    return values


def _type_at(type_: inspect.Type, names: Iterable[str | int]) -> inspect.Type:
    """Return the type that a path leads to, as far as it is plain which."""
    for name in names:
        match type_:
            case inspect.StructType(fields=fields):
                type_ = next((field.type for field in fields if field.encode_name == name), type_)
            case inspect.CollectionType(item_type=inside):
                type_ = inside
            case inspect.UnionType(types=types):
                inner = [_type_at(one, [name]) for one in types]
                type_ = next((found for found, one in zip(inner, types, strict=True) if found is not one), type_)
    return type_
