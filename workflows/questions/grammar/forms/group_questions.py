"""Questions about groups: which category has the most boards, countries with more than 10 users."""

from dataclasses import replace
from functools import partial

from workflows.questions.grammar.basics.phrases import (
    Bound,
    checked_number,
    take_bound,
    take_direction,
    take_superlative,
)
from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.clauses.measures import take_measure
from workflows.questions.grammar.clauses.noun_phrases import NounPhrase, clauses_behind, head_phrase, noun_phrase
from workflows.questions.grammar.clauses.verbs import WITH
from workflows.questions.grammar.forms.aggregate_questions import is_count
from workflows.questions.grammar.forms.groups import time_bucket
from workflows.questions.grammar.forms.question_tail import ROWS_OF_MOST
from workflows.questions.lexicon.english import listed
from workflows.questions.lexicon.star import ENTITIES
from workflows.questions.query.query_tree import (
    Aggregate,
    AggregateName,
    Attribute,
    Comparison,
    Condition,
    EntityName,
    Group,
    Missing,
    Order,
    Query,
    RowCount,
    Summary,
    TimeBucket,
    TimeUnit,
)

_ENTITIES: tuple[EntityName, ...] = ("board", "user", "picture", "pin")
_UNITS: tuple[TimeUnit, ...] = ("day", "week", "month", "quarter", "year")
_COMMON = {
    "most common": True,
    "most frequent": True,
    "most used": True,
    "least common": False,
    "least frequent": False,
    "rarest": False,
    "commonest": True,
    "least used": False,
}
_FUNCTIONS: dict[str, AggregateName] = {"average": "avg", "mean": "avg", "total": "sum", "median": "median"}
_OF = ("of", "among", "for", "across", "on", "in", "by")


def group_question(reader: Reader) -> Query | None:
    """Take a group by its name, and what is said of it."""
    start = reader.place
    reader.take("all", "top", "first")
    number = reader.take_number()
    reader.take("top")
    common = reader.take(*_COMMON)
    name = _group_name(reader)
    if name is None or (number and (number.is_share or number.value < 1)):
        return None
    word, is_one = name
    limit = int(number.value) if number else 1 if is_one else None
    if common is not None:
        reader.note(start, f"{word}, by how often it occurs")
        return _common(reader, word, descending=_COMMON[common], limit=limit)
    reader.note(start, f"each {word}")
    return reader.first(
        lambda: _ranked(reader, word, limit),
        lambda: _bounded(reader, word),
        lambda: _which_there_are(reader, word, limit),
    )


def _group_name(reader: Reader) -> tuple[str, bool] | None:
    """Take what a group is called; return its phrase in the singular, and whether it stood so."""
    for unit in _UNITS:
        if reader.take(unit):
            return unit, reader.tokens[reader.place - 1].word == unit
    for entity in _ENTITIES:
        found = reader.take_from(reader.vocabulary.attributes[entity])
        if found and any(one.field.kind == "text" and reader.vocabulary.group_of(one.field) for one in found[0]):
            last = reader.tokens[reader.place - 1]
            return " ".join(found[1]), last.word == last.stem
        reader.place -= len(found[1]) if found else 0
    return None


def _common(reader: Reader, word: str, *, descending: bool, limit: int | None) -> Query | None:
    entity: EntityName = "board"
    phrase = NounPhrase(entity)
    if reader.take(*_OF):
        given = head_phrase(reader)
        if given is None or given.order or given.limit is not None:
            return None
        conditions = clauses_behind(reader, given.entity, inner=False)
        phrase = replace(given, conditions=(*given.conditions, *conditions))
    else:
        owners = [one for one in _ENTITIES if _own(reader, one, word)]
        if not owners:
            return None
        reader.remark(f"the {word} is that of {ENTITIES[owners[0]].plural}, as nothing else was said")
        phrase = NounPhrase(owners[0])
    return _query(reader, word, phrase, RowCount(), descending=descending, limit=limit or ROWS_OF_MOST)


def _own(reader: Reader, entity: EntityName, word: str) -> bool:
    found = reader.vocabulary.attributes[entity].get(tuple(word.split()), ())
    return any(not one.steps for one in found)


def _ranked(reader: Reader, word: str, limit: int | None) -> Query | None:
    """Take what groups are ordered by: with the most boards, by average page rank."""
    reader.take("that", "which")
    by = reader.take("by", "sorted by", "ranked by", "ordered by")
    descending = True
    if not by:
        reader.take(*WITH)
        superlative = take_superlative(reader)
        if superlative is None:
            return None
        descending = superlative
    found = _summarised(reader)
    if found is None:
        return None
    phrase, summary = found
    direction = take_direction(reader) if by else None
    descending = descending if direction is None else direction
    if limit is None and not by:
        reader.remark(f"no number was given, so the first {ROWS_OF_MOST} are shown; say top 50 for more")
        limit = ROWS_OF_MOST
    return _query(reader, word, phrase, summary, descending=descending, limit=limit)


def _bounded(reader: Reader, word: str) -> Query | None:
    """Take what is required of groups: with more than 10 boards, with an average page rank above 0.01."""
    reader.take("that", "which")
    if not reader.take(*WITH):
        return None
    start = reader.place
    bound = reader.attempt(lambda: take_bound(reader))
    if bound:
        reader.note(start, f"{bound.operator} {bound.number.value:g}")
    found = _summarised(reader)
    if found is None:
        return None
    phrase, summary = found
    if bound is None:
        at = reader.place
        bound = take_bound(reader)
        if bound is None:
            return None
        reader.note(at, f"{bound.operator} {bound.number.value:g}")
    query = _query(reader, word, phrase, summary, descending=True, limit=None)
    return replace(query, group_conditions=tuple(_bounds(reader, summary, bound)))


