"""A query of anybody: it reads the files of the datasets and no other, writes nothing, fetches nothing, sets nothing.

DuckDB holds to that itself: what a query could reach is closed, and the settings are locked, before it meets the query.
Files that may be read could be written as well by ``COPY``, so that nothing but one SELECT is taken. What is larger
than the memory is put aside in a folder of its own in the system's folder for temporary files, and is gone at the end.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from storage_tiers.errors import DatasetError
from storage_tiers.reading import Answer
from storage_tiers.sql_batch.carried_types import carried, check_carried
from storage_tiers.sql_batch.query_errors import query_error
from storage_tiers.sql_batch.query_folders import folder_aside

BATCH_ROWS = 65_536
_LOCK = ("python_enable_replacements = false", "enable_external_access = false", "lock_configuration = true")
_READING = duckdb.StatementType.SELECT  # DESCRIBE, SHOW, SUMMARIZE, VALUES and FROM are SELECTs to DuckDB
_FAULTS = (duckdb.Error, pa.ArrowException, OSError)  # as Arrow passes on what DuckDB raises between two batches

Values = Mapping[str, object]  # of the parameters of a query, by their names without the ``$``


@dataclass(frozen=True, slots=True)
class QueryShare:
    """What one query may take of the machine; where nothing is said, DuckDB takes what it finds."""

    memory_mb: int | None = None
    n_threads: int | None = None
    aside_mb: int | None = None  # on the disk, of what has no room in the memory

    @property
    def settings(self) -> Iterator[str]:
        """The settings of DuckDB that keep a query to it."""
        if self.memory_mb is not None:
            yield f"memory_limit = '{self.memory_mb}MiB'"
        if self.n_threads is not None:
            yield f"threads = {self.n_threads}"
        if self.aside_mb is not None:
            yield f"max_temp_directory_size = '{self.aside_mb}MiB'"


@dataclass(frozen=True, slots=True)
class Bound:
    """A query with the values of its parameters, which are bound: they never become part of its text."""

    query: str
    values: Values | None = None
    share: QueryShare = QueryShare()


@contextmanager
def answered(
    connection: duckdb.DuckDBPyConnection, asked: Bound, folders: Iterable[str], tables: Sequence[str]
) -> Iterator[Answer]:
    """Lock a connection and give the answer to a query, batch after batch; the connection serves one query.

    Parameters
    ----------
    connection
        A database in memory, with the views that the query may name.
    asked
        One SELECT, with the values of its parameters.
    folders
        The folders that the views read from, absolute, in each way that a view or DuckDB itself writes them.
    tables
        The names that an error offers.

    Raises
    ------
    DatasetError
        Before anything runs, if it is no single SELECT or names what isn't there; else when it is met with.
    """
    query = asked.query
    _check_statement(connection, query, tables)
    with folder_aside() as folder:
        connection.execute("SET temp_directory = $folder", {"folder": folder})
        for setting in asked.share.settings:
            connection.execute(f"SET {setting}")
        connection.execute("SET allowed_directories = $folders", {"folders": list(folders)})
        for setting in _LOCK:
            connection.execute(f"SET {setting}")
        batches = _begun(connection, asked, tables)
        try:
            yield Answer(batches.schema, _batches(batches, query, tables))
        finally:
            connection.interrupt()  # what nobody asks for any more
            batches.close()
            connection.close()  # which removes what was put aside


def _check_statement(connection: duckdb.DuckDBPyConnection, query: str, tables: Sequence[str]) -> None:
    """Refuse what is no single SELECT, before it could do anything."""
    try:
        statements = connection.extract_statements(query)
    except _FAULTS as error:
        raise query_error(error, query, tables) from None
    if len(statements) != 1:
        what = f"it has {len(statements)} statements" if statements else "there is no statement in it"
        raise DatasetError(what, where="query", remedy="give one SELECT")
    kind = _kind_of(statements[0])
    if kind == duckdb.StatementType.MULTI.name:
        raise DatasetError(
            "it creates a type first", where="query", remedy="list the values: PIVOT ... ON column IN (...)"
        )
    if kind != _READING.name:
        raise DatasetError(
            f"{kind} is not allowed, as a query only reads",
            where="query",
            remedy="give one SELECT, or DESCRIBE a table",
        )


def _kind_of(statement: duckdb.Statement) -> str:
    try:
        return str(statement.type.name)
    except ValueError:  # a kind that DuckDB has and its Python package doesn't know
        return "this kind of statement"


def _begun(connection: duckdb.DuckDBPyConnection, asked: Bound, tables: Sequence[str]) -> pa.RecordBatchReader:
    """Return the rows of a query whose names and types were looked up; the first of them may be computed already."""
    try:
        bound = connection.sql(asked.query, params=asked.values) if asked.values else connection.sql(asked.query)
    except duckdb.Error as error:
        raise query_error(_with_place(connection, asked, error), asked.query, tables, _views(connection)) from None
    try:
        return carried(bound).to_arrow_reader(BATCH_ROWS)
    except _FAULTS as error:
        raise query_error(error, asked.query, tables) from None


def _views(connection: duckdb.DuckDBPyConnection) -> list[str]:
    views = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    return [name for (name,) in views]


def _with_place(connection: duckdb.DuckDBPyConnection, asked: Bound, error: duckdb.Error) -> duckdb.Error:
    """Return the same error as DuckDB tells it to another caller: with the line and the mark."""
    try:
        connection.execute(asked.query, asked.values or None)
    except duckdb.Error as told:
        return told
    return error


def _batches(reader: pa.RecordBatchReader, query: str, tables: Sequence[str]) -> Iterator[pa.RecordBatch]:
    try:
        for batch in reader:
            check_carried(batch)
            yield batch
    except _FAULTS as error:
        raise query_error(error, query, tables) from None
