"""Numbers of an entity: a column that has them, or how many belong to it, of a kind or in a span of time."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from workflows.questions.grammar.basics.phrases import COUNTING, said_of, take_attribute, take_superlative
from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.basics.spans import take_span
from workflows.questions.grammar.clauses.relations import those_of
from workflows.questions.grammar.clauses.verbs import ON, REPIN_VERBS, WITH
from workflows.questions.lexicon.star import IS_REPIN, as_related, counted_pins
from workflows.questions.query.query_tree import Attribute, EntityName, Field, Order, Value, Within

if TYPE_CHECKING:
    from workflows.questions.grammar.clauses.noun_phrases import NounPhrase

_PLACES = "from 1"
_PINNED = ("pinned", "saved", "posted")
NounRule = Callable[[Reader], "NounPhrase | None"]


def take_measure(reader: Reader, entity: EntityName, noun_rule: NounRule | None, verb: str = "") -> Value | None:
    """Take what is counted or measured of an entity; without a rule for nouns only what a column has.

    Behind a verb like ``received`` there are repins alone, those that the verb says.
    """
    if verb in REPIN_VERBS:
        return reader.attempt(lambda: _received_or_given(reader, entity, REPIN_VERBS[verb]))
    reader.take(*COUNTING)
    return reader.first(lambda: _column(reader, entity), lambda: _those(reader, entity, noun_rule))


def most_of(reader: Reader, entity: EntityName, noun_rule: NounRule) -> tuple[Order, ...] | None:
    """Take what there is most or least of: with the most repins given last month."""
    start = reader.place
    reader.take("that", "who", "which")
    reader.take(*WITH, *ON, "by", "made", "sorted by", "ranked by")
    verb = reader.tokens[reader.place - 1].word if reader.place > start else ""
    descending = take_superlative(reader)
    if descending is None:
        return None
    value: Value | None = take_measure(reader, entity, noun_rule, verb)
    if value is None and verb in _PINNED and entity == "user":
        pins = next(one for one in reader.vocabulary.catalog.fields["user"] if one.name == "n_pins")
        value = in_span(reader, Attribute((), pins))
    value = value if value is not None else take_attribute(reader, entity, ("time",))
    if value is None:
        return None
    if isinstance(value, Attribute) and value.field.unit == _PLACES:
        reader.remark(f"place 1 of {value.field.name} is the highest")
        descending = not descending
    return (Order(value, descending),)


def _received_or_given(reader: Reader, entity: EntityName, name: str) -> Value | None:
    """Take repins behind a verb that says which: received more than 10 repins."""
    reader.take(*COUNTING)
    start = reader.place
    field = next((one for one in reader.vocabulary.catalog.fields[entity] if one.name == name), None)
    if field is None or not reader.take("repins", "saves"):
        return None
    reader.note(start, said_of(Attribute((), field)))
    return in_span(reader, Attribute((), field))


def _column(reader: Reader, entity: EntityName) -> Value | None:
    """Take the name of a column of numbers, unless a noun phrase says more: ``pins`` but not ``pins of March``."""
    start = reader.place
    attribute = take_attribute(reader, entity, ("number",))
    if attribute is None or attribute.field.name in _KEYS:
        return None
    noun = reader.vocabulary.nouns.longest([token.stem for token in reader.tokens[start:]])
    if noun and start + noun[1] >= reader.place:
        return None
    return in_span(reader, attribute)


_KEYS = (
    "board_id",
    "user_id",
    "pin_id",
    "parent_pin_id",
    "root_pin_id",
    "parent_board_id",
    "parent_user_id",
    "canonical_pin_id",
)


def in_span(reader: Reader, attribute: Attribute) -> Value | None:
    """Return what a column counts; where a span follows, the same counted in that span."""
    counted = counted_pins(attribute.field)
    start = reader.place
    span = take_span(reader)
    if span is None:
        return attribute
    if counted is None:
        problem = f"{attribute.field.name} is known for the date of the version alone"
        raise reader.refuse(
            problem, f"leave {reader.words(start, reader.place)!r} out, or name an older version by --date"
        )
    if attribute.steps:
        return None
    reader.note(start, f"pins of {span}, as the version is of {reader.vocabulary.catalog.date}")
    return as_related(counted, (Within(_pinned_at(reader), span.start, span.end),))


def _those(reader: Reader, entity: EntityName, noun_rule: NounRule | None) -> Value | None:
    """Take a noun that is counted: by a column where nothing else is said, else those for which the rest holds."""
    if _names_a_field(reader, entity):
        return None
    start = reader.place
    bare = reader.attempt(lambda: _bare(reader, entity)) if noun_rule is None else None
    if noun_rule is None:
        return bare
    phrase = noun_rule(reader)
    if phrase is None or phrase.is_each or phrase.is_named:
        return None
    own = (IS_REPIN,) if phrase.conditions[:1] == (IS_REPIN,) else ()
    if phrase.conditions == own:
        reader.place = start
        column = reader.attempt(lambda: _bare(reader, entity))
        if column is not None:
            return column
        phrase = noun_rule(reader)
        if phrase is None:
            return None
    found = those_of(reader, entity, phrase.entity, phrase.conditions, counts=True)
    if found is not None:
        reader.note(start, f"the number of {phrase.entity}s of each {entity} for which that holds")
    return found


def _names_a_field(reader: Reader, entity: EntityName) -> bool:
    """Say whether the noun is part of the longer name of a field, as in ``owner category``."""
    noun = reader.vocabulary.nouns.longest(reader.stems())
    named = reader.vocabulary.attributes[entity].longest(reader.stems())
    return noun is not None and named is not None and named[1] > noun[1]


def _bare(reader: Reader, entity: EntityName) -> Value | None:
    attribute = take_attribute(reader, entity, ("number",))
    return None if attribute is None or attribute.field.name in _KEYS else in_span(reader, attribute)


def _pinned_at(reader: Reader) -> Attribute:
    fields = reader.vocabulary.catalog.fields["pin"]
    found: Field = next(one for one in fields if one.name == "created_at")
    return Attribute((), found)
