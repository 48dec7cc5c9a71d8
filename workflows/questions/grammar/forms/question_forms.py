"""The forms of a question: a list, a count, an average, a share, groups with the most of something, fields of one.

Each form is a rule that reads the question to its end. The first one that does is what the question means; where none
does, the farthest place that any came to is where the question isn't understood.
"""

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from workflows.questions.answer_or_refusal import QuestionRefusedError
from workflows.questions.grammar.basics.phrases import take_attribute
from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.clauses.noun_phrases import NounPhrase, clauses_behind, head_phrase
from workflows.questions.grammar.forms.aggregate_questions import aggregate_question
from workflows.questions.grammar.forms.group_questions import group_question
from workflows.questions.grammar.forms.groups import take_groups
from workflows.questions.grammar.forms.number_questions import count_question, share_question
from workflows.questions.grammar.forms.question_tail import listing, take_tail, that_others_have
from workflows.questions.lexicon.word_file import WORDS
from workflows.questions.query.query_tree import Attribute, EntityName, Group, Order, Query

_ENTITIES: tuple[EntityName, ...] = ("board", "user", "picture", "pin")


def read_question(reader: Reader) -> Query | None:
    """Read a question to its end; None if no form does."""
    refused: list[tuple[int, QuestionRefusedError]] = []
    for form in (_when, count_question, share_question, aggregate_question, _fields_of, group_question, _list):
        try:
            found = reader.attempt(partial(_whole, reader, form))
        except QuestionRefusedError as refusal:
            refused.append((reader.place, refusal))
            reader.restart()
        else:
            if found is not None:
                return found
    if refused:
        farthest = max(place for place, _ in refused)
        raise next(refusal for place, refusal in refused if place == farthest)
    return None


def _whole(reader: Reader, form: Callable[[Reader], Query | None]) -> Query | None:
    while form is not _list and reader.take(*WORDS.openers):
        pass
    found = form(reader)
    return found if found is not None and reader.at_end else None


def _list(reader: Reader) -> Query | None:
    """Take a list of entities: boards about food with the most repins given last month."""
    who = False
    while (opener := reader.take(*WORDS.openers, "name")) is not None:
        who = who or opener == "who"
    leading = reader.first(*(partial(_leading, reader, entity) for entity in _ENTITIES))
    phrase = leading[1] if leading else reader.attempt(lambda: head_phrase(reader))
    if phrase is None and who:
        reader.note(reader.place - 1, "users")
        phrase = NounPhrase(
            "user",
            is_one=reader.token is not None and reader.token.word in {"has", "owns", "pinned", "gave", "received"},
        )
    if phrase is None:
        return None
    phrase = reader.attempt(partial(that_others_have, reader, phrase)) or phrase
    tail = take_tail(reader, phrase)
    if tail and leading:
        tail = replace(tail, groups=(*leading[0], *tail.groups))
    return listing(reader, tail) if tail else None


def _leading(reader: Reader, entity: EntityName) -> tuple[tuple[Group | EntityName, ...], NounPhrase] | None:
    """Take groups in front of what is asked for: for each category the board with the most pins."""
    groups = take_groups(reader, entity)
    if groups is None:
        return None
    if reader.token is not None and reader.token.kind == "comma":
        reader.advance()
    while reader.take(*WORDS.openers):
        pass
    phrase = head_phrase(reader)
    return (groups, phrase) if phrase and phrase.entity == entity else None


def _fields_of(reader: Reader) -> Query | None:
    """Take fields of entities: the name and category of board 300000010."""
    for says_name, entity in itertools.product((False, True), _ENTITIES):
        found = reader.attempt(partial(_fields_of_one, reader, entity, says_name=says_name))
        if found is not None:
            return found
    return None


def _fields_of_one(reader: Reader, entity: EntityName, *, says_name: bool) -> Query | None:
    if says_name and not reader.take("name"):
        return None
    shown: list[Attribute] = []
    while True:
        counts = reader.take("number of", "count of")
        if not counts and reader.vocabulary.nouns.longest(reader.stems()) and not _is_field(reader, entity):
            return None
        attribute = take_attribute(reader, entity, ("number", "text", "time", "truth", "list"))
        if attribute is None:
            return None
        shown.append(attribute)
        comma = reader.token is not None and reader.token.kind == "comma"
        if comma:
            reader.advance()
        if not reader.take("and") and not comma:
            break
    if not reader.take("of", "for", "from", "in"):
        return None
    phrase = reader.attempt(lambda: head_phrase(reader))
    if phrase is None or phrase.entity != entity:
        return None
    tail = take_tail(reader, phrase)
    return listing(reader, replace(tail, shown=tuple(shown))) if tail else None


def _is_field(reader: Reader, entity: EntityName) -> bool:
    """Say whether the name of a field goes on where a noun ends, as ``repins received`` does."""
    noun = reader.vocabulary.nouns.longest(reader.stems())
    named = reader.vocabulary.attributes[entity].longest(reader.stems())
    return noun is not None and named is not None and named[1] > noun[1]


def _when(reader: Reader) -> Query | None:
    """Take when something was: when was the newest board created."""
    if not reader.take("when", "what date", "date of", "on what date", "what day", "since when"):
        return None
    phrase = head_phrase(reader)
    if phrase is None:
        return None
    conditions = clauses_behind(reader, phrase.entity, inner=False)
    verb = reader.take_from(reader.vocabulary.times[phrase.entity])
    if verb is None and not phrase.order:
        return None
    by = phrase.order[0].value if phrase.order else None
    when = Attribute((), verb[0]) if verb else by
    if not isinstance(when, Attribute) or when.field.kind != "time":
        return None
    order = tuple(Order(when, one.descending) for one in phrase.order)
    if not order and not phrase.is_named:
        return None
    return Query(phrase.entity, (*phrase.conditions, *conditions), (when,), order=order, limit=1 if order else None)
