"""Which column is the time, the name, the category, the description, the link, the country of a pin, board or user."""

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.guessing.columns.column_names import NameReading, concepts_of
from joins.raw.guessing.columns.column_profiles import ColumnProfile, share_matching
from joins.raw.guessing.columns.vocabulary import Attribute, Subject
from joins.raw.guessing.guesses import FieldGuess
from joins.raw.guessing.ids.id_columns import Candidate
from joins.raw.guessing.source_samples import SourceSample
from joins.raw.mapped.category_spelling import CategorySpelling

# What may fill a field, by the attribute that a column's name tells, best first: a pin has no name but a title.
_ATTRIBUTES: dict[str, tuple[Attribute, ...]] = {
    "created_at": ("time",),
    "name": ("name",),
    "category": ("category",),
    "description": ("description", "name"),
    "link": ("link",),
    "username": ("username", "name"),
    "country": ("country",),
}
_TITLED = ("pin",)  # whose name may serve as description
_LESS = 0.7  # for each attribute that would have been better
_NO_CATEGORY = ("none", "n/a", "null", "nan", "-")
_ADDRESS = r"^\S+\.\S+$"  # a domain, or a URL without its scheme
_MOSTLY = 0.5  # of the values
_ADDRESSES = ("picture URL", "picture path")


def guess_attribute(
    sample: SourceSample, field: str, subject: Subject, row_subject: Subject, key: str, taken: set[str]
) -> FieldGuess:
    """Guess which column is an attribute of a subject; each row of the sample is a ``row_subject``.

    ``key`` is the column of the subject's id: where a row is something else, each id must stand with one value alone.
    Columns that are ``taken`` fill another field.

    Examples
    --------
    >>> import pyarrow as pa
    >>> saves = pa.table({"list": [1, 1], "list_title": ["Cakes", "Cakes"], "when": ["2021-04-05", "2021-04-06"]})
    >>> sample = SourceSample("saves.csv", saves)
    >>> guess_attribute(sample, "name", "board", "pin", "list", set()).column
    'list_title'
    >>> guess_attribute(sample, "created_at", "pin", "pin", "", set()).column
    'when'
    """
    if subject != row_subject and not key:
        return FieldGuess(field, f"no column names the {subject}")
    found = sorted(_candidates(sample, field, subject, row_subject, taken), key=lambda one: -one.score)
    fitting = [one for one in found if subject == row_subject or sample.is_one_for_each(key, one.column)]
    if fitting:
        best = fitting[0]
        guess = FieldGuess(field, best.why, best.column, others=tuple(one.column for one in fitting[1:3]))
        return _with_time(guess, sample.profiles[best.column]) if field == "created_at" else guess
    if found:
        return FieldGuess(field, f"the {subject}s have several values each", others=(found[0].column,))
    if field == "created_at" and (unread := _unread_times(sample, subject, row_subject)):
        shown = ", ".join(sample.profiles[unread].examples()[:1])
        why = (
            f"{unread!r} is named so, but no one form reads all its values as times, most since 1990, such as {shown!r}"
        )
        return FieldGuess(field, why, others=(unread,), doubt=f"left out: {why}")
    return FieldGuess(field, "no column found")


def guess_spelling(profile: ColumnProfile) -> tuple[CategorySpelling | None, str]:
    """Guess the rules for categories, and why: where spellings differ by blanks or case, or say that there is none.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from joins.raw.guessing.columns.column_profiles import profile_column
    >>> guess_spelling(profile_column("topic", pa.array(["Art", "art", "food"])))[1]
    '3 spellings become 2'
    """
    values = words_for_categories(profile)
    n_folded = pc.count_distinct(pc.utf8_lower(values)).as_py()
    is_folded = n_folded < len(values)
    nothing = pc.filter(profile.values, pc.invert(pc.is_in(profile.values, value_set=values))).to_pylist()
    aliases = {word.casefold() if is_folded else word: "" for word in (*nothing, *profile.null_words)}
    if not is_folded and not aliases and not profile.n_blank and not profile.has_blanks:
        return None, ""
    spelling = CategorySpelling(trim=True, casefold=is_folded, aliases=aliases)
    whys = [f"{len(values):,} spellings become {n_folded:,}"] if is_folded else []
    whys += ["some have blanks around them"] if profile.has_blanks else []
    whys += [f"{profile.n_blank:,} empty ones become none"] if profile.n_blank else []
    whys += [f"{', '.join(aliases)}: no category"] if aliases else []
    return spelling, "; ".join(whys)


