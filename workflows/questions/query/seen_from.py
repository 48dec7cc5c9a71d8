"""Values and conditions of one entity, as seen from an entity that leads to it by a step to one.

What is said of boards, ``about design``, is said of pins as well: of the board that each is on.
"""

from dataclasses import replace

from workflows.questions.query.query_tree import (
    AmongFirst,
    Attribute,
    Both,
    Comparison,
    Condition,
    Exists,
    Membership,
    Missing,
    Not,
    Related,
    Step,
    Text,
    Truth,
    Value,
    Within,
)


def seen_from(step: Step, value: Value) -> Value:
    """Return a value of the entity at the end of a step as one of the entity at its start."""
    if isinstance(value, Related):
        return replace(value, before=(step, *value.before))
    return _attribute_from(step, value)


def condition_from(step: Step, condition: Condition) -> Condition:
    """Return a condition of the entity at the end of a step as one of the entity at its start."""
    match condition:
        case Comparison(value=Value() as value, other=other):
            moved = seen_from(step, other) if isinstance(other, Value) else other
            return replace(condition, value=seen_from(step, value), other=moved)
        case AmongFirst() | Membership() | Missing() | Text() | Within() | Truth():
            return replace(condition, value=_attribute_from(step, condition.value))
        case Exists(related=related):
            return replace(condition, related=replace(related, before=(step, *related.before)))
        case Both(parts=parts):
            return replace(condition, parts=tuple(condition_from(step, part) for part in parts))
        case Not(condition=inner):
            return Not(condition_from(step, inner))
    raise TypeError(f"{type(condition).__name__} is no condition of a row")


def _attribute_from(step: Step, value: Value) -> Attribute:
    if not isinstance(value, Attribute):
        raise TypeError(f"{type(value).__name__} is no value of a row")
    return replace(value, steps=(step, *value.steps))
