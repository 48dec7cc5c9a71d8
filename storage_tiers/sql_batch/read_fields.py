"""Which datasets and fields a query reads, as DuckDB itself plans it.

The query is planned over empty tables that are called like the views it names, with no other rule of the optimizer than
the one that drops columns nobody needs. What is left in the scans is what the query reads: through views, ``SELECT *``,
subqueries and joins, down to the field of a struct. No row is read, and no name is guessed.
"""

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from storage_tiers.errors import DatasetError
from storage_tiers.sql_batch.locked_queries import Bound
from storage_tiers.sql_batch.sql_views import OFFLINE, quoted_name
from storage_tiers.versioned.versions import Version, dataset_names

if TYPE_CHECKING:
    from storage_tiers.published_files import PublishedFilesTier

Fields = dict[str, list[str]]  # by dataset, the paths of the fields that are read: ``page_rank``, ``terms.term``

_DROPS_COLUMNS = "unused_columns"
_OTHER_RULES = f"SELECT string_agg(name, ',') FROM duckdb_optimizers() WHERE name <> '{_DROPS_COLUMNS}'"  # noqa: S608
_SCAN = "SEQ_SCAN"
_NO_WORD = re.compile(r"[^a-z0-9_]+")


def fields_read(tier: "PublishedFilesTier", asked: Bound, chosen: Mapping[str, Version | None] | None = None) -> Fields:
    """Return which datasets of a tier a query reads, and which fields of each, both sorted.

    A view of one version counts for its dataset. A dataset of which no column is read, as by ``count(*)``, has an empty
    list. What is no query over datasets (``SHOW TABLES``), or can't be planned, reads none. `chosen` are the versions
    that plain names mean, else those that serve.
    """
    views = _named_views(tier, asked.query, chosen or {})
    if not views:
        return {}
    with duckdb.connect() as connection:
        connection.execute(OFFLINE)
        try:
            _make_tables(connection, views)
            (rules,) = connection.execute(_OTHER_RULES).fetchone() or ("",)
            connection.execute("SET disabled_optimizers = $rules", {"rules": rules})
            explained = f"EXPLAIN (FORMAT json) {asked.query}"
            (_, plan) = connection.execute(explained, asked.values or None).fetchone() or ("", "[]")
        except duckdb.Error:
            return {}
    return _by_dataset(json.loads(plan), {view.lower(): dataset for view, (dataset, _) in views.items()})


def _named_views(
    tier: "PublishedFilesTier", query: str, chosen: Mapping[str, Version | None]
) -> dict[str, tuple[str, pa.Schema]]:
    """Return what words of the query are views, each with its dataset and schema."""
    names = dataset_names(tier.root)
    words = {word for word in _NO_WORD.split(query.lower()) if word}
    of_versions = [
        (name, f"{name}_{version.date:%Y_%m_%d}_iteration_{version.iteration}", version)
        for name in names
        if any(word.startswith(f"{name.lower()}_") for word in words)
        for version in tier.versions(name)
    ]
    found = dict[str, tuple[str, pa.Schema]]()
    for name, view, version in itertools.chain(((name, name, chosen.get(name)) for name in names), of_versions):
        if view.lower() in words:
            try:
                opened = tier.open(name, version.date, version.iteration) if version else tier.open(name)
            except DatasetError:  # the query met with it, and said so
                continue
            found[view] = (name, opened.schema)
    return found


def _make_tables(connection: duckdb.DuckDBPyConnection, views: Mapping[str, tuple[str, pa.Schema]]) -> None:
    for view, (_, schema) in views.items():
        connection.register("given", schema.empty_table())
        connection.execute(f"CREATE TABLE {quoted_name(view)} AS FROM given")
        connection.unregister("given")


def _by_dataset(plan: Sequence[Mapping[str, Any]], datasets: Mapping[str, str]) -> Fields:
    found: dict[str, set[str]] = {}
    for said in _scans(plan):
        name = str(said.get("Table", "")).rpartition(".")[2].strip('"').lower()
        fields = said.get("Projections") or []
        if name in datasets:
            found.setdefault(datasets[name], set()).update([fields] if isinstance(fields, str) else fields)
    return {name: sorted(fields) for name, fields in sorted(found.items())}


def _scans(plan: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield what the plan says of each table it reads, at every depth."""
    for node in plan:
        if node.get("name", "").strip() == _SCAN:
            yield node.get("extra_info", {})
        yield from _scans(node.get("children", []))
