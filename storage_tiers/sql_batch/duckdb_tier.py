"""The SQL batch tier: DuckDB straight over the published Parquet files, without a copy.

Each version is a view, ``pin_joins_2026_11_20_iteration_2``, and ``pin_joins`` is the current one. A dataset with a
light variant shows that one; the narrow datasets are full only and are shown as they are. A view names the files of the
manifest, never a pattern: a pattern would read several versions at once, and whatever else lies there.

The view of a version that is lost or damaged says so to whoever queries it. What is wrong with one version stops
neither the queries of the others nor their loads.

Of an output in a store, the versions that a query names are scanned from there (`storage_tiers.sql_batch.sql_scans`):
DuckDB itself reads no store, so that there is no DuckDB file for other programs.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import ClassVar

import duckdb
import pyarrow as pa

from storage_tiers.errors import MAKE_ROOM, DamagedVersionError, DatasetError, VersionNotFoundError
from storage_tiers.published_files import PublishedFilesTier
from storage_tiers.reading import Answer
from storage_tiers.sql_batch.locked_queries import Bound, QueryShare, Values, answered
from storage_tiers.sql_batch.sql_scans import opened_for, opened_with
from storage_tiers.sql_batch.sql_views import (
    OFFLINE,
    View,
    bring_up_to_date,
    error_sql,
    opened_copy,
    quoted_name,
    quoted_text,
    stamp_of,
    stamp_of_place,
    taken_over,
    writable_folder,
)
from storage_tiers.stores.address import Root, on_disk, root_of
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.datasets import Dataset, open_version
from storage_tiers.versioned.manifest import manifest_there
from storage_tiers.versioned.staging import staging_folder
from storage_tiers.versioned.versions import VARIANTS, Variant, Version, check_root, dataset_names, listed_versions

DATABASE_NAME = "discovery.duckdb"
# What DuckDB raises where a file can't be written; what goes wrong at the end is an error of the transaction.
_UNWRITTEN = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.TransactionException, duckdb.FatalException)
_GLOB_CHARACTERS = "*?["


class SqlBatchTier(PublishedFilesTier):
    """The SQL batch tier; see `storage_tiers.tier.Tier`."""

    name: ClassVar[str] = "sql_batch"
    short_name: ClassVar[str] = "sql"
    title: ClassVar[str] = "SQL batch"
    variant: ClassVar[Variant] = "light"

    def sql(self, query: str) -> pa.Table:
        """Return the answer to a query, in which ``pin_joins`` is the current version; times are in UTC.

        Raises DatasetError if DuckDB refuses the query, or it is no single SELECT.
        """
        with self.answer(query) as answer:
            return pa.Table.from_batches(answer.batches, answer.schema)

    @contextmanager
    def answer(
        self,
        query: str,
        chosen: Mapping[str, Version | None] | None = None,
        values: Values | None = None,
        share: QueryShare = QueryShare(),  # noqa: B008 - it can't be changed
    ) -> Iterator[Answer]:
        """Open the answer to a query, of the versions that are chosen; see `VersionedQueryable`.

        `values` are those of its parameters, by name, and `share` is what it may take of the machine.
        """
        with self._opened_for(query, chosen) as connection:
            names, asked = dataset_names(self.root), Bound(query, values, share)
            with answered(connection, asked, _readable(self.root, names), names) as answer:
                yield answer

    def _opened_for(self, query: str, chosen: Mapping[str, Version | None] | None) -> duckdb.DuckDBPyConnection:
        """Open a DuckDB in which a query finds what it names."""
        return opened_for(self, query, chosen) if isinstance(self.root, StorePath) else open_sql(self.root, chosen)

    def views(self, chosen: Mapping[str, Version | None] | None = None) -> Iterator[View]:
        """Yield a view for every version, and one for the current (or the chosen) one of each dataset.

        Where the choice is None, there is none to be shown, and the view says so.
        """
        where, made = stamp_of_place(on_disk(self.root)), dict[tuple[str, Version], str]()
        names = dataset_names(self.root)
        serving: dict[str, Version | None] = {**self.pointed_together(names), **(chosen or {})}
        without = {name for name, version in (chosen or {}).items() if version is None}
        for name in names:
            variant, stamps, rows = self.variant_of(name), dict[Version, str](), dict[Version, Callable[[], str]]()
            listing, dropped = listed_versions(self.root, name, variant), self.dropped(name)
            for version in listing.published:
                if version not in dropped:
                    stamp = stamp_of(str(self.root), name, variant, version) if version not in listing.marked else ""
                    stamps[version] = stamp and f"{where} {stamp}"
                    rows[version] = partial(self._rows_sql, name, version, made)
                    yield View(view_name(name, version), stamps[version], rows[version])
            if name in without:
                yield self._failing_view(name, stamps, self.not_loaded(name, "as it was asked for"))
            else:
                yield from self._current_view(name, stamps, rows, serving.get(name))

    def _rows_sql(self, name: str, version: Version, made: dict[tuple[str, Version], str]) -> str:
        """Return what selects the rows of a version; it is made once, as the current one is shown by two views."""
        if (name, version) not in made:
            try:
                made[name, version] = rows_sql(open_version(self.place(name, version)))
            except DatasetError as error:
                manifest = manifest_there(self.place(name, version))
                made[name, version] = error_sql(error, manifest.schema if manifest else ())
        return made[name, version]

    def _current_view(
        self,
        name: str,
        stamps: Mapping[Version, str],
        rows: Mapping[Version, Callable[[], str]],
        serving: Version | None,
    ) -> Iterator[View]:
        """Yield what selects the rows of the current version; nothing where no version is there."""
        try:
            current = serving or self.pointed(name) or max(stamps, default=None)
            if current and current not in stamps:
                raise self.not_loaded(name, str(current))
        except DatasetError as error:
            yield self._failing_view(name, stamps, error)
        else:
            if current:
                stamp = stamps[current] and f"{stamps[current]} {current}"
                yield View(name, stamp, rows[current])

    def _failing_view(self, name: str, stamps: Mapping[Version, str], error: DatasetError) -> View:
        """Return a view that says why there is none, with the columns of the newest version."""
        newest = manifest_there(self.place(name, max(stamps))) if stamps else None
        failing = error_sql(error, newest.schema if newest else ())
        return View(name, "", lambda: failing)

    def _announce(self, chosen: Mapping[str, Version]) -> None:
        if not isinstance(self.root, StorePath):
            write_sql_views(self.root, chosen)

    def _check_announced(self, name: str, version: Version, *, every_byte: bool) -> None:
        if isinstance(self.root, StorePath):
            return
        path = self.home / DATABASE_NAME
        problem = "" if path.is_file() else "it is missing"
        if every_byte and not problem:
            problem = _problem_of_view(path, name, self._opened(name, version))
        if problem:
            raise DamagedVersionError(problem, where=str(path), remedy=self.how_to_load_again(name))


def write_sql_views(root: str | Root, chosen: Mapping[str, Version] | None = None) -> Path:
    """Write a DuckDB file with a view for every published version, and return its path.

    The file holds no rows; it is replaced whole, so a reader has the old views or the new ones. Those of versions that
    are as they were are taken over from the file before. Open it with ``duckdb.connect(path, read_only=True)``, and
    write it anew after publishing or removing versions. `chosen` are versions that are about to become current.
    """
    tier = SqlBatchTier(root)
    final = tier.home / DATABASE_NAME
    final.parent.mkdir(parents=True, exist_ok=True)
    with staging_folder(tier.root, tier.name) as folder:
        try:
            with writable_folder(folder) as place:
                opening = partial(opened_copy, final, place / DATABASE_NAME)
                connection, views = _opened_meanwhile(opening, tier.views(chosen))
                with connection:
                    bring_up_to_date(connection, views)
                    connection.execute("CHECKPOINT")  # as DuckDB does when it closes a file, where it tells of no error
        except _UNWRITTEN as error:
            problem = f"the views can't be written ({str(error).splitlines()[0]})"
            raise DatasetError(problem, where=str(folder / DATABASE_NAME), remedy=MAKE_ROOM) from error
        (folder / DATABASE_NAME).replace(final)
    return final


def open_sql(root: str | Root, chosen: Mapping[str, Version | None] | None = None) -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB with the views of what is published at this moment; times are shown in UTC.

    `chosen` are versions that the plain names of datasets mean, in place of the current ones. Views of versions that
    are as they were when the last load wrote ``discovery.duckdb`` are copied from there. Of an output in a store there
    are those plain names alone; `SqlBatchTier.sql` knows the names of versions, too.

    Raises VersionNotFoundError if there is no such folder, or it has no dataset.

    Examples
    --------
    ``open_sql("output").sql("SELECT category, count(*) FROM board_joins GROUP BY ALL").show()``
    """
    place = root_of(root)
    check_root(place)
    if not dataset_names(place):
        remedy = "give the output folder of a run, or begin with interest-graph run"
        raise VersionNotFoundError("nothing is published there", where=str(root), remedy=remedy)
    tier = SqlBatchTier(place)
    if isinstance(place, StorePath):
        return opened_with(tier, dataset_names(place), chosen)
    connection, views = _opened_meanwhile(partial(taken_over, tier.home / DATABASE_NAME), tier.views(chosen))
    bring_up_to_date(connection, views)
    connection.execute("SET TimeZone = 'UTC'")
    # A footer is read once a connection, and again where its file was changed: a seventh of the time of an aggregate.
    connection.execute("SET parquet_metadata_cache = true")
    return connection


