"""Noun phrases: what a question is about, with what is said of it before and behind.

``design boards with more than 100 pins of users from Germany`` is a noun, an adjective before it, and clauses behind
it, in one of which stands another noun phrase. A clause belongs to the nearest noun that it can be said of.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.basics.value_lists import take_values, value_condition
from workflows.questions.grammar.clauses.acts import repinned
from workflows.questions.grammar.clauses.adjectives import adjective_condition, attribute_named
from workflows.questions.grammar.clauses.clause_chains import clause_chain
from workflows.questions.grammar.clauses.measures import most_of
from workflows.questions.lexicon.star import ENTITIES, IS_REPIN
from workflows.questions.query.query_tree import (
    AmongFirst,
    Attribute,
    Comparison,
    Condition,
    EntityName,
    Field,
    Order,
    Query,
    Text,
)

_BEFORE_NOUN = 8  # words that may stand between the beginning of a phrase and its noun


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """Some entities.

    Parameters
    ----------
    entity
        What they are.
    conditions
        What holds for them.
    is_one
        Whether the noun stood in the singular.
    order, limit
        Which of them come first, and how many there are at most, where that stood before the noun.
    is_named
        Whether a key or a name says which one it is.
    is_each
        Whether it stood as ``each board``.
    """

    entity: EntityName
    conditions: tuple[Condition, ...] = ()
    is_one: bool = False
    order: tuple[Order, ...] = ()
    limit: int | None = None
    is_named: bool = False
    is_each: bool = False
    says_top: bool = field(default=False)


def noun_phrase(reader: Reader) -> NounPhrase | None:
    """Take a noun phrase inside a question: without an order of its own."""
    return reader.remembered("noun phrase", lambda: _phrase(reader))


def head_phrase(reader: Reader) -> NounPhrase | None:
    """Take the noun phrase that a question is about; its clauses are left to the question."""
    return reader.attempt(lambda: _before_and_noun(reader, is_head=True))


def clauses_behind(reader: Reader, entity: EntityName, *, inner: bool) -> tuple[Condition, ...]:
    """Take the clauses behind a noun; see `workflows.questions.grammar.clauses.clause_chains`."""
    return clause_chain(reader, entity, noun_phrase, inner=inner)


def _phrase(reader: Reader) -> NounPhrase | None:
    phrase = _before_and_noun(reader, is_head=False)
    if phrase is None:
        return None
    if phrase.says_top and not phrase.order:
        return None
    if phrase.is_named:
        return phrase  # what follows is said of something else: board 30 is one, whatever it is like
    conditions = clauses_behind(reader, phrase.entity, inner=True)
    phrase = replace(phrase, conditions=(*phrase.conditions, *conditions))
    if not phrase.order and (phrase.is_one or phrase.limit):
        most = reader.attempt(partial(most_of, reader, phrase.entity, noun_phrase))
        phrase = replace(phrase, order=most) if most else phrase
    return _first_of(reader, phrase)


def _first_of(reader: Reader, phrase: NounPhrase) -> NounPhrase | None:
    """Return a phrase with an order as one with the condition that they are the first in it."""
    if not phrase.order:
        return phrase if phrase.limit is None else None
    if phrase.limit is None and not phrase.is_one:
        return None
    key = Attribute((), _field(reader, phrase.entity, ENTITIES[phrase.entity].key))
    first = Query(phrase.entity, phrase.conditions, order=phrase.order, limit=phrase.limit or 1)
    return replace(phrase, conditions=(AmongFirst(key, first),), order=(), limit=None)


def _before_and_noun(reader: Reader, *, is_head: bool) -> NounPhrase | None:
    named = reader.attempt(lambda: _user_by_name(reader))
    if named is not None:
        return named
    each = reader.take("each", "every") is not None
    if not each:
        reader.take("those", *(("all", "all of") if is_head else ()))
    for noun_at in range(reader.place, min(reader.place + _BEFORE_NOUN, len(reader.tokens))):
        found = reader.attempt(partial(_up_to_noun, reader, noun_at))
        if found:
            return replace(found, is_each=each)
    return None


def _up_to_noun(reader: Reader, noun_at: int) -> NounPhrase | None:
    """Take a phrase whose noun stands at a place, if all before it can be said of that noun."""
    noun = reader.vocabulary.nouns.longest([token.stem for token in reader.tokens[noun_at:]])
    if noun is None:
        return None
    entity: EntityName = "pin" if noun[0] == "repin" else noun[0]  # type: ignore[assignment]  # the others are entities
    phrase = NounPhrase(entity, (IS_REPIN,) if noun[0] == "repin" else ())
    while reader.place < noun_at:
        more = reader.first(*_before_noun(reader, phrase, noun_at))
        if more is None:
            return None
        phrase = more
    token = reader.tokens[noun_at + noun[1] - 1]
    reader.advance(noun[1])
    reader.note(
        noun_at,
        f"{ENTITIES[entity].plural} that were saved from another"
        if phrase.conditions[:1] == (IS_REPIN,)
        else ENTITIES[entity].plural,
    )
    phrase = replace(phrase, is_one=token.word == token.stem)
    return reader.attempt(lambda: _named_one(reader, phrase)) or phrase


def _before_noun(reader: Reader, phrase: NounPhrase, noun_at: int) -> Iterator[Callable[[], NounPhrase | None]]:
    def up_to_noun(rule: Callable[[], NounPhrase | None]) -> Callable[[], NounPhrase | None]:
        def checked() -> NounPhrase | None:
            found = rule()
            return found if found and reader.place <= noun_at else None

        return checked

    yield up_to_noun(lambda: _with_limit(reader, phrase))
    yield up_to_noun(lambda: _with_degree(reader, phrase))
    yield up_to_noun(lambda: _with_adjective(reader, phrase))
    yield up_to_noun(lambda: _with_value(reader, phrase))


def _with_limit(reader: Reader, phrase: NounPhrase) -> NounPhrase | None:
    start = reader.place
    top = reader.take("top", "first")
    number = reader.take_number()
    if number is None:
        if top != "top":
            return None
        reader.note(start, "the first of them")
        return replace(phrase, says_top=True)
    if number.is_share or not float(number.value).is_integer() or number.value < 1:
        raise reader.refuse(f"{reader.words(start, reader.place)!r} is no number of rows", "give a whole number")
    reader.note(start, f"at most {number.value:,} rows")
    return replace(phrase, limit=int(number.value), says_top=phrase.says_top or top == "top")


def _with_degree(reader: Reader, phrase: NounPhrase) -> NounPhrase | None:
    start = reader.place
    found = reader.take_from(reader.vocabulary.degrees[phrase.entity])
    if found is None:
        return None
    degree = found[0]
    reader.note(start, f"by {degree.field.name}, {'the largest' if degree.descending else 'the smallest'} first")
    order = Order(Attribute((), degree.field), degree.descending)
    return replace(phrase, order=(*phrase.order, order))


def _with_adjective(reader: Reader, phrase: NounPhrase) -> NounPhrase | None:
    negated = reader.take("non", "not", "never", meaning="not") is not None
    condition = adjective_condition(reader, phrase.entity, negated=negated)
    if condition is None and phrase.entity == "pin":
        condition = repinned(reader, "pin", None, negated=negated)
    return replace(phrase, conditions=(*phrase.conditions, condition)) if condition else None


def _with_value(reader: Reader, phrase: NounPhrase) -> NounPhrase | None:
    negated = reader.take("non", "not", meaning="not") is not None
    values = take_values(reader, ("category", "country"))
    attribute = attribute_named(reader, phrase.entity, values.group) if values else None
    if values is None or attribute is None:
        return None
    condition = value_condition(attribute, values, negated=negated)
    return replace(phrase, conditions=(*phrase.conditions, condition))


def _named_one(reader: Reader, phrase: NounPhrase) -> NounPhrase | None:
    """Take a key or a name behind a noun in the singular: board 300000010, user "felix"."""
    start = reader.place
    reader.take("id", "number", "with id", "called", "named", "key")
    token = reader.token
    if token is None or not phrase.is_one:
        return None
    entity = ENTITIES[phrase.entity]
    keyed = Attribute((), _field(reader, phrase.entity, entity.key))
    condition: Condition
    if keyed.field.kind == "number" and token.kind == "number" and token.word.isdecimal():
        condition = Comparison(keyed, "=", int(token.word))
    elif keyed.field.kind == "text" and (token.kind == "quoted" or _looks_like_key(token.text)):
        condition = Comparison(keyed, "=", token.text)
    elif entity.label and (token.kind == "quoted" or _looks_like_name(token.text, reader)):
        condition = Text(Attribute((), _field(reader, phrase.entity, entity.label)), "is", token.text)
    else:
        return None
    reader.advance()
    column = entity.key if isinstance(condition, Comparison) else entity.label
    reader.note(start, f"the {entity.name} whose {column} is {token.text!r}")
    return replace(phrase, conditions=(*phrase.conditions, condition), is_named=True)


def _user_by_name(reader: Reader) -> NounPhrase | None:
    """Take a name that stands without a noun: felix_tailor_9."""
    token = reader.token
    if token is None or token.kind != "word" or "_" not in token.text or not _looks_like_name(token.text, reader):
        return None
    reader.advance()
    reader.note(reader.place - 1, f"the user whose username is {token.text!r}")
    name = Attribute((), _field(reader, "user", "username"))
    return NounPhrase("user", (Text(name, "is", token.text),), is_one=True, is_named=True)


def _field(reader: Reader, entity: EntityName, name: str) -> Field:
    return next(one for one in reader.vocabulary.catalog.fields[entity] if one.name == name)


def _looks_like_key(text: str) -> bool:
    return len(text) >= 8 and any(character.isdigit() for character in text) and text.isalnum()  # noqa: PLR2004 - hex


def _looks_like_name(text: str, reader: Reader) -> bool:
    """Say whether a word is a name by its looks: with a digit or an underscore in it, and nothing else known."""
    return (
        not text.isdecimal()
        and any(character.isdigit() or character == "_" for character in text)
        and (text.lower() not in reader.vocabulary.words and not text[0].isdecimal())
    )
