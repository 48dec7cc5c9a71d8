"""Numbers of an entity: a column that has them, or how many belong to it, of a kind or in a span of time."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from workflows.questions.grammar.basics.phrases import COUNTING, said_of, take_attribute, take_superlative
from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.basics.spans import take_span
from workflows.questions.grammar.clauses.acts import said_of_pins
from workflows.questions.grammar.clauses.attribute_clauses import names_a_field
from workflows.questions.grammar.clauses.belonging import of_others
from workflows.questions.grammar.clauses.relations import those_of
from workflows.questions.grammar.clauses.time_clauses import pinned_at
from workflows.questions.grammar.clauses.verbs import ON, REPIN_VERBS, WITH
from workflows.questions.lexicon.star import ENTITIES, IS_REPIN, as_related, counted_pins
from workflows.questions.query.query_tree import Attribute, EntityName, Order, Value, Within

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
        return reader.attempt(lambda: _received_or_given(reader, entity, noun_rule, REPIN_VERBS[verb]))
    return reader.attempt(lambda: _measured(reader, entity, noun_rule))


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
        value = _pins_made(reader, noun_rule)
    value = value if value is not None else take_attribute(reader, entity, ("time",))
    if value is None:
        return None
    if isinstance(value, Attribute) and value.field.unit == _PLACES:
        reader.remark(f"place 1 of {value.field.name} is the highest")
        descending = not descending
    return (Order(value, descending),)


def _measured(reader: Reader, entity: EntityName, noun_rule: NounRule | None) -> Value | None:
    reader.take(*COUNTING)
    return reader.first(lambda: _column(reader, entity, noun_rule), lambda: _those(reader, entity, noun_rule))


def _pins_made(reader: Reader, noun_rule: NounRule) -> Value:
    """Return the number of a user's pins, those alone for which what follows holds: pinned most on boards about art."""
    start = reader.place
    pins = Attribute((), next(one for one in reader.vocabulary.catalog.fields["user"] if one.name == "n_pins"))
    said = said_of_pins(reader, noun_rule)
    counted = counted_pins(pins.field)
    if not said or counted is None:
        return pins
    reader.note(start, "the number of pins of each user for which that holds")
    return as_related(counted, said)


def _received_or_given(reader: Reader, entity: EntityName, noun_rule: NounRule | None, name: str) -> Value | None:
    """Take repins behind a verb that says which: received more than 10 repins."""
    reader.take(*COUNTING)
    start = reader.place
    field = next((one for one in reader.vocabulary.catalog.fields[entity] if one.name == name), None)
    if field is None or not reader.take("repins", "saves"):
        return None
    reader.note(start, said_of(Attribute((), field)))
    value = in_span(reader, Attribute((), field))
    if noun_rule is not None:
        refuse_what_may_be_of_both(reader, entity, value, noun_rule)
    return value


def _column(reader: Reader, entity: EntityName, noun_rule: NounRule | None) -> Value | None:
    """Take the name of a column of numbers, unless a noun phrase says more: ``pins`` but not ``pins of March``."""
    start = reader.place
    attribute = take_attribute(reader, entity, ("number",))
    if attribute is None or attribute.field.name in _KEYS:
        return None
    noun = reader.vocabulary.nouns.longest([token.stem for token in reader.tokens[start:]])
    if noun and start + noun[1] >= reader.place:
        return None
    value = in_span(reader, attribute)
    if noun_rule is not None:
        refuse_what_may_be_of_both(reader, entity, value, noun_rule)
    return value


def refuse_what_may_be_of_both(reader: Reader, entity: EntityName, value: Value | None, noun_rule: NounRule) -> None:
    """Refuse what may tell of the entities or of what is counted: with 5 repins received by German users."""
    if value is None or (isinstance(value, Attribute) and not value.field.name.startswith("n_")):
        return
    start, plural = reader.place, ENTITIES[entity].plural

    def said() -> bool | None:
        found = of_others(reader, entity, noun_rule, negated=False, inner=False)
        words = reader.words(start, reader.place)
        if found is not None:
            problem = f"{words!r} may tell of the {plural} or of what is counted of them"
            raise reader.refuse(problem, f"say it of the {plural} first, as '{plural} {words} with more than 5 pins'")
        return None

    reader.attempt(said)


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
    return as_related(counted, (Within(Attribute((), pinned_at(reader)), span.start, span.end),))


def _those(reader: Reader, entity: EntityName, noun_rule: NounRule | None) -> Value | None:
    """Take a noun that is counted: by a column where nothing else is said, else those for which the rest holds."""
    if names_a_field(reader, entity) or (reader.token is not None and reader.token.stem == "owner"):
        return None  # a board has one owner, who isn't counted
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


def _bare(reader: Reader, entity: EntityName) -> Value | None:
    attribute = take_attribute(reader, entity, ("number",))
    return None if attribute is None or attribute.field.name in _KEYS else in_span(reader, attribute)
