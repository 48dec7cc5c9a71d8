"""A query that is kept under a name: what it asks, what it is for, whose it is, its parameters; and its file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from joins.shown_text import shown
from workflows.shared_sql.query_parameters import PARAMETER_TYPES, Parameter, bound_text, parameters_of, values_for
from workflows.shared_sql.saved.front_matter import Front, SavedFileError, with_front, without_front

LONGEST_NAME, LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_OWNER, LONGEST_SQL = 64, 200, 4_000, 100, 100_000
ALLOWED_NAMES = f"small letters, digits, - and _, {LONGEST_NAME} at most, a letter or digit first: top-boards"

_NAME = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_NAME - 1}}}")
_COMMENT = "--"
_TEXTS = {"title": LONGEST_TITLE, "description": LONGEST_DESCRIPTION, "owner": LONGEST_OWNER, "chart": 60}
_OF_PARAMETERS = {"type", "default", "meaning"}
_LONGEST_DEFAULT = 1_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query that is kept.

    Parameters
    ----------
    name
        What its file and its link are called.
    sql
        Its text, with places such as ``{{date}}``.
    title, description, owner
        For people.
    chart
        The kind of chart that its result is shown as; empty: as the types say.
    parameters
        Those that were declared; others have the type that their name suggests.
    """

    name: str
    sql: str
    title: str = ""
    description: str = ""
    owner: str = ""
    chart: str = ""
    parameters: tuple[Parameter, ...] = ()

    @property
    def called(self) -> str:
        """What people call it."""
        return self.title or self.name

    @property
    def all_parameters(self) -> list[Parameter]:
        """The parameters that its text has, in the order of the text."""
        return parameters_of(bound_text(self.sql).names, {one.name: one for one in self.parameters})


def checked_name(name: str) -> str:
    """Return a name that a query or a doc may have.

    Raises
    ------
    SavedFileError
        If none may have it: it is a file's name and a part of an address.
    """
    if not _NAME.fullmatch(name):
        raise SavedFileError(f"'{shown(name[:80])}' is no name", where="name", remedy=f"allowed are {ALLOWED_NAMES}")
    return name


def checked_query(query: SavedQuery) -> SavedQuery:
    """Return a query that may be saved.

    Raises
    ------
    SavedFileError
        If it has no text, a text is too long or has characters that none should, or a default is no value.
    ParameterError
        If a place in its text isn't one.
    """
    checked_name(query.name)
    if not query.sql.strip():
        raise SavedFileError("there is no query in it", where="query", remedy="write one SELECT")
    if len(query.sql.encode(errors="replace")) > LONGEST_SQL:
        raise SavedFileError(f"it is longer than {LONGEST_SQL:,} bytes", where="query", remedy="make it shorter")
    check_texts({name: getattr(query, name) for name in _TEXTS}, _TEXTS)
    check_texts({"query": query.sql}, {"query": LONGEST_SQL})
    values_for(query.all_parameters, {})
    return query


def check_texts(texts: Mapping[str, str], longest: Mapping[str, int]) -> None:
    """Raise SavedFileError if a text is too long, or has characters that can't be seen."""
    for name, text in texts.items():
        if len(text) > longest[name]:
            problem = f"it has {len(text):,} characters; allowed are {longest[name]:,}"
            raise SavedFileError(problem, where=name, remedy="make it shorter")
        odd = _CONTROL.search(text)
        if odd:
            raise SavedFileError(f"it has the character {odd[0]!r} in it", where=name, remedy="leave that out")


def text_of_query(query: SavedQuery) -> str:
    """Return the file of a query."""
    front: Front = {
        **{name: getattr(query, name) for name in _TEXTS},
        "parameters": {
            one.name: {"type": one.type, "default": one.default, "meaning": one.meaning} for one in query.parameters
        },
    }
    return with_front(front, query.sql.strip() + "\n", _COMMENT)


def query_of_text(name: str, text: str) -> SavedQuery:
    """Return the query that a file holds; inverse of `text_of_query`.

    Raises
    ------
    SavedFileError, ParameterError
        If it holds none; the error says what is wrong and not in which file.
    """
    front, sql = without_front(text, _COMMENT)
    unknown = front.keys() - {*_TEXTS, "parameters"}
    if unknown:
        allowed = ", ".join([*_TEXTS, "parameters"])
        raise SavedFileError(f"it has '{shown(min(unknown))}'", where="front", remedy=f"allowed are {allowed}")
    texts = {key: _text(front.get(key, ""), key) for key in _TEXTS}
    parameters = front.get("parameters", {})
    if not isinstance(parameters, Mapping):
        raise SavedFileError("it is no table", where="parameters", remedy="write [parameters.date] and its type below")
    declared = tuple(_parameter(key, value) for key, value in parameters.items())
    return checked_query(SavedQuery(name, sql.strip(), **texts, parameters=declared))


def _parameter(name: str, said: object) -> Parameter:
    where = f"parameters.{shown(name)}"
    if not isinstance(said, Mapping) or said.keys() - _OF_PARAMETERS:
        raise SavedFileError("it is not as it should be", where=where, remedy="allowed are type, default, meaning")
    texts = {key: _text(said.get(key, ""), f"{where}.{key}") for key in ("default", "meaning")}
    check_texts(texts, dict.fromkeys(texts, _LONGEST_DEFAULT))
    type_ = next((one for one in PARAMETER_TYPES if one == said.get("type", "text")), None)
    if type_ is None:
        problem = f"'{shown(str(said.get('type')))}' is no type of a parameter"
        raise SavedFileError(problem, where=where, remedy=f"allowed are {', '.join(PARAMETER_TYPES)}")
    return Parameter(name, type_, **texts)


def _text(value: object, where: str) -> str:
    """Return a text of the front; a date or number without quotes is meant as its text."""
    if isinstance(value, list | dict):
        raise SavedFileError("it is no text", where=where, remedy="write it in quotes")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
