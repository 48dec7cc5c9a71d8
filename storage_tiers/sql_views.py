"""Bringing the views of a DuckDB up to date: what is as it was stays, and one transaction makes, replaces and drops.

DuckDB opens a Parquet file for each view that is created, half a millisecond; views that are read from a DuckDB file or
copied between two databases cost 20 µs and open nothing. So the views of earlier days are taken over, from the DuckDB
file that the last load wrote, and each bears a stamp that tells whether it may be: when the manifest and the folder of
its version were last changed, and where they lie. A view without a stamp is always made anew.

The file is a help and no more: where it is missing, damaged, older than what is published or of another place, the
same views come out, only later.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from storage_tiers.errors import DatasetError
from storage_tiers.versioned.versions import MANIFESTS_FOLDER, Variant, Version

# An unknown function in a query must not fetch what knows it from the network; INSTALL and LOAD say so on purpose.
OFFLINE = "SET autoinstall_known_extensions = false; SET autoload_known_extensions = false"
_OPTIONS_MARK = "?"  # what DuckDB takes for the end of a path
_SHOWN = "SELECT view_name, coalesce(comment, '') FROM duckdb_views() WHERE NOT internal"
_FAILING = "SELECT error("  # how the statements of `error_sql` begin
_HAS_TABLES = "SELECT count(*) FROM duckdb_tables() WHERE NOT internal"


@dataclass(frozen=True, slots=True)
class View:
    """A view as it should be: its name, the stamp of what it was made from, and its statement, made when needed."""

    name: str
    stamp: str
    sql: Callable[[], str]


def stamp_of(root: str, name: str, variant: Variant, version: Version) -> str:
    """Return what changes whenever a version is made again, lost or repaired; nothing where it isn't whole.

    Nothing is opened: a part that goes or comes changes the folder.
    """
    try:
        manifest = os.stat(f"{root}/{name}/{MANIFESTS_FOLDER}/{variant}/{version.path}.json")  # noqa: PTH116 - of 20,000
        folder = os.stat(f"{root}/{name}/{variant}/{version.path}")  # noqa: PTH116
    except OSError:
        return ""
    return f"{manifest.st_mtime_ns} {manifest.st_size} {folder.st_mtime_ns}"


def stamp_of_place(root: Path) -> str:
    """Return what a stamp begins with: views name whole paths, so that those of another place are no use."""
    whole = os.path.abspath(root)  # noqa: PTH100 - a link stays one, as in the views
    return hashlib.blake2b(os.fsencode(whole), digest_size=6).hexdigest()


def taken_over(database: Path) -> duckdb.DuckDBPyConnection:
    """Open a database in memory with the views of a DuckDB file; with none where that file is of no use.

    Whoever replaces the file meanwhile changes nothing: what was opened stays as it was.
    """
    if database.is_file():
        connection = _connected()
        with suppress(duckdb.Error):  # it is damaged or of another DuckDB: all views are made anew
            connection.execute(f"ATTACH {quoted_text(str(database))} AS before (READ_ONLY)")
            connection.execute("COPY FROM DATABASE before TO memory (SCHEMA)")
            connection.execute("DETACH before")
            if not _has_tables(connection):
                return connection
        connection.close()
    return _connected()


def opened_copy(database: Path, copy: Path) -> duckdb.DuckDBPyConnection:
    """Open a copy of a DuckDB file for writing, an empty one where that file is of no use."""
    with suppress(OSError, duckdb.Error):
        if database.is_file():  # a pipe would never end
            copy.write_bytes(database.read_bytes())
        connection = _connected(copy)
        if not _has_tables(connection):
            return connection
        connection.close()
    copy.unlink(missing_ok=True)
    return _connected(copy)


@contextmanager
def writable_folder(folder: Path) -> Iterator[Path]:
    """Give a folder in which DuckDB can write a file; at the end, what was written is in the given one.

    DuckDB takes what follows a ``?`` of a path for options, and puts the log that it writes first beside the folder
    before it, even with a relative path. Below such a folder it writes in the system's folder for temporary files.

    Raises DatasetError if that one has a ``?`` in its path as well.
    """
    if _OPTIONS_MARK not in os.path.realpath(folder):
        yield folder
        return
    with tempfile.TemporaryDirectory() as name:
        if _OPTIONS_MARK in os.path.realpath(name):
            problem = f"DuckDB can write no file below a folder with {_OPTIONS_MARK} in its path"
            raise DatasetError(problem, where=name, remedy="set TMPDIR to a folder without one")
        yield Path(name)
        for path in Path(name).iterdir():
            shutil.copyfile(path, folder / path.name)


def bring_up_to_date(connection: duckdb.DuckDBPyConnection, views: Iterable[View]) -> None:
    """Make what is missing or has another stamp, drop what isn't wanted, all in one transaction.

    A version that DuckDB itself refuses to read gets a view that says so, and stops no other.
    """
    wanted = list(views)
    shown: dict[str, str] = dict(connection.execute(_SHOWN).fetchall())
    changed = [view for view in wanted if not view.stamp or shown.get(view.name) != view.stamp]
    gone = shown.keys() - {view.name for view in wanted}
    connection.execute("BEGIN")
    try:
        _change(connection, [(view, view.sql()) for view in changed], gone)
    except duckdb.Error:  # after which the transaction takes nothing more
        connection.execute("ROLLBACK")
        readable = list(_readable(connection, changed))
        connection.execute("BEGIN")
        _change(connection, readable, gone)
    connection.execute("COMMIT")  # its error is the file's, and no view's


def error_sql(error: DatasetError, columns: Iterable[str] = ()) -> str:
    """Return a statement with the columns of a version that can't be read, which fails with the error when it is run.

    It has a condition so that those queries fail as well that need no column, as counts do.
    """
    failing = f"error({quoted_text(str(error))})"
    names = ", ".join(f"{failing} AS {quoted_name(name)}" for name in [*columns] or ["damaged"])
    return f"SELECT {names} WHERE {failing} IS NULL"


def quoted_text(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def quoted_name(name: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _connected(database: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(database)
    connection.execute(OFFLINE)
    return connection


def _change(connection: duckdb.DuckDBPyConnection, made: Iterable[tuple[View, str]], gone: Iterable[str]) -> None:
    for name in sorted(gone):
        connection.execute(f"DROP VIEW {quoted_name(name)}")
    for view, sql in made:
        connection.execute(f"CREATE OR REPLACE VIEW {quoted_name(view.name)} AS {sql}")
        if view.stamp and not sql.startswith(_FAILING):  # which is looked at anew each time
            connection.execute(f"COMMENT ON VIEW {quoted_name(view.name)} IS {quoted_text(view.stamp)}")


def _readable(connection: duckdb.DuckDBPyConnection, views: Iterable[View]) -> Iterator[tuple[View, str]]:
    """Yield each view with its statement, or with one that says what DuckDB has against that, and without a stamp."""
    for view in views:
        sql = view.sql()
        try:
            connection.execute(f"SELECT * FROM ({sql}) LIMIT 0")  # noqa: S608 - a statement of ours
        except duckdb.Error as error:
            if not sql.startswith(_FAILING):
                problem = str(error).splitlines()[0]
                sql = error_sql(DatasetError(problem, where=view.name, remedy="see interest-graph verify"))
        yield view, sql


def _has_tables(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether someone put tables beside the views, which no file of ours has."""
    return connection.execute(_HAS_TABLES).fetchall() != [(0,)]
