"""What was done: users who pinned on boards about design, boards pinned by users from Germany, pins repinned in March.

All that is said behind such a verb is said of the same pins.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.clauses.belonging import PINNED_BY, of_others
from workflows.questions.grammar.clauses.relations import all_of, said_of_pin
from workflows.questions.grammar.clauses.time_clauses import time_clause
from workflows.questions.lexicon.star import IS_REPIN, PIN_PICTURE, PIN_REPINS, TO_MANY
from workflows.questions.query.query_tree import Condition, EntityName, Exists, Related, Within

if TYPE_CHECKING:
    from workflows.questions.grammar.clauses.noun_phrases import NounPhrase

NounRule = Callable[[Reader], "NounPhrase | None"]
_ACTED = ("pinned", "have pinned", "has pinned", "saved", "have saved", "has saved", "pin", "posted", "have posted")
_PINNED_ON = tuple(f"{verb} {to}" for verb in ("pinned", "saved", "have pinned") for to in ("on", "onto"))
_REPINNED = ("repinned", "re pinned", "have repinned", "has repinned", "have been repinned", "has been repinned")


def acted(reader: Reader, entity: EntityName, noun_rule: NounRule, *, negated: bool) -> Condition | None:
    """Take what users did, or what was done to boards and pictures: pinned last month, pinned by users."""
    start = reader.place
    if entity == "pin" or not _take_verb(reader, entity):
        return None
    reader.note(start, f"at least one pin of the {entity}")
    conditions = said_of_pins(reader, noun_rule)
    if not conditions and not reader.at_end:
        return None
    return Exists(Related((), TO_MANY[entity, "pin"], None, conditions), negated)


def said_of_pins(reader: Reader, noun_rule: NounRule) -> tuple[Condition, ...]:
    """Take all that is said of pins behind a verb: last month on boards about design by users from Germany."""
    conditions: list[Condition] = []
    while True:
        one = reader.first(
            lambda: time_clause(reader, "pin", negated=False),
            lambda: of_others(reader, "pin", noun_rule, negated=False),
            lambda: _pinned(reader, noun_rule),
        )
        if one is None:
            return tuple(conditions)
        conditions.append(one)


def repinned(reader: Reader, entity: EntityName, noun_rule: NounRule | None, *, negated: bool) -> Condition | None:
    """Take that pins were saved by others, or who or what saved: repinned last month, never repinned.

    Without a rule for nouns, as before a noun, nothing more is said of the repins.
    """
    start = reader.place
    if not reader.take(*_REPINNED):
        return None
    if entity == "board":
        raise reader.refuse(
            f"{reader.words(start, reader.place)!r} may be what a board gave or received",
            "say 'boards that received repins', or 'boards that gave repins'",
        )
    of = "of the pin" if entity == "pin" else f"among the pins of the {entity}"
    reader.note(start, f"{'no' if negated else 'at least one'} repin {of}")
    says_from = reader.token is not None and reader.token.word in {"from", "of"}
    more = said_of_pins(reader, noun_rule) if noun_rule else ()
    if says_from and more and not isinstance(more[0], Within):
        problem = "'repinned from' may be about the repin or about what was repinned"
        raise reader.refuse(problem, "say 'repinned in' of a time, and 'repinned on' of the boards of the repins")
    link = PIN_REPINS if entity == "pin" else TO_MANY[entity, "pin"]
    return Exists(Related((), link, None, (IS_REPIN, *more)), negated)


def _take_verb(reader: Reader, entity: EntityName) -> bool:
    """Take the verb; of boards it is ``pinned on``, or ``pinned`` where by whom or when stands behind it."""
    if entity != "board":
        return reader.take(*_ACTED) is not None
    if reader.take(*_PINNED_ON):
        return True
    if reader.attempt(lambda: reader.take(*PINNED_BY)) is not None:
        reader.place -= 1  # "by" begins what is said of the pins
        return True
    return reader.take("pinned") is not None


def _pinned(reader: Reader, noun_rule: NounRule) -> Condition | None:
    phrase = noun_rule(reader)
    if phrase is None or phrase.entity not in {"pin", "picture"} or not phrase.conditions:
        return None
    if phrase.entity == "pin":
        return all_of(phrase.conditions)
    return all_of(tuple(said_of_pin(PIN_PICTURE, one) for one in phrase.conditions))
