"""The values and conditions of one statement: which tables it reads so far, and under which names.

A statement begins at the table of an entity. A value at the end of a step is read from a table that is joined when it
is first needed; a number of those that belong to a row is a subquery, whose scope is one of its own.
"""

from dataclasses import dataclass, field
from itertools import count

from workflows.questions.query import query_tree as tree
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
    Negation,
    Operation,
    Select,
    Subquery,
)

_TEXT_FUNCTIONS: dict[tree.TextMatch, str] = {"contains": "contains", "begins": "starts_with", "ends": "ends_with"}
# Columns of other tables are called so as well; in a subquery that reads one of those, such a name is the column's.
_ALSO_COLUMNS = {"pin_joins": "pictures"}
Entities = dict[tree.EntityName, tree.Entity]


@dataclass(slots=True)
class Tables:
    """The names that tables have in one statement, subqueries included; the second of a table has a number."""

    taken: set[str] = field(default_factory=set)

    def alias(self, table: str) -> str:
        """Return a name that no other table of the statement has."""
        named = _ALSO_COLUMNS.get(table, table)
        names = (named if number == 1 else f"{named}_{number}" for number in count(1))
        name = next(one for one in names if one not in self.taken)
        self.taken.add(name)
        return name


class Scope:
    """One SELECT: where it begins, what is joined to it, and how values are read in it."""

    def __init__(self, entities: Entities, entity: tree.EntityName, tables: Tables) -> None:
        self.entities, self.entity, self.tables = entities, entities[entity], tables
        self.alias = tables.alias(self.entity.table)
        self.joins: dict[tuple[object, ...], Join] = {}

    def own(self, column: str) -> Column:
        """Return a column of the table that the statement begins at."""
        return Column(self.alias, column)

    def select(self, columns: tuple[tuple[Expression, str], ...], **clauses: object) -> Select:
        """Return the statement, with all tables that values needed."""
        joins = tuple(self.joins.values())
        return Select(columns, self.entity.table, self.alias, joins, **clauses)  # type: ignore[arg-type]  # passed on

    def value(self, value: tree.Value | tree.Group) -> Expression:
        """Return a value of a row."""
        match value:
            case tree.Attribute(steps, field_):
                return self._attribute(steps, field_)
            case tree.TimeBucket(of, unit):
                return AsDate(Call("date_trunc", (Literal(unit), self.value(of))))
            case tree.Related():
                return Subquery(self._related(value, exists=False))
        raise TypeError(f"{type(value).__name__} is no value of a row")

    def summary(self, summary: tree.Summary) -> Expression:
        """Return a value of all rows of the statement, or of a group."""
        match summary:
            case tree.RowCount(None):
                return Call("count")
            case tree.RowCount(tree.Attribute() as distinct):
                return Call("count", (self.value(distinct),), distinct=True)
            case tree.Aggregate(function, value):
                return Call(function, (self.value(value),))
            case tree.Share(condition, in_percent):
                matching: Expression = Filtered(Call("count"), self.condition(condition))
                scaled = Operation("*", (Literal(100), matching)) if in_percent else matching
                return Operation("/", (scaled, Call("nullif", (Call("count"), Literal(0)))))
        raise TypeError(f"{type(summary).__name__} is no summary")

    def conditions(self, conditions: tuple[tree.Condition, ...]) -> tuple[Expression, ...]:
        """Return conditions that all hold, one beside the other."""
        found: list[Expression] = []
        for condition in conditions:
            one = self.condition(condition)
            found += one.parts if isinstance(one, Operation) and one.operator == "AND" else [one]
        return tuple(found)

    def condition(self, condition: tree.Condition) -> Expression:  # noqa: C901, PLR0911 - a case a kind
        """Return a condition on a row."""
        match condition:
            case tree.Comparison(value, operator, other):
                return Operation(operator, (self._compared(value), self._compared(other)))
            case tree.AmongFirst(value, first):
                return Operation("IN", (self.value(value), Subquery(self._first_keys(first))))
            case tree.Membership(value, members, negated):
                return self._membership(value, members, negated)
            case tree.Missing(value, negated):
                return IsNull(self.value(value), negated)
            case tree.Text():
                return self._text(condition)
            case tree.Within(value, start, end):
                return self._within(self.value(value), start, end)
            case tree.Truth(value, wanted):
                found = self.value(value)
                return found if wanted else Negation(found)
            case tree.Exists(related, negated):
                exists = Subquery(self._related(related, exists=True), exists=True)
                return Negation(exists) if negated else exists
            case tree.Both(parts, joined_by):
                return Operation(joined_by, tuple(self.condition(part) for part in parts))
            case tree.Not(inner):
                return Negation(self.condition(inner))
        raise TypeError(f"{type(condition).__name__} is no condition")

    def _first_keys(self, query: tree.Query) -> Select:
        """Return the keys that a list begins with."""
        inner = Scope(self.entities, query.entity, self.tables)
        key = inner.own(inner.entity.key)
        order = tuple((inner.value(one.value), one.descending) for one in query.order)  # type: ignore[arg-type]
        where = inner.conditions(query.conditions)
        return inner.select(((key, ""),), where=where, order_by=(*order, (key, False)), limit=query.limit)

    def _compared(self, value: tree.Value | tree.Summary | tree.Literals | tree.Average) -> Expression:
        match value:
            case tree.Value():
                return self.value(value)
            case tree.RowCount() | tree.Aggregate() | tree.Share():
                return self.summary(value)
            case tree.Average(entity, of):
                inner = Scope(self.entities, entity, self.tables)
                average = Call("avg", (inner.value(of),))
                return Subquery(inner.select(((average, ""),)))
            case _:
                return Literal(value)

    def _attribute(self, steps: tuple[tree.Step, ...], field_: tree.Field) -> Expression:
        if steps and field_.name == steps[-1].target_column and steps[-1].is_to_one:
            # The column that leads there has the same value, so nothing need be joined.
            return Column(self._reached(steps[:-1]), steps[-1].source_column)
        alias = self._reached(steps)
        target = self.entities[steps[-1].target] if steps else self.entity
        if field_.table != target.table:
            alias = self._joined((steps, field_.table), field_.table, target.key, alias, target.key)
        return Column(alias, field_.name)

    def _reached(self, steps: tuple[tree.Step, ...]) -> str:
        """Return the name of the table at the end of some steps to one; those on the way are joined."""
        alias = self.alias
        for place, step in enumerate(steps):
            table = self.entities[step.target].table
            alias = self._joined(steps[: place + 1], table, step.target_column, alias, step.source_column)
        return alias

    def _joined(self, reached_by: tuple[object, ...], table: str, column: str, other: str, other_column: str) -> str:
        if reached_by not in self.joins:
            alias = self.tables.alias(table)
            same = Operation("=", (Column(alias, column), Column(other, other_column)))
            self.joins[reached_by] = Join(table, alias, same)
        return self.joins[reached_by].alias

    def _related(self, related: tree.Related, *, exists: bool) -> Select:
        """Return the subquery over those that belong to a row: whether there is one, or how many there are."""
        outer = Column(self._reached(related.before), related.link.source_column)
        inner = Scope(self.entities, related.link.target, self.tables)
        same = Operation("=", (inner.own(related.link.target_column), outer))
        where = (same, *inner.conditions(related.conditions))
        shown: Expression = Literal(1)
        if not exists:
            counted = related.counted
            shown = Call("count", (inner.value(counted),), distinct=True) if counted else Call("count")
        return inner.select(((shown, ""),), where=where)

    def _membership(self, value: tree.Attribute, members: tuple[str, ...], negated: bool) -> Expression:
        found, literals = self.value(value), tuple(Literal(member) for member in members)
        if value.field.kind == "list":
            among = InnerFields(found, value.field.inner)
            holds: Expression = Operation("OR", tuple(Call("list_contains", (among, one)) for one in literals))
            holds = holds.parts[0] if len(literals) == 1 and isinstance(holds, Operation) else holds
            return Negation(holds) if negated else holds
        if len(literals) == 1:
            return Operation("<>" if negated else "=", (found, literals[0]))
        return InList(found, literals, negated)

    def _text(self, text: tree.Text) -> Expression:
        found, wanted = Call("lower", (self.value(text.value),)), Call("lower", (Literal(text.text),))
        if text.how == "is":
            return Operation("<>" if text.negated else "=", (found, wanted))
        match = Call(_TEXT_FUNCTIONS[text.how], (found, wanted))
        return Negation(match) if text.negated else match

    @staticmethod
    def _within(found: Expression, start: object, end: object) -> Expression:
        bounds = ((">=", start), ("<", end))
        parts = tuple(Operation(sign, (found, Literal(bound))) for sign, bound in bounds if bound)  # type: ignore[arg-type]
        return parts[0] if len(parts) == 1 else Operation("AND", parts)
