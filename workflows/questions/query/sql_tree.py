"""SQL as a tree of values; `workflows.questions.query.sql_printer` prints it.

Nothing of a question reaches SQL but as a `Literal`.
"""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, under the name that the table has in the statement."""

    table: str
    name: str


@dataclass(frozen=True, slots=True)
class Name:
    """The name that a shown column was given."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A value of the question; dates are the first moment of the day in UTC."""

    value: str | float | bool | dt.date


@dataclass(frozen=True, slots=True)
class Call:
    """A function; ``count(*)`` has no arguments."""

    function: str
    arguments: tuple["Expression", ...] = ()
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """Expressions with an operator between them: a comparison, AND, OR, a division."""

    operator: str
    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """NOT."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class IsNull:
    """IS NULL, or IS NOT NULL."""

    part: "Expression"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InList:
    """IN some literals, or NOT IN."""

    part: "Expression"
    members: tuple[Literal, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AsDate:
    """The day of a time."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class Filtered:
    """An aggregate over those rows alone for which a condition holds."""

    aggregate: Call
    condition: "Expression"


@dataclass(frozen=True, slots=True)
class InnerFields:
    """One field of every struct in a list, as a list."""

    part: "Expression"
    inner: str


@dataclass(frozen=True, slots=True)
class Subquery:
    """A statement as a value, or whether it has a row."""

    select: "Select"
    exists: bool = False


Expression = (
    Column | Name | Literal | Call | Operation | Negation | IsNull | InList | AsDate | Filtered | InnerFields | Subquery
)


@dataclass(frozen=True, slots=True)
class Join:
    """A table beside the first, with at most one row for each of its rows."""

    table: str
    alias: str
    on: Operation


@dataclass(frozen=True, slots=True)
class Select:
    """One statement."""

    columns: tuple[tuple[Expression, str], ...]
    table: str
    alias: str
    joins: tuple[Join, ...] = ()
    where: tuple[Expression, ...] = ()
    group_by: tuple[Expression, ...] = ()
    having: tuple[Expression, ...] = ()
    qualify: Expression | None = None
    order_by: tuple[tuple[Expression, bool], ...] = ()  # True: from large to small
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class RowNumber:
    """The place of a row among those of its group."""

    partition: tuple[Expression, ...]
    order_by: tuple[tuple[Expression, bool], ...]
