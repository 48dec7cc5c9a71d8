"""What is said of a noun behind it: about a category, from a country, created in March, named, empty, on a board.

A clause with ``with`` or ``have`` is read in `workflows.questions.grammar.had_clauses`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.basics.value_lists import (
    no_such_value,
    take_text,
    take_unknown,
    take_values,
    value_condition,
)
from workflows.questions.grammar.clauses.acts import acted, repinned
from workflows.questions.grammar.clauses.adjectives import adjective_condition, attribute_named
from workflows.questions.grammar.clauses.attribute_clauses import attribute_clause
from workflows.questions.grammar.clauses.belonging import of_others
from workflows.questions.grammar.clauses.time_clauses import time_clause
from workflows.questions.query.query_tree import Comparison, Condition, EntityName, Text

if TYPE_CHECKING:
    from workflows.questions.grammar.clauses.noun_phrases import NounPhrase

NounRule = Callable[[Reader], "NounPhrase | None"]
_ABOUT = ("about", "on topic of", "on topic", "concerning", "regarding", "around topic")
_OWNER_SAYS = (
    *("filed under", "filed as", "filed in", "filed by owner as", "filed by owner under", "labelled as", "labelled"),
    *("labeled as", "labeled", "put under", "filed by their owner under", "filed by its owner under"),
)
_INTERESTED = ("interested in", "into", "mainly interested in", "mostly interested in", "that like", "who like")
_IN = (
    *("in", "from", "of", "on", "under", "as", "for", "out of", "living in", "based in", "located in", "coming from"),
    *("come from", "comes from", "belonging", "belong", "categorized as", "categorised as", "classified as", "tagged"),
    *("categorized under", "categorised under", "residing in", "who live in", "live in", "living"),
)
_NOT = (
    *("not", "never", "nor", "have not", "has not", "had not", "have never", "has never", "except", "excluding"),
    *("except for", "but not", "other than"),
)
_NAMED = ("named", "called", "titled", "entitled", "by name of")
_GROUP_NOUNS = {"category": ("category", "topic"), "country": ("country",)}


def clause(
    reader: Reader, entity: EntityName, noun_rule: NounRule, *, inner: bool, is_relative: bool
) -> Condition | None:
    """Take a clause about an entity; ``not`` may stand in front."""
    negated = reader.take(*_NOT, meaning="not") is not None
    if negated:
        reader.take("those", "ones")
    return reader.first(
        lambda: time_clause(reader, entity, negated=negated, inner=inner),
        lambda: _named(reader, entity, negated=negated),
        lambda: adjective_condition(reader, entity, negated=negated),
        lambda: acted(reader, entity, noun_rule, negated=negated) if is_relative or not inner else None,
        lambda: repinned(reader, entity, noun_rule, negated=negated),
        lambda: _valued(reader, entity, negated=negated),
        lambda: of_others(reader, entity, noun_rule, negated=negated, inner=inner),
        lambda: attribute_clause(reader, entity, negated=negated),
        lambda: _in_top_share(reader, entity, negated=negated),
    )


def _in_top_share(reader: Reader, entity: EntityName, *, negated: bool) -> Condition | None:
    """Take a share of the most important: in the top 10 percent."""
    start = reader.place
    number = reader.take_number() if reader.take("in top", "among top", "within top") else None
    attribute = attribute_named(reader, entity, "percentile") if number and number.is_share else None
    if number is None or attribute is None or not 0 < number.value < 1:
        return None
    least = round(1 - number.value, 6)
    reader.note(start, f"{attribute.field.table}.percentile > {least:g}, by importance")
    return Comparison(attribute, "<=" if negated else ">", least)


def _named(reader: Reader, entity: EntityName, *, negated: bool) -> Condition | None:
    start = reader.place
    if not reader.take(*_NAMED):
        return None
    attribute = attribute_named(reader, entity, "name")
    text = take_text(reader)
    if attribute is None or text is None:
        return None
    reader.note(start, f"{attribute.field.name} is {'not ' if negated else ''}{text!r}, whatever its capitals")
    return Text(attribute, "is", text, negated)


def _valued(reader: Reader, entity: EntityName, *, negated: bool) -> Condition | None:
    """Take a category or a country: about design, from Germany, filed under weddings, in the category design."""
    start = reader.place
    about = reader.take(*_ABOUT) if entity != "user" else None  # users are interested in it
    owner = None if about else reader.take(*_OWNER_SAYS)
    interested = None if about or owner else reader.take(*_INTERESTED) if entity == "user" else None
    inside = None if about or owner or interested else reader.take(*_IN)
    negated = (reader.take("not", "neither", meaning="not") is not None) != negated
    groups = ("category",) if about or owner or interested else ("category", "country")
    noun = next((group for group in groups if reader.take(*_GROUP_NOUNS[group])), None)
    if noun:
        reader.take("of", "called", "named")
        groups = (noun,)
    values = take_values(reader, groups)
    if values is None:
        if noun and (attribute := attribute_named(reader, entity, noun)):
            return take_unknown(reader, attribute, negated=negated)
        if about and reader.token is not None and reader.token.kind in {"word", "quoted"}:
            raise no_such_value(reader, "category")
        return None
    reader.take(*_GROUP_NOUNS[values.group])
    if owner:
        reader.take("by their owner", "by owner", "by its owner", "by their owners")
    named = "owner_category" if owner else values.group
    attribute = attribute_named(reader, entity, named)
    if attribute is None:
        raise reader.refuse(f"a {entity} has no {named.replace('_', ' ')}", "ask about boards, users or pictures")
    if inside or about or owner or interested:
        members = " or ".join(values.members)
        reader.note(start, f"{attribute.field.table}.{attribute.field.name} is {'not ' if negated else ''}{members}")
    if negated:
        reader.remark(f"those whose {attribute.field.name} isn't known are not among them")
    return value_condition(attribute, values, negated=negated)
