"""What something belongs to, in words: pins on boards about design, boards of users from Germany.

A phrase belongs to the nearest noun that it can be said of. Nobody is "on" a board: in ``pins by users from Germany on
boards about design`` the boards are those of the pins.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.clauses.relations import related_condition
from workflows.questions.lexicon.star import ENTITIES, IS_REPIN
from workflows.questions.query.query_tree import Attribute, Comparison, Condition, EntityName, Exists, Related, Within

if TYPE_CHECKING:
    from workflows.questions.grammar.clauses.noun_phrases import NounPhrase

NounRule = Callable[[Reader], "NounPhrase | None"]
PINNED_BY = ("pinned by", "saved by", "posted by", "added by")  # said of pins and pictures, and of boards by their pins
_OWNED_BY = ("by", "made by", "created by", "owned by", "of", "belonging", "belong", "that belong", "which belong")
_OWNING = ("who own", "own", "owning")
_LIES_ON = (
    *("on", "in", "at", "from", "pinned on", "pinned onto", "shown on", "found on", "appear on", "appearing on"),
    *("saved on", "saved onto", "pinned in"),
)
_OF = (*_OWNED_BY, *_OWNING, *_LIES_ON, *PINNED_BY, "whose owner", "whose owners")
_BARE = ("by", "of", "on", "in", "at", "from")
_BY_PINNERS = ("by", "made by", *PINNED_BY)  # pins are, boards are owned


def of_others(
    reader: Reader, entity: EntityName, noun_rule: NounRule, *, negated: bool, inner: bool = True
) -> Condition | None:
    """Take what something belongs to, or what belongs to it: on boards about design, by users from Germany."""
    start = reader.place
    word = reader.take(*_OF)
    if word is None or (entity == "board" and word in (_BY_PINNERS if inner else PINNED_BY)):
        return None
    if word.startswith("whose") and entity != "board":
        return None  # what has an owner is a board
    negated = (reader.take("not", meaning="not") is not None) != negated
    phrase = noun_rule(reader)
    if phrase is None or phrase.is_each or (word == "by" and not phrase.conditions):
        return None
    if entity == "user" and phrase.entity != "user" and word not in _OWNING:
        if inner and (word in _LIES_ON or reader.tokens[start - 1].stem != "owner"):
            named = reader.words(start + 1, reader.place)
            reader.doubt(f"whose {named!r} are isn't said", f"say 'owners of {named}', or 'users with {named}'")
            return None  # it is said of what stands before the users
        if word != "of":
            raise _nobody_is_on(reader, phrase.entity, start)
    _check_whose_time(reader, entity, phrase, start)
    _check_whose_pins(reader, entity, phrase, start)
    found = related_condition(reader, entity, phrase.entity, phrase.conditions, negated=negated, start=start)
    if isinstance(found, Exists) and word not in _BARE:
        return replace(found, is_of_pin=False)  # a verb of its own: pictures pinned by users, by whichever pin
    return found


def _nobody_is_on(reader: Reader, other: EntityName, start: int) -> Exception:
    """Return the refusal of users "on" boards, with what can be asked of them."""
    named = reader.words(start + 1, reader.place)
    pinned = f"'users who pinned on {named}'" if other == "board" else f"'users who pinned {named}'"
    problem = f"users own {ENTITIES[other].plural} or pin, and aren't {reader.words(start, start + 1)!r} them"
    return reader.refuse(problem, f"say 'users with {named}', or {pinned}")


def _check_whose_time(reader: Reader, entity: EntityName, phrase: "NounPhrase", start: int) -> None:
    """Refuse a time that may be of either: pins on boards about art created last month."""
    said = [token.word for token in reader.tokens[start : reader.place]]
    times = [one for one in phrase.conditions if isinstance(one, Within) and one.value.field.name == "created_at"]
    if times and {"created", "made"} & {*said} and not {"that", "which", "who", "where"} & {*said}:
        problem = f"{said[-1]!r} may end what is said of the {entity}s or of the {phrase.entity}s"
        raise reader.refuse(problem, f"say {phrase.entity}s that were created then, or put the {entity}s' time first")


def _check_whose_pins(reader: Reader, entity: EntityName, phrase: "NounPhrase", start: int) -> None:
    """Tell or refuse a number of pins that may be of either, or whose end may: pins by users with 9 pins on boards."""
    counted = [one.value for one in phrase.conditions if isinstance(one, Comparison)]
    said = reader.words(start, reader.place)
    more = [one for one in counted if isinstance(one, Related) and {*one.conditions} - {IS_REPIN}]
    if entity in {"pin", "picture"} and more:
        problem = (
            f"the end of {said!r} may tell of the {entity}s that are asked for, or of the pins of the {phrase.entity}s"
        )
        raise reader.refuse(problem, f"set a comma before it where it tells of the {entity}s that are asked for")
    own = {one.name for one in reader.vocabulary.catalog.fields[entity]}
    is_of_both = any(
        isinstance(one, Related) or (isinstance(one, Attribute) and one.field.name in own) for one in counted
    )
    if entity not in {"pin", "picture"} and not phrase.is_named and is_of_both and " with " in f" {said} ":
        reader.remark(f"the number in {said!r} is that of the {phrase.entity}s; say that of the {entity}s before it")
