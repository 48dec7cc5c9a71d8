"""The query that a question means: which rows, by which conditions, what is shown or counted of them, in which order.

Everything is told by the star: pins are on a board, by a user, and show a picture; a board has an owner. So each value
is either one that an entity has, by itself or by a step to the one board, user or picture it belongs to, or the number
of those that belong to it. `workflows.questions.query.to_sql` turns a query into SQL.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

EntityName = Literal["board", "user", "picture", "pin"]
FieldKind = Literal["number", "text", "time", "truth", "list"]
Operator = Literal["=", "<>", "<", "<=", ">", ">="]
AggregateName = Literal["avg", "sum", "min", "max", "median"]
TimeUnit = Literal["day", "week", "month", "quarter", "year"]
TextMatch = Literal["is", "contains", "begins", "ends"]
Literals = str | float | bool | dt.date


@dataclass(frozen=True, slots=True)
class Entity:
    """What questions are about, and the table that has a row for each."""

    name: EntityName
    plural: str
    table: str
    key: str
    label: str | None  # the column that people call it by


@dataclass(frozen=True, slots=True)
class Field:
    """A column of an entity: in its own table, or in another one with the same key."""

    entity: EntityName
    name: str
    table: str
    kind: FieldKind
    meaning: str = ""
    unit: str = ""
    inner: str = ""  # of a list of structs: the text in it that is asked for
    is_whole: bool = False  # a number without decimals


@dataclass(frozen=True, slots=True)
class Step:
    """A way from one entity to another: the column of each that has the same value."""

    source: EntityName
    target: EntityName
    source_column: str
    target_column: str

    @property
    def is_to_one(self) -> bool:
        """Whether there is at most one at the other end."""
        return self.target_column == {"board": "board_id", "user": "user_id", "picture": "image_signature"}.get(
            self.target
        )


class Value:
    """What a row has: a field, or the number of those that belong to it."""

    __slots__ = ()


class Condition:
    """What holds for a row, or doesn't."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Attribute(Value):
    """A field, reached by steps to one."""

    steps: tuple[Step, ...]
    field: Field


@dataclass(frozen=True, slots=True)
class Related(Value):
    """Those that belong to an entity: all that a step to many leads to, for which conditions hold.

    Parameters
    ----------
    before
        Steps to one, to where the step to many begins.
    link
        The step to many.
    counted
        What is counted once each; None: every row at the other end of the link.
    conditions
        Of the rows at the other end.
    called
        What their number is called.
    """

    before: tuple[Step, ...]
    link: Step
    counted: Attribute | None = None
    conditions: tuple[Condition, ...] = ()
    called: str = ""


@dataclass(frozen=True, slots=True)
class RowCount:
    """How many rows; of an attribute, how many different values."""

    distinct: Attribute | None = None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A value of all rows together."""

    function: AggregateName
    value: Value


@dataclass(frozen=True, slots=True)
class Share:
    """The share of rows for which a condition holds, from 0 to 1 or in percent."""

    condition: Condition
    in_percent: bool = False


Summary = RowCount | Aggregate | Share


@dataclass(frozen=True, slots=True)
class Comparison(Condition):
    """A value against another, a constant, or the average of the same value over all."""

    value: Value | Summary
    operator: Operator
    other: "Value | Literals | Average"


@dataclass(frozen=True, slots=True)
class Average:
    """The average of a value over every entity."""

    entity: EntityName
    value: Value


@dataclass(frozen=True, slots=True)
class Membership(Condition):
    """A value is one of some."""

    value: Attribute
    members: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Missing(Condition):
    """A value is unset."""

    value: Attribute
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Text(Condition):
    """A text is, contains, begins or ends with another; capitals don't count."""

    value: Attribute
    how: TextMatch
    text: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Within(Condition):
    """A time is in a span; the end isn't part of it. None is open."""

    value: Attribute
    start: dt.date | None
    end: dt.date | None


@dataclass(frozen=True, slots=True)
class Truth(Condition):
    """A yes or no is as wanted."""

    value: Attribute
    wanted: bool


@dataclass(frozen=True, slots=True)
class Exists(Condition):
    """At least one belongs to it; or none does.

    Parameters
    ----------
    related
        Those of which there is one.
    negated
        Whether there is none.
    is_of_pin
        Whether it is said of the pin, where a pin leads to what it is said of: pinned pictures on boards about art.
    """

    related: Related
    negated: bool = False
    is_of_pin: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Both(Condition):
    """All conditions hold, or any one of them."""

    parts: tuple[Condition, ...]
    joined_by: Literal["AND", "OR"] = "AND"


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """A condition doesn't hold; where it can't be said, this can't either."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class AmongFirst(Condition):
    """A key is one of those that a list begins with: the user with the most pins, the five largest boards."""

    value: Attribute
    first: "Query"


@dataclass(frozen=True, slots=True)
class TimeBucket:
    """The day, week, month, quarter or year that a time is in."""

    value: Attribute
    unit: TimeUnit


Group = Attribute | TimeBucket


@dataclass(frozen=True, slots=True)
class Order:
    """What decides the order of the rows."""

    value: Value | Summary | TimeBucket
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """What a question asks for.

    Without a summary it is a list of entities, of each group the first few if there are groups; with one it is a
    number, or one of each group.
    """

    entity: EntityName
    conditions: tuple[Condition, ...] = ()
    shown: tuple[Value, ...] = ()
    summary: Summary | None = None
    groups: tuple[Group, ...] = ()
    group_conditions: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    remarks: tuple[str, ...] = field(default=(), compare=False)
