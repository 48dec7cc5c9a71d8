"""What is said of a field by its name: category design, confidence above 0.9, a name that contains a word."""

from workflows.questions.grammar.basics.phrases import (
    Bound,
    checked_number,
    take_attribute,
    take_bound,
    take_operator,
)
from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.basics.spans import take_span
from workflows.questions.grammar.basics.value_lists import (
    no_such_value,
    take_text,
    take_unknown,
    take_values,
    value_condition,
)
from workflows.questions.lexicon.star import ENTITIES
from workflows.questions.query.query_tree import (
    Attribute,
    Average,
    Both,
    Comparison,
    Condition,
    EntityName,
    FieldKind,
    Missing,
    Not,
    Text,
    TextMatch,
    Truth,
    Value,
    Within,
)

KINDS: tuple[FieldKind, ...] = ("number", "text", "time", "truth", "list")
_MATCHES: dict[str, TextMatch] = {
    **dict.fromkeys(("contains", "contain", "containing", "includes", "include", "including", "mentions"), "contains"),
    **dict.fromkeys(("mention", "mentioning", "that contains", "that contain", "has", "with", "has word"), "contains"),
    **dict.fromkeys(("contains word", "contain word", "containing word", "with word", "that includes"), "contains"),
    **dict.fromkeys(
        ("starts with", "start with", "starting with", "begins with", "beginning with", "begin with"), "begins"
    ),
    **dict.fromkeys(("that starts with", "that begins with", "that start with"), "begins"),
    **dict.fromkeys(("ends with", "end with", "ending with", "ending in", "ends in", "that ends with"), "ends"),
    **dict.fromkeys(("is exactly", "equals", "equal", "=", "called"), "is"),
}
_EQUAL = ("exactly", "equal", "equals", "of", "=", "precisely", "only")
_HIGHER = ("above", "below", "higher than", "lower than", "over", "under", "better than")
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


def attribute_clause(  # noqa: PLR0911 - a case a kind
    reader: Reader, entity: EntityName, *, negated: bool
) -> Condition | None:
    """Take a field and what is said of it."""
    missing = reader.take("unknown", "missing", "unset", "null")
    counts = reader.take("number of", "count of", "total number of")
    attribute = take_attribute(reader, entity, ("number",) if counts else KINDS)
    if attribute is None:
        return None
    if missing:
        return Missing(attribute, negated)
    negated = (reader.take("not", meaning="not") is not None) != negated
    if (unknown := take_unknown(reader, attribute, negated=negated)) is not None:
        return unknown
    match attribute.field.kind:
        case "number":
            return number_clause(reader, entity, attribute, negated=negated)
        case "text" | "list":
            return _text(reader, entity, attribute, negated=negated)
        case "time":
            return _time(reader, attribute, negated=negated)
        case "truth":
            word = reader.take(*_TRUTHS)
            return Truth(attribute, _TRUTHS[word] != negated) if word else None


def names_a_field(reader: Reader, entity: EntityName) -> bool:
    """Say whether the noun that is next is part of the longer name of a field, as in ``owner category``."""
    noun = reader.vocabulary.nouns.longest(reader.stems())
    named = reader.vocabulary.attributes[entity].longest(reader.stems())
    return noun is not None and named is not None and named[1] > noun[1]


def refuse_owners_category(reader: Reader) -> None:
    """Refuse an owner's category, with a possessive: what the owner says of the board, or likes best."""
    token = reader.token
    if token is not None and token.word == "owner" and token.text.lower() != "owner":
        problem = f"{token.text!r} category may be what the owner filed the board under, or is interested in"
        remedy = "say 'boards whose owner category is art', or 'boards whose owner is interested in art'"
        raise reader.refuse(problem, remedy)


def differing(reader: Reader, entity: EntityName) -> Condition | None:
    """Take a field that differs from another: a different owner category, a different category and owner category."""
    start = reader.place
    first = take_attribute(reader, entity, ("text",)) if reader.take("different", "differing") else None
    if first is None:
        return None
    behind = reader.take("and", "than", "from")
    second = take_attribute(reader, entity, ("text",)) if behind else None
    if not behind:
        second = _counterpart(reader, entity, first)
    group = reader.vocabulary.group_of(first.field)
    if second is None or second == first or group != reader.vocabulary.group_of(second.field):
        raise _different_from_what(reader, entity, first)
    reader.note(start, f"{first.field.name} is another than {second.field.name}")
    return Comparison(first, "<>", second)


def _counterpart(reader: Reader, entity: EntityName, first: Attribute) -> Attribute | None:
    """Return what a field differs from where that isn't said: of a board the category, or the one its owner gave."""
    other = {"category": "owner_category", "owner_category": "category"}.get(first.field.name)
    found = next((one for one in reader.vocabulary.catalog.fields[entity] if one.name == other), None)
    if found is None or first.steps:
        return None
    reader.remark(f"a different {first.field.name} is read as one that isn't the {other}")
    return Attribute((), found)


