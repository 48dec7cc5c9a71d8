"""Values in words: one category, several countries, a text in quotes."""

from dataclasses import dataclass

from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.lexicon.english import listed, near_words
from workflows.questions.query.query_tree import Attribute, Condition, Membership, Missing

_CONJUNCTIONS = ("or", "and", "nor", "as well as")
_CODE = 2  # letters of the code of a country
_MOST_LISTED = 12
_UNKNOWN = ("unknown", "none", "null", "unset", "missing", "nothing")
# Words that may follow a text which stands without quotes; any other may belong to it.
_BEHIND_TEXTS = frozenset(
    (
        *("and", "or", "but", "nor", "not", "in", "as", "among", "with", "without", "that", "who", "which", "whose"),
        *("where", "about", "by", "of", "on", "from", "for", "per", "each", "have", "has", "had", "having", "own"),
        *("owns", "created", "made", "joined", "pinned", "sorted", "ordered", "ranked", "limit", "first", "top"),
        *("last", "this", "since", "before", "after", "between", "during", "until", "more", "most", "than", "filed"),
    )
)


@dataclass(frozen=True, slots=True)
class Values:
    """Values of one group of columns; several are alternatives, as a row has one of them."""

    group: str
    members: tuple[str, ...]


def take_values(reader: Reader, groups: tuple[str, ...], *, whole: bool = False) -> Values | None:
    """Take a value of one of some groups, and more of the same group behind ``or``, ``and`` or a comma.

    With `whole` a word that is only a part of a value isn't taken, as ``food`` of ``food_drink`` is.
    """
    start = reader.place
    first = _one_value(reader, groups, whole=whole)
    if first is None:
        return None
    group, members = first[0], [first[1]]
    by_and = False

    def another() -> str | None:
        nonlocal by_and
        comma = _take_comma(reader)
        word = reader.take(*_CONJUNCTIONS)
        if not comma and not word:
            return None
        reader.take("not about", "about", "in", "from", "on")
        found = _one_value(reader, (group,), whole=whole)
        by_and = by_and or (found is not None and word in {"and", "as well as"})
        return found[1] if found else None

    while (found := reader.attempt(another)) is not None:
        members.append(found)
    if by_and:
        reader.remark(f"a row has one {group}, so {reader.words(start, reader.place)!r} means any of them")
    return Values(group, tuple(dict.fromkeys(members)))


def take_text(reader: Reader, *, tells: bool = True) -> str | None:
    """Take a text: in quotes, or one word that stands for itself; where more follows, a refusal may tell of it."""
    token = reader.token
    if token is None or token.kind in {"sign", "comma", "other"} or not token.text.strip():
        return None
    reader.advance()
    if token.kind != "quoted" and not at_end_of_text(reader):
        if not tells:
            return None
        said = f"{token.text} {reader.token.text}" if reader.token else token.text
        reader.doubt(f"it isn't said where the text {said!r} ends", f'put it in quotes, as "{said}"')
        return None
    return token.text


def at_end_of_text(reader: Reader) -> bool:
    """Say whether a text of one word is over: at the end, or before a word that begins something else."""
    token = reader.token
    return token is None or token.kind in {"comma", "sign"} or token.word in _BEHIND_TEXTS or token.kind == "quoted"


def value_condition(attribute: Attribute, values: Values, *, negated: bool) -> Condition:
    """Return the condition that an attribute has one of some values."""
    return Membership(attribute, values.members, negated)


def take_unknown(reader: Reader, attribute: Attribute, *, negated: bool) -> Condition | None:
    """Take a word that says that a value is missing."""
    start = reader.place
    if not reader.take(*_UNKNOWN):
        return None
    reader.note(start, f"{attribute.field.name} is {'set' if negated else 'missing'}")
    return Missing(attribute, negated)


def no_such_value(reader: Reader, group: str) -> Exception:
    """Return the refusal of a word that is no value of a group, with what the values are."""
    word = reader.token.text if reader.token else ""
    catalog = reader.vocabulary.catalog
    if group in catalog.left_out:
        return reader.refuse(f"{group} has too many values to know {word!r}", f'put it in quotes: {group} "{word}"')
    values = [*catalog.values.get(group, ())]
    parts = reader.vocabulary.parts[group]
    near = [parts[one][0] if one in parts else one for one in near_words(word, [*values, *parts])]
    near = [*dict.fromkeys(near)]
    shown = near or values[:_MOST_LISTED]
    more = "" if near or len(values) <= _MOST_LISTED else f" and {len(values) - _MOST_LISTED} more"
    return reader.refuse(f"no {group} is called {word!r}", f"there are {listed(shown, 'and')}{more}" if shown else "")


def _one_value(reader: Reader, groups: tuple[str, ...], *, whole: bool) -> tuple[str, str] | None:
    start = reader.place
    for group in groups:
        found = reader.take_from(reader.vocabulary.values[group])
        if found and group == "country" and not _is_meant(reader, start):
            reader.place = start
        elif found:
            return group, _noted(reader, start, group, found[0])
    token = reader.token
    if token is None:
        return None
    if token.kind == "quoted":
        group = groups[0]
        reader.advance()
        if group in reader.vocabulary.catalog.left_out or token.text in reader.vocabulary.catalog.values[group]:
            return group, _noted(reader, start, group, token.text)
        reader.place = start
        raise no_such_value(reader, group)
    for group in () if whole else groups:
        several = reader.vocabulary.parts[group].get(token.stem, ())
        if len(several) > 1:
            raise reader.refuse(f"{token.text!r} may be {listed(several)}", "name one of them whole")
        if several:
            reader.advance()
            return group, _noted(reader, start, group, several[0])
    return None


def _is_meant(reader: Reader, start: int) -> bool:
    """Say whether a code is meant: ``IN`` and ``in`` are a country and a preposition."""
    text = reader.words(start, reader.place)
    before = reader.tokens[start - 1].word if start else ""
    return len(text) > _CODE or text.isupper() or before in {"from", "country", "in"}


def _noted(reader: Reader, start: int, group: str, value: str) -> str:
    reader.note(start, f"{group} {value}")
    if value not in reader.vocabulary.catalog.values[group] and group not in reader.vocabulary.catalog.left_out:
        reader.remark(f"nothing in this version has the {group} {value}")
    return value


def _take_comma(reader: Reader) -> bool:
    if reader.token is None or reader.token.kind != "comma":
        return False
    reader.advance()
    return True
