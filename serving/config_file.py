"""Reading ``serving.toml``: each value is checked by itself, and an error names file, section, key and what is allowed.

Paths that don't begin with ``/`` begin at the folder of the file.
"""

import math
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields as dataclass_fields
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, NoReturn, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Meta
from msgspec.structs import FieldInfo

from serving.config import STORE_KINDS, Config, LmdbStore, ServerConfig, Store
from serving.errors import ServingConfigError
from serving.plans.limits import LIMITS, Limits
from storage_tiers.bounded_files import UNREADABLE, read_bounded, words_of_unreadable

CONFIG_NAME = "serving.toml"
DEFAULT_STORE = "lmdb"
_PATHS = {"output", "plans", "password_file", "token_file", "tokens_file", "access_log"}
_MOST_BITS, _DEEPEST = 63, 32
_NO_PATH = {"", "-"}
_WORDS = {
    int: "a whole number",
    str: "a text",
    bool: "true or false",
    float: "a number",
    tuple: "a list",
    dict: "a table",
}
_BOUNDS = (("ge", "at least {:,}"), ("le", "at most {:,}"), ("min_length", "at least {} long"), ("pattern", "like {}"))
_Settings = TypeVar("_Settings", bound=msgspec.Struct)


def read_config(path: str | Path | None = None, output: str = "output") -> Config:
    """Read the settings of a service.

    Parameters
    ----------
    path
        The file. None: ``serving.toml`` of the current folder if it is there, else defaults.
    output
        The output folder of stores that name none.

    Raises
    ------
    ServingConfigError
        If the file can't be read, or says what isn't allowed.

    Examples
    --------
    >>> read_config("examples/none.toml")
    Traceback (most recent call last):
    serving.errors.ServingConfigError: examples/none.toml: it can't be read (No such file or directory)
    """
    if path is None and not Path(CONFIG_NAME).exists():
        return Config(stores={DEFAULT_STORE: LmdbStore(output=output)})
    return _config(Path(path or CONFIG_NAME), output)


def _config(path: Path, output: str) -> Config:
    said = _toml_of(path)
    stores = said.pop("stores", {DEFAULT_STORE: {"kind": "lmdb"}})
    limits, server = said.pop("limits", {}), said.pop("server", {})
    if not isinstance(stores, dict) or not stores:
        _refuse(path, "", "stores", stores, "sections [stores.NAME], at least one")
    at_top = _values(path, "", said, [one for one in _settings_in(Config) if one.name in {"plans", "look_every_ms"}])
    return Config(
        **at_top,
        stores={name: _store(path, name, table, output) for name, table in stores.items()},
        limits=_limits(path, limits),
        server=_section(path, "server", server, ServerConfig),
    )


def _toml_of(path: Path) -> dict[str, Any]:
    try:
        said = tomllib.loads(read_bounded(path).decode())
    except tomllib.TOMLDecodeError as error:
        raise ServingConfigError(f"it is no TOML: {error}", where=str(path)) from None
    except (*UNREADABLE, OSError) as error:
        why = words_of_unreadable(error)
        raise ServingConfigError(f"it can't be read ({why})", where=str(path)) from None
    except ValueError:  # what Python refuses to take for a number
        problem = f"it has a number of more than {sys.get_int_max_str_digits():,} digits; no setting takes one"
        raise ServingConfigError(problem, where=str(path)) from None
    _check_values(path, said)
    return said


def _check_values(path: Path, said: dict[str, Any]) -> None:
    """Refuse what no setting may be, and what can't even be shown: numbers without end, texts that are no names."""
    left: list[tuple[str, object, int]] = [("", said, 0)]
    while left:  # not by recursion, as keys with dots nest without end
        place, value, depth = left.pop()
        problem = _problem_of_value(value, depth)
        if problem:
            section, _, setting = place.rpartition(".")
            raise ServingConfigError(f"{setting} {problem}", where=_place(path, section))
        if isinstance(value, dict):
            left += [(f"{place}.{key}".lstrip("."), inner, depth + 1) for key, inner in value.items()]
        elif isinstance(value, list):
            left += [(place, inner, depth + 1) for inner in value]


def _problem_of_value(value: object, depth: int) -> str:
    match value:
        case str() if "\0" in value:
            return "has the character NUL, which no path, name or address has"
        case int() if value.bit_length() > _MOST_BITS:
            return f"is a whole number of {value.bit_length():,} bits; at most {_MOST_BITS} are allowed"
        case float() if math.isnan(value):
            return "is nan, which is no number"
        case dict() | list() if depth > _DEEPEST:
            return f"is more than {_DEEPEST} lists and tables deep"
    return ""


