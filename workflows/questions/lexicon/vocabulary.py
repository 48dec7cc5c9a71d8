"""What each phrase may mean in one output: names of fields, nouns, values, adjectives, degrees and times.

A phrase is a tuple of singulars. Names of fields become phrases by themselves, so that a new field of a schema can be
asked for the day it is there; other words for them come from ``words.toml`` and the glossary.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from workflows.data_catalog.catalog_model import Term
from workflows.questions.lexicon.catalog_read import QuestionCatalog
from workflows.questions.lexicon.phrase_table import Phrase, PhraseTable, phrase_of
from workflows.questions.lexicon.star import ENTITIES, TO_ONE
from workflows.questions.lexicon.word_file import WORDS, Adjective, Unclear, countries
from workflows.questions.query.query_tree import Attribute, EntityName, Field

_COUNT, _TIME = "n_", "_at"
_IDS = ("_id", "_signature")
_DAYS = ("date", "time", "day")


@dataclass(frozen=True, slots=True)
class Degree:
    """A field, and whether more of it comes first."""

    field: Field
    descending: bool


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All phrases of one output.

    Parameters
    ----------
    catalog
        What they were made from.
    nouns
        The noun of each phrase, as ``words.toml`` names it: an entity, or ``repin``.
    attributes
        Of each entity, what a phrase may mean: its own fields, or those of what it belongs to.
    adjectives, degrees, times
        Of each entity.
    values
        The values of each group of columns.
    parts
        The values that a single word is a part of, by group.
    unclear
        Words of which a refusal says what could be said instead.
    """

    catalog: QuestionCatalog
    nouns: PhraseTable[str]
    attributes: Mapping[EntityName, PhraseTable[tuple[Attribute, ...]]]
    adjectives: Mapping[EntityName, PhraseTable[Adjective]]
    degrees: Mapping[EntityName, PhraseTable[Degree]]
    times: Mapping[EntityName, PhraseTable[Field]]
    values: Mapping[str, PhraseTable[str]]
    parts: Mapping[str, Mapping[str, tuple[str, ...]]]
    unclear: PhraseTable[Unclear]
    words: frozenset[str] = field(default=frozenset())

    def group_of(self, field_: Field) -> str | None:
        """Return which group of values a column has; None if its values are no words."""
        return next((group for group, columns in WORDS.values.items() if field_.name in columns), None)


def vocabulary_of(catalog: QuestionCatalog) -> Vocabulary:
    """Make the vocabulary of an output."""
    own = {entity: _own_phrases(entity, fields) for entity, fields in catalog.fields.items()}
    for entity, fields in catalog.fields.items():
        for phrase, one in glossary_phrases(fields, catalog.terms):
            own[entity].setdefault(phrase, one)
    attributes = {entity: _reachable(entity, own) for entity in ENTITIES}
    values = {group: _values(group, found) for group, found in catalog.values.items()}
    nouns = PhraseTable({phrase_of(word): noun for noun, words in WORDS.nouns.items() for word in words})
    by_name = {entity: {one.name: one for one in reversed(fields)} for entity, fields in catalog.fields.items()}
    degrees = {entity: PhraseTable(dict(_degrees(entity, by_name[entity]))) for entity in ENTITIES}
    adjectives = {entity: PhraseTable(dict(_adjectives(entity, by_name[entity]))) for entity in ENTITIES}
    times = {entity: PhraseTable(dict(_times(entity, by_name[entity]))) for entity in ENTITIES}
    unclear = PhraseTable({phrase_of(word): one for one in WORDS.unclear for word in one.words})
    tables: list[Iterable[Phrase]] = [nouns, *attributes.values(), *values.values(), *degrees.values()]
    tables += [*adjectives.values(), *times.values()]
    words = frozenset(word for phrase in chain.from_iterable(tables) for word in phrase)
    parts = {group: {} if group == "country" else _parts(table) for group, table in values.items()}
    return Vocabulary(catalog, nouns, attributes, adjectives, degrees, times, values, parts, unclear, words)


def phrases_of_name(name: str, kind: str) -> Iterator[str]:
    """Yield how people say the name of a column.

    Examples
    --------
    >>> list(phrases_of_name("n_repins_given", "number")), list(phrases_of_name("page_rank", "number"))
    (['n_repins_given', 'repins given', 'repins given count'], ['page_rank', 'page rank', 'pagerank'])
    >>> list(phrases_of_name("created_at", "time"))
    ['created_at', 'created', 'created date', 'created time', 'created day', 'created at']
    """
    yield name
    if kind == "number" and name.startswith(_COUNT):
        counted = name.removeprefix(_COUNT).replace("_", " ")
        yield from (counted, f"{counted} count")
        return
    if kind == "time" and name.endswith(_TIME):
        verb = name.removesuffix(_TIME).replace("_", " ")
        yield from (verb, *(f"{verb} {day}" for day in _DAYS), f"{verb} at")
        return
    spaced = name.replace("_", " ")
    yield from dict.fromkeys((spaced, spaced.replace(" ", "")) if spaced != name else ())


