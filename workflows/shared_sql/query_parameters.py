"""Parameters of a query: ``{{date}}`` in its text is a place for a value, which is typed, checked and bound.

A value never becomes part of the text, so that no value can change what the query says. ``{{date}}`` becomes DuckDB's
own ``$p_date``, padded to the same length, so that errors tell the column of the text as it was written. Inside
quotes a place would be plain text to SQL: that is an error, and in a comment it is a comment.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import duckdb

from joins.errors import DiscoveryError
from joins.shown_text import shown

ParameterType = Literal["text", "date", "time", "whole number", "number", "yes or no"]
PARAMETER_TYPES: tuple[ParameterType, ...] = get_args(ParameterType)

_PLACE = re.compile(rb"\{\{\s*([A-Za-z][A-Za-z0-9_]*)\s*\}\}")
_LONGEST_NAME, _LONGEST_TEXT, _MOST_PARAMETERS = 40, 10_000, 20
_LEAST, _MOST = -(2**63), 2**63 - 1
_DATE_NAMES = re.compile(r"(?:.*_)?(?:date|day|since|until)")
_COUNT_NAMES = re.compile(r"n|n_.*|top|limit|most|at_least|at_most")


class ParameterError(DiscoveryError, ValueError):
    """A parameter, or its value, isn't what may be."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its name, the type of its values, the value it has where none is given, and what it means."""

    name: str
    type: ParameterType = "text"
    default: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class BoundText:
    """A query whose places are parameters of DuckDB, and the names of these in the order of the text."""

    sql: str
    names: tuple[str, ...]


def bound_text(query: str) -> BoundText:
    """Return a query with parameters of DuckDB in its places.

    Raises
    ------
    ParameterError
        Where a place is inside quotes, is not closed, or has a name that none may have.

    Examples
    --------
    >>> bound_text("SELECT {{date}}, '{ }' -- {{note}}")
    BoundText(sql="SELECT $p_date , '{ }' -- {{note}}", names=('date',))
    """
    text = query.encode()
    if b"{{" not in text:
        return BoundText(query, ())
    tokens = duckdb.tokenize(query)
    starts = [place for place, _ in tokens]
    made, names, end = list[bytes](), list[str](), 0
    for number, (start, kind) in enumerate(tokens):
        stop = starts[number + 1] if number + 1 < len(starts) else len(text)
        if start < end or kind == duckdb.token_type.comment:
            continue
        if kind in (duckdb.token_type.string_const, duckdb.token_type.identifier):
            _check_no_place(text[start:stop], query, start)
        elif text.startswith(b"{{", start):
            name, place_end = _named(text, start, query)
            made += [text[end:start], f"$p_{name}".ljust(place_end - start).encode()]
            names.append(name)
            end = place_end
    if len({*names}) > _MOST_PARAMETERS:
        raise ParameterError(f"it has {len({*names})} parameters; allowed are {_MOST_PARAMETERS}", where="query")
    return BoundText(b"".join([*made, text[end:]]).decode(), tuple(dict.fromkeys(names)))


def parameters_of(names: Sequence[str], declared: Mapping[str, Parameter]) -> list[Parameter]:
    """Return the parameters of a query, as they are declared; what isn't has the type that its name suggests.

    Examples
    --------
    >>> [(one.name, one.type) for one in parameters_of(["since", "top", "word"], {})]
    [('since', 'date'), ('top', 'whole number'), ('word', 'text')]
    """
    return [declared.get(name) or Parameter(name, suggested_type(name)) for name in names]


def suggested_type(name: str) -> ParameterType:
    """Return the type that the values of a parameter probably have, by its name."""
    if _DATE_NAMES.fullmatch(name):
        return "date"
    return "whole number" if _COUNT_NAMES.fullmatch(name) else "text"


def values_for(parameters: Sequence[Parameter], given: Mapping[str, str]) -> dict[str, tuple[str, str | None]]:
    """Return the type and the text of each value, by the names that DuckDB knows the parameters by.

    An empty text is the default, and null where there is none; of a text parameter it is the empty text.

    Raises
    ------
    ParameterError
        If a text is no value of its parameter's type.
    """
    found: dict[str, tuple[str, str | None]] = {}
    for parameter in parameters:
        text = given.get(parameter.name, "") or parameter.default
        is_null = not text and parameter.type != "text"
        found[f"p_{parameter.name}"] = (parameter.type, None if is_null else checked_value(parameter, text))
    return found


def checked_value(parameter: Parameter, text: str) -> str:
    """Return the text of a value as it is bound.

    Raises
    ------
    ParameterError
        If it is no value of the parameter's type.

    Examples
    --------
    >>> checked_value(Parameter("n", "whole number"), " 7 "), checked_value(Parameter("d", "date"), "20261120")
    ('7', '2026-11-20')
    >>> checked_value(Parameter("d", "date"), "tomorrow")
    Traceback (most recent call last):
    workflows.shared_sql.query_parameters.ParameterError: parameter d: 'tomorrow' is no date; write it as 2026-11-20
    """
    if len(text) > _LONGEST_TEXT:
        problem = f"it has {len(text):,} characters; allowed are {_LONGEST_TEXT:,}"
        raise ParameterError(problem, where=f"parameter {parameter.name}")
    read, example = _READ[parameter.type]
    try:
        return read(text)
    except (ValueError, OverflowError):
        problem = f"'{shown(text[:60])}' is no {parameter.type}"
        raise ParameterError(problem, where=f"parameter {parameter.name}", remedy=f"write it as {example}") from None


def _check_no_place(token: bytes, query: str, start: int) -> None:
    """Refuse a place inside quotes, where SQL would take it for a plain text or a name."""
    found = _PLACE.search(token)
    if found:
        place, name = found[0].decode(), found[1].decode()
        problem = f"{place} stands in quotes, where it is no parameter"
        remedy = (
            f"leave the quotes out, as values are bound: {{{{{name}}}}}; a part of a text: '%' || {{{{{name}}}}} || '%'"
        )
        raise ParameterError(problem, where=_where(query, start + found.start()), remedy=remedy)


def _named(text: bytes, start: int, query: str) -> tuple[str, int]:
    found = _PLACE.match(text, start)
    if not found or len(found[1]) > _LONGEST_NAME:
        problem = f"a parameter is written {{{{name}}}}: a letter, then letters, digits and _, {_LONGEST_NAME} at most"
        raise ParameterError(problem, where=_where(query, start))
    return found[1].decode().lower(), found.end()


def _where(query: str, start_byte: int) -> str:
    before = query.encode()[:start_byte].decode(errors="replace")
    return f"query, line {before.count(chr(10)) + 1}, column {len(before) - (before.rfind(chr(10)) + 1) + 1}"


def _whole(text: str) -> str:
    number = int(text)
    if not _LEAST <= number <= _MOST:
        raise ValueError(text)
    return str(number)


def _finite(text: str) -> str:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return repr(number)


def _yes_or_no(text: str) -> str:
    if text not in ("yes", "no"):
        raise ValueError(text)
    return text


_READ: Mapping[ParameterType, tuple[Callable[[str], str], str]] = {
    "text": (str, "it is"),
    "date": (lambda text: dt.date.fromisoformat(text.strip()).isoformat(), "2026-11-20"),
    "time": (lambda text: dt.datetime.fromisoformat(text.strip()).isoformat(), "2026-11-20T13:30"),
    "whole number": (_whole, f"12; from {_LEAST} to {_MOST}"),
    "number": (_finite, "0.5"),
    "yes or no": (_yes_or_no, "yes, or no"),
}