def _store(path: Path, name: str, table: object, output: str) -> Store:
    section = f"stores.{name}"
    if not isinstance(table, dict):
        _refuse(path, "stores", name, table, "a section [stores.NAME]")
    if not name.isidentifier():
        _refuse(path, "stores", name, table, "a name of letters, digits and _")
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in STORE_KINDS:
        _refuse(path, section, "kind", kind, f"one of {', '.join(STORE_KINDS)}")
    given = {key: value for key, value in table.items() if key != "kind"}
    store: Store = _section(path, section, given, STORE_KINDS[kind])
    if "output" in store.__struct_fields__ and "output" not in given:
        store = msgspec.structs.replace(store, output=output)
    return store


def _section(path: Path, section: str, table: object, kind: type[_Settings]) -> _Settings:
    if not isinstance(table, dict):
        _refuse(path, "", section, table, f"a section [{section}]")
    settings = _settings_in(kind)
    for one in settings:
        if one.required and one.name not in table:
            raise ServingConfigError(f"{one.name} is missing: {_about(one)}", where=_place(path, section))
    return kind(**_values(path, section, table, settings))


def _limits(path: Path, table: object) -> Limits:
    if not isinstance(table, dict):
        _refuse(path, "", "limits", table, "a section [limits]")
    names = [field.name for field in dataclass_fields(LIMITS)]
    for key, value in table.items():
        if key not in names:
            _refuse_key(path, "limits", key, names)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            _refuse(path, "limits", key, value, "a whole number, at least 1")
    return Limits(**table)


def _values(path: Path, section: str, table: Mapping[str, object], settings: Iterable[FieldInfo]) -> dict[str, Any]:
    known = {one.name: one for one in settings}
    values = {}
    for key, value in table.items():
        if key not in known:
            _refuse_key(path, section, key, known)
        try:
            values[key] = msgspec.convert(value, known[key].type)
        except msgspec.ValidationError:
            _refuse(path, section, key, value, _allowed(known[key].type))
        if key in _PATHS and value not in _NO_PATH and "://" not in str(value):
            values[key] = str(path.parent / str(value))
    return values


def _settings_in(kind: type[msgspec.Struct]) -> list[FieldInfo]:
    return list(msgspec.structs.fields(kind))


def _metas_of(type_: Any) -> list[Meta]:  # noqa: ANN401 - a type
    """Return what is said of a type, and of that which may be none."""
    if get_origin(type_) in {UnionType, Union}:
        return _metas_of(get_args(type_)[0])
    if get_origin(type_) is not Annotated:
        return []
    plain, *metas = get_args(type_)
    return [*_metas_of(plain), *(each for each in metas if isinstance(each, Meta))]


def _about(setting: FieldInfo) -> str:
    return next((meta.description for meta in _metas_of(setting.type) if meta.description), setting.name)


def _allowed(type_: Any) -> str:  # noqa: ANN401 - a type
    """Return the words for what a setting may be: its type, its bounds, and what it means."""
    words = [_WORDS[_kind_of(type_)]]
    metas = _metas_of(type_)
    words += [
        form.format(bound) for meta in metas for name, form in _BOUNDS if (bound := getattr(meta, name)) is not None
    ]
    about = [f"({meta.description})" for meta in metas if meta.description]
    return " ".join([", ".join(words), *about])


def _kind_of(type_: Any) -> Any:  # noqa: ANN401 - a type, a class
    """Return the class of values of a type: of one that may be none, and of lists and tables, without their items."""
    if get_origin(type_) in {UnionType, Union, Annotated}:
        return _kind_of(get_args(type_)[0])
    return get_origin(type_) or type_


def _refuse_key(path: Path, section: str, key: str, known: Iterable[str]) -> NoReturn:
    raise ServingConfigError(f"there is no setting {key!r}; there are {', '.join(known)}", where=_place(path, section))


def _refuse(path: Path, section: str, key: str, value: object, allowed: str) -> NoReturn:
    raise ServingConfigError(f"{key} is {value!r:.100}; allowed: {allowed}", where=_place(path, section))


def _place(path: Path, section: str) -> str:
    return f"{path} [{section}]" if section else str(path)
