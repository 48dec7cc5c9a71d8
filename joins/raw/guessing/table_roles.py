"""Which source holds pins, which boards, which users: by the names of files and columns, and by which columns are keys.

One source may serve all three tables: then each board and user is taken from its rows once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from joins.raw.guessing.columns.vocabulary import Subject
from joins.raw.guessing.ids.id_columns import id_candidates, key_column
from joins.raw.guessing.source_samples import SourceSample

_LEAST_SCORE = 1.5  # of a source of its own for boards or users
_NEVER = -100.0
_MOST_SOURCES = 30  # beyond these, in the order given, sources aren't tried against each other


@dataclass(frozen=True, slots=True)
class TableRoles:
    """The sources of pins, boards and users; None where there is none of its own, and another one serves."""

    pins: SourceSample
    boards: SourceSample | None
    users: SourceSample | None

    def row_subject(self, sample: SourceSample) -> Subject:
        """Return what a row of a source is: a pin, a board or a user."""
        if sample is self.pins:
            return "pin"
        return "board" if sample is self.boards else "user"

    def unused(self, samples: Sequence[SourceSample]) -> list[SourceSample]:
        """Return the sources that none of the tables reads."""
        return [one for one in samples if not any(one is used for used in (self.pins, self.boards, self.users))]


def choose_roles(samples: Sequence[SourceSample]) -> TableRoles:
    """Choose the sources whose scores together are highest; of equal choices the first in the order given.

    Examples
    --------
    >>> import pyarrow as pa
    >>> lists = SourceSample("lists.csv", pa.table({"id": [1, 2], "owner": [7, 8], "topic": ["art", "food"]}))
    >>> saves = SourceSample("saves.csv", pa.table({"id": [5, 6], "list": [1, 1], "photo": ["a.jpg", "b.jpg"]}))
    >>> roles = choose_roles([lists, saves])
    >>> roles.pins.source, roles.boards.source, roles.users
    ('saves.csv', 'lists.csv', None)
    """
    tried = list(samples[:_MOST_SOURCES])
    nothing: list[SourceSample | None] = [None, *tried]
    scores = {(id(one), subject): score_as(one, subject) for one in tried for subject in ("pin", "board", "user")}
    best, best_score = TableRoles(tried[0], None, None), _NEVER
    for pins, boards, users in product(tried, nothing, nothing):
        if pins is boards or pins is users or (boards is users and boards is not None):
            continue
        score = scores[id(pins), "pin"]
        score += scores[id(boards), "board"] if boards is not None else 0.0
        score += scores[id(users), "user"] if users is not None else 0.0
        if score > best_score:
            best, best_score = TableRoles(pins, boards, users), score
    return best


def score_as(sample: SourceSample, subject: Subject) -> float:
    """Return how well the rows of a source go as pins, boards or users; users and boards need a key."""
    named = 2.0 if sample.named_after == subject else -1.0 if sample.named_after else 0.0
    if subject == "pin":
        return named + _pin_score(sample)
    key = key_column(sample, subject)
    if key is None:
        return _NEVER
    is_named = sample.readings[key.column].subject == subject
    score = named + (2.0 if is_named else 0.5) + (_board_score(sample) if subject == "board" else _user_score(sample))
    return score if score >= _LEAST_SCORE else _NEVER


def _pin_score(sample: SourceSample) -> float:
    has_key = key_column(sample, "pin") is not None
    return (
        (2.0 if has_key else 0.0)
        + 1.5 * _has(sample, "image", "signature")
        + 1.0 * bool(id_candidates(sample, "parent", "pin"))
        + (1.0 if id_candidates(sample, "board", "pin") else -1.0)
        + 0.3 * _has(sample, "link")
    )


def _board_score(sample: SourceSample) -> float:
    return (
        1.0 * _has(sample, "category")
        + 0.5 * _has(sample, "name")
        + 0.5 * bool(id_candidates(sample, "user", "board"))
        - 1.0 * _has(sample, "image", "signature")
        - 2.0 * _refers_to(sample, "pin")
        - 2.0 * _refers_to(sample, "parent")
    )


def _user_score(sample: SourceSample) -> float:
    return (
        1.0 * _has(sample, "username")
        + 1.0 * _has(sample, "country")
        + 0.5 * _has(sample, "name")
        - 2.0 * _refers_to(sample, "board")
        - 2.0 * _refers_to(sample, "pin")
    )


def _has(sample: SourceSample, *attributes: str) -> bool:
    return any(reading.attribute in attributes for reading in sample.readings.values())


def _refers_to(sample: SourceSample, subject: Subject) -> bool:
    return any(reading.subject == subject and reading.attribute == "id" for reading in sample.readings.values())
