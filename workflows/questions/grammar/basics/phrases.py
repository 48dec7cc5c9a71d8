"""Short phrases that several rules share: an attribute of an entity, a comparison, a superlative, a noun."""

from dataclasses import dataclass

from workflows.questions.grammar.basics.reader import Number, Reader
from workflows.questions.lexicon.english import listed
from workflows.questions.query.query_tree import Attribute, EntityName, FieldKind, Operator

COUNTING = (
    *("number of", "numbers of", "count of", "amount of", "total number of", "total count of", "quantity of", "total"),
    *("number of different", "number of distinct", "number of unique", "different", "distinct", "unique"),
)
_OPERATORS: dict[str, Operator] = {
    **dict.fromkeys(("more than", "over", "above", "greater than", "exceeding", "higher than", "larger than"), ">"),
    **dict.fromkeys(("bigger than", "upwards of", "better than", "in excess of", ">", "exceed", "exceeds"), ">"),
    **dict.fromkeys(("at least", "no fewer than", "no less than", "not less than", "not fewer than", ">="), ">="),
    **dict.fromkeys(("minimum of", "minimum", "not below", "not under", "greater than or equal"), ">="),
    **dict.fromkeys(("fewer than", "less than", "under", "below", "smaller than", "lower than", "<"), "<"),
    **dict.fromkeys(("at most", "no more than", "not more than", "up", "maximum of", "maximum", "<="), "<="),
    **dict.fromkeys(("not above", "not over", "less than or equal"), "<="),
    **dict.fromkeys(("exactly", "equal", "equals", "precisely", "=", "only"), "="),
    **dict.fromkeys(("other than", "not equal", "different from", "differs from", "differ from", "<>"), "<>"),
}
_OPPOSITE: dict[Operator, Operator] = {">": "<=", "<=": ">", ">=": "<", "<": ">=", "=": "<>", "<>": "="}
_BEHIND: dict[str, Operator] = {
    **dict.fromkeys(
        ("or more", "and more", "or over", "or above", "and above", "or greater", "or higher", "+", "at least"), ">="
    ),
    **dict.fromkeys(
        ("or fewer", "or less", "and fewer", "and less", "or below", "or lower", "and below", "at most"), "<="
    ),
    **dict.fromkeys(("exactly",), "="),
}
_MOST = ("most", "highest", "largest", "greatest", "biggest", "maximum", "max", "top")
_LEAST = ("fewest", "least", "lowest", "smallest", "minimum", "min")
_DISTANCE = {"0 to 1": (0.0, 1.0), "sums to 1": (0.0, 1.0), "0 to 100": (0.0, 100.0)}


@dataclass(frozen=True, slots=True)
class Bound:
    """A comparison with a number, or with two."""

    operator: Operator
    number: Number
    last: Number | None = None  # of "between 10 and 20"


def take_attribute(reader: Reader, entity: EntityName, kinds: tuple[FieldKind, ...]) -> Attribute | None:
    """Take the name of a field of an entity, or of what it belongs to; refuse a name that several have."""
    start = reader.place
    found = reader.take_from(reader.vocabulary.attributes[entity])
    if found is None:
        return None
    several = [attribute for attribute in found[0] if attribute.field.kind in kinds]
    if not several:
        reader.place = start
        return None
    if len(several) > 1:
        word = reader.words(start, reader.place)
        options = listed(f"{one.steps[-1].target if one.steps else entity} {word}" for one in several)
        reader.doubt(f"{word!r} of a {entity} may be the {options}", "say which")
        reader.place = start
        return None
    reader.note(start, said_of(several[0]))
    return several[0]


def said_of(attribute: Attribute) -> str:
    """Return how an answer names a field: its column, and what it means."""
    field = attribute.field
    return f"{field.table}.{field.name}" + (f", {field.meaning}" if field.meaning else "")


def take_bound(reader: Reader) -> Bound | None:
    """Take a comparison with a number: more than 100, 100 or more, between 10 and 20, just 10; then what it is of."""
    return reader.first(lambda: _between(reader), lambda: _operator_first(reader), lambda: _number_first(reader))


def take_operator(reader: Reader) -> Operator | None:
    """Take a comparison without a number."""
    return reader.first(lambda: _operator(reader, negated=False), lambda: _operator(reader, negated=True))


def _operator(reader: Reader, *, negated: bool) -> Operator | None:
    if negated and not reader.take("not", meaning="not"):
        return None
    phrase = reader.take(*_OPERATORS)
    if phrase is None:
        return None
    return _OPPOSITE[_OPERATORS[phrase]] if negated else _OPERATORS[phrase]


def take_superlative(reader: Reader) -> bool | None:
    """Take ``most`` (True) or ``fewest`` (False), or a word like one."""
    start = reader.place
    for words, descending in ((_MOST, True), (_LEAST, False)):
        if reader.take(*words):
            reader.note(start, f"{'the largest' if descending else 'the smallest'} first")
            return descending
    return None


def checked_number(reader: Reader, number: Number, attribute: Attribute | None) -> float:
    """Return the value of a number that a field is compared with.

    Raises QuestionRefusedError if the field can't have it: 90 where it is from 0 to 1, 50 % of a number of pins.
    """
    low, high = _DISTANCE.get(attribute.field.unit if attribute else "", (None, None))
    if number.is_share and high is None:
        raise reader.refuse("a percentage is compared with what is no share", "give a number")
    value = number.value * (high or 1) if number.is_share else number.value
    if attribute and low is not None and high is not None and not low <= value <= high:
        problem = f"{attribute.field.name} is from {low:g} to {high:g}, and is compared with {value:g}"
        raise reader.refuse(problem, "give a number in that range, or a percentage")
    return value


def take_direction(reader: Reader) -> bool | None:
    """Take which way something is sorted: True from large to small; None where nothing is said."""
    start = reader.place
    downwards = (
        "descending",
        "desc",
        "in descending order",
        "from highest lowest",
        "highest first",
        "largest first",
        "newest first",
        "from high low",
        "decreasing",
        "most first",
        "biggest first",
        "from most least",
        "latest first",
    )
    upwards = (
        "ascending",
        "asc",
        "in ascending order",
        "from lowest highest",
        "lowest first",
        "smallest first",
        "oldest first",
        "from low high",
        "increasing",
        "alphabetically",
        "fewest first",
        "least first",
        "earliest first",
    )
    for words, descending in ((downwards, True), (upwards, False)):
        if reader.take(*words):
            reader.note(start, f"from {'large to small' if descending else 'small to large'}")
            return descending
    return None


def _between(reader: Reader) -> Bound | None:
    opened = reader.take("between", "from")
    first = reader.take_number() if opened else None
    if first is None or (opened == "between" and not reader.take("and")):
        return None
    last = reader.take_number()
    if last is None:
        return None
    if last.value < first.value:
        raise reader.refuse(f"nothing is between {first.value:g} and {last.value:g}", "name the smaller number first")
    return Bound(">=", first, last)


def _operator_first(reader: Reader) -> Bound | None:
    operator = take_operator(reader)
    number = reader.take_number() if operator else None
    return Bound(operator, number) if operator and number else None


def _number_first(reader: Reader) -> Bound | None:
    number = reader.take_number()
    if number is None:
        return None
    if reader.token is not None and "to" in reader.token.skipped and (last := reader.take_number()) is not None:
        return Bound(">=", number, last) if last.value >= number.value else None
    behind = reader.take(*_BEHIND)
    return Bound(_BEHIND[behind] if behind else "=", number)
