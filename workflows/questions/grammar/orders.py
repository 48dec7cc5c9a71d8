"""Which come first: with the most pins, with the highest page rank, who pinned the most."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from workflows.questions.grammar.had_clauses import ON, WITH
from workflows.questions.grammar.measures import in_span, take_measure
from workflows.questions.grammar.phrases import take_attribute, take_superlative
from workflows.questions.grammar.reader import Reader
from workflows.questions.query.query_tree import Attribute, EntityName, Order, Value

if TYPE_CHECKING:
    from workflows.questions.grammar.noun_phrases import NounPhrase

NounRule = Callable[[Reader], "NounPhrase | None"]
_PINNED = ("pinned", "saved", "posted")


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
    return (Order(value, descending),) if value is not None else None
