"""Which column of a sample is the id of a pin, board, user or parent: by its name, and by which values it holds."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow.compute as pc

from joins.raw.guessing.columns.column_names import NameReading, concepts_of
from joins.raw.guessing.columns.column_profiles import ColumnProfile
from joins.raw.guessing.columns.vocabulary import Subject
from joins.raw.guessing.source_samples import SourceSample, share_within

LEAST_UNIQUE = 0.8  # different values per value of a column that may be a key: real tables repeat rows
REFERENCE_SCORE = 0.5  # from which a column is known by its name, not by its values alone
_LEAST_FOREIGN = 10  # different values that must be among another table's keys, or it may be chance
_FOREIGN_COVER = 0.2  # of the keys that they must cover, or any small number would do
_KINDS = ("integer", "text", "time")  # of an id; numbers may look like times
_NEARER_PARENT = ("via", "parent", "source", "from", "repin")  # before origin and original, which name the first pin


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that may fill a raw field, how likely, and why."""

    column: str
    score: float
    why: str


def id_candidates(sample: SourceSample, subject: Subject, row_subject: Subject) -> list[Candidate]:
    """Return the columns that may be ids of a subject, the likeliest first; each row is a ``row_subject``.

    Examples
    --------
    >>> import pyarrow as pa
    >>> saves = SourceSample("saves.csv", pa.table({"id": [5, 6], "list": [1, 1], "member": ["ann", "bob"]}))
    >>> [id_candidates(saves, subject, "pin")[0].column for subject in ("pin", "board", "user")]
    ['id', 'list', 'member']
    """
    found = [*_named(sample, subject, row_subject)]
    return sorted(found, key=lambda candidate: -candidate.score)


def key_column(sample: SourceSample, subject: Subject) -> Candidate | None:
    """Return the column that is a key of the sample's rows if each is a ``subject``; None if none is unique enough."""
    keys = [one for one in id_candidates(sample, subject, subject) if _may_be_key(sample.profiles[one.column], one)]
    return keys[0] if keys else None


def foreign_candidates(sample: SourceSample, key: ColumnProfile, named: str) -> list[Candidate]:
    """Return the columns whose values are all among the keys of another table, which ``named`` names."""
    found = []
    for name in sample.readings:
        one = sample.profiles[name]
        if one.kind not in _KINDS or one.n_distinct < _LEAST_FOREIGN or one.is_unique:
            continue
        if one.n_distinct >= _FOREIGN_COVER * key.n_distinct and share_within(one.values, key.values) == 1.0:
            found.append(Candidate(name, REFERENCE_SCORE / 2, f"all its values are {named}"))
    return found


def uniqueness_of(profile: ColumnProfile) -> str:
    """Say how unique a column is, in words."""
    if profile.is_unique:
        return "unique in the sample"
    return f"{profile.n_valid - profile.n_distinct:,} of {profile.n_valid:,} values in the sample repeat"


def _named(sample: SourceSample, subject: Subject, row_subject: Subject) -> Iterator[Candidate]:
    for name, reading in sample.readings.items():
        profile = sample.profiles[name]
        if profile.kind not in _KINDS or profile.look in ("URL", "picture URL", "picture path"):
            continue
        score = _score(reading, subject, row_subject)
        if subject == "pin" == row_subject and reading.attribute == "image" and _numbers_rows(profile):
            score = REFERENCE_SCORE
        if subject == "parent" and not any(word in name.lower() for word in _NEARER_PARENT):
            score *= 0.9
        if subject == "user" and row_subject == "pin" and "board" in concepts_of(name)[0]:
            score *= 0.9  # the owner of the board rather than who pinned
        if _is_prose(profile):
            score *= 0.8
        if score:
            yield Candidate(name, score * reading.clarity, f"named {name!r}")


def _score(reading: NameReading, subject: Subject, row_subject: Subject) -> float:
    """Return how well a name says that a column is the id of a subject."""
    if reading.attribute == "id" and reading.subject == subject:
        return 1.0 if reading.named else 0.95
    if reading.attribute == "id" and reading.subject is None and subject == row_subject:
        return 0.9
    return 0.6 if subject == "user" and _is_username(reading) else 0.0


def _is_username(reading: NameReading) -> bool:
    if reading.attribute == "username":
        return reading.subject in ("user", None)
    return (reading.subject, reading.attribute) == ("user", "name")


def _may_be_key(profile: ColumnProfile, candidate: Candidate) -> bool:
    return profile.uniqueness >= LEAST_UNIQUE and profile.n_valid > 0 and candidate.score > 0


def _numbers_rows(profile: ColumnProfile) -> bool:
    return profile.kind == "integer" and profile.is_unique and profile.n_valid >= _LEAST_FOREIGN


def _is_prose(profile: ColumnProfile) -> bool:
    """Say whether most of a column's texts are several words: a title rather than an id."""
    if profile.kind != "text" or not profile.n_distinct:
        return False
    return bool(pc.mean(pc.match_substring(profile.values, " ").cast("int8")).as_py() > LEAST_UNIQUE / 2)
