"""The printer of SQL trees: names are quoted where they must be, and a value is a literal with its quotes doubled.

Texts hold no ends of lines (`workflows.questions.lexicon.tokens`), so that indenting a subquery changes none. Columns
are printed without their table where there is one table alone, so that people have less to read.
"""

import datetime as dt
import json
import re
import textwrap
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from workflows.questions.query.sql_tree import (
    AsDate,
    Call,
    Column,
    Expression,
    Filtered,
    InList,
    InnerFields,
    IsNull,
    Join,
    Literal,
    Name,
    Negation,
    Operation,
    RowNumber,
    Select,
    Subquery,
)

# Words that DuckDB reads as something else than a name where they stand alone.
_RESERVED = frozenset(
    (
        "all",
        "and",
        "as",
        "asc",
        "case",
        "default",
        "desc",
        "end",
        "from",
        "group",
        "in",
        "is",
        "not",
        "null",
        "on",
        "or",
    )
) | frozenset(("order", "select", "table", "to", "user", "when", "where", "with", "limit", "having", "using"))
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_INDENT = "  "
_AND = f"\n{_INDENT}AND "


def printed(select: Select) -> str:
    """Return a statement as text, a clause a line.

    Examples
    --------
    >>> named = Operation("=", (Column("board_joins", "name"), Literal("Bob's")))
    >>> print(printed(Select(((Column("board_joins", "board_id"), ""),), "board_joins", "board_joins", where=(named,))))
    SELECT board_id
    FROM board_joins
    WHERE name = 'Bob''s'
    """
    return "\n".join(_clauses(select, qualified=len(set(_aliases(select))) > 1))


def _aliases(node: object) -> Iterator[str]:
    """Yield the name of every table in a tree."""
    if isinstance(node, tuple):
        for part in node:
            yield from _aliases(part)
    elif is_dataclass(node):
        if isinstance(node, Select | Join):
            yield node.alias
        for one in fields(node):
            yield from _aliases(getattr(node, one.name))


def _clauses(select: Select, *, qualified: bool) -> Iterator[str]:
    def said(node: Expression | RowNumber) -> str:
        return _expression(node, qualified)

    def ordered(order_by: tuple[tuple[Expression, bool], ...]) -> str:
        return ", ".join(f"{said(one)}{' DESC' if descending else ''}" for one, descending in order_by)

    columns = [f"{said(one)} AS {_name(name)}" if name else said(one) for one, name in select.columns]
    yield f"SELECT {', '.join(columns)}"
    yield f"FROM {_table(select.table, select.alias)}"
    for join in select.joins:
        yield f"LEFT JOIN {_table(join.table, join.alias)} ON {said(join.on)}"
    if select.where:
        yield f"WHERE {_AND.join(_operand(part, qualified) for part in select.where)}"
    if select.group_by:
        yield f"GROUP BY {', '.join(map(said, select.group_by))}"
    if select.having:
        yield f"HAVING {_AND.join(_operand(part, qualified) for part in select.having)}"
    if select.qualify:
        yield f"QUALIFY {said(select.qualify)}"
    if select.order_by:
        yield f"ORDER BY {ordered(select.order_by)}"
    if select.limit is not None:
        yield f"LIMIT {select.limit}"


def _expression(node: object, qualified: bool) -> str:  # noqa: C901, PLR0911, PLR0912 - a case a kind
    def said(part: object) -> str:
        return _expression(part, qualified)

    match node:
        case Column(table, name):
            return f"{_name(table)}.{_name(name)}" if qualified else _name(name)
        case Name(name):
            return _name(name)
        case Literal(value):
            return _literal(value)
        case Call(function, arguments, distinct):
            return f"{function}({'DISTINCT ' if distinct else ''}{', '.join(map(said, arguments)) or '*'})"
        case Operation(operator, parts):
            return f" {operator} ".join(_operand(part, qualified) for part in parts)
        case Negation(part):
            return f"NOT {said(part)}" if isinstance(part, Column | Subquery) else f"NOT ({said(part)})"
        case IsNull(part, negated):
            return f"{said(part)} IS {'NOT ' if negated else ''}NULL"
        case InList(part, members, negated):
            return f"{said(part)} {'NOT ' if negated else ''}IN ({', '.join(map(said, members))})"
        case AsDate(part):
            return f"CAST({said(part)} AS DATE)"
        case Filtered(aggregate, condition):
            return f"{said(aggregate)} FILTER (WHERE {said(condition)})"
        case InnerFields(part, inner):
            return f"list_transform({said(part)}, LAMBDA item: item.{_name(inner)})"
        case Subquery(select, exists):
            lines = "\n".join(_clauses(select, qualified=True))
            return f"{'EXISTS ' if exists else ''}(\n{textwrap.indent(lines, _INDENT)}\n)"
        case _:
            return _window(node, qualified)


def _window(node: object, qualified: bool) -> str:
    if not isinstance(node, RowNumber):
        raise TypeError(f"{type(node).__name__} is no expression")
    groups = ", ".join(_expression(one, qualified) for one in node.partition)
    order = ", ".join(
        f"{_expression(one, qualified)}{' DESC' if descending else ''}" for one, descending in node.order_by
    )
    return f"row_number() OVER (PARTITION BY {groups} ORDER BY {order})"


def _operand(node: object, qualified: bool) -> str:
    text = _expression(node, qualified)
    return f"({text})" if isinstance(node, Operation) and node.operator in {"AND", "OR"} else text


def _literal(value: str | float | bool | dt.date) -> str:
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case dt.date():
            return f"TIMESTAMPTZ '{value.isoformat()} 00:00:00+00'"
    return json.dumps(value)


def _table(table: str, alias: str) -> str:
    return _name(table) if table == alias else f"{_name(table)} AS {_name(alias)}"


def _name(name: str) -> str:
    if _PLAIN.fullmatch(name) and name not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'
