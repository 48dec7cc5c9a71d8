"""The catalog of an output folder: what is declared, what is published, what people say of it and ask of it, together.

Nothing is kept beside the outputs: the catalog is made anew each time, from the table of derivations, manifests,
two files of words and the log of queries. It reads manifests and no rows. Where these are equal, and so is what is
fresh, the catalog is equal, whenever it is made.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import pyarrow as pa

from joins.arrow.fields import fields_by_path, is_unset_in_light, meaning_of
from joins.errors import DiscoveryError
from joins.raw.schemas import RAW_TABLES
from storage_tiers.bounded_files import words_of_unreadable
from storage_tiers.stores.address import Root
from storage_tiers.stores.listing_cache import cached_listings
from storage_tiers.versioned.staging import DatasetSpec
from workflows.data_catalog.catalog_model import RAW, Catalog, CatalogDataset, CatalogField, Domain
from workflows.data_catalog.field_lineage import declared_datasets, derivation_of, made_from, origins_of
from workflows.data_catalog.published_datasets import Found, found_under
from workflows.data_catalog.quality import quality_of
from workflows.data_catalog.query_usage import QueryUses, usage_file, uses_of
from workflows.data_catalog.words import glossary, ownership
from workflows.data_catalog.words.glossary import Glossary, glossary_of, read_terms
from workflows.data_catalog.words.ownership import merged_domains, ownership_of, read_domains, unknown_datasets
from workflows.data_catalog.words.team_files import catalog_folder
from workflows.data_catalog.written_types import shared_struct, type_in_words
from workflows.settings import FRESH_WITHIN_H
from workflows.tasks.faults import sorted_obstacles

Row = TypeVar("Row")

NOTHING_PUBLISHED = "nothing is published there; begin with interest-graph run"


def catalog_of(output: Root, now: dt.datetime | None = None) -> Catalog:
    """Look at an output folder, or one in a store.

    Parameters
    ----------
    output
        The folder; one that isn't there is an empty one.
    now
        The time by which freshness is judged; that of the machine where it isn't given.

    Raises
    ------
    DiscoveryError
        If a store can't be reached, or a setting isn't allowed. What is missing below the folder, or can't be read, is
        among the problems of the catalog.
    """
    now = now or dt.datetime.now(dt.UTC)
    declared = dict(declared_datasets())
    with cached_listings():
        found = found_under(output, declared)
    newest = max((one.newest.date for dataset in found.values() for one in dataset.published), default=now.date())
    problems = [str(obstacle.error) for obstacles in sorted_obstacles(output, newest) for obstacle in obstacles]
    problems += [problem for one in found.values() for problem in one.problems()]
    problems += [] if any(one.published for one in found.values()) else [f"{output}: {NOTHING_PUBLISHED}"]
    datasets = [_described(name, declared.get(name), found.get(name, Found(name))) for name in {**declared, **found}]
    terms, domains, more = _words(output, datasets)
    uses, unread = _uses(output)
    fresh_within_h = FRESH_WITHIN_H.value()
    fresh_after = now - dt.timedelta(hours=fresh_within_h)
    judged = [_judged(one, terms, domains, uses, fresh_after) for one in datasets]
    return Catalog(
        output=str(output),
        datasets=tuple(_with_users(judged)),
        terms=terms.terms,
        domains=domains,
        fresh_within_h=fresh_within_h,
        problems=(*problems, *more, *unread),
        raw_tables={f"{RAW}{raw.name}": tuple(raw.schema.names) for raw in RAW_TABLES},
    )


def _described(name: str, spec: DatasetSpec | None, found: Found) -> CatalogDataset:
    """Describe a dataset by what is published of it, else by what is declared."""
    manifest, derivation = found.manifest, derivation_of(name)
    schema = found.schema if found.schema is not None else spec.schema if spec else pa.schema([])
    key = manifest.key if manifest else spec.key if spec else ""
    inputs = sorted({given.dataset for given in manifest.inputs} - {name}) if manifest else []
    raw = [f"{RAW}{table.table}" for table in manifest.raw_files] if manifest else []
    return CatalogDataset(
        name=name,
        meaning=spec.meaning if spec else "",
        key=key,
        key_is_unique=manifest.key_is_unique if manifest else spec.key_is_unique if spec else True,
        fields=tuple(_fields(name, schema, key, manifest.schema if manifest else {})),
        ownership=ownership.NOBODY,
        quality=quality_of(None, (), "", (), None),
        is_declared=spec is not None,
        made=derivation.when if derivation else "",
        task=derivation.task if derivation else "",
        published=found.published,
        checks=manifest.checks if manifest else (),
        made_from=made_from(name) if derivation else (*raw, *inputs),
    )


def _fields(name: str, schema: pa.Schema, key: str, types: Mapping[str, str]) -> Iterator[CatalogField]:
    origins = origins_of(name)
    for path, field in fields_by_path(schema):
        said = meaning_of(field)
        unreadable = pa.types.is_null(field.type) and path in types
        yield CatalogField(
            path=path,
            type=types[path] if unreadable else type_in_words(field.type, shared_struct(field.type)),
            is_nullable=field.nullable,
            is_key=path == key,
            is_unset_in_light=is_unset_in_light(field),
            unit=said.unit if said else "",
            meaning=said.meaning if said else "",
            source=said.source if said else "",
            origins=origins.get(path, ()),
        )


def _words(output: Root, datasets: Sequence[CatalogDataset]) -> tuple[Glossary, tuple[Domain, ...], list[str]]:
    """Return the glossary, the domains, and what is wrong with a team's files of words, which are left out then."""
    own_terms, own_domains = (catalog_folder(output) / ours.name for ours in (glossary.OURS, ownership.OURS))
    terms, wrong_terms = _or_problem(lambda: read_terms(own_terms, str(own_terms)))
    domains, wrong_domains = _or_problem(lambda: read_domains(own_domains))
    paths = {one.name: [field.path for field in one.fields] for one in datasets}
    words = glossary_of([*read_terms(glossary.OURS), *terms], paths)
    # What our own terms name is held by a test; here it is missing where an earlier version of ours published.
    problems = [problem.line for problem in words.problems if problem.glossary]
    problems += unknown_datasets(domains, paths)
    return words, merged_domains(read_domains(ownership.OURS), domains), [*wrong_terms, *wrong_domains, *problems]


