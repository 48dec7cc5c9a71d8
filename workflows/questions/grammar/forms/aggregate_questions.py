"""Questions for a value of all rows together: the average, sum, median, largest or smallest of a field."""

from functools import partial

from workflows.questions.grammar.basics.phrases import take_attribute
from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.clauses.measures import take_measure
from workflows.questions.grammar.clauses.noun_phrases import NounPhrase, head_phrase
from workflows.questions.grammar.clauses.verbs import DID
from workflows.questions.grammar.forms.number_questions import numbered
from workflows.questions.grammar.forms.question_tail import take_tail
from workflows.questions.lexicon.english import listed
from workflows.questions.lexicon.star import ENTITIES
from workflows.questions.query.query_tree import (
    Aggregate,
    AggregateName,
    Attribute,
    EntityName,
    Query,
    Related,
    Value,
)

_FUNCTIONS: dict[str, AggregateName] = {
    **dict.fromkeys(("average", "mean", "avg", "on average how many", "average of", "mean of"), "avg"),
    **dict.fromkeys(("sum of", "total", "sum", "sum up", "total sum of", "total of"), "sum"),
    **dict.fromkeys(("maximum", "max", "highest", "largest", "greatest", "biggest", "most"), "max"),
    **dict.fromkeys(("minimum", "min", "lowest", "smallest", "fewest", "least"), "min"),
    **dict.fromkeys(("median", "median of"), "median"),
}
_OVER = ("of", "per", "for", "on", "in", "by", "across", "among", "over", "of all", "for each", "across all", "from")
_ENTITIES: tuple[EntityName, ...] = ("board", "user", "picture", "pin")


def aggregate_question(reader: Reader) -> Query | None:
    """Take an average, a sum, a median, the largest or smallest of a field."""
    start = reader.place
    on_average = _on_average(reader)
    word = on_average or reader.take(*_FUNCTIONS)
    if word is None:
        return None
    function = _FUNCTIONS[word]
    reader.note(start, f"{function} of all rows")
    reader.take("of")
    if reader.token is not None and reader.token.word == "value":
        reader.take("value of")
    found = reader.first(
        *(partial(_aggregate_of, reader, function, entity, says_have=on_average is not None) for entity in _ENTITIES)
    )
    return found or _aggregate_alone(reader, function)


def _on_average(reader: Reader) -> str | None:
    """Take ``how many`` where the question ends with ``on average``, which is taken with it."""
    if [token.word for token in reader.tokens[-2:]] != ["on", "average"] or not reader.take("how many"):
        return None
    reader.cut(2)
    return "average"


def _aggregate_of(reader: Reader, function: AggregateName, entity: EntityName, *, says_have: bool) -> Query | None:
    """Take a field, then what it is a field of: pins per board about design, by country."""
    value = _aggregated(reader, entity)
    over = reader.take(*_OVER) if value is not None else None
    if value is None:
        return None
    phrase = head_phrase(reader)
    if phrase is None or phrase.entity != entity or phrase.order or phrase.limit is not None:
        return None
    tail = take_tail(reader, phrase)
    has = reader.take(*DID)
    if not (over or has or says_have):
        return None
    if tail is None or tail.order or tail.limit is not None:
        return None
    return numbered(tail, Aggregate(function, value))


def _aggregate_alone(reader: Reader, function: AggregateName) -> Query | None:
    """Take a field that one kind of entity alone has: the average page rank."""
    found: list[Query] = []
    start, end = reader.place, reader.place
    for entity in _ENTITIES:
        one = reader.attempt(partial(_alone, reader, function, entity))
        if one is not None:
            found.append(one)
            end = max(end, reader.place)
            reader.place = start
    if len(found) > 1:
        options = listed(f"{ENTITIES[one.entity].plural}" for one in found)
        raise reader.refuse(f"{reader.words(start, end)!r} may be of {options}", "say of which, as per board")
    return reader.attempt(lambda: _alone(reader, function, found[0].entity)) if found else None


def _alone(reader: Reader, function: AggregateName, entity: EntityName) -> Query | None:
    value = _aggregated(reader, entity)
    if value is None or (isinstance(value, Attribute) and value.steps):
        return None
    tail = take_tail(reader, NounPhrase(entity))
    if tail is None or tail.order or tail.limit is not None or not reader.at_end:
        return None
    if tail.groups and isinstance(value, Attribute | Related) and is_count(value):
        raise _average_of_what(reader, function, entity, value)
    reader.remark(f"taken over all {ENTITIES[entity].plural}, as they alone have it")
    return numbered(tail, Aggregate(function, value))


def is_count(value: Value) -> bool:
    """Say whether a value is a number of pins, boards, users or pictures, and not a measure like a page rank."""
    return isinstance(value, Related) or (isinstance(value, Attribute) and value.field.name.startswith("n_"))


def _average_of_what(reader: Reader, function: AggregateName, entity: EntityName, value: Value) -> Exception:
    """Return the refusal of an average of a count in groups: of users per country, of which there is one number."""
    counted = value.field.name.removeprefix("n_") if isinstance(value, Attribute) else "pins"
    counted = counted.replace("_", " ")
    word = {"avg": "average", "sum": "total", "min": "minimum", "max": "maximum", "median": "median"}[function]
    problem = f"it isn't said of what the {word} number of {counted} in each group is taken"
    return reader.refuse(problem, f"say '{word} number of {counted} per {entity}', and by which group behind it")


def _aggregated(reader: Reader, entity: EntityName) -> Value | None:
    value = take_measure(reader, entity, None)
    return value if value is not None else take_attribute(reader, entity, ("time",))
