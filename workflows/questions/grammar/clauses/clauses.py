"""What is said of a noun behind it: about a category, from a country, created in March, named, empty, on a board.

A clause with ``with`` or ``have`` is read in `workflows.questions.grammar.had_clauses`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.basics.spans import take_span
from workflows.questions.grammar.basics.value_lists import (
    no_such_value,
    take_text,
    take_unknown,
    take_values,
    value_condition,
)
from workflows.questions.grammar.clauses.adjectives import adjective_condition, attribute_named
from workflows.questions.grammar.clauses.attribute_clauses import attribute_clause
from workflows.questions.grammar.clauses.relations import all_of, related_condition
from workflows.questions.lexicon.star import PIN_PICTURE, TO_MANY
from workflows.questions.query.query_tree import (
    Attribute,
    Comparison,
    Condition,
    EntityName,
    Exists,
    Not,
    Related,
    Text,
    Within,
)
from workflows.questions.query.seen_from import condition_from

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
_OF = (
    *("of", "by", "on", "in", "from", "owned by", "belonging", "belong", "made by", "created by", "pinned by", "at"),
    *("saved by", "pinned on", "pinned onto", "shown on", "who own", "own", "owning", "posted by", "that belong"),
    *(
        "which belong",
        "found on",
        "appear on",
        "appearing on",
        "saved on",
        "added by",
        "saved onto",
        "pinned in",
        "whose owner",
        "whose owners",
    ),
)
_BY_PINNERS = ("by", "made by", "pinned by", "saved by", "posted by", "added by")  # pins are, boards are owned
_NOT = (
    *("not", "never", "nor", "have not", "has not", "had not", "have never", "has never", "except", "excluding"),
    *("except for", "but not", "other than"),
)
_NAMED = ("named", "called", "titled", "entitled", "by name of")
_GROUP_NOUNS = {"category": ("category", "topic"), "country": ("country",)}
_ACTED = ("pinned", "have pinned", "has pinned", "saved", "have saved", "has saved", "pin", "posted", "have posted")


_PINNED_ON = tuple(f"{verb} {to}" for verb in ("pinned", "saved", "have pinned") for to in ("on", "onto"))


def clause(
    reader: Reader, entity: EntityName, noun_rule: NounRule, *, inner: bool, is_relative: bool
) -> Condition | None:
    """Take a clause about an entity; ``not`` may stand in front."""
    negated = reader.take(*_NOT, meaning="not") is not None
    if negated:
        reader.take("those", "ones")
    return reader.first(
        lambda: _time_clause(reader, entity, negated=negated, inner=inner),
        lambda: _named(reader, entity, negated=negated),
        lambda: adjective_condition(reader, entity, negated=negated),
        lambda: _acted(reader, entity, noun_rule, negated=negated) if is_relative or not inner else None,
        lambda: _valued(reader, entity, negated=negated),
        lambda: _of_others(reader, entity, noun_rule, negated=negated, inner=inner),
        lambda: attribute_clause(reader, entity, negated=negated),
        lambda: _in_top_share(reader, entity, negated=negated),
    )


def _time_clause(reader: Reader, entity: EntityName, *, negated: bool, inner: bool = True) -> Condition | None:
    """Take a verb with a span: created last month; of pins a span alone."""
    start = reader.place
    older = reader.attempt(lambda: _older(reader, entity))
    if older is not None:
        return Not(older) if negated else older
    verb = reader.take_from(reader.vocabulary.times[entity])
    if verb:
        reader.note(start, f"by {verb[0].table}.{verb[0].name}")
    span = take_span(reader)
    if span is None:
        return None
    if verb is None and entity != "pin" and inner:
        return None
    if verb is None and entity != "pin":
        raise reader.refuse(
            f"it isn't said what {reader.words(start, reader.place)!r} is about",
            f"say {entity}s created then, or pins of then",
        )
    field = (
        verb[0] if verb else next(one for one in reader.vocabulary.catalog.fields["pin"] if one.name == "created_at")
    )
    within = Within(Attribute((), field), span.start, span.end)
    return Not(within) if negated else within


def _older(reader: Reader, entity: EntityName) -> Condition | None:
    """Take an age: older than 2026-01-01, newer than March."""
    start = reader.place
    word = reader.take("older than", "newer than", "younger than")
    days = take_span(reader) if word else None
    if word and days is None:
        raise reader.refuse(f"no date stands behind {word!r}", "say, for example, older than 2026-01-01")
    field = next((one for one in reader.vocabulary.catalog.fields[entity] if one.name == "created_at"), None)
    if days is None or field is None:
        return None
    reader.note(start, f"by {field.table}.{field.name}", 2)
    if word == "older than":
        return Within(Attribute((), field), None, days.start)
    return Within(Attribute((), field), days.end, None)


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


def _acted(reader: Reader, entity: EntityName, noun_rule: NounRule, *, negated: bool) -> Condition | None:
    """Take what users did: pinned last month, pinned on boards about design."""
    start = reader.place
    if not reader.take(*(_PINNED_ON if entity == "board" else _ACTED)) or entity == "pin":
        return None
    reader.note(start, f"at least one pin of the {entity}")
    conditions: list[Condition] = []
    while True:
        one = reader.first(
            lambda: _time_clause(reader, "pin", negated=False),
            lambda: _of_others(reader, "pin", noun_rule, negated=False),
            lambda: _pinned(reader, noun_rule),
        )
        if one is None:
            break
        conditions.append(one)
    if not conditions and not reader.at_end:
        return None
    link = TO_MANY[entity, "pin"]
    return Exists(Related((), link, None, tuple(conditions)), negated)


def _pinned(reader: Reader, noun_rule: NounRule) -> Condition | None:
    phrase = noun_rule(reader)
    if phrase is None or phrase.entity not in {"pin", "picture"} or not phrase.conditions:
        return None
    if phrase.entity == "pin":
        return all_of(phrase.conditions)
    return all_of(tuple(condition_from(PIN_PICTURE, one) for one in phrase.conditions))


def _check_whose_time(reader: Reader, entity: EntityName, phrase: "NounPhrase", start: int) -> None:
    """Refuse a time that may be of either: pins on boards about art created last month."""
    said = [token.word for token in reader.tokens[start : reader.place]]
    times = [one for one in phrase.conditions if isinstance(one, Within) and one.value.field.name == "created_at"]
    if times and {"created", "made"} & {*said} and not {"that", "which", "who", "where"} & {*said}:
        problem = f"{said[-1]!r} may end what is said of the {entity}s or of the {phrase.entity}s"
        raise reader.refuse(problem, f"say {phrase.entity}s that were created then, or put the {entity}s' time first")


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


def _of_others(
    reader: Reader, entity: EntityName, noun_rule: NounRule, *, negated: bool, inner: bool = True
) -> Condition | None:
    """Take what something belongs to, or what belongs to it: on boards about design, by users from Germany."""
    start = reader.place
    word = reader.take(*_OF)
    if word is None or (inner and entity == "board" and word in _BY_PINNERS):
        return None
    negated = (reader.take("not", meaning="not") is not None) != negated
    phrase = noun_rule(reader)
    if phrase is None or phrase.is_each or (word == "by" and not phrase.conditions):
        return None
    _check_whose_time(reader, entity, phrase, start)
    return related_condition(reader, entity, phrase.entity, phrase.conditions, negated=negated, start=start)