def _or_problem(read: Callable[[], list[Row]]) -> tuple[list[Row], list[str]]:
    """Return what a function reads, or what it says is wrong."""
    try:
        return read(), []
    except DiscoveryError as error:
        return [], [str(error)]


def _uses(output: Root) -> tuple[QueryUses, list[str]]:
    """Return what was asked, and what of its log can't be read."""
    path = usage_file(output)
    try:
        uses = uses_of(output)
    except OSError as error:
        return QueryUses(), [f"{path}: {words_of_unreadable(error)}; queries are not counted"]
    n = uses.n_unread
    return uses, [f"{path}: {n:,} lines can't be read and aren't counted"] if n else []


def _judged(
    one: CatalogDataset, terms: Glossary, domains: Iterable[Domain], uses: QueryUses, fresh_after: dt.datetime
) -> CatalogDataset:
    """Add to a dataset what needs more than itself: terms, owner, quality, usage."""
    asked = uses.of_fields(one.name)
    fields = tuple(
        replace(field, terms=terms.of_field(one.name, field.path), n_queries=asked[field.path]) for field in one.fields
    )
    is_on_request = one.made == "on request"
    return replace(
        one,
        fields=fields,
        ownership=ownership_of(one.name, domains),
        quality=quality_of(one.newest, one.checks, one.meaning, fields, None if is_on_request else fresh_after),
        n_queries=uses.of_datasets()[one.name],
        last_query_at=uses.last_use(one.name),
    )


def _with_users(datasets: Sequence[CatalogDataset]) -> Iterator[CatalogDataset]:
    """Add to each dataset which others are made from it."""
    for one in datasets:
        yield replace(one, used_by=tuple(other.name for other in datasets if one.name in other.made_from))
