"""Logs that table formats keep beside their Parquet files: only they tell which of the files still count.

A file that its table has deleted or written anew lies there until somebody cleans up, so a reader that knows names
alone would bring rows back, or read them twice. Both doors refuse such folders.
"""

import re
from typing import Final

ICEBERG_FOLDER: Final = "metadata"  # beside the folders with its files
READ_THE_TABLE: Final = "read the table with its own program and write its rows as plain Parquet files"
_LOGS = (
    (r"_delta_log", "Delta Lake"),
    (r"\.hoodie", "Hudi"),
    (r"_spark_metadata", "Spark's streams"),
    (r"(base|(delete_)?delta_\d+)_\d+(_\d+)?(_v\d+)?", "Hive's transactions"),
    (r"(v\d+|\d+-[0-9a-f-]{36})(\.gz)?\.metadata\.json(\.gz)?", "Iceberg"),
)


def format_of_log(name: str) -> str:
    """Return the table format that keeps its log in a file or folder of this name; empty if none does.

    Examples
    --------
    >>> [format_of_log(name) for name in ("_delta_log", "delta_0000001_0000001", "v3.metadata.json", "part-0.parquet")]
    ['Delta Lake', "Hive's transactions", 'Iceberg', '']
    """
    return next((table_format for pattern, table_format in _LOGS if re.fullmatch(pattern, name)), "")


def holds_deleted(name: str, table_format: str) -> str:
    """Return what is wrong with files that lie beside a log.

    Examples
    --------
    >>> holds_deleted("_delta_log", "Delta Lake")
    '_delta_log belongs to a table of Delta Lake; the files beside it may hold rows that were deleted'
    """
    return f"{name} belongs to a table of {table_format}; the files beside it may hold rows that were deleted"
