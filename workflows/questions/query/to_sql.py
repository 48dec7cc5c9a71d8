"""A query as one statement: a list of entities, or a number of all rows or of each group.

Rows are always in an order that doesn't depend on chance: what was asked for, then the key or the group.
"""

from collections.abc import Iterator

from workflows.questions.query.query_tree import (
    Aggregate,
    Attribute,
    Query,
    Related,
    RowCount,
    Share,
    Summary,
    TimeBucket,
    Value,
)
from workflows.questions.query.sql_printer import printed
from workflows.questions.query.sql_scope import Entities, Scope, Tables
from workflows.questions.query.sql_tree import Expression, IsNull, Literal, Name, Operation, RowNumber, Select

Ordered = tuple[Expression, bool]


def sql_of(query: Query, entities: Entities) -> str:
    """Return the SQL that answers a query, for the SQL tier.

    Parameters
    ----------
    query
        What is asked for.
    entities
        The table, key and label of each entity.
    """
    scope = Scope(entities, query.entity, Tables())
    return printed(_summary(query, scope) if query.summary else _listing(query, scope))


def _listing(query: Query, scope: Scope) -> Select:
    """Return what lists entities: key and label, then what was asked for or decides; of each group the first few."""
    columns = tuple(_listed_columns(query, scope))
    names = {name for _, name in columns if name}
    order = [_ordered(one.value, scope, names, one.descending) for one in query.order]
    by_key: Ordered = (scope.own(scope.entity.key), False)
    groups = tuple(scope.value(group) for group in query.groups)
    where = scope.conditions(query.conditions)
    if not groups:
        return scope.select(columns, where=where, order_by=(*order, by_key), limit=query.limit)
    inside = [(scope.value(one.value), one.descending) for one in query.order if not _is_summary(one.value)]  # type: ignore[arg-type]
    number = RowNumber(groups, (*inside, by_key))
    where = (*where, *(IsNull(group, negated=True) for group in groups))
    by_group = tuple((group, False) for group in groups)
    few = Operation("<=", (number, Literal(query.limit or 1)))  # type: ignore[arg-type]  # a window in QUALIFY
    return scope.select(columns, where=where, qualify=few, order_by=(*by_group, *order, by_key))


def _summary(query: Query, scope: Scope) -> Select:
    """Return what counts or adds up: a number, or one of each group, the largest first."""
    groups = [(scope.value(group), _name_of(group)) for group in query.groups]
    name = _name_of_summary(query.summary, scope)  # type: ignore[arg-type]  # asked before
    number = scope.summary(query.summary)  # type: ignore[arg-type]  # as above
    where = scope.conditions(query.conditions)
    having = scope.conditions(query.group_conditions)
    order: list[Ordered] = []
    for one in query.order:
        same = one.value == query.summary
        order.append((Name(name) if same else _in_group(one.value, scope), one.descending))
    order += [(group, False) for group, _ in groups if group not in [ordered for ordered, _ in order]]
    columns = tuple((group, "" if getattr(group, "name", None) == named else named) for group, named in groups)
    return scope.select(
        (*columns, (number, name)),
        where=where,
        group_by=tuple(group for group, _ in groups),
        having=having,
        order_by=tuple(order),
        limit=query.limit,
    )


def _listed_columns(query: Query, scope: Scope) -> Iterator[tuple[Expression, str]]:
    entity, taken = scope.entity, set[str]()
    for name in filter(None, (entity.key, entity.label)):
        taken.add(name)
        yield scope.own(name), ""
    decisive = [one.value for one in query.order if isinstance(one.value, Value)]
    groups = [group for group in query.groups if isinstance(group, Attribute)]
    for value in dict.fromkeys([*groups, *query.shown, *decisive]):
        name = _name_of(value)
        if name in taken and isinstance(value, Attribute) and value.steps:
            name = f"{value.steps[-1].target}_{name}"
        if name not in taken:
            taken.add(name)
            found = scope.value(value)
            yield found, "" if getattr(found, "name", None) == name else name


def _ordered(value: object, scope: Scope, names: set[str], descending: bool) -> Ordered:
    """Return what rows are ordered by: the name of a shown number, where it is a subquery that was shown already."""
    if isinstance(value, Related) and _name_of(value) in names:
        return Name(_name_of(value)), descending
    return scope.value(value), descending  # type: ignore[arg-type]  # a list is ordered by values


def _in_group(value: object, scope: Scope) -> Expression:
    if _is_summary(value):
        return scope.summary(value)  # type: ignore[arg-type]  # as was asked
    return scope.value(value)  # type: ignore[arg-type]  # a group


def _is_summary(value: object) -> bool:
    return isinstance(value, RowCount | Aggregate | Share)


def _name_of(value: Value | TimeBucket) -> str:
    match value:
        case Attribute(_, field):
            return field.name
        case TimeBucket(_, unit):
            return unit
        case Related(_, link, counted, _, called):
            if called:
                return called
            of = counted.steps[-1].target if counted and counted.steps else link.target
            return f"n_{of}s"
    raise TypeError(f"{type(value).__name__} has no name")


def _name_of_summary(summary: Summary, scope: Scope) -> str:
    match summary:
        case RowCount(None):
            return f"n_{scope.entity.plural}"
        case RowCount(distinct):
            return f"n_different_{distinct.field.name}"  # type: ignore[union-attr]  # not None here
        case Aggregate(function, value):
            return f"{function}_{_name_of(value)}"
        case Share(_, in_percent):
            return "percent" if in_percent else "share"
