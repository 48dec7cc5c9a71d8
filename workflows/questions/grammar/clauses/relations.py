"""What belongs to what, as conditions: pins on boards about design, users with boards that have no pins."""

from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.lexicon.star import ENTITIES, PIN_USER, TO_MANY, related, steps_to_one
from workflows.questions.query.query_tree import (
    Attribute,
    Both,
    Condition,
    EntityName,
    Exists,
    Field,
    Missing,
    Not,
    Related,
    Step,
)
from workflows.questions.query.seen_from import condition_from


def all_of(conditions: tuple[Condition, ...]) -> Condition:
    """Return one condition that holds where all do."""
    return conditions[0] if len(conditions) == 1 else Both(conditions)


def key_of(reader: Reader, entity: EntityName) -> Field:
    """Return the field that is the key of an entity."""
    name = ENTITIES[entity].key
    return next(one for one in reader.vocabulary.catalog.fields[entity] if one.name == name)


def related_condition(
    reader: Reader,
    entity: EntityName,
    other: EntityName,
    conditions: tuple[Condition, ...],
    *,
    negated: bool,
    start: int,
) -> Condition | None:
    """Return that conditions hold for what an entity belongs to, or for one of those that belong to it.

    None if neither way leads to the other entity.
    """
    steps = steps_to_one(entity, other)
    if entity == other or (steps is None and related(entity, other) is None):
        return None
    if steps:
        reader.note(start, f"{_way(entity, other)} for which the rest holds")
        if not conditions:
            return Missing(Attribute(steps, key_of(reader, other)), not negated)
        there = all_of(tuple(said_of_pin(steps[0], one) for one in conditions))
        return Not(there) if negated else there
    reader.note(start, f"{'no' if negated else 'at least one'} of {_way(entity, other)}")
    found = those_of(reader, entity, other, conditions, counts=False)
    return Exists(found, negated, is_of_pin=entity == "picture") if found else None


def said_of_pin(step: Step, condition: Condition) -> Condition:
    """Return a condition of what a pin leads to as one of the pin: of a picture on a board, as the pin's own board.

    A user who pinned pictures on boards about art pinned them there; who else pinned them doesn't matter.
    """
    if isinstance(condition, Exists) and condition.is_of_pin and not condition.negated:
        return all_of(condition.related.conditions)
    return condition_from(step, condition)


def those_of(
    reader: Reader, entity: EntityName, other: EntityName, conditions: tuple[Condition, ...], *, counts: bool
) -> Related | None:
    """Return those of another entity that belong to an entity, for which conditions hold; None if none can."""
    ways = related(entity, other)
    if ways is None:
        return None
    link, then = ways
    if then is None:
        return Related((), link, None, conditions)
    there = tuple(said_of_pin(then, one) for one in conditions)
    counted = Attribute((then,), key_of(reader, other)) if counts else None
    return Related((), link, counted, there)


def _way(entity: EntityName, other: EntityName) -> str:
    if (entity, other) == ("board", "user"):
        return "the owner of the board"
    if (entity, other) == ("user", "board"):
        return "the boards that the user owns"
    if (entity, other) == (PIN_USER.source, PIN_USER.target):
        return "the user who pinned it"
    by = "" if entity == "pin" or (entity, other) in TO_MANY else ", by its pins"
    return f"the {other if entity == 'pin' else ENTITIES[other].plural} of the {entity}{by}"