def words_for_categories(profile: ColumnProfile) -> pa.Array:
    """Return the values of a column of categories without those that say that there is none.

    Examples
    --------
    >>> from joins.raw.guessing.columns.column_profiles import profile_column
    >>> words_for_categories(profile_column("topic", pa.array(["Art", "nan", "food"]))).to_pylist()
    ['Art', 'food']
    """
    is_nothing = pc.is_in(pc.utf8_lower(profile.values), value_set=pa.array(_NO_CATEGORY))
    return profile.values.filter(pc.invert(is_nothing))


def _candidates(
    sample: SourceSample, field: str, subject: Subject, row_subject: Subject, taken: set[str]
) -> Iterator[Candidate]:
    for name, reading in sample.readings.items():
        profile = sample.profiles[name]
        is_one_of_many = name.rpartition(".")[2].isdecimal()  # tags.0: the first of a list of texts
        if name in taken or is_one_of_many or not _fits(field, profile):
            continue
        score = _score(field, reading, subject, row_subject)
        if field == "link" and profile.look != "URL":  # a domain
            score *= _LESS
        if score:
            yield Candidate(name, score, f"named {name!r}{_looks(field, profile)}")
        elif subject == row_subject and (why := _by_values(field, name, reading, profile)):
            yield Candidate(name, 0.3, why)


def _score(field: str, reading: NameReading, subject: Subject, row_subject: Subject) -> float:
    attributes = _ATTRIBUTES[field]
    if field == "description" and subject not in _TITLED:
        attributes = attributes[:1]
    if reading.attribute not in attributes:
        return 0.0
    # A category beside a pin is that of its board if each board has one alone, a country that of its user.
    is_theirs = subject == row_subject or reading.attribute in ("category", "country", "username")
    if reading.subject != subject and not (reading.subject is None and is_theirs):
        return 0.0
    about = 1.0 if reading.subject == subject else 0.95
    return about * _LESS ** attributes.index(reading.attribute) * reading.clarity


def _by_values(field: str, name: str, reading: NameReading, profile: ColumnProfile) -> str:
    """Say why a column whose name says nothing fills a field all the same; empty if it doesn't."""
    if (reading.attribute == "id" and reading.named) or reading.subject in ("board", "user", "parent"):
        return ""
    is_sure = profile.time and not profile.time.unlikely  # birthdays may be told by their years alone
    if field == "created_at" and profile.kind == "time" and is_sure and "later" not in concepts_of(name)[0]:
        return f"times, {profile.time}"
    return "URLs" if field == "link" and profile.look == "URL" and reading.attribute in ("other", "id") else ""


def _fits(field: str, profile: ColumnProfile) -> bool:
    if field == "created_at":
        return profile.time is not None
    if field == "link":
        is_address = profile.look == "URL" or share_matching(profile.values, _ADDRESS) > _MOSTLY
        return profile.look not in _ADDRESSES and profile.kind == "text" and is_address
    return profile.kind not in ("truth value", "time") and (field != "description" or profile.look == "")


def _looks(field: str, profile: ColumnProfile) -> str:
    if field == "created_at":
        return f", {profile.time}"
    if field == "category":
        return f", {len(words_for_categories(profile)):,} different"
    return f", {profile.n_distinct:,} different" if field == "country" else ""


def _with_time(guess: FieldGuess, profile: ColumnProfile) -> FieldGuess:
    form = profile.time
    doubt = "; ".join(told for told in (form.doubt, form.unlikely) if told) if form else ""
    return replace(guess, time=form, doubt=doubt, why=f"{guess.why}; {doubt}" if doubt else guess.why)


def _unread_times(sample: SourceSample, subject: Subject, row_subject: Subject) -> str:
    named = [name for name, one in sample.readings.items() if _score("created_at", one, subject, row_subject)]
    return next((name for name in named if sample.profiles[name].time is None), "")
