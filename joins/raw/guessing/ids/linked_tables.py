"""Boards known by their values alone: a column that is unique in one source and whose values pins of another repeat.

It counts only if it stands for every row of both and can't be chance: both columns have the same name, or enough
values. Nothing is linked where names tell what the boards are.
"""

from collections.abc import Sequence
from dataclasses import replace

from joins.raw.guessing.ids.id_columns import Candidate, foreign_candidates, id_candidates, key_column
from joins.raw.guessing.source_samples import SourceSample, share_within
from joins.raw.guessing.table_roles import TableRoles

_KINDS = ("integer", "text")
_FEWEST = 2  # different values of columns of one name


def with_linked_boards(roles: TableRoles, samples: Sequence[SourceSample]) -> TableRoles:
    """Return roles with a source of boards that the values of the pins point to, where no name tells of boards.

    Examples
    --------
    >>> import pyarrow as pa
    >>> folders = SourceSample("m.csv", pa.table({"xyz": ["a", "b"], "tema": ["art", "food"]}))
    >>> pins = SourceSample("p.csv", pa.table({"nr": [1, 2, 3], "xyz": ["a", "b", "a"], "bild": ["1.jpg"] * 3}))
    >>> with_linked_boards(TableRoles(pins, None, None), [folders, pins]).boards.source
    'm.csv'
    """
    if roles.boards is not None or id_candidates(roles.pins, "board", "pin"):
        return roles
    free = [one for one in samples if one is not roles.pins and one is not roles.users and one.named_after != "user"]
    linked = next((one for one in free if linked_columns(roles.pins, one) is not None), None)
    return roles if linked is None else replace(roles, boards=linked)


def board_keys(roles: TableRoles) -> tuple[Candidate | None, Candidate | None]:
    """Return the key of the boards' own source, and the column of the pins that refers to it, if only values tell."""
    if roles.boards is None:
        return None, None
    linked = None if id_candidates(roles.pins, "board", "pin") else linked_columns(roles.pins, roles.boards)
    named = key_column(roles.boards, "board")
    if linked is None or (named and named.column != linked[0].column):
        return named, None
    return linked


def linked_columns(pins: SourceSample, other: SourceSample) -> tuple[Candidate, Candidate] | None:
    """Return a unique column of another source and the pins' column whose values are all there; None if none are.

    A column of the same name goes before others.
    """
    for name in keys_of(other):
        if name in pins.readings and _is_free(pins, name) and _repeats_all_of(pins, name, other):
            why = f"all values of {name!r} are among those of {name!r} in {other.source}"
            return _keyed(other, name), Candidate(name, 1.0, why)
    for name in keys_of(other):
        found = foreign_candidates(pins, other.profiles[name], f"among those of {name!r} in {other.source}")
        fitting = [one for one in found if _is_free(pins, one.column) and pins.profiles[one.column].kind == "text"]
        if fitting:
            return _keyed(other, name), replace(fitting[0], score=1.0)
    return None


def keys_of(sample: SourceSample) -> list[str]:
    """Return the columns that are unique in a sample and have a value in every row."""
    profiles = [sample.profiles[name] for name in sample.readings]
    return [one.name for one in profiles if one.kind in _KINDS and not one.look and one.is_unique and not one.n_missing]


def _keyed(sample: SourceSample, name: str) -> Candidate:
    return Candidate(name, 1.0, f"what the pins refer to, in {sample.source}")


def _repeats_all_of(pins: SourceSample, name: str, other: SourceSample) -> bool:
    """Say whether each pin has a value of a column that the other source has as well, and some have the same."""
    profile, key = pins.profiles[name], other.profiles[name]
    is_repeated = _FEWEST <= profile.n_distinct < profile.n_valid == profile.n_rows
    return is_repeated and profile.kind == key.kind and share_within(profile.values, key.values) == 1.0


def _is_free(pins: SourceSample, name: str) -> bool:
    """Say whether a column isn't known by its name as something else, such as a user or a category."""
    reading = pins.readings[name]
    return reading.subject is None and reading.attribute in ("id", "other")
