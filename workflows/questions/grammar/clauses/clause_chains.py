"""Clauses one behind another, with ``and``, ``or``, ``that`` between them."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.clauses.clauses import clause
from workflows.questions.grammar.clauses.had_clauses import had_clause
from workflows.questions.grammar.clauses.relations import related_condition
from workflows.questions.query.query_tree import Both, Condition, EntityName

if TYPE_CHECKING:
    from workflows.questions.grammar.clauses.noun_phrases import NounPhrase

NounRule = Callable[[Reader], "NounPhrase | None"]
_RELATIVE = ("that", "which", "who", "whose", "where", "those")


def clause_chain(reader: Reader, entity: EntityName, noun_rule: NounRule, *, inner: bool) -> tuple[Condition, ...]:
    """Take the clauses behind a noun, with ``and``, ``or``, ``that`` between them."""
    found: list[Condition] = []
    after_had = False
    while True:
        rule = partial(_next_clause, reader, entity, noun_rule, inner=inner, after_had=after_had, is_first=not found)
        one = reader.attempt(rule)
        if one is None:
            return tuple(found)
        condition, is_alternative, after_had = one
        found[-1:] = [_either(found[-1], condition)] if is_alternative else [*found[-1:], condition]


def _next_clause(
    reader: Reader, entity: EntityName, noun_rule: NounRule, *, inner: bool, after_had: bool, is_first: bool
) -> tuple[Condition, bool, bool] | None:
    """Take one more clause: the condition, whether it is an alternative to the last one, whether it was a ``with``."""
    comma = reader.token is not None and reader.token.kind == "comma"
    if comma:
        reader.advance()
    word = reader.take("and", "but", "or", "and also", "as well as")
    relative = reader.take(*_RELATIVE)
    joins_on = comma or word is not None
    if inner and joins_on and not (word and after_had and not comma):
        return None
    if word == "or" and is_first:
        return None
    bare = word is not None
    had = reader.remembered(
        ("had", entity, bare, after_had),
        lambda: had_clause(reader, entity, noun_rule, bare=bare, after_had=after_had),
    )
    if had is not None:
        return had, word == "or", True
    if inner and joins_on:
        return None
    whose = reader.attempt(lambda: _of_whose(reader, entity, noun_rule)) if relative == "whose" else None
    if whose is not None:
        return whose, word == "or", False
    is_relative = relative is not None
    found = reader.remembered(
        ("clause", entity, inner, is_relative),
        lambda: clause(reader, entity, noun_rule, inner=inner, is_relative=is_relative),
    )
    return (found, word == "or", False) if found is not None else None


def _of_whose(reader: Reader, entity: EntityName, noun_rule: NounRule) -> Condition | None:
    """Take what is said of what belongs to it: whose owner is from Brazil."""
    start = reader.place
    phrase = noun_rule(reader)
    if phrase is None or not phrase.conditions:
        return None
    return related_condition(reader, entity, phrase.entity, phrase.conditions, negated=False, start=start)


def _either(first: Condition, second: Condition) -> Condition:
    parts = first.parts if isinstance(first, Both) and first.joined_by == "OR" else (first,)
    return Both((*parts, second), "OR")
