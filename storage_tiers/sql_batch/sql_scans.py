"""SQL over an output in a store: each version that a query names is a scan of its parts, through Arrow.

DuckDB brings no reader of stores (its ``httpfs`` is fetched from the network at run time), but it scans an Arrow
dataset, and tells it which columns and which rows it wants. Of each part the ranges that hold these come in requests of
up to 32 MB. Opening a version costs three requests, so only those are opened that are named.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.dataset as pads

from storage_tiers.errors import DatasetError
from storage_tiers.sql_batch.sql_views import OFFLINE, error_sql, quoted_name
from storage_tiers.stores.address import in_store
from storage_tiers.stores.listing_cache import cached_listings
from storage_tiers.stores.store_file import StoreFile
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.manifest import Part, manifest_there
from storage_tiers.versioned.versions import Version, dataset_names

if TYPE_CHECKING:
    from storage_tiers.published_files import PublishedFilesTier

Chosen = Mapping[str, Version | None]  # what plain names mean, in place of the current versions

_VIEW_OF_VERSION = re.compile(r"(.+)_(\d{4})_(\d{2})_(\d{2})_iteration_(\d{1,18})")
_GAP_BYTES, _AT_ONCE_BYTES = 2**20, 32 * 2**20  # a gap that is read along, and how much comes in one request


def opened_for(tier: "PublishedFilesTier", query: str, chosen: Chosen | None = None) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB in which a query finds what it names, or all current versions if it names nothing.

    What can't be read of a query is for whoever runs it to say.
    """
    try:
        with duckdb.connect() as connection:
            named = connection.get_table_names(query)
    except duckdb.Error:
        named = set()
    return opened_with(tier, named or dataset_names(tier.root), chosen)


def opened_with(
    tier: "PublishedFilesTier", named: Iterable[str], chosen: Chosen | None = None
) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB with views of some names: a dataset is its chosen or current version, others are of one version.

    A view of what is damaged, or where the choice is None, says so when it is read. Names of nothing that is published
    are left to DuckDB.
    """
    connection = duckdb.connect()
    connection.execute(OFFLINE)
    connection.execute("SET TimeZone = 'UTC'")
    with cached_listings():
        names = dataset_names(tier.root)
        serving = {**tier.pointed_together(names), **(chosen or {})}
        for name in named:
            try:
                dataset = _named(tier, name, names, serving)
            except DatasetError as error:
                connection.execute(f"CREATE VIEW {quoted_name(name)} AS {_failing_sql(tier, name, error)}")
                continue
            if dataset:
                connection.register(name, scan_of(dataset))
    return connection


def scan_of(dataset: Dataset) -> pads.Dataset:
    """Return the rows of a version in a store as an Arrow dataset, which reads what is asked of it.

    Examples
    --------
    ``scan_of(open_dataset("s3://pins/output", "board_joins")).to_table(filter=pc.field("category") == "art")``
    """
    return scan_of_parts(in_store(dataset.folder), dataset.manifest.parts, dataset.schema)


def scan_of_parts(folder: StorePath, parts: Sequence[Part], schema: pa.Schema) -> pads.Dataset:
    """Return the rows of parts that lie in a store, published or not, as an Arrow dataset."""
    options = pads.ParquetFragmentScanOptions(
        pre_buffer=True, cache_options=pa.CacheOptions(hole_size_limit=_GAP_BYTES, range_size_limit=_AT_ONCE_BYTES)
    )
    parquet = pads.ParquetFileFormat(default_fragment_scan_options=options)
    files = [StoreFile(folder / part.name, part.n_bytes, part.footer_bytes) for part in parts]
    fragments = [parquet.make_fragment(pa.PythonFile(file, mode="r")) for file in files]
    return pads.FileSystemDataset(fragments, schema, parquet)


def _named(
    tier: "PublishedFilesTier", name: str, names: Sequence[str], serving: Mapping[str, Version | None]
) -> Dataset | None:
    """Open what a view is called after; None where nothing of ours is."""
    if name in names:
        version = serving.get(name)
        if version is None and name in serving:
            raise tier.not_loaded(name, "as it was asked for")
        return tier.open(name, version.date, version.iteration) if version else tier.open(name)
    of_version = _VIEW_OF_VERSION.fullmatch(name)
    if not of_version or of_version[1] not in names:
        return None
    return tier.open(of_version[1], "-".join(of_version.group(2, 3, 4)), of_version[5])


def _failing_sql(tier: "PublishedFilesTier", name: str, error: DatasetError) -> str:
    """Return a statement that fails with an error, with the columns of the newest version that can be read."""
    of_version = _VIEW_OF_VERSION.fullmatch(name)
    dataset = of_version[1] if of_version else name
    manifests = (manifest_there(tier.place(dataset, version)) for version in reversed(tier.versions(dataset)))
    newest = next(filter(None, manifests), None)
    return error_sql(error, newest.schema if newest else ())
