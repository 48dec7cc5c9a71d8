"""Statements for Hive, Spark and Athena: a dataset as an external table, its versions as partitions, the current view.

Hive's partitions are named one by one, so that only published versions are among them.
"""

from storage_tiers.hive_batch.engine_types import HIVE
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.versions import Version


def create_table_ddl(dataset: Dataset, location: str | None = None) -> str:
    """Return the statement that makes a dataset an external table, with the schema of the given version.

    A DatasetError says that a column is called like a partition column, or has a type that Hive doesn't know. Hive
    reads Parquet's 64-bit timestamps from version 4 on; Spark and Trino read them as well.
    """
    columns = ",\n".join(f"  {column}" for column in HIVE.columns(dataset))
    return (
        f"CREATE EXTERNAL TABLE IF NOT EXISTS {HIVE.name(dataset.name)} (\n{columns}\n)\n"
        "PARTITIONED BY (`date` string, `iteration` int)\n"
        "STORED AS PARQUET\n"
        f"LOCATION {_text(table_folder(dataset, location))};\n"
    )


def table_folder(dataset: Dataset, location: str | None = None) -> str:
    """Return the folder of a dataset's table, below the output folder as an engine sees it."""
    output = location.rstrip("/") if location else dataset.place.root.absolute().as_posix()
    return f"{output}/{dataset.name}/{dataset.manifest.variant}"


def add_partition_ddl(name: str, version: Version) -> str:
    """Return the statement that makes one version a partition of its table.

    Examples
    --------
    >>> import datetime
    >>> print(add_partition_ddl("board_joins", Version(datetime.date(2026, 11, 20), 2)), end="")
    ALTER TABLE `board_joins` ADD IF NOT EXISTS PARTITION (`date`='2026-11-20', `iteration`=2);
    """
    return f"ALTER TABLE {HIVE.name(name)} ADD IF NOT EXISTS PARTITION ({', '.join(_partition(version))});\n"


def drop_partition_ddl(name: str, version: Version) -> str:
    """Return the statement that takes one version out of its table; its files stay."""
    return f"ALTER TABLE {HIVE.name(name)} DROP IF EXISTS PARTITION ({', '.join(_partition(version))});\n"


def current_view_ddl(name: str, version: Version) -> str:
    """Return the statement that makes ``<dataset>_current`` the view of one version.

    Examples
    --------
    >>> import datetime
    >>> print(current_view_ddl("board_joins", Version(datetime.date(2026, 11, 20), 2)), end="")
    CREATE OR REPLACE VIEW `board_joins_current` AS
    SELECT * FROM `board_joins` WHERE `date`='2026-11-20' AND `iteration`=2;
    """
    view, rows = HIVE.name(f"{name}_current"), f"{HIVE.name(name)} WHERE {' AND '.join(_partition(version))}"
    return f"CREATE OR REPLACE VIEW {view} AS\nSELECT * FROM {rows};\n"


def _partition(version: Version) -> tuple[str, str]:
    return f"`date`='{version.date.isoformat()}'", f"`iteration`={version.iteration}"


def _text(text: str) -> str:
    """Quote a text; what ends a statement or begins a variable is an octal escape, as clients look for it in quotes."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + "".join(f"\\{ord(char):03o}" if char < " " or char in ";$" else char for char in escaped) + "'"