def _own_phrases(entity: EntityName, fields: Iterable[Field]) -> dict[Phrase, Field]:
    """Return the phrases of the fields of an entity; of several the first table's field has it."""
    found: dict[Phrase, Field] = {}
    fields = tuple(fields)
    for one in fields:
        declared = (*WORDS.fields.get(f"{entity}.{one.name}", ()), *WORDS.fields.get(f"*.{one.name}", ()))
        for said in declared:
            found.setdefault(phrase_of(said), one)
    key = next((one for one in fields if one.name == ENTITIES[entity].key), None)
    if key:
        found["id",] = found["key",] = key
    for one in fields:
        for said in phrases_of_name(one.name, one.kind):
            found.setdefault(phrase_of(said), one)
    return found


def glossary_phrases(fields: Iterable[Field], terms: Iterable[Term]) -> Iterator[tuple[Phrase, Field]]:
    """Yield the terms of a glossary, and their other words, that apply to one field of an entity alone.

    Ids have none, as a term like "owner" stands for the user and not for the number; neither have words that are
    nouns or adjectives of questions.
    """
    fields = [one for one in fields if not one.name.endswith(_IDS)]
    taken = {phrase_of(word) for words in WORDS.nouns.values() for word in words}
    taken |= {phrase_of(word) for one in WORDS.adjectives for word in one.words}
    for term in terms:
        applied = [one for one in fields if {f"*.{one.name}", f"{one.table}.{one.name}"} & {*term.fields}]
        for phrase in map(phrase_of, (term.name, *term.also)) if len(applied) == 1 else ():
            if phrase and phrase not in taken:
                yield phrase, applied[0]


def _reachable(
    entity: EntityName, own: Mapping[EntityName, Mapping[Phrase, Field]]
) -> PhraseTable[tuple[Attribute, ...]]:
    """Return what phrases may mean for an entity; of what it belongs to only where it has no such field itself."""
    found: dict[Phrase, tuple[Attribute, ...]] = {phrase: (Attribute((), one),) for phrase, one in own[entity].items()}
    named = [*WORDS.nouns.get(entity, ())]
    for phrase, one in own[entity].items():
        for noun in named:
            found.setdefault((*phrase_of(noun), *phrase), (Attribute((), one),))
    for step in (step for step in TO_ONE if step.source == entity):
        for phrase, one in own[step.target].items():
            there = Attribute((step,), one)
            for noun in WORDS.nouns[step.target]:
                found.setdefault((*phrase_of(noun), *phrase), (there,))
            known = found.get(phrase, ())
            if not any(not attribute.steps for attribute in known):
                found[phrase] = (*known, there)
    return PhraseTable({phrase: _nearest(entity, several) for phrase, several in found.items()})


def _nearest(entity: EntityName, several: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    """Return the one of several that is declared to be meant, or all."""
    for one in several:
        if len(several) > 1 and WORDS.nearest.get(f"{entity}.{one.field.name}") == one.field.entity:
            return (one,)
    return several


def _values(group: str, found: Iterable[str]) -> PhraseTable[str]:
    """Return the phrases of values: as they are, with blanks for underscores, and other words for them."""
    phrases: dict[Phrase, str] = {}
    words = WORDS.value_words.get(group, {})
    for value in found:
        spaced = value.replace("_", " ").replace("&", " and ").replace("-", " ")
        for said in (value, spaced, spaced.replace(" and ", " "), *words.get(value, ())):
            phrases.setdefault(phrase_of(said), value)
        if len(spaced.split()) > 1 and " and " not in spaced:
            phrases.setdefault(phrase_of(" and ".join(spaced.split())), value)
    if group == "country":
        for code, names in countries().items():
            for name in names:
                phrases.setdefault(phrase_of(name), code)
    return PhraseTable({phrase: value for phrase, value in phrases.items() if phrase})


def _parts(table: PhraseTable[str]) -> dict[str, tuple[str, ...]]:
    """Return the values that a single word is a part of, as ``food`` of ``food_drink``."""
    found: dict[str, dict[str, None]] = {}
    for phrase in table:
        for word in phrase if len(phrase) > 1 else ():
            found.setdefault(word, {})[table[phrase]] = None
    return {word: tuple(values) for word, values in found.items() if word != "and"}


def _degrees(entity: EntityName, fields: Mapping[str, Field]) -> Iterator[tuple[Phrase, Degree]]:
    for one in WORDS.degrees:
        named = fields.get(one.fields.get(entity, ""))
        if named:
            yield from ((phrase_of(word), Degree(named, descending=True)) for word in one.most)
            yield from ((phrase_of(word), Degree(named, descending=False)) for word in one.least)


def _adjectives(entity: EntityName, fields: Mapping[str, Field]) -> Iterator[tuple[Phrase, Adjective]]:
    for one in WORDS.adjectives:
        if one.entity == entity and one.field in fields:
            yield from ((phrase_of(word), one) for word in one.words)


def _times(entity: EntityName, fields: Mapping[str, Field]) -> Iterator[tuple[Phrase, Field]]:
    for one in WORDS.times:
        if one.entity == entity and one.field in fields:
            yield from ((phrase_of(word), fields[one.field]) for word in one.words)
