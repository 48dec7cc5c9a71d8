"""The SQL batch tier: DuckDB straight over the published Parquet files, without a copy.

Each version is a view, ``pin_joins_2026_11_20_iteration_2``, and ``pin_joins`` is the newest. A dataset with a light
variant shows that one; the narrow datasets are full only and are shown as they are. A view names the files of the
manifest, never a pattern: a pattern would read several versions at once, and whatever else lies there.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from storage_tiers.versioned.datasets import Dataset, open_dataset
from storage_tiers.versioned.staging import staging_folder
from storage_tiers.versioned.versions import Variant, Version, dataset_names, published_versions

SQL_BATCH_FOLDER = "_sql_batch"
DATABASE_NAME = "discovery.duckdb"
_GLOB_CHARACTERS = "*?["


def write_sql_views(root: str | Path) -> Path:
    """Write a DuckDB file with a view for every published version, and return its path.

    The file holds no rows; it is replaced whole, so a reader has the old views or the new ones. Open it with
    ``duckdb.connect(path, read_only=True)``, and write it anew after publishing or removing versions.

    Raises
    ------
    DamagedVersionError
        If a version that is published can't be read.
    """
    root = Path(root)
    final = root / SQL_BATCH_FOLDER / DATABASE_NAME
    final.parent.mkdir(parents=True, exist_ok=True)
    with staging_folder(root, "sql_batch") as folder:
        with duckdb.connect(folder / DATABASE_NAME) as connection:
            _create_views(connection, root)
        (folder / DATABASE_NAME).replace(final)
    return final


def open_sql(root: str | Path) -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB with the views of what is published at this moment; times are shown in UTC.

    Examples
    --------
    ``open_sql("output").sql("SELECT category, count(*) FROM board_joins GROUP BY ALL").show()``
    """
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    _create_views(connection, Path(root))
    return connection


def view_name(name: str, version: Version) -> str:
    """Return the name of the view of one version.

    Examples
    --------
    >>> import datetime
    >>> view_name("pin_joins", Version(datetime.date(2026, 11, 20), 2))
    'pin_joins_2026_11_20_iteration_2'
    """
    return f"{name}_{version.date:%Y_%m_%d}_iteration_{version.iteration}"


def create_view_sql(view: str, dataset: Dataset) -> str:
    """Return the statement that makes a view of the files of one version."""
    files = ", ".join(_text(_literal_path(path)) for path in dataset.part_paths)
    # the folder names must not become columns: the schema of a view is the schema of the dataset
    rows = f"read_parquet([{files}], hive_partitioning = false)"
    return f"CREATE VIEW {_identifier(view)} AS SELECT * FROM {rows}"  # noqa: S608 - all names are quoted


def _create_views(connection: duckdb.DuckDBPyConnection, root: Path) -> None:
    for name in dataset_names(root):
        newest = None
        for dataset in _versions_to_show(root, name):
            connection.execute(create_view_sql(view_name(name, dataset.version), dataset))
            newest = dataset
        if newest:
            connection.execute(create_view_sql(name, newest))


def _versions_to_show(root: Path, name: str) -> Iterator[Dataset]:
    variant: Variant = "light" if published_versions(root, name, "light") else "full"
    for version in published_versions(root, name, variant):
        yield open_dataset(root, name, variant, version.date, version.iteration)


def _literal_path(path: Path) -> str:
    """Return the absolute path with the characters of patterns bracketed, so that it names itself alone."""
    return "".join(f"[{char}]" if char in _GLOB_CHARACTERS else char for char in str(path.absolute()))


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
