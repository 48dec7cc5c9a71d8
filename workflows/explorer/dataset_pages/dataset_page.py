"""The page of a dataset: what it holds, its versions and where they are, its fields with their meaning, a sample."""

from collections.abc import Sequence
from contextlib import suppress

import pyarrow as pa
from starlette.routing import BaseRoute

from joins.arrow.fields import fields_by_path, is_unset_in_light, meaning_of
from storage_tiers.errors import DatasetError
from storage_tiers.tier import Tier
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.versions import VARIANTS, Variant, Version, dataset_names, published_versions
from workflows.catalog import DERIVATIONS
from workflows.explorer.dataset_pages.row_tables import counted_sql, table_of
from workflows.explorer.opened_versions import link_to_dataset, opened
from workflows.explorer.page_routes import Asked, page_routes
from workflows.explorer.version_rows import answer
from workflows.explorer.versions_there import words_of
from workflows.pages import words
from workflows.pages.cells import Cell, Column, Rows
from workflows.tiers_in_use import tiers_in_use

_SAMPLE_ROWS = 20
_MOST_VERSIONS = 60
_SERVES, _HOLDS = Cell("serves", kind="good"), Cell("holds")
_SPECS = {spec.name: spec for derivation in DERIVATIONS for spec in derivation.outputs}


def routes() -> Sequence[BaseRoute]:
    """Return the routes of the list of datasets and of each."""
    return [
        *page_routes("/datasets", "explorer", "datasets.html", datasets_page),
        *page_routes("/datasets/{dataset}", "explorer", "dataset.html", dataset_page),
    ]


def datasets_page(asked: Asked) -> dict[str, object]:
    """Return every dataset that is published, with what it holds."""
    columns = [
        Column("dataset"),
        Column("holds"),
        Column("key"),
        Column("variants"),
        Column("versions", is_number=True),
    ]
    rows = []
    for name in dataset_names(asked.output):
        versions = {variant: published_versions(asked.output, name, variant) for variant in VARIANTS}
        spec = _SPECS.get(name)
        there = [variant for variant in VARIANTS if versions[variant]]
        link = Cell(name, link_to_dataset(asked, name))
        about = (spec.meaning, spec.key) if spec else (None, None)
        rows.append([link, *about, ", ".join(there), max(map(len, versions.values()))])
    return {"datasets": Rows("Datasets", columns, rows)}


def dataset_page(asked: Asked) -> dict[str, object]:
    """Return what a dataset is, its fields, its versions, and its first rows."""
    dataset = asked_dataset(asked)
    name, variant = dataset.name, dataset.place.variant
    spec = _SPECS.get(name)
    return {
        "name": name,
        "about": spec.meaning if spec else "",
        "version": words_of(dataset.version),
        "variant": variant,
        "variants": [
            Cell(one, asked.link("datasets", name, variant=one), kind="" if one != variant else "quiet")
            for one in VARIANTS
            if published_versions(asked.output, name, one)
        ],
        "facts": _facts(dataset),
        "versions": _versions(asked, dataset),
        "fields": _fields(asked, dataset),
        "sample": _sample(asked, dataset),
        "rows_link": link_below(asked, dataset, "rows"),
        "compare_link": asked.link("compare", dataset=f"{name}/{variant}"),
    }


def asked_dataset(asked: Asked) -> Dataset:
    """Open the version and the variant of the dataset that an address names; light by default, where there is one."""
    variant: Variant = "full" if asked.word("variant", VARIANTS, "light") == "full" else "light"
    return opened(asked, asked.path["dataset"], variant)


def link_below(asked: Asked, dataset: Dataset, /, *parts: object, **query: object) -> str:
    """Return the address of a page below that of a dataset, of the same variant."""
    kept = {"variant": asked.query["variant"]} if asked.query.get("variant") else {}
    return asked.link("datasets", dataset.name, *parts, **(kept | query))


def _facts(dataset: Dataset) -> list[tuple[str, object]]:
    manifest = dataset.manifest
    unique = "" if manifest.key_is_unique else ", several rows a key"
    raw = [f"{one.table}: {one.n_files} files" for one in manifest.raw_files] if manifest.raw_files else []
    inputs = [f"{one.dataset} {one.date}/{one.iteration}" for one in manifest.inputs]
    return [
        ("key", f"{manifest.key}{unique}"),
        ("rows", manifest.n_rows),
        ("size", Cell(manifest.n_bytes, words=words.n_bytes(manifest.n_bytes))),
        ("parts", dataset.n_parts),
        ("made", manifest.created_at),
        ("by", manifest.code_version or None),
        ("digest", Cell(manifest.digest, words=manifest.digest[:12])),
        ("made from", ", ".join([*inputs, *raw]) or None),
    ]


def _versions(asked: Asked, dataset: Dataset) -> Rows:
    """Return the newest versions, and which tiers hold and serve each."""
    name = dataset.name
    versions = published_versions(asked.output, name, dataset.place.variant)
    tiers = [(tier.title, states) for tier in tiers_in_use(asked.output) if (states := _states(tier, name))]
    rows = []
    for version in reversed(versions[-_MOST_VERSIONS:]):
        link = Cell(words_of(version), asked.link("datasets", name, version=words_of(version)))
        rows.append([link, *(states.get(version, Cell("no", kind="quiet")) for _, states in tiers)])
    return Rows("Versions", [Column("version"), *(Column(title) for title, _ in tiers)], rows, len(versions))


def _states(tier: Tier, name: str) -> dict[Version, Cell]:
    """Return how a tier has each version of a dataset; nothing where it has none, or can't be asked."""
    with suppress(DatasetError):  # its server is down; the first page says so
        if name in tier.datasets():
            current = tier.select(name)
            return {one: _SERVES if one == current else _HOLDS for one in tier.versions(name)}
    return {}


def _fields(asked: Asked, dataset: Dataset) -> Rows:
    """Return every field at every depth, with what is said of it."""
    columns = [Column("field"), Column("type"), Column("meaning"), Column("unit"), Column("source"), Column("in light")]
    rows = []
    for path, field in fields_by_path(dataset.schema):
        said, is_top = meaning_of(field), "." not in path
        shown = path if is_top else f"{'· ' * path.count('.')}{field.name}"
        link = link_below(asked, dataset, "columns", path) if path.count(".") <= 1 else ""
        in_light = "unset" if is_unset_in_light(field) else "yes" if is_top else None
        about = (said.meaning, said.unit, said.source) if said else (None, None, None)
        rows.append([Cell(path, link, shown), short_type(field.type), *about, in_light])
    return Rows("Fields", columns, rows)


def short_type(type_: pa.DataType) -> str:
    """Return a type in a few words.

    Examples
    --------
    >>> short_type(pa.list_(pa.struct([("a", pa.int64())]))), short_type(pa.timestamp("ms", tz="UTC"))
    ('list of structs', 'timestamp[ms, tz=UTC]')
    """
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        inner = short_type(type_.value_type)
        return f"list of {inner}s" if inner == "struct" else f"list of {inner}"
    return "struct" if pa.types.is_struct(type_) else str(type_)


def _sample(asked: Asked, dataset: Dataset) -> Rows:
    chosen = ", ".join(map(counted_sql, dataset.schema))
    rows = answer(dataset, f"SELECT {chosen} FROM {{rows}} LIMIT {_SAMPLE_ROWS}").to_pylist()  # noqa: S608 - see answer
    table = table_of(asked, dataset, rows, f"First rows of {dataset.name}")
    return Rows(table.title, table.columns, table.rows, dataset.n_rows)
