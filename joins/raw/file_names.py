"""Which files of a folder are data, by their names: what programs leave beside their data is not.

Hidden files and markers follow Hadoop, Hive and Spark; temporary ones are what programs call a file that they are
still writing, fetching or editing, or have kept as a backup. A name decides no more than that: a file without one of
Parquet's endings may be Parquet all the same (Hive's ``000000_0``), and then its first bytes say so.

Table formats keep a log beside their files, and only it tells which of them still count: a file that its table has
deleted lies there until somebody cleans up. Both doors refuse such folders, by the log's name.
"""

import re
from pathlib import PurePath
from typing import Final
from urllib.parse import unquote

PARQUET_ENDINGS: Final = (".parquet", ".parq", ".pq")
PARQUET_MAGICS: Final = (b"PAR1", b"PARE")  # the second where the footer is encrypted
MAGIC_BYTES: Final = 4
_NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__"
_UNFINISHED_ENDINGS = (
    *(".tmp", ".temp", ".inprogress", ".incomplete", ".partial", ".part"),
    *(".crdownload", ".download", ".filepart", ".aria2"),  # Chrome, Safari, WinSCP, aria2
    "._copying_",  # hdfs dfs -put
)
_BACKUP_ENDINGS = ("~", ".bak", ".old", ".orig", ".swp", ".swo")
_UNFINISHED_FOLDER = "_temporary"  # of Hadoop and Spark, while a job writes
_OF_SYSTEMS = (
    *("@eadir", "$recycle.bin", "lost+found", "__macosx"),
    *("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"),  # Windows and macOS put them into folders of files
)
ICEBERG_FOLDER: Final = "metadata"  # beside the folders with its files
READ_THE_TABLE: Final = "read the table with its own program and write its rows as plain Parquet files"
_LOGS = (
    (r"_delta_log", "Delta Lake"),
    (r"\.hoodie", "Hudi"),
    (r"_spark_metadata", "Spark's streams"),
    (r"(base|(delete_)?delta_\d+)_\d+(_\d+)?(_v\d+)?", "Hive's transactions"),
    (r"(v\d+|\d+-[0-9a-f-]{36})(\.gz)?\.metadata\.json(\.gz)?", "Iceberg"),
)


def is_hidden(path: PurePath | str) -> bool:
    """Return whether a path, relative to the folder searched, is hidden, temporary or a marker, or lies in such a one.

    A folder of Hive's partitioning is none of these, even if its column begins with an underscore.

    Examples
    --------
    >>> [name for name in ("part-0.parquet", "_SUCCESS", "~$pins.csv", "_temporary/0/part-0", "_batch=3/part-0",
    ...                    "pins.csv.crdownload", ".hive-staging_1/000000_0") if not is_hidden(name)]
    ['part-0.parquet', '_batch=3/part-0']
    """
    return any(_is_marked(name) or is_temporary(name) for name in PurePath(path).parts)


def is_temporary(name: str) -> bool:
    """Return whether a file or folder of this name is still being written or edited, or is a backup.

    Examples
    --------
    >>> is_temporary("pins.parquet.tmp"), is_temporary("#pins.csv#"), is_temporary("part-0.parquet")
    (True, True, False)
    """
    is_autosave = len(name) > 1 and name[0] == name[-1] == "#"  # of Emacs
    return is_autosave or name.startswith("~$") or name.lower().endswith((*_UNFINISHED_ENDINGS, *_BACKUP_ENDINGS))


def is_unfinished(name: str) -> bool:
    """Return whether a file or folder of this name says that somebody is still writing or fetching here.

    Examples
    --------
    >>> [name for name in ("_temporary", "000000_0._COPYING_", "pins.csv.bak", "_SUCCESS") if is_unfinished(name)]
    ['_temporary', '000000_0._COPYING_']
    """
    return name == _UNFINISHED_FOLDER or name.lower().endswith(_UNFINISHED_ENDINGS)


def may_be_parquet(name: str) -> bool:
    """Return whether a file's name says Parquet; of any other name the first bytes decide (`begins_as_parquet`).

    Examples
    --------
    >>> may_be_parquet("part-0.snappy.PARQUET"), may_be_parquet("a.pq"), may_be_parquet("000000_0")
    (True, True, False)
    """
    return name.lower().endswith(PARQUET_ENDINGS)


def begins_as_parquet(head: bytes) -> bool:
    """Return whether a file that begins with these bytes, at least ``MAGIC_BYTES`` of them, is Parquet.

    Examples
    --------
    >>> begins_as_parquet(b"PAR1, and more"), begins_as_parquet(b"ORC")
    (True, False)
    """
    return head[:MAGIC_BYTES] in PARQUET_MAGICS


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


def folder_values(name: PurePath) -> tuple[tuple[str, str | None], ...]:
    """Return the columns that folders named ``column=value`` hold, as Hive writes them: escaped, with a name for null.

    Examples
    --------
    >>> folder_values(PurePath("country=IS/username=a%2Fb/category=__HIVE_DEFAULT_PARTITION__/part-0.parquet"))
    (('country', 'IS'), ('username', 'a/b'), ('category', None))
    """
    pairs = [part.partition("=") for part in name.parts[:-1] if "=" in part]
    return tuple((column, None if value == _NULL_FOLDER else unquote(value)) for column, _, value in pairs)


def _is_marked(name: str) -> bool:
    is_partition = "=" in name
    return name[0] == "." or (name[0] == "_" and not is_partition) or name.lower() in _OF_SYSTEMS
