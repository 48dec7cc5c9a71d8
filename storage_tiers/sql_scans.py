"""SQL over an output in a store: each version that a query names is a scan of its parts, through Arrow.

DuckDB brings no reader of stores (its ``httpfs`` is fetched from the network at run time), but it scans an Arrow
dataset, and tells it which columns and which rows it wants. Of each part the ranges that hold these come in requests of
up to 32 MB. Opening a version costs three requests, so only those are opened that are named.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.dataset as pads

from storage_tiers.errors import DatasetError
from storage_tiers.sql_views import OFFLINE
from storage_tiers.stores.address import in_store
from storage_tiers.stores.looks import one_look
from storage_tiers.stores.store_file import StoreFile
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.versions import dataset_names

if TYPE_CHECKING:
    from storage_tiers.published_files import PublishedFilesTier

_VIEW_OF_VERSION = re.compile(r"(.+)_(\d{4})_(\d{2})_(\d{2})_iteration_(\d{1,18})")
_TRACE = " Detail: Python exception"  # how Arrow begins to tell of an exception in what it reads from
_GAP_BYTES, _AT_ONCE_BYTES = 2**20, 32 * 2**20  # a gap that is read along, and how much comes in one request


def opened_for(tier: "PublishedFilesTier", query: str) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB in which a query finds the datasets and versions that it names.

    Raises DatasetError if DuckDB can't read the query, or a version that is named is damaged.
    """
    try:
        with duckdb.connect() as connection:
            named = connection.get_table_names(query)
    except duckdb.Error as error:
        raise DatasetError(str(error), where=f"{tier.title} under {tier.root}") from error
    return opened_with(tier, named)


def opened_with(tier: "PublishedFilesTier", named: Iterable[str]) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB with views of some names: a dataset is its current version, others are of one version each.

    Names of nothing that is published are left to DuckDB, which says so.
    """
    connection = duckdb.connect()
    connection.execute(OFFLINE)
    connection.execute("SET TimeZone = 'UTC'")
    with one_look():
        for name in named:
            dataset = _named(tier, name)
            if dataset:
                connection.register(name, scan_of(dataset))
    return connection


def scan_of(dataset: Dataset) -> pads.Dataset:
    """Return the rows of a version in a store as an Arrow dataset, which reads what is asked of it.

    Examples
    --------
    ``scan_of(open_dataset("s3://pins/output", "board_joins")).to_table(filter=pc.field("category") == "art")``
    """
    options = pads.ParquetFragmentScanOptions(
        pre_buffer=True, cache_options=pa.CacheOptions(hole_size_limit=_GAP_BYTES, range_size_limit=_AT_ONCE_BYTES)
    )
    parquet = pads.ParquetFileFormat(default_fragment_scan_options=options)
    folder = in_store(dataset.folder)
    files = [StoreFile(folder / part.name, part.n_bytes, part.footer_bytes) for part in dataset.manifest.parts]
    fragments = [parquet.make_fragment(pa.PythonFile(file, mode="r")) for file in files]
    return pads.FileSystemDataset(fragments, dataset.schema, parquet)


def words_of(error: Exception) -> str:
    """Return what DuckDB says of an error, without the trace of what it called."""
    return str(error).partition(_TRACE)[0]


def _named(tier: "PublishedFilesTier", name: str) -> Dataset | None:
    """Open what a view is called after; None where nothing of ours is."""
    names = dataset_names(tier.root)
    if name in names:
        return tier.open(name)
    of_version = _VIEW_OF_VERSION.fullmatch(name)
    if not of_version or of_version[1] not in names:
        return None
    return tier.open(of_version[1], "-".join(of_version.group(2, 3, 4)), of_version[5])
