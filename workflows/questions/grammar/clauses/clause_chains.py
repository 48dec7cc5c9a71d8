"""Clauses one behind another, with ``and``, ``or``, ``that`` between them."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.clauses.attribute_clauses import names_a_field, refuse_owners_category
from workflows.questions.grammar.clauses.clauses import clause
from workflows.questions.grammar.clauses.had_clauses import had_clause
from workflows.questions.grammar.clauses.relations import related_condition
from workflows.questions.lexicon.star import ENTITIES, steps_to_one
from workflows.questions.query.query_tree import Both, Condition, EntityName, Exists

if TYPE_CHECKING:
    from workflows.questions.grammar.clauses.noun_phrases import NounPhrase

NounRule = Callable[[Reader], "NounPhrase | None"]
_FINITE = frozenset(("is", "are", "was", "were"))
_OF_THINGS = ("that", "which")
_RELATIVE = (*_OF_THINGS, "who", "whose", "where", "those")


def clause_chain(reader: Reader, entity: EntityName, noun_rule: NounRule, *, inner: bool) -> tuple[Condition, ...]:
    """Take the clauses behind a noun, with ``and``, ``or``, ``that`` between them."""
    found: list[Condition] = []
    after_had, words = False, set[str]()
    while True:
        rule = partial(_next_clause, reader, entity, noun_rule, inner=inner, after_had=after_had, is_first=not found)
        one = reader.attempt(rule)
        if one is None:
            return tuple(found)
        was_had, (condition, word, after_had) = after_had, one
        words |= {word} & {"and", "or"}
        if len(words) > 1:
            raise reader.refuse("'and' and 'or' stand beside each other, which may mean two things", "ask twice")
        same = of_the_same(found[-1], condition) if found and not (word or was_had or after_had) else None
        if same is not None:
            found[-1] = same
            continue
        is_alternative = word == "or"
        found[-1:] = [_either(found[-1], condition)] if is_alternative else [*found[-1:], condition]


def _next_clause(  # noqa: PLR0911 - what can't be the next clause is told at once
    reader: Reader, entity: EntityName, noun_rule: NounRule, *, inner: bool, after_had: bool, is_first: bool
) -> tuple[Condition, str, bool] | None:
    """Take one more clause: the condition, the word that joins it to the last one, whether it was a ``with``."""
    comma = reader.token is not None and reader.token.kind == "comma"
    if comma:
        reader.advance()
    word = reader.take("and", "but", "or", "and also", "as well as") or ""
    relative = reader.take(*_RELATIVE)
    if inner and entity == "user" and relative in _OF_THINGS:
        raise reader.refuse(
            f"'{relative}' may tell of the users or of what stands before them",
            "say 'who' of users; of the others say it first, as in 'boards with 3 pins by users'",
        )
    joins_on = comma or bool(word)
    if inner and joins_on and not (word and after_had and not comma):
        return None
    if inner and relative is None and reader.token is not None and _FINITE.intersection(reader.token.skipped):
        return None  # "pins on boards about art were created ..." says it of the pins
    if word == "or" and is_first:
        return None
    whose = reader.attempt(lambda: _of_whose(reader, entity, noun_rule)) if relative == "whose" else None
    if whose is not None:
        return whose, word, False
    bare = bool(word)
    had = reader.remembered(
        ("had", entity, bare),
        lambda: had_clause(reader, entity, noun_rule, bare=bare),
    )
    if had is not None:
        return had, word, True
    if inner and joins_on:
        return None
    is_relative = relative is not None
    found = reader.remembered(
        ("clause", entity, inner, is_relative),
        lambda: clause(reader, entity, noun_rule, inner=inner, is_relative=is_relative),
    )
    return (found, word, False) if found is not None else None


def _of_whose(reader: Reader, entity: EntityName, noun_rule: NounRule) -> Condition | None:
    """Take what is said of what belongs to it: whose owner is from Brazil."""
    start = reader.place
    if names_a_field(reader, entity):
        refuse_owners_category(reader)
        return None
    if entity in {"pin", "picture"} and reader.token is not None and reader.token.stem == "owner":
        plural = ENTITIES[entity].plural
        remedy = f"say '{plural} by users from the US', or '{plural} on boards whose owner is from the US'"
        reader.doubt(f"a {entity} has no owner, but a user who pinned it and a board that has one", remedy)
        return None
    phrase = noun_rule(reader)
    if phrase is None:
        return None
    if steps_to_one(entity, phrase.entity) is None:
        reader.remark(f"{reader.words(start - 1, reader.place)!r} is read as at least one of them")
    elif (entity, phrase.entity) == ("board", "user") and reader.tokens[start].stem != "owner":
        reader.remark(f"{reader.words(start - 1, start + 1)!r} is read as the owner of the board")
    rule = partial(_next_clause, reader, phrase.entity, noun_rule, inner=False, after_had=False, is_first=True)
    more = reader.attempt(rule) if not phrase.conditions else None
    conditions = phrase.conditions if more is None else (more[0],)
    if not conditions:
        return None
    return related_condition(reader, entity, phrase.entity, conditions, negated=False, start=start)


def of_the_same(first: Condition, second: Condition) -> Condition | None:
    """Return what is said of pins one behind the other as said of the same: pictures on boards by users."""
    if not (isinstance(first, Exists) and isinstance(second, Exists)) or first.negated or second.negated:
        return None
    one, other = first.related, second.related
    if (one.before, one.link) != (other.before, other.link) or one.link.target != "pin":
        return None
    both = replace(one, conditions=(*one.conditions, *other.conditions))
    return Exists(both, is_of_pin=first.is_of_pin and second.is_of_pin)


def _either(first: Condition, second: Condition) -> Condition:
    parts = first.parts if isinstance(first, Both) and first.joined_by == "OR" else (first,)
    return Both((*parts, second), "OR")
