"""Clauses with ``with`` and ``have``: more than 100 pins, no description, boards about design."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from workflows.questions.grammar.basics.phrases import take_attribute, take_bound
from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.basics.value_lists import at_end_of_text, take_text
from workflows.questions.grammar.clauses.adjectives import adjective_condition
from workflows.questions.grammar.clauses.attribute_clauses import (
    attribute_clause,
    bounded,
    differing,
    number_clause,
)
from workflows.questions.grammar.clauses.measures import take_measure
from workflows.questions.grammar.clauses.relations import related_condition
from workflows.questions.grammar.clauses.verbs import ON, REPIN_VERBS, WITH, WITHOUT, repin_verb
from workflows.questions.lexicon.star import ENTITIES
from workflows.questions.query.query_tree import (
    Attribute,
    Average,
    Both,
    Comparison,
    Condition,
    EntityName,
    Exists,
    Missing,
    Not,
    Operator,
    Related,
    Text,
    Value,
)

if TYPE_CHECKING:
    from workflows.questions.grammar.clauses.noun_phrases import NounPhrase

NounRule = Callable[[Reader], "NounPhrase | None"]


_DIFFERENT = ("different", "distinct", "unique")
_THAN: dict[str, Operator] = {
    **dict.fromkeys(("more", "higher", "larger", "greater"), ">"),
    **dict.fromkeys(("fewer", "less", "lower", "smaller"), "<"),
    "as many": "=",
    "different": "<>",
}


def had_clause(reader: Reader, entity: EntityName, noun_rule: NounRule, *, bare: bool) -> Condition | None:
    """Take a clause with ``with``, ``have`` or ``without``; behind ``and`` that word may be left out."""
    start = reader.place
    if said := reader.attempt(lambda: _nothing(reader, WITHOUT)):
        return _several_absent(reader, entity, noun_rule, start, repin_verb(said))
    negated = reader.take("not", meaning="not") is not None
    on = reader.attempt(lambda: _compared(reader, entity, noun_rule) if reader.take(*ON) else None)
    if on is not None:
        return Not(on) if negated else on
    said = reader.take(*WITH)
    has_verb, verb = said is not None, repin_verb(said or "")
    if not has_verb and not bare:
        return None
    if has_verb:
        reader.take("their", "its", "his", "her")
    if reader.attempt(lambda: _nothing(reader, ("no", "zero"))):
        return _several_absent(reader, entity, noun_rule, start, verb)
    if verb in REPIN_VERBS:
        found = reader.first(
            lambda: _compared(reader, entity, noun_rule, verb), lambda: _present(reader, entity, noun_rule, start, verb)
        )
        return Not(found) if found is not None and negated else found
    found = reader.first(
        lambda: _more_than_other(reader, entity),
        lambda: differing(reader, entity),
        lambda: _owner(reader, entity, noun_rule) if has_verb else None,
        lambda: _above_average(reader, entity),
        lambda: _compared(reader, entity, noun_rule, is_bare=not has_verb),
        lambda: _measured(reader, entity, noun_rule),
        lambda: attribute_clause(reader, entity, negated=False),
        lambda: _in_text(reader, entity),
        lambda: adjective_condition(reader, entity, negated=False) if has_verb else None,
        lambda: _several_present(reader, entity, noun_rule, start) if has_verb else None,
    )
    return Not(found) if found is not None and negated else found


def _nothing(reader: Reader, words: tuple[str, ...]) -> str | None:
    """Take words for nothing at all: ``with no``, but not those of ``with no fewer than``."""
    said = reader.take(*words)
    return None if reader.token is not None and reader.token.word in {"fewer", "less", "more"} else said


def _compared(
    reader: Reader, entity: EntityName, noun_rule: NounRule, verb: str = "", *, is_bare: bool = False
) -> Condition | None:
    """Take a number, then what it is of: more than 100 pins.

    Without a verb a number alone isn't taken: in ``more than 10 pins or 5 users`` the 5 may be more than that, too.
    """
    start = reader.place
    bound = take_bound(reader)
    if bound is None or (is_bare and bound.operator == "=" and reader.tokens[start].kind == "number"):
        return None
    end = reader.place
    reader.take("of")
    value = take_measure(reader, entity, noun_rule, verb)
    if value is None:
        return None
    last = f" and <= {bound.last.value:g}" if bound.last else ""
    reader.note(start, f"{bound.operator} {bound.number.value:g}{last}", end - start)
    return bounded(reader, value, bound)


def _measured(reader: Reader, entity: EntityName, noun_rule: NounRule) -> Condition | None:
    """Take what is measured, then a number: page rank above 0.01, a number of pins of at least 5."""
    value = take_measure(reader, entity, noun_rule)
    if value is None:
        return None
    reader.take("of", "that")
    negated = reader.take("not", meaning="not") is not None
    return number_clause(reader, entity, value, negated=negated)


def _more_than_other(reader: Reader, entity: EntityName) -> Condition | None:
    start = reader.place
    word = reader.take(*_THAN)
    if word is None:
        return None
    first = reader.token
    value = take_measure(reader, entity, None)
    if value is None or not reader.take("than", "as", "from"):
        return None
    operator = _THAN[word]
    if reader.take("average", "mean", "average board", "average user", "average picture"):
        reader.note(start, f"{operator} the average over all {entity}s")
        return Comparison(value, operator, Average(entity, value))
    other = take_measure(reader, entity, None) or _same_noun(reader, entity, first.stem if first else "")
    return Comparison(value, operator, other) if other is not None else None


def _same_noun(reader: Reader, entity: EntityName, noun: str) -> Value | None:
    """Take the end of a name whose noun was said before: more repins received than given."""
    token = reader.token
    found = reader.vocabulary.attributes[entity].get((noun, token.stem), ()) if token else ()
    if len(found) != 1 or found[0].field.kind != "number":
        return None
    reader.advance()
    reader.note(reader.place - 1, f"{found[0].field.table}.{found[0].field.name}")
    return found[0]


def _owner(reader: Reader, entity: EntityName, noun_rule: NounRule) -> Condition | None:
    """Take the owner that a board has: with an owner from Germany."""
    start = reader.place
    if entity != "board" or reader.token is None or reader.token.stem != "owner":
        return None
    phrase = noun_rule(reader)
    if phrase is None or not phrase.conditions:
        return None
    return related_condition(reader, entity, "user", phrase.conditions, negated=False, start=start)


def _above_average(reader: Reader, entity: EntityName) -> Condition | None:
    start = reader.place
    word = reader.take("above average", "more than average", "below average", "less than average", "fewer than average")
    if word is None:
        return None
    reader.take("number of")
    value = take_measure(reader, entity, None)
    if value is None:
        return None
    operator: Operator = ">" if word in {"above average", "more than average"} else "<"
    reader.note(start, f"{operator} the average over all {entity}s")
    return Comparison(value, operator, Average(entity, value))


def _in_text(reader: Reader, entity: EntityName) -> Condition | None:
    """Take a text that is in a field: the word vintage in the name."""
    start = reader.place
    reader.take("word", "text", "term")
    text = take_text(reader, tells=False)
    if text is None or not reader.take("in", "in their", "in its", "as", "among"):
        return None
    reader.take("their", "its", "his")
    attribute = take_attribute(reader, entity, ("text",))
    if attribute is None or reader.vocabulary.group_of(attribute.field):
        return None
    reader.note(start, f"{attribute.field.name} contains {text!r}, whatever its capitals")
    return Text(attribute, "contains", text)


def _present(reader: Reader, entity: EntityName, noun_rule: NounRule, start: int, verb: str = "") -> Condition | None:
    """Take what is there: with pins, with a description, with boards about design."""
    if reader.token is not None and reader.token.word in _DIFFERENT:
        reader.doubt(
            f"it isn't said how many {reader.token.word} ones there are, or what they differ from", "give a number"
        )
        return None
    value = take_measure(reader, entity, noun_rule, verb)
    if isinstance(value, Related):
        return Exists(value)
    if isinstance(value, Attribute):
        if not value.field.name.startswith("n_"):
            return None
        reader.note(start, "at least one", 1)
        return Comparison(value, ">", 0)
    attribute = take_attribute(reader, entity, ("text", "time", "number"))
    if attribute is None or (attribute.field.kind == "number" and not attribute.field.name.endswith("_id")):
        return None
    if not at_end_of_text(reader):
        raise _in_or_whole(reader, entity, attribute)
    reader.note(start, f"{attribute.field.name} is set")
    return Missing(attribute, negated=True)


def _in_or_whole(reader: Reader, entity: EntityName, attribute: Attribute) -> Exception:
    """Return the refusal of a word behind the name of a field: with name art."""
    name, word = attribute.field.name.replace("_", " "), reader.token.text if reader.token else ""
    said = f"'{ENTITIES[entity].plural} whose {name}"
    problem = f"{word!r} behind {name!r} may be all of it or a part"
    return reader.refuse(problem, f'say {said} is "{word}"\', or {said} contains "{word}"\'')


def _several_present(reader: Reader, entity: EntityName, noun_rule: NounRule, start: int) -> Condition | None:
    """Take several that are there: with pins and a description."""
    first = _present(reader, entity, noun_rule, start)
    if first is None:
        return None
    found, words = [first], set[str]()
    while (
        more := reader.attempt(lambda: _one_more(reader, ("and", "or"), partial(_present, reader, entity, noun_rule)))
    ) is not None:
        found.append(more[0])
        words.add(more[1])
    return None if len(words) > 1 else Both(tuple(found), "OR" if words == {"or"} else "AND") if words else first


def _several_absent(reader: Reader, entity: EntityName, noun_rule: NounRule, start: int, verb: str) -> Condition | None:
    """Take several that aren't there: without pins or a description, of which it has neither."""
    first = _absent(reader, entity, noun_rule, start, verb)
    if first is None:
        return None
    found = [first]
    rule = partial(_absent, reader, entity, noun_rule, verb=verb)
    while (more := reader.attempt(lambda: _one_more(reader, ("and", "or", "nor"), rule))) is not None:
        reader.remark(f"{reader.words(start, reader.place)!r} means that there is neither")
        found.append(more[0])
    return Both(tuple(found)) if len(found) > 1 else first


def _one_more(
    reader: Reader, words: tuple[str, ...], rule: Callable[[int], Condition | None]
) -> tuple[Condition, str] | None:
    word = reader.take(*words)
    if word is None or (reader.token is not None and reader.token.word in {"no", "zero", "without", "with"}):
        return None  # what has a word of its own is a clause of its own
    found = rule(reader.place)
    return (found, word) if found is not None else None


def _absent(reader: Reader, entity: EntityName, noun_rule: NounRule, start: int, verb: str) -> Condition | None:
    value: Value | None = take_measure(reader, entity, noun_rule, verb)
    if isinstance(value, Related):
        reader.note(start, "none of those")
        return Exists(value, negated=True)
    if isinstance(value, Attribute):
        is_count = value.field.name.startswith("n_")
        reader.note(start, "none" if is_count else f"{value.field.name} is missing", 1)
        return Comparison(value, "=", 0) if is_count else Missing(value)
    attribute: Attribute | None = take_attribute(reader, entity, ("text", "time", "number"))
    if attribute is None:
        return None
    reader.note(start, f"{attribute.field.name} is missing")
    return Missing(attribute)
