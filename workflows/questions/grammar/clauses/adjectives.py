"""Adjectives, before a noun or behind it: empty boards, pins that are not repins."""

from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.lexicon.word_file import Adjective
from workflows.questions.query.query_tree import (
    Attribute,
    Comparison,
    Condition,
    EntityName,
    Field,
    Membership,
    Missing,
    Truth,
)


def adjective_condition(reader: Reader, entity: EntityName, *, negated: bool) -> Condition | None:
    """Take an adjective of an entity, as ``empty`` of a board."""
    start = reader.place
    found = reader.take_from(reader.vocabulary.adjectives[entity])
    if found is None:
        return None
    adjective = found[0]
    field = next(one for one in reader.vocabulary.catalog.fields[entity] if one.name == adjective.field)
    condition = _adjective(adjective, field, negated=negated)
    reader.note(start, f"{field.table}.{field.name} {_said(adjective)}{', negated' if negated else ''}")
    return condition


def _adjective(adjective: Adjective, field: Field, *, negated: bool) -> Condition:
    attribute = Attribute((), field)
    if adjective.missing:
        return Missing(attribute, negated)
    if adjective.truth is not None:
        return Truth(attribute, adjective.truth != negated)
    if adjective.value is not None:
        if not negated:
            return Membership(attribute, (adjective.value,))
        return Comparison(attribute, "<>", adjective.value) if field.name != "parent_status" else Missing(attribute)
    return Comparison(attribute, "<>" if negated else "=", adjective.equals or 0)


def _said(adjective: Adjective) -> str:
    if adjective.missing:
        return "is missing"
    if adjective.truth is not None:
        return f"is {str(adjective.truth).lower()}"
    return f"is {adjective.value if adjective.value is not None else adjective.equals}"


def attribute_named(reader: Reader, entity: EntityName, name: str) -> Attribute | None:
    """Return the field that a word means for an entity, as ``category`` of a pin; None if it has none."""
    several = reader.vocabulary.attributes[entity].get((name,), ())
    if len(several) > 1:
        options = " or ".join(f"{one.steps[-1].target} {name}" for one in several)
        raise reader.refuse(f"the {name} of a {entity} may be of several", f"say {options}")
    if several and several[0].steps:
        reader.remark(f"{name} of a {entity} is that of its {several[0].steps[-1].target}")
    return several[0] if several else None
