"""Conditions that nothing meets: spans of time that share no day, numbers that are more than 10 and fewer than 5.

``pins in October and November`` says so word for word, and means either. An answer of 0 would be right by the words and
wrong by what is meant, so such a question is refused.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from workflows.questions.query.number_bounds import clash_of_numbers
from workflows.questions.query.query_tree import (
    Attribute,
    Both,
    Comparison,
    Condition,
    Exists,
    Membership,
    Missing,
    Not,
    Operator,
    Query,
    Related,
    Text,
    Truth,
    Within,
)

_EITHER = "; say or where either will do"
_OPPOSITE: dict[Operator, Operator] = {">": "<=", "<=": ">", ">=": "<", "<": ">=", "=": "<>", "<>": "="}


def never_true(query: Query) -> str:
    """Return what in a query no row can meet, and what to say; empty where there is nothing of that kind.

    Examples
    --------
    >>> from workflows.questions.query.query_tree import Attribute, Field
    >>> made = Attribute((), Field("pin", "created_at", "facts", "time"))
    >>> days = [dt.date(2026, 10, 1), dt.date(2026, 11, 1), dt.date(2026, 12, 1)]
    >>> spans = tuple(Within(made, *ends) for ends in zip(days, days[1:]))
    >>> never_true(Query("pin", spans))
    'no created_at is in all of these spans; say or where either will do'
    >>> never_true(Query("pin", (Both(spans, "OR"),)))
    ''
    """
    return next((said for conditions in _all_together(query) if (said := _clash([*_flat(conditions)]))), "")


def _all_together(part: object) -> Iterator[Sequence[Condition]]:
    """Yield conditions that must hold for the same row, each such group of a query and of what is in it."""
    if isinstance(part, Query):
        yield part.group_conditions
    if isinstance(part, (Query, Related)):
        yield part.conditions
    if isinstance(part, Both):
        yield from (part.parts,) if part.joined_by == "AND" else [(one,) for one in part.parts]
    if dataclasses.is_dataclass(part):
        for field in dataclasses.fields(part):
            yield from _all_together(getattr(part, field.name))
    elif isinstance(part, tuple):
        for one in part:
            yield from _all_together(one)


def _flat(conditions: Iterable[Condition], *, negated: bool = False) -> Iterator[Condition]:
    """Yield conditions one by one: those that are joined by ``and`` apart, and negated ones as what they say."""
    for one in conditions:
        match one:
            case Not(inner):
                yield from _flat((inner,), negated=not negated)
            case Both(parts, joined_by) if (joined_by == "AND") != negated:
                yield from _flat(parts, negated=negated)
            case Comparison(operator=operator) if negated:
                yield dataclasses.replace(one, operator=_OPPOSITE[operator])
            case Membership() | Missing() | Text() | Exists() if negated:
                yield dataclasses.replace(one, negated=not one.negated)
            case Truth() if negated:
                yield dataclasses.replace(one, wanted=not one.wanted)
            case _ if not negated:
                yield one


def _clash(conditions: Sequence[Condition]) -> str:
    return (
        _clash_of_spans(conditions)
        or _clash_of_members(conditions)
        or _clash_of_opposites(conditions)
        or clash_of_numbers(conditions)
    )


def _clash_of_spans(conditions: Sequence[Condition]) -> str:
    spans: dict[Attribute, list[Within]] = {}
    for one in conditions:
        if isinstance(one, Within):
            spans.setdefault(one.value, []).append(one)
    for value, found in spans.items():
        if max(one.start or dt.date.min for one in found) >= min(one.end or dt.date.max for one in found):
            return f"no {value.field.name} is in all of these spans{_EITHER}"
    return ""


def _clash_of_members(conditions: Sequence[Condition]) -> str:
    """Return what is said to be one of some values, and none of them; a list may hold several."""
    said = [one for one in conditions if isinstance(one, Membership) and one.value.field.kind == "text"]
    left: dict[Attribute, set[str]] = {}
    for one in said:
        if not one.negated:
            left[one.value] = left.get(one.value, {*one.members}) & {*one.members}
    for one in said:
        if one.negated and one.value in left:
            left[one.value] -= {*one.members}
    named = {one.value: one.value.field.name for one in said}
    return next((f"no {named[value]} is all of these at once{_EITHER}" for value in left if not left[value]), "")


def _clash_of_opposites(conditions: Sequence[Condition]) -> str:
    """Return that a condition and its opposite are said, or what an unset value is."""
    opposites = {*_flat([one for one in conditions if not isinstance(one, Comparison)], negated=True)}
    both = next((one for one in conditions if not isinstance(one, Comparison) and one in opposites), None)
    if both is not None:
        return f"a condition and its opposite are both said{_EITHER}"
    unset = {one.value for one in conditions if isinstance(one, Missing) and not one.negated}
    known = [one.value for one in conditions if isinstance(one, Comparison | Membership | Text | Within | Truth)]
    named = next((one for one in known if isinstance(one, Attribute) and one in unset), None)
    return f"no {named.field.name} is missing and known at once{_EITHER}" if named is not None else ""