def _different_from_what(reader: Reader, entity: EntityName, first: Attribute) -> Exception:
    plural, name = ENTITIES[entity].plural, first.field.name.replace("_", " ")
    known = reader.vocabulary.catalog.values.get(reader.vocabulary.group_of(first.field) or "", ())
    remedy = f"say '{plural} whose {name} is not {known[0]}'" if known else f"say '{plural} with no {name}'"
    return reader.refuse(f"it isn't said what the {name} differs from", remedy)


def number_clause(reader: Reader, entity: EntityName, value: Value, *, negated: bool) -> Condition | None:
    """Take what a number is compared with: another number, another field, the average."""
    found = reader.first(
        lambda: _against_average(reader, entity, value),
        lambda: _against_bound(reader, value),
        lambda: _against_field(reader, entity, value),
    )
    return Not(found) if found is not None and negated else found


def bounded(reader: Reader, value: Value, bound: Bound) -> Condition:
    """Return the comparison of a value with a number, or with two."""
    attribute = value if isinstance(value, Attribute) else None
    first = Comparison(value, bound.operator, checked_number(reader, bound.number, attribute))
    if bound.last is None:
        return first
    return Both((first, Comparison(value, "<=", checked_number(reader, bound.last, attribute))))


def _against_average(reader: Reader, entity: EntityName, value: Value) -> Condition | None:
    start = reader.place
    operator = take_operator(reader)
    if operator is None or not reader.take("average", "mean", "overall average", "average of all"):
        return None
    reader.note(start, f"{operator} the average over all {entity}s")
    return Comparison(value, operator, Average(entity, value))


def _against_bound(reader: Reader, value: Value) -> Condition | None:
    start = reader.place
    if isinstance(value, Attribute) and value.field.unit == "from 1" and reader.take(*_HIGHER):
        raise reader.refuse(f"a {value.field.name} above another may be a better or a larger one", "say at most 10")
    reader.take("of")
    is_count = not isinstance(value, Attribute) or value.field.name.startswith("n_")
    bound = take_bound(reader)
    plain = bound is not None and bound.operator == "=" and reader.tokens[start].word not in _EQUAL
    if bound is None or (plain and is_count):
        return None  # "pins 5" says neither how many nor which
    last = f" and <= {bound.last.value:g}" if bound.last else ""
    reader.note(start, f"{bound.operator} {bound.number.value:g}{last}")
    return bounded(reader, value, bound)


def _against_field(reader: Reader, entity: EntityName, value: Value) -> Condition | None:
    operator = take_operator(reader)
    reader.take("number of")
    other = take_attribute(reader, entity, ("number",)) if operator else None
    return Comparison(value, operator, other) if operator and other else None


def _text(reader: Reader, entity: EntityName, attribute: Attribute, *, negated: bool) -> Condition | None:
    start = reader.place
    operator = take_operator(reader)
    other = take_attribute(reader, entity, ("text",)) if operator in {"<>", "="} else None
    if operator and other:
        return Comparison(attribute, "<>" if (operator == "<>") != negated else "=", other)
    if operator not in {None, "<>", "="}:
        return None
    negated = negated != (operator == "<>")
    how = reader.take(*_MATCHES)
    group = reader.vocabulary.group_of(attribute.field)
    if attribute.field.kind == "list" or (group and how in {None, "equals", "="}):
        return _one_of(reader, attribute, group, negated=negated)
    is_quoted = reader.token is not None and reader.token.kind == "quoted"
    if how is None and not is_quoted:
        return None
    text = take_text(reader)
    if text is None:
        return None
    match = _MATCHES[how] if how else "is"
    reader.note(start, f"{'not ' if negated else ''}{match} {text!r}, whatever its capitals")
    return Text(attribute, match, text, negated)


def _one_of(reader: Reader, attribute: Attribute, group: str | None, *, negated: bool) -> Condition | None:
    if attribute.field.kind == "list" and attribute.field.inner == "term":
        text = take_text(reader)
        return value_condition(attribute, _Single(text), negated=negated) if text else None  # type: ignore[arg-type]
    group = group or "category"
    reader.take("about", "in", "of")
    values = take_values(reader, (group,))
    if values is None:
        if (
            reader.token is not None
            and reader.token.kind == "word"
            and reader.token.stem not in reader.vocabulary.words
        ):
            raise no_such_value(reader, group)
        return None
    if negated:
        reader.remark(f"those whose {attribute.field.name} isn't known are not among them")
    return value_condition(attribute, values, negated=negated)


class _Single:
    def __init__(self, text: str) -> None:
        self.members = (text.lower(),)


def _time(reader: Reader, attribute: Attribute, *, negated: bool) -> Condition | None:
    span = take_span(reader)
    if span is None:
        return None
    within = Within(attribute, span.start, span.end)
    return Not(within) if negated else within
