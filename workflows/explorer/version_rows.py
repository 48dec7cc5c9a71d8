"""Rows, counts and ranges of one version by SQL: what the pages of datasets and the search need.

DuckDB reads the published files, or scans them in a store. Names of columns are those of the schema, values are bound,
and a query that takes too long is ended.
"""

import functools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

from storage_tiers.errors import DatasetError
from storage_tiers.sql_batch.duckdb_tier import rows_sql
from storage_tiers.sql_batch.sql_scans import scan_of
from storage_tiers.sql_batch.sql_views import OFFLINE, quoted_name
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.datasets import Dataset

LONGEST_S = 20.0
_MEMORY = "1GB"
_ROWS = "rows_of_version"


def answer(dataset: Dataset, query: str, values: Sequence[object] = ()) -> pa.Table:
    """Return the answer to a query about the rows of a version.

    Parameters
    ----------
    dataset
        The version.
    query
        In which ``{rows}`` stands where the rows come from. Whoever writes it takes names of columns from the schema
        (`column_sql`) and puts a ``?`` for each value.
    values
        What is bound to the question marks.

    Raises
    ------
    DatasetError
        If it takes longer than ``LONGEST_S``, or the files can't be read.
    """
    with _connected(dataset) as (connection, rows):
        watch = threading.Timer(LONGEST_S, connection.interrupt)
        watch.start()
        try:
            return connection.sql(query.replace("{rows}", rows), params=list(values)).to_arrow_table()
        except duckdb.InterruptException:
            problem = f"that took longer than {LONGEST_S:g} s and was ended"
            raise DatasetError(
                problem, where=_named(dataset), remedy="ask for less, or use interest-graph sql"
            ) from None
        except duckdb.Error as error:
            raise DatasetError(str(error).splitlines()[0], where=_named(dataset)) from error
        finally:
            watch.cancel()


def answered_rows(dataset: Dataset, query: str, values: Sequence[object] = ()) -> list[list[Any]]:
    """Return the answer to a query as lists, one a row; two columns may have one name."""
    columns = [column.to_pylist() for column in answer(dataset, query, values).columns]
    return [list(row) for row in zip(*columns, strict=True)]


def column_sql(dataset: Dataset, path: str) -> str:
    """Return a column, or a field inside the structs of one, as SQL writes it; a list gives a list.

    Raises DatasetError if the schema has no such field.

    Examples
    --------
    ``column_sql(open_dataset("output", "pin_joins"), "terms.term")`` is ``[one."term" FOR one IN "terms"]``.
    """
    top, *inner = path.split(".")
    schema = dataset.schema
    type_ = schema.field(top).type if top in schema.names else None
    if type_ is None or len(inner) > 1:
        raise DatasetError(
            f"there is no field {path!r}; fields there: {', '.join(schema.names)}", where=_named(dataset)
        )
    if not inner:
        return quoted_name(top)
    is_list = pa.types.is_list(type_) or pa.types.is_large_list(type_)
    struct = type_.value_type if is_list else type_
    if not pa.types.is_struct(struct) or inner[0] not in [field.name for field in struct]:
        raise DatasetError(f"there is no field {inner[0]!r} in {top}", where=_named(dataset))
    if is_list:
        return f"[one.{quoted_name(inner[0])} FOR one IN {quoted_name(top)}]"
    return f"{quoted_name(top)}.{quoted_name(inner[0])}"


@contextmanager
def _connected(dataset: Dataset) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """Give a connection of its own, and where the rows of the version come from."""
    with _database().cursor() as connection:
        if isinstance(dataset.place.root, StorePath):
            connection.register(_ROWS, scan_of(dataset))
            yield connection, quoted_name(_ROWS)
        else:
            yield connection, f"({rows_sql(dataset)})"


def close_database() -> None:
    """Close the database that pages share, at the end of the application; a page that is asked for opens another."""
    if _database.cache_info().currsize:
        _database().close()
        _database.cache_clear()


@functools.cache
def _database() -> duckdb.DuckDBPyConnection:
    """Open the database in memory whose cursors are the connections of all pages; it holds nothing."""
    database = duckdb.connect()
    database.execute(OFFLINE)
    database.execute(f"SET memory_limit = '{_MEMORY}'; SET enable_object_cache = true; SET TimeZone = 'UTC'")
    return database


def _named(dataset: Dataset) -> str:
    return f"{dataset.name} {dataset.version}"
