"""The last result of each saved query: a small Parquet file, ``<output>/_queries/results/<name>.parquet``.

It is what a page showed: some thousand rows at most. When it was asked, with which values, and whether rows are missing
stands in the metadata of its schema. It is a help for readers: where it can't be written or read, there is none.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from storage_tiers.bounded_files import read_bounded
from storage_tiers.stores.address import Root
from storage_tiers.stores.store_path import StorePath
from workflows.shared_sql.saved.saved_files import QUERIES_FOLDER, RESULTS_FOLDER
from workflows.shared_sql.saved.saved_query import checked_name

_SAID = b"interest-graph"


class _Said(msgspec.Struct, frozen=True):
    """What the metadata of the schema says."""

    at: dt.datetime
    values: dict[str, str]
    is_whole: bool
    seconds: float
    sql: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class LastResult:
    """A result that was kept.

    Parameters
    ----------
    table
        Its rows.
    at
        When it was asked, in UTC.
    sql
        The text that was asked, by which one sees whether the query is another by now.
    values
        The values of its parameters, as they were typed.
    is_whole
        Whether these are all rows.
    seconds
        How long it took.
    version
        Which version was asked; empty: what served then.
    """

    table: pa.Table
    at: dt.datetime
    sql: str
    values: Mapping[str, str] = field(default_factory=dict)
    is_whole: bool = True
    seconds: float = 0.0
    version: str = ""


def keep_result(root: Root, name: str, result: LastResult) -> None:
    """Keep the result of a saved query in the place of the one before.

    Raises
    ------
    OSError
        If it can't be written.
    """
    said = _Said(result.at, dict(result.values), result.is_whole, result.seconds, result.sql, result.version)
    table = result.table.replace_schema_metadata({_SAID: msgspec.json.encode(said)})
    written = pa.BufferOutputStream()
    try:
        pq.write_table(table, written, compression="zstd")
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid, pa.ArrowTypeError):
        return  # Parquet has no such type: an interval
    path = _place(root, name)
    if isinstance(path, StorePath):
        path.write_bytes(written.getvalue().to_pybytes())
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}")
    unfinished.write_bytes(written.getvalue().to_pybytes())
    unfinished.replace(path)


def last_result(root: Root, name: str) -> LastResult | None:
    """Return the result that was kept of a saved query; None where there is none that can be read."""
    path = _place(root, name)
    if isinstance(path, Path) and path.is_symlink():
        return None
    try:
        table = pq.read_table(pa.BufferReader(read_bounded(path)))
        said = msgspec.json.decode((table.schema.metadata or {})[_SAID], type=_Said)
    except (OSError, pa.ArrowException, KeyError, msgspec.MsgspecError):
        return None
    rows = table.replace_schema_metadata()
    return LastResult(rows, said.at, said.sql, said.values, said.is_whole, said.seconds, said.version)


def _place(root: Root, name: str) -> Root:
    return root / QUERIES_FOLDER / RESULTS_FOLDER / f"{checked_name(name)}.parquet"
