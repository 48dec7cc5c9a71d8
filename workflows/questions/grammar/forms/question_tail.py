"""What stands behind the noun that a question is about: clauses, an order, groups, how many rows; in any order."""

from dataclasses import dataclass, replace
from functools import partial

from workflows.questions.grammar.basics.phrases import COUNTING, take_attribute, take_direction
from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.basics.spans import take_span
from workflows.questions.grammar.clauses.clause_chains import of_the_same
from workflows.questions.grammar.clauses.measures import (
    most_of,
    refuse_what_may_be_of_both,
    take_measure,
)
from workflows.questions.grammar.clauses.noun_phrases import NounPhrase, clauses_behind, noun_phrase
from workflows.questions.grammar.clauses.relations import related_condition, those_of
from workflows.questions.grammar.clauses.verbs import DID, PIN_VERBS
from workflows.questions.grammar.forms.groups import created_per, take_groups
from workflows.questions.lexicon.star import ENTITIES
from workflows.questions.query.query_tree import (
    Attribute,
    Condition,
    EntityName,
    Exists,
    Group,
    Order,
    Query,
    RowCount,
    Summary,
    TimeBucket,
    Value,
    Within,
)

ROWS_OF_MOST = 10  # where "most" is asked for and no number is given
_SORTED = (
    *("sorted by", "ordered by", "ranked by", "sort by", "order by", "in order of", "sorted", "ordered", "ranked"),
    *("sorted on", "arranged by", "rank by"),
)
_LIMIT = ("limit", "at most", "only first", "first", "top", "show", "limited")
_IMPORTANCE = {"board": "page_rank", "user": "importance", "picture": "importance"}


@dataclass(frozen=True, slots=True)
class Tail:
    """All that is said of what a question is about."""

    phrase: NounPhrase
    conditions: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()
    groups: tuple[Group | EntityName, ...] = ()
    limit: int | None = None
    shown: tuple[Value, ...] = ()
    says_most: bool = False


def take_tail(reader: Reader, phrase: NounPhrase) -> Tail | None:
    """Take all that is said behind a noun, for as long as something is understood."""
    tail = Tail(phrase, phrase.conditions, phrase.order, (), phrase.limit)
    while not reader.at_end:
        reader.take("at all", "in total", "altogether")
        rules = (_ordered, _grouped, _in_span_of_group, _with_clauses, _limited)
        more = reader.first(*(partial(rule, reader, tail) for rule in rules))
        if more is None:
            return tail
        tail = more
    return tail


def that_others_have(reader: Reader, phrase: NounPhrase) -> NounPhrase | None:
    """Take whose they are where that stands before a verb: how many pins do users from Germany have."""
    start = reader.place
    others = noun_phrase(reader)
    if others is None or others.is_each:
        return None
    condition = related_condition(reader, phrase.entity, others.entity, others.conditions, negated=False, start=start)
    verb = reader.take_from(reader.vocabulary.times[phrase.entity])
    did = reader.take(*DID) if verb is None else None
    if condition is None or (verb is None and did is None):
        return None
    if phrase.entity == "board" and others.entity == "user" and did in PIN_VERBS:
        reader.take("on", "onto")
        pins = those_of(reader, "board", "user", others.conditions, counts=False)
        condition = Exists(pins) if pins else condition
    span = take_span(reader) if verb else None
    when = (Within(Attribute((), verb[0]), span.start, span.end),) if verb and span else ()
    return replace(phrase, conditions=(*phrase.conditions, condition, *when))


def listing(reader: Reader, tail: Tail) -> Query | None:
    """Return the list that is asked for; where groups are told apart and nothing is said of an order, their counts."""
    phrase, order, limit = tail.phrase, tail.order, tail.limit
    groups = tuple(group for group in tail.groups if isinstance(group, Attribute | TimeBucket))
    if len(groups) != len(tail.groups) or any(isinstance(group, TimeBucket) for group in groups if order):
        return None
    if groups and not order and limit is None and not phrase.says_top:
        count = RowCount()
        reader.remark(f"{ENTITIES[phrase.entity].plural} are counted, as groups were asked for")
        return Query(phrase.entity, tail.conditions, summary=count, groups=groups, order=order_of_groups(groups, count))
    if not order and phrase.says_top:
        order = _by_importance(reader, phrase.entity)
    if order and limit is None:
        limit = _settled_limit(reader, tail)
    if limit is not None and not order:
        reader.remark("no order was asked for, so the first are those with the smallest key")
    return Query(phrase.entity, tail.conditions, tail.shown, groups=groups, order=order, limit=limit)


def order_of_groups(groups: tuple[Group, ...], summary: Summary) -> tuple[Order, ...]:
    """Return the order of groups that nobody asked for: time goes on, other groups have the largest first."""
    if any(isinstance(group, TimeBucket) for group in groups):
        return ()
    return (Order(summary, descending=True),)


def _settled_limit(reader: Reader, tail: Tail) -> int | None:
    if tail.phrase.is_one or tail.groups:
        return 1
    if tail.phrase.order or tail.says_most or tail.phrase.says_top:
        reader.remark(f"no number was given, so the first {ROWS_OF_MOST} are shown; say top 50 for more")
        return ROWS_OF_MOST
    return None


