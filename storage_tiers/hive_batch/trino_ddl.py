"""Statements for Trino: a dataset as an external table of a Hive catalog, its partitions, the current view.

Where Trino shares Hive's metastore, Hive's statements are enough, and these are for a Trino on its own. They were read
against Trino's documentation (Hive connector, "Examples" and "Procedures") and a parser of its language; no Trino ran
them. Table and procedure name their schema; the catalog is that of the session.
"""

from storage_tiers.hive_batch.engine_types import PARTITION_COLUMNS, TRINO
from storage_tiers.hive_batch.hive_ddl import table_folder
from storage_tiers.stores.address import Root
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.versions import Version

SCHEMA = "default"


def create_trino_table(dataset: Dataset, location: str | None = None, schema: str = SCHEMA) -> str:
    """Return the statement that makes a dataset an external table, with the schema of the given version.

    Times have milliseconds, as Hive tables of Trino do unless its catalog says otherwise. Without a location the folder
    is one of this machine, as ``file://``. A DatasetError says of which column Trino can't be told.
    """
    columns = "".join(f"  {column},\n" for column in TRINO.columns(dataset))
    folder = table_folder(dataset, location or _address_of(dataset.place.root.absolute()))
    partitions = ", ".join(map(_text, PARTITION_COLUMNS))
    return (
        f"CREATE TABLE IF NOT EXISTS {_table(dataset.name, schema)} (\n{columns}"
        f'  "date" varchar,\n  "iteration" integer\n)\n'
        f"WITH (\n  external_location = {_text(folder)},\n  format = 'PARQUET',\n"
        f"  partitioned_by = ARRAY[{partitions}]\n);\n"
    )


def sync_partitions(name: str, schema: str = SCHEMA) -> str:
    """Return the statement that lets Trino look into the folders: new versions become partitions, removed ones go.

    Examples
    --------
    >>> print(sync_partitions("board_joins"), end="")
    CALL system.sync_partition_metadata(schema_name => 'default', table_name => 'board_joins', mode => 'FULL');
    """
    return (
        f"CALL system.sync_partition_metadata(schema_name => {_text(schema)}, table_name => {_text(name)}, "
        "mode => 'FULL');\n"
    )


def current_trino_view(name: str, version: Version, schema: str = SCHEMA) -> str:
    """Return the statement that makes ``<dataset>_current`` the view of one version.

    Examples
    --------
    >>> import datetime
    >>> print(current_trino_view("board_joins", Version(datetime.date(2026, 11, 20), 2)), end="")
    CREATE OR REPLACE VIEW "default"."board_joins_current" AS
    SELECT * FROM "default"."board_joins" WHERE "date" = '2026-11-20' AND "iteration" = 2;
    """
    return (
        f"CREATE OR REPLACE VIEW {_table(f'{name}_current', schema)} AS\nSELECT * FROM {_table(name, schema)} "
        f'WHERE "date" = \'{version.date.isoformat()}\' AND "iteration" = {version.iteration};\n'
    )


def _address_of(root: Root) -> str:
    return str(root) if isinstance(root, StorePath) else f"file://{root.as_posix()}"


def _table(name: str, schema: str) -> str:
    return f"{TRINO.name(schema)}.{TRINO.name(name)}"


def _text(text: str) -> str:
    """Quote a text; in the standard's own form, where it holds what a terminal or a script would take for something."""
    quoted = text.replace("'", "''")
    if text.isprintable():
        return f"'{quoted}'"
    escaped = quoted.replace("\\", "\\\\")
    return "U&'" + "".join(char if char.isprintable() else f"\\+{ord(char):06x}" for char in escaped) + "'"
