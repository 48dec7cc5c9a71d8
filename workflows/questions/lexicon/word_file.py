"""The words that are declared in ``words.toml`` and ``countries.toml``, as typed values."""

import functools
from importlib.resources import files
from typing import Any

import msgspec

from workflows.questions.query.query_tree import EntityName


class Adjective(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that say a condition on one field of an entity; exactly one of the last four is given."""

    entity: EntityName
    words: tuple[str, ...]
    field: str
    equals: int | None = None
    value: str | None = None
    truth: bool | None = None
    missing: bool = False


class Degree(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words for the most and the least of a field, which is another one for each entity."""

    most: tuple[str, ...]
    least: tuple[str, ...]
    fields: dict[EntityName, str]


class TimeWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Verbs that say which time of an entity is meant."""

    entity: EntityName
    words: tuple[str, ...]
    field: str


class Unclear(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that may mean several things, or that nothing here can answer, and what to say instead."""

    words: tuple[str, ...]
    say: str


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of ``words.toml``."""

    harmless: frozenset[str]
    beside_others: frozenset[str]
    openers: tuple[str, ...]
    nouns: dict[str, tuple[str, ...]]
    fields: dict[str, tuple[str, ...]]
    nearest: dict[str, EntityName]
    values: dict[str, tuple[str, ...]]
    value_words: dict[str, dict[str, tuple[str, ...]]]
    adjectives: tuple[Adjective, ...]
    degrees: tuple[Degree, ...]
    times: tuple[TimeWords, ...]
    unclear: tuple[Unclear, ...]


def _read(name: str, kind: type[Any]) -> Any:  # noqa: ANN401 - typed where it is called
    return msgspec.toml.decode(files(__package__).joinpath(name).read_bytes(), type=kind)


@functools.cache
def countries() -> dict[str, tuple[str, ...]]:
    """Return the names of each country by its code."""
    found: dict[str, tuple[str, ...]] = _read("countries.toml", dict[str, tuple[str, ...]])
    return found


WORDS: Words = _read("words.toml", Words)
