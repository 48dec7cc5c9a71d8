"""The star that questions go along: entities, the steps between them, and what is counted of a span of time.

A column like ``n_repins_given`` counts all of time. For "last month" the same is counted in ``facts``: what such a
column counts there is declared here, and a test holds that both agree where no span is given.
"""

from dataclasses import dataclass, replace

from workflows.questions.query.query_tree import (
    Attribute,
    Comparison,
    Condition,
    Entity,
    EntityName,
    Field,
    Membership,
    Related,
    Step,
)

ENTITIES: dict[EntityName, Entity] = {
    "board": Entity("board", "boards", "board_joins", "board_id", "name"),
    "user": Entity("user", "users", "user_joins", "user_id", "username"),
    "picture": Entity("picture", "pictures", "pin_joins", "image_signature", None),
    "pin": Entity("pin", "pins", "facts", "pin_id", None),
}
# Tables with the same key, for what the first one lacks, or leaves out in its light variant.
MORE_TABLES: dict[EntityName, tuple[str, ...]] = {
    "board": ("boards", "board_ranks", "board_categories"),
    "user": ("users",),
    "picture": (),
    "pin": (),
}

PIN_BOARD = Step("pin", "board", "board_id", "board_id")
PIN_USER = Step("pin", "user", "user_id", "user_id")
PIN_PICTURE = Step("pin", "picture", "image_signature", "image_signature")
BOARD_OWNER = Step("board", "user", "user_id", "user_id")
TO_ONE = (PIN_BOARD, PIN_USER, PIN_PICTURE, BOARD_OWNER)
TO_MANY = {
    ("board", "pin"): Step("board", "pin", "board_id", "board_id"),
    ("user", "pin"): Step("user", "pin", "user_id", "user_id"),
    ("picture", "pin"): Step("picture", "pin", "image_signature", "image_signature"),
    ("user", "board"): Step("user", "board", "user_id", "user_id"),
}
PIN_REPINS = Step("pin", "pin", "pin_id", "parent_pin_id")  # the pins that were saved from one

_STATUS = Attribute((), Field("pin", "parent_status", "facts", "text"))
IS_REPIN = Membership(_STATUS, ("repin",))


@dataclass(frozen=True, slots=True)
class CountedPins:
    """What a column counts, as pins in ``facts``."""

    link: Step
    counted: Attribute | None = None
    conditions: tuple[Condition, ...] = ()
    called: str = ""


def counted_pins(field: Field) -> CountedPins | None:
    """Return what a column counts in ``facts``; None if it is no number of pins, boards, users or pictures of pins."""
    return _COUNTED.get((field.entity, field.name))


def as_related(counted: CountedPins, more: tuple[Condition, ...]) -> Related:
    """Return the same number with more conditions on the pins, as of a span of time."""
    return Related((), counted.link, counted.counted, (*counted.conditions, *more), counted.called)


def steps_to_one(source: EntityName, target: EntityName) -> tuple[Step, ...] | None:
    """Return the steps from an entity to the one it belongs to; None if there are none.

    A pin's user is who pinned it, not who owns its board.

    Examples
    --------
    >>> [step.target for step in steps_to_one("pin", "board")], steps_to_one("user", "board")
    (['board'], None)
    """
    if source == target:
        return ()
    step = next((step for step in TO_ONE if (step.source, step.target) == (source, target)), None)
    return (step,) if step else None


def related(source: EntityName, target: EntityName) -> tuple[Step, Step | None] | None:
    """Return how an entity leads to many of another: the step to many, and one from there, if it goes by pins.

    Examples
    --------
    >>> step, then = related("board", "picture")
    >>> step.target, then.target
    ('pin', 'picture')
    """
    if (source, target) in TO_MANY:
        return TO_MANY[source, target], None
    if (source, "pin") in TO_MANY and target != source:
        then = steps_to_one("pin", target)
        return (TO_MANY[source, "pin"], then[0]) if then else None
    return None


def _pin_column(name: str) -> Attribute:
    return Attribute((), Field("pin", name, "facts", "number"))


def _counted() -> dict[tuple[EntityName, str], CountedPins]:
    found: dict[tuple[EntityName, str], CountedPins] = {}
    distinct = {"n_pictures": "image_signature", "n_boards": "board_id", "n_users": "user_id"}
    keys: dict[EntityName, str] = {"board": "board_id", "user": "user_id", "picture": "image_signature"}
    for entity, key in keys.items():
        link = TO_MANY[entity, "pin"]
        found[entity, "n_pins"] = CountedPins(link)
        found[entity, "n_repins"] = CountedPins(link, None, (IS_REPIN,))
        for name, column in distinct.items():
            if column != key:
                found[entity, name] = CountedPins(link, _pin_column(column))
    parents: dict[EntityName, str] = {"board": "parent_board_id", "user": "parent_user_id"}
    for entity, parent in parents.items():
        own = keys[entity]
        others = Comparison(_pin_column(own), "<>", _pin_column(parent))
        given, received = TO_MANY[entity, "pin"], Step(entity, "pin", own, parent)
        found[entity, "n_repins_given"] = CountedPins(given, None, (IS_REPIN, others))
        found[entity, "n_repins_received"] = CountedPins(received, None, (IS_REPIN, others))
    return {named: replace(counted, called=named[1]) for named, counted in found.items()}


_COUNTED = _counted()
