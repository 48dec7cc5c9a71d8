"""What is said of a time behind a noun: created last month, older than 2026-01-01; of pins a span alone."""

from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.basics.spans import take_span
from workflows.questions.lexicon.star import ENTITIES
from workflows.questions.query.query_tree import Attribute, Condition, EntityName, Field, Not, Within

# How a span is said of each entity: by a time of its own, and by its pins. A refusal names both; a test asks them.
_BY_OWN_TIME = {"board": "created", "user": "who joined", "picture": "first pinned"}


def time_clause(reader: Reader, entity: EntityName, *, negated: bool, inner: bool = True) -> Condition | None:
    """Take a verb with a span: created last month; of pins a span alone."""
    start = reader.place
    older = reader.attempt(lambda: _older(reader, entity))
    if older is not None:
        return Not(older) if negated else older
    verb = reader.take_from(reader.vocabulary.times[entity])
    if verb:
        reader.note(start, f"by {verb[0].table}.{verb[0].name}")
    span_at = reader.place
    span = take_span(reader)
    if span is None:
        return None
    if verb is None and entity != "pin" and inner:
        return None
    if verb is None and entity != "pin":
        raise _not_said(reader, entity, span_at)
    within = Within(Attribute((), verb[0] if verb else pinned_at(reader)), span.start, span.end)
    return Not(within) if negated else within


def pinned_at(reader: Reader) -> Field:
    """Return the field that says when a pin was made."""
    return next(one for one in reader.vocabulary.catalog.fields["pin"] if one.name == "created_at")


def _not_said(reader: Reader, entity: EntityName, span_at: int) -> Exception:
    """Return the refusal of a span that may be one of several times, with two questions that can be asked."""
    span, plural = reader.words(span_at, reader.place), ENTITIES[entity].plural
    said = f"say '{plural} {_BY_OWN_TIME[entity]} {span}', or '{plural} with pins {span}'"
    return reader.refuse(f"it isn't said what {span!r} is about", said)


def _older(reader: Reader, entity: EntityName) -> Condition | None:
    """Take an age: older than 2026-01-01, newer than March."""
    start = reader.place
    word = reader.take("older than", "newer than", "younger than")
    days = take_span(reader) if word else None
    field = next((one for one in reader.vocabulary.catalog.fields[entity] if one.name == "created_at"), None)
    if word and days is None and field is not None:
        raise reader.refuse(f"no date stands behind {word!r}", f"say '{ENTITIES[entity].plural} {word} 2026-01-01'")
    if days is None or field is None:
        return None
    reader.note(start, f"by {field.table}.{field.name}", 2)
    if word == "older than":
        return Within(Attribute((), field), None, days.start)
    return Within(Attribute((), field), days.end, None)
