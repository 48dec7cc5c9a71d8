"""Conditions that nothing meets: two spans of time that share no day, two values of a column that has one.

``pins in October and November`` says so word for word, and means either. An answer of 0 would be right by the words and
wrong by what is meant, so such a question is refused.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from workflows.questions.query.query_tree import Attribute, Both, Condition, Membership, Query, Related, Within


def never_true(query: Query) -> str:
    """Return what in a query no row can meet; empty where there is nothing of that kind.

    Examples
    --------
    >>> from workflows.questions.query.query_tree import Field
    >>> made = Attribute((), Field("pin", "created_at", "facts", "time"))
    >>> days = [dt.date(2026, 10, 1), dt.date(2026, 11, 1), dt.date(2026, 12, 1)]
    >>> spans = tuple(Within(made, *ends) for ends in zip(days, days[1:]))
    >>> never_true(Query("pin", spans))
    'no created_at is in all of these spans'
    >>> never_true(Query("pin", (Both(spans, "OR"),)))
    ''
    """
    return next((said for conditions in _all_together(query) if (said := _clash(conditions))), "")


def _all_together(part: object) -> Iterator[Sequence[Condition]]:
    """Yield conditions that must hold for the same row, each such group of a query and of what is in it."""
    if isinstance(part, (Query, Related)):
        yield part.conditions
    if isinstance(part, Both) and part.joined_by == "AND":
        yield part.parts
    if dataclasses.is_dataclass(part):
        for field in dataclasses.fields(part):
            yield from _all_together(getattr(part, field.name))
    elif isinstance(part, tuple):
        for one in part:
            yield from _all_together(one)


def _clash(conditions: Iterable[Condition]) -> str:
    spans: dict[Attribute, list[Within]] = {}
    members: dict[Attribute, set[str]] = {}
    for one in conditions:
        if isinstance(one, Within):
            spans.setdefault(one.value, []).append(one)
        if isinstance(one, Membership) and not one.negated and one.value.field.kind == "text":
            members[one.value] = members.get(one.value, {*one.members}) & {*one.members}
    for value, found in spans.items():
        if max(one.start or dt.date.min for one in found) >= min(one.end or dt.date.max for one in found):
            return f"no {value.field.name} is in all of these spans"
    return next((f"no {value.field.name} is all of these at once" for value, left in members.items() if not left), "")
