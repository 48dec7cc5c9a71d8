"""Questions whose answer is a number, or one of each group: how many, the average of, the share of."""

from dataclasses import replace
from functools import partial

from workflows.questions.grammar.basics.phrases import said_of, take_attribute
from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.clauses.measures import in_span
from workflows.questions.grammar.clauses.noun_phrases import NounPhrase, clauses_behind, head_phrase, noun_phrase
from workflows.questions.grammar.clauses.relations import all_of
from workflows.questions.grammar.clauses.verbs import DID, REPIN_VERBS
from workflows.questions.grammar.forms.groups import take_groups
from workflows.questions.grammar.forms.question_tail import Tail, order_of_groups, take_tail, that_others_have
from workflows.questions.lexicon.english import listed
from workflows.questions.lexicon.star import ENTITIES, IS_REPIN
from workflows.questions.query.query_tree import (
    Aggregate,
    Attribute,
    Condition,
    EntityName,
    Group,
    Order,
    Query,
    RowCount,
    Share,
    Summary,
    TimeBucket,
    Value,
)

_HOW_MANY = (
    *(
        "how many",
        "number of",
        "count of",
        "count",
        "total number of",
        "total count of",
        "what number of",
        "total",
        "amount of",
    ),
    *("how many different", "how many distinct", "how many unique", "number of different", "number of distinct"),
    *("number of unique", "count number of", "how many of", "count all", "how many total"),
)
_DISTINCT = {
    "how many different",
    "how many distinct",
    "how many unique",
    "number of different",
    "number of distinct",
    "number of unique",
}
_SHARE = (
    *("share of", "percentage of", "percent of", "proportion of", "fraction of", "rate of", "how large share of"),
    *("share of all", "percentage of all", "proportion of all", "fraction of all"),
)
_IN_TOTAL = ("in total", "altogether", "overall", "total", "in all", "exist", "in data", "in dataset")


def count_question(reader: Reader) -> Query | None:
    """Take how many there are: how many boards are about design, number of pins per country."""
    start = reader.place
    said = reader.take(*_HOW_MANY)
    if said is None:
        return None
    reader.note(start, "how many")
    return reader.first(lambda: _count(reader), lambda: _count_values(reader))


def share_question(reader: Reader) -> Query | None:
    """Take the share of rows for which the last clause holds, among those for which the others do."""
    start = reader.place
    said = reader.take(*_SHARE)
    if not said:
        return None
    in_percent = "percent" in said
    reader.note(start, "the share, in percent" if in_percent else "the share, 0 to 1")
    phrase = head_phrase(reader)
    if phrase is None:
        return None
    groups: tuple[Group | EntityName, ...] = ()
    conditions: list[Condition] = []
    while not reader.at_end:
        found = clauses_behind(reader, phrase.entity, inner=False)
        conditions += found
        more = reader.attempt(partial(take_groups, reader, phrase.entity)) if not groups else None
        groups = more or groups
        if not found and not more:
            return None
    if not conditions and phrase.conditions:
        conditions, phrase = [all_of(phrase.conditions)], replace(phrase, conditions=())
    if not conditions or any(not isinstance(group, Attribute | TimeBucket) for group in groups):
        return None
    if len(conditions) > 1:
        reader.remark(
            "the share is of those for which the first clauses hold, and counts those for which the last does"
        )
    summary = Share(conditions[-1], in_percent)
    return numbered(Tail(phrase, (*phrase.conditions, *conditions[:-1]), groups=groups), summary)


def _count(reader: Reader) -> Query | None:
    phrase = head_phrase(reader)
    if phrase is None:
        return None
    received = reader.attempt(partial(_received_by_others, reader, phrase))
    if received is not None:
        return received
    phrase = reader.attempt(partial(that_others_have, reader, phrase)) or phrase
    if phrase.is_each:
        return None
    each = reader.attempt(lambda: _each_of_others(reader, phrase))
    if each is not None:
        return each
    tail = take_tail(reader, phrase)
    reader.take(*_IN_TOTAL)
    if tail is None or tail.order or tail.limit is not None:
        return None
    return _counted(reader, tail)


