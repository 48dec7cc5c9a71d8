"""What questions can be about in one output: the fields of the star's tables, the words in them, and the date.

Read are schemas, with what their metadata says, and the different values of a few columns that are declared in
``words.toml``; they go through the SQL tier, as the answers do.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from joins.arrow.fields import is_unset_in_light, meaning_of, struct_of
from joins.errors import DiscoveryError
from storage_tiers.errors import VersionNotFoundError
from storage_tiers.sql_batch import SqlBatchTier
from storage_tiers.stores.address import Root
from storage_tiers.versioned.datasets import open_dataset
from storage_tiers.versioned.versions import Version
from workflows.data_catalog.catalog_model import Term
from workflows.data_catalog.words.glossary import OURS, read_terms
from workflows.data_catalog.words.team_files import catalog_folder
from workflows.questions.lexicon.star import ENTITIES, MORE_TABLES
from workflows.questions.lexicon.word_file import WORDS
from workflows.questions.query.query_tree import EntityName, Field, FieldKind

MOST_VALUES: Final = 2_000  # of a column; with more of them its values are no words
_TEAM = "the team's glossary"
_INNER_TEXTS = ("term", "category")


@dataclass(frozen=True, slots=True)
class QuestionCatalog:
    """What questions can be about.

    Parameters
    ----------
    date
        The date of the version that answers; "last month" is the one before.
    fields
        The fields of each entity, those of its own table first.
    values
        The different values of each group of columns, sorted.
    terms
        The glossary: ours, and what a team added.
    left_out
        Groups that have too many values to be words.
    """

    date: dt.date
    fields: Mapping[EntityName, tuple[Field, ...]]
    values: Mapping[str, tuple[str, ...]]
    terms: tuple[Term, ...] = ()
    left_out: tuple[str, ...] = ()


def read_catalog(output: Root, chosen: Mapping[str, Version | None] | None = None) -> QuestionCatalog:
    """Read what questions can be about in the versions that serve, or in those that were chosen.

    Raises VersionNotFoundError if no version of ``board_joins`` is there.
    """
    tier = SqlBatchTier(output)
    serving = (chosen or {}).get("board_joins") if chosen else tier.select("board_joins")
    if serving is None:
        raise VersionNotFoundError("there is no version of board_joins that could answer", where=str(output))
    fields = {name: tuple(_fields(tier, name, chosen)) for name in ENTITIES}
    values, left_out = {}, []
    for group, columns in WORDS.values.items():
        found = _values(tier, [one for fields_ in fields.values() for one in fields_ if one.name in columns], chosen)
        if found is None:
            left_out.append(group)
        values[group] = found or ()
    terms = (*read_terms(OURS), *read_terms(catalog_folder(output) / OURS.name, _TEAM))
    return QuestionCatalog(serving.date, fields, values, terms, tuple(left_out))


def _fields(tier: SqlBatchTier, entity: EntityName, chosen: Mapping[str, Version | None] | None) -> list[Field]:
    found: dict[str, Field] = {}
    for table in (ENTITIES[entity].table, *MORE_TABLES[entity]):
        for one in _schema(tier, table, chosen):
            if one.name not in found and (kind := _kind_of(one.type)):
                found[one.name] = _field(entity, table, one, kind)
    return [*found.values()]


def _schema(tier: SqlBatchTier, table: str, chosen: Mapping[str, Version | None] | None) -> list[pa.Field]:
    """Return the fields of a table that are set in it; none where the table isn't there."""
    variant = tier.variant_of(table)
    try:
        version = chosen.get(table) if chosen is not None else tier.select(table)
        if version is None:
            return []
        schema = open_dataset(tier.root, table, variant, version.date, version.iteration).schema
    except DiscoveryError:
        return []  # whoever asks about it is told that the word is unknown, which lists what is there
    return [one for one in schema if variant == "full" or not is_unset_in_light(one)]


def _field(entity: EntityName, table: str, one: pa.Field, kind: FieldKind) -> Field:
    said = meaning_of(one)
    struct = struct_of(one.type)
    inner = next((name for name in _INNER_TEXTS if struct and struct.get_field_index(name) >= 0), "")
    meaning, unit = (said.meaning, said.unit) if said else ("", "")
    return Field(entity, one.name, table, kind, meaning, unit, inner, pa.types.is_integer(one.type))


def _kind_of(type_: pa.DataType) -> FieldKind | None:
    """Return what can be done with a column; None for those of which nothing can be asked, as lists of pins."""
    if pa.types.is_integer(type_) or pa.types.is_floating(type_):
        return "number"
    if pa.types.is_string(type_) or pa.types.is_large_string(type_):
        return "text"
    if pa.types.is_timestamp(type_):
        return "time"
    if pa.types.is_boolean(type_):
        return "truth"
    struct = struct_of(type_)
    return (
        "list"
        if struct and any(struct.get_field_index(name) >= 0 for name in ("term", "share", "probability"))
        else None
    )


def _values(
    tier: SqlBatchTier, columns: list[Field], chosen: Mapping[str, Version | None] | None
) -> tuple[str, ...] | None:
    """Return the different values of some columns together; None if there are too many."""
    if not columns:
        return ()
    # Names of columns and tables are those of declared schemas.
    each = [f"SELECT DISTINCT {one.name} AS value FROM {one.table}" for one in columns]  # noqa: S608 - as above
    union = " UNION ".join(dict.fromkeys(each))
    query = f"SELECT value FROM ({union}) WHERE value IS NOT NULL ORDER BY value LIMIT {MOST_VALUES + 1}"  # noqa: S608
    with tier.answer(query, chosen) as answer:
        found = [value for batch in answer.batches for value in batch.column(0).to_pylist()]
    return tuple(found) if len(found) <= MOST_VALUES else None