def _bounds(reader: Reader, summary: Summary, bound: Bound) -> list[Condition]:
    value = summary.value if isinstance(summary, Aggregate) else None
    attribute = (
        value if isinstance(value, Attribute) and isinstance(summary, Aggregate) and summary.function != "sum" else None
    )
    found: list[Condition] = [Comparison(summary, bound.operator, checked_number(reader, bound.number, attribute))]
    if bound.last:
        found.append(Comparison(summary, "<=", checked_number(reader, bound.last, attribute)))
    return found


def _which_there_are(reader: Reader, word: str, limit: int | None) -> Query | None:
    """Take groups without more: list the categories, with how many rows each has."""
    said_of_what = reader.take(*_OF)
    phrase = reader.attempt(lambda: head_phrase(reader))
    if (said_of_what and phrase is None) or (phrase is not None and phrase.order):
        return None
    if phrase is not None:
        conditions = clauses_behind(reader, phrase.entity, inner=False)
        phrase = replace(phrase, conditions=(*phrase.conditions, *conditions))
        reader.take("have", "come from", "belong", "live in", "use", "cover")
    if not reader.at_end or word in _UNITS or limit == 1:
        return None
    phrase = phrase or NounPhrase(next(one for one in _ENTITIES if _own(reader, one, word)))
    reader.remark(f"each with its number of {ENTITIES[phrase.entity].plural}")
    return _query(reader, word, phrase, RowCount(), descending=True, limit=limit)


def _summarised(reader: Reader) -> tuple[NounPhrase, Summary] | None:
    """Take what is counted or averaged of groups: boards about design, an average page rank."""
    return reader.first(lambda: _averaged(reader), lambda: _counted(reader))


def _counted(reader: Reader) -> tuple[NounPhrase, Summary] | None:
    reader.take("number of", "count of", "total number of", "amount of", "total")
    phrase = noun_phrase(reader)
    return (phrase, RowCount()) if phrase else None


def _averaged(reader: Reader) -> tuple[NounPhrase, Summary] | None:
    start = reader.place
    word = reader.take(*_FUNCTIONS)
    if word is None:
        return None
    found: list[tuple[NounPhrase, Summary, int]] = []
    begin = reader.place
    for entity in _ENTITIES:
        one = reader.attempt(partial(_averaged_of, reader, _FUNCTIONS[word], entity))
        if one is not None:
            found.append((*one, reader.place))
            reader.place = begin
    farthest = max((place for _, _, place in found), default=0)
    longest = [one for one in found if one[2] == farthest]
    if len(longest) > 1:
        options = listed(f"per {one[0].entity}" for one in longest)
        raise reader.refuse(f"{reader.words(start, farthest)!r} may be {options}", "say which")
    if not longest:
        return None
    return reader.attempt(lambda: _averaged_of(reader, _FUNCTIONS[word], longest[0][0].entity))


def _averaged_of(reader: Reader, function: AggregateName, entity: EntityName) -> tuple[NounPhrase, Summary] | None:
    value = take_measure(reader, entity, None)
    if value is None or (isinstance(value, Attribute) and value.steps):
        return None
    phrase = reader.attempt(lambda: _over(reader, entity))
    if phrase is None and is_count(value) and function != "sum":
        counted = reader.words(reader.place - 1, reader.place)
        reader.doubt(f"it isn't said of what the number of {counted} is averaged", f"say 'per {entity}' behind it")
        return None  # users of a country have no average
    if phrase is None and function == "sum" and reader.vocabulary.nouns.get((reader.tokens[reader.place - 1].stem,)):
        return None  # a total number of users is how many there are
    return phrase or NounPhrase(entity), Aggregate(function, value)


def _over(reader: Reader, entity: EntityName) -> NounPhrase | None:
    if not reader.take("per", "of", "on", "for"):
        return None
    phrase = noun_phrase(reader)
    return phrase if phrase and phrase.entity == entity else None


def _query(
    reader: Reader, word: str, phrase: NounPhrase, summary: Summary, *, descending: bool, limit: int | None
) -> Query:
    """Return the query over groups; what has no value is no group where groups are ordered."""
    group = _group(reader, word, phrase.entity)
    there = Missing(group.value if isinstance(group, TimeBucket) else group, negated=True)
    reader.remark(f"{ENTITIES[phrase.entity].plural} without a {word} are left out")
    order = (Order(summary, descending),)
    return Query(phrase.entity, (*phrase.conditions, there), summary=summary, groups=(group,), order=order, limit=limit)


def _group(reader: Reader, word: str, entity: EntityName) -> Group:
    if word in _UNITS:
        return time_bucket(reader, entity, word)
    several = reader.vocabulary.attributes[entity].get(tuple(word.split()), ())
    if not several:
        raise reader.refuse(f"a {entity} has no {word}", "ask about boards, users, pictures or pins")
    if len(several) > 1:
        options = listed(f"{one.steps[-1].target if one.steps else entity} {word}" for one in several)
        raise reader.refuse(f"the {word} of a {entity} may be of several", f"say {options}")
    if several[0].steps:
        reader.remark(f"{word} of a {entity} is that of its {several[0].steps[-1].target}")
    return several[0]