def view_name(name: str, version: Version) -> str:
    """Return the name of the view of one version.

    Examples
    --------
    >>> import datetime
    >>> view_name("pin_joins", Version(datetime.date(2026, 11, 20), 2))
    'pin_joins_2026_11_20_iteration_2'
    """
    return f"{name}_{version.date.isoformat().replace('-', '_')}_iteration_{version.iteration}"


def rows_sql(dataset: Dataset) -> str:
    """Return the statement that selects the rows of the files of one version."""
    files = ", ".join(quoted_text(_literal_path(path)) for path in dataset.part_paths)
    # the folder names must not become columns: the schema of a view is the schema of the dataset
    return f"SELECT * FROM read_parquet([{files}], hive_partitioning = false)"  # noqa: S608 - all names are quoted


def _opened_meanwhile(
    opening: Callable[[], duckdb.DuckDBPyConnection], views: Iterable[View]
) -> tuple[duckdb.DuckDBPyConnection, list[View]]:
    """Return an opened database, and the views; DuckDB reads its file while folders are looked at for the views."""
    with ThreadPoolExecutor(1) as thread:
        opened = thread.submit(opening)
        wanted = list(views)
    return opened.result(), wanted


def _problem_of_view(database: Path, name: str, current: Dataset) -> str:
    """Return why the current view of a dataset can't be read from a DuckDB file, or that it is of other files."""
    try:
        with duckdb.connect(database, read_only=True) as connection:
            connection.execute(OFFLINE)
            connection.execute(f"SELECT * FROM {quoted_name(name)} LIMIT 0")  # noqa: S608 - the name is quoted
            created = connection.execute("SELECT sql FROM duckdb_views() WHERE view_name = ?", [name]).fetchone()
    except duckdb.Error as error:
        return f"{name} can't be read from it ({str(error).splitlines()[0]})"
    is_current = created and all(quoted_text(_literal_path(path)) in created[0] for path in current.part_paths)
    what = f"its view {name} isn't of {current.version}, which is current, or the output folder was moved"
    return "" if is_current else what


def _readable(root: Root, names: Iterable[str]) -> set[str]:
    """Return the folders that a query may read, in each way that they are written; a store is read by Arrow alone."""
    if isinstance(root, StorePath):
        return set()
    folders = [root / name / variant for name in names for variant in VARIANTS]
    return {written for folder in folders for written in (_whole_path(folder), _literal_path(folder))}


def _whole_path(path: Root) -> str:
    return os.path.abspath(on_disk(path))  # noqa: PTH100 - a link stays one: what it leads to may change


def _literal_path(path: Root) -> str:
    """Return the absolute path with the characters of patterns bracketed, so that it names itself alone."""
    return "".join(f"[{char}]" if char in _GLOB_CHARACTERS else char for char in _whole_path(path))