def _by_importance(reader: Reader, entity: EntityName) -> tuple[Order, ...]:
    name = _IMPORTANCE.get(entity)
    if name is None:
        raise reader.refuse(
            f"it isn't said by what {ENTITIES[entity].plural} are ordered", "say, for example, newest pins"
        )
    field = next(one for one in reader.vocabulary.catalog.fields[entity] if one.name == name)
    reader.remark(f"top without a measure means by importance, {field.table}.{field.name}")
    return (Order(Attribute((), field), descending=True),)


def _in_span_of_group(reader: Reader, tail: Tail) -> Tail | None:
    """Take a span behind a group that is one of time: created per month in 2026."""
    times = [group.value for group in tail.groups if isinstance(group, TimeBucket)]
    span = take_span(reader) if len(times) == 1 else None
    return replace(tail, conditions=(*tail.conditions, Within(times[0], span.start, span.end))) if span else None


def _with_clauses(reader: Reader, tail: Tail) -> Tail | None:
    found = clauses_behind(reader, tail.phrase.entity, inner=False)
    if not found:
        return None
    both = of_the_same(tail.conditions[-1], found[0]) if tail.conditions else None
    if isinstance(both, Exists) and both.is_of_pin:
        return replace(tail, conditions=(*tail.conditions[:-1], both, *found[1:]))
    return replace(tail, conditions=(*tail.conditions, *found))


def _grouped(reader: Reader, tail: Tail) -> Tail | None:
    groups = reader.attempt(lambda: take_groups(reader, tail.phrase.entity)) or created_per(reader, tail.phrase.entity)
    return replace(tail, groups=(*tail.groups, *groups)) if groups and not tail.groups else None


def _limited(reader: Reader, tail: Tail) -> Tail | None:
    start = reader.place
    if reader.token is not None and reader.token.kind == "comma":
        reader.advance()
    if tail.limit is not None or not reader.take(*_LIMIT):
        return None
    number = reader.take_number()
    if number is None or number.is_share or number.value < 1 or not float(number.value).is_integer():
        return None
    reader.take("rows", "results", "only")
    reader.note(start, f"at most {number.value:,} rows")
    return replace(tail, limit=int(number.value))


def _ordered(reader: Reader, tail: Tail) -> Tail | None:
    if reader.token is not None and reader.token.kind == "comma":
        reader.advance()
    if tail.order:
        return None  # two orders have no order
    reader.take("and", "that", "who", "which")
    most = reader.attempt(lambda: most_of(reader, tail.phrase.entity, noun_phrase))
    order = most or reader.attempt(lambda: _sorted(reader, tail))
    says_most = tail.says_most or most is not None or tail.phrase.says_top
    return replace(tail, order=(*tail.order, *order), says_most=says_most) if order else None


def _comma_then_direction(reader: Reader) -> bool | None:
    if reader.token is None or reader.token.kind != "comma":
        return None
    reader.advance()
    place = reader.place
    found = take_direction(reader)
    reader.place = place
    return True if found is not None else None


def _more_than_measured(reader: Reader, start: int) -> tuple[NounPhrase, str] | None:
    """Return the longer noun phrase that begins where a measure did, and its words: pins by users from Germany."""
    end, found = reader.place, list[tuple[NounPhrase, str]]()

    def looked_at() -> None:
        reader.place = start
        reader.take(*COUNTING)
        noun_at = reader.place
        phrase = noun_phrase(reader)
        if phrase is not None and reader.place > end:
            found.append((phrase, reader.words(noun_at, reader.place)))

    reader.attempt(looked_at)
    reader.place = end
    return found[0] if found else None


def _sorted(reader: Reader, tail: Tail) -> tuple[Order, ...] | None:
    start = reader.place
    says_sorted = reader.take(*_SORTED)
    if not says_sorted and not reader.take("by"):
        return None
    entity, by_at = tail.phrase.entity, reader.place
    value: Value | None = take_measure(reader, entity, None)
    more = _more_than_measured(reader, by_at) if value is not None else None
    if more and more[0].entity == "user" and not says_sorted and reader.tokens[by_at].stem == "user":
        return None  # "boards by users from Germany" are theirs, in no order
    if more:
        plural = ENTITIES[entity].plural
        problem = f"{more[1]!r} may be what {plural} are sorted by, or its end may be said of the {plural}"
        raise reader.refuse(problem, f"say '{plural} with the most {more[1]}', or say it of the {plural} first")
    refuse_what_may_be_of_both(reader, entity, value, noun_phrase)
    if value is None:
        value = take_attribute(reader, entity, ("time", "text", "number"))
    if value is None:
        return None
    is_text = isinstance(value, Attribute) and value.field.kind == "text"
    if isinstance(value, Attribute) and reader.vocabulary.group_of(value.field) and not says_sorted:
        return None
    reader.attempt(lambda: _comma_then_direction(reader))
    direction = take_direction(reader)
    is_place = isinstance(value, Attribute) and value.field.name == "rank_order"
    is_time = isinstance(value, Attribute) and value.field.kind == "time"
    descending = direction if direction is not None else not (is_text or is_place or is_time)
    if direction is None and not is_text:
        first = "the first place" if is_place else "the earliest" if is_time else "the largest"
        reader.remark(f"{reader.words(start, reader.place)!r}: {first} first")
    return (Order(value, descending),)