def _counted(reader: Reader, tail: Tail) -> Query | None:
    """Return the count of rows; per entity by the column that has it, where nothing else is said."""
    entities = [group for group in tail.groups if isinstance(group, str) or _is_key(group)]
    if len(tail.groups) == 1 and entities and tail.conditions == tail.phrase.conditions:
        group = tail.groups[0]
        other = group if isinstance(group, str) else group.field.entity  # type: ignore[union-attr]  # a key
        column = _column_that_counts(reader, other, tail.phrase)
        if column is not None:
            return Query(other, shown=(column,), order=(Order(column, descending=True),))
    if any(isinstance(group, str) for group in tail.groups):
        names = listed([group for group in tail.groups if isinstance(group, str)])
        problem = f"{ENTITIES[tail.phrase.entity].plural} don't belong to one {names}"
        raise reader.refuse(problem, f"ask for {names}s with a number of {ENTITIES[tail.phrase.entity].plural}")
    if entities:
        reader.remark("those with none at all are not among the rows")
    return numbered(tail, RowCount())


def _is_key(group: Group | EntityName) -> bool:
    return isinstance(group, Attribute) and group.field.name == ENTITIES[group.field.entity].key and bool(group.steps)


def _column_that_counts(reader: Reader, other: EntityName, phrase: NounPhrase) -> Attribute | None:
    name = f"n_{ENTITIES[phrase.entity].plural}"
    if phrase.conditions:
        name = "n_repins" if phrase.conditions == (IS_REPIN,) else ""
    field = next((one for one in reader.vocabulary.catalog.fields[other] if one.name == name), None)
    return Attribute((), field) if field else None


def _received_by_others(reader: Reader, phrase: NounPhrase) -> Query | None:
    """Take repins that others received or gave: how many repins did boards about art receive last month."""
    others = noun_phrase(reader) if phrase.conditions == (IS_REPIN,) else None
    verb = reader.take(*REPIN_VERBS) if others else None
    if others is None or verb is None:
        return None
    name = REPIN_VERBS[verb]
    field = next((one for one in reader.vocabulary.catalog.fields[others.entity] if one.name == name), None)
    if field is None:
        return None
    reader.note(reader.place - 1, said_of(Attribute((), field)))
    value = in_span(reader, Attribute((), field))
    if value is None:
        return None
    if others.is_each:
        return Query(others.entity, others.conditions, (value,), order=(Order(value, descending=True),))
    return Query(others.entity, others.conditions, summary=Aggregate("sum", value))


def _each_of_others(reader: Reader, phrase: NounPhrase) -> Query | None:
    """Take of each of what they are counted: how many pins does each board have."""
    start = reader.place
    others = noun_phrase(reader)
    if others is None or not others.is_each:
        return None
    reader.take(*DID)
    column: Value | None = _column_that_counts(reader, others.entity, phrase)
    if not isinstance(column, Attribute):
        return None
    reader.note(start, said_of(column))
    column = in_span(reader, column)
    if column is None:
        return None
    return Query(others.entity, others.conditions, (column,), order=(Order(column, descending=True),))


def _count_values(reader: Reader) -> Query | None:
    """Take how many different values a column has: how many categories are there."""
    for entity in ("board", "user", "picture", "pin"):
        found = reader.attempt(partial(_count_values_of, reader, entity))
        if found is not None:
            return found
    return None


def _count_values_of(reader: Reader, entity: EntityName) -> Query | None:
    attribute = take_attribute(reader, entity, ("text",))
    if attribute is None or attribute.steps:
        return None
    reader.take(*_IN_TOTAL)
    conditions: tuple[Condition, ...] = ()
    said_of_what = reader.take("of", "among", "for", "across")
    phrase = reader.attempt(lambda: head_phrase(reader))
    if phrase is None and said_of_what:
        return None
    if phrase is not None:
        if phrase is None or phrase.entity != entity or phrase.order:
            return None
        conditions = (*phrase.conditions, *clauses_behind(reader, entity, inner=False))
        reader.take("have", "come from", "belong", "live in", "use", "cover", "come")
    else:
        reader.remark(f"counted are the different values of {attribute.field.table}.{attribute.field.name}")
    return Query(entity, conditions, summary=RowCount(attribute))


def numbered(tail: Tail, summary: Summary) -> Query | None:
    """Return the query for a number of all rows, or of each group; None if a group is no value of a row."""
    groups = tuple(group for group in tail.groups if isinstance(group, Attribute | TimeBucket))
    if len(groups) != len(tail.groups):
        return None
    order = order_of_groups(groups, summary) if groups else ()
    return Query(tail.phrase.entity, tail.conditions, summary=summary, groups=groups, order=order)
