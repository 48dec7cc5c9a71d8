"""The Hive-like batch tier: the folder of the full dataset is the table, its version folders are the partitions.

``<root>/<dataset>/full/date=YYYY-MM-DD/iteration=N/`` is the layout that Hive, Spark, Trino and Athena read, so
nothing is copied; what is written here is the statements that make the tables known. Only published versions become
partitions, and ``<dataset>_current`` is a view of the current one. These engines ignore names that start with ``_``
or ``.``, as the manifests do.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from storage_tiers.bounded_files import read_bounded, words_of_unreadable
from storage_tiers.errors import DamagedVersionError, DatasetError
from storage_tiers.published_files import PublishedFilesTier
from storage_tiers.stores.address import Root
from storage_tiers.stores.looks import one_look
from storage_tiers.versioned.datasets import Dataset, open_version
from storage_tiers.versioned.staging import staging_folder
from storage_tiers.versioned.versions import Variant, Version, dataset_names

PARTITION_COLUMNS = ("date", "iteration")

_DIGEST_COMMENT = "-- BLAKE2b-256 of the lines below: "

_PLAIN_TYPES = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_int8, "tinyint"),
    (pa.types.is_int16, "smallint"),
    (pa.types.is_uint8, "smallint"),
    (pa.types.is_int32, "int"),
    (pa.types.is_uint16, "int"),
    (pa.types.is_int64, "bigint"),
    (pa.types.is_uint32, "bigint"),
    (pa.types.is_float32, "float"),
    (pa.types.is_float64, "double"),
    (pa.types.is_string, "string"),
    (pa.types.is_large_string, "string"),
    (pa.types.is_binary, "binary"),
    (pa.types.is_large_binary, "binary"),
    (pa.types.is_fixed_size_binary, "binary"),
    (pa.types.is_timestamp, "timestamp"),
    (pa.types.is_date32, "date"),
)


class HiveBatchTier(PublishedFilesTier):
    """The Hive-like batch tier; see `storage_tiers.tier.Tier`."""

    name: ClassVar[str] = "hive_batch"
    short_name: ClassVar[str] = "hive"
    title: ClassVar[str] = "Hive batch"
    variant: ClassVar[Variant] = "full"

    def statements(self, name: str, current: Version, location: str | None = None) -> Iterator[str]:
        """Yield what makes a dataset known: its table, its partitions, those it loses, the view of the current one."""
        versions = self.versions(name)
        if current not in versions:
            raise self.not_loaded(name, str(current))
        yield create_table_ddl(self._newest_readable(name, versions), location)
        for version in versions:
            yield add_partition_ddl(name, version)
        for version in sorted(self.dropped(name)):
            yield drop_partition_ddl(name, version)
        yield current_view_ddl(name, current)

    def _newest_readable(self, name: str, versions: Sequence[Version]) -> Dataset:
        """Open the newest version that can be read, whose schema the table has; damaged ones are passed over."""
        errors: list[DatasetError] = []
        for version in reversed(versions):
            try:
                dataset = open_version(self.place(name, version))
                _ = dataset.schema  # a damaged footer is told here
            except DatasetError as error:
                errors.append(error)
            else:
                return dataset
        raise errors[0]

    def _announce(self, chosen: Mapping[str, Version]) -> None:
        write_hive_ddl(self.root, chosen=chosen)

    def _check_announced(self, name: str, version: Version, *, every_byte: bool) -> None:  # noqa: ARG002 - they are small
        path = self.home / f"{name}.sql"
        try:
            comment, _, statements = read_bounded(path).decode().partition("\n")
            problem = "" if comment == _digest_comment(statements) else "its lines aren't those that were written"
        except (OSError, UnicodeDecodeError) as error:
            problem = (
                "it is missing"
                if isinstance(error, FileNotFoundError)
                else f"it can't be read ({words_of_unreadable(error)})"
            )
        if problem:
            raise DamagedVersionError(problem, where=str(path), remedy=self.how_to_load_again(name))


def write_hive_ddl(
    root: str | Root, location: str | None = None, chosen: Mapping[str, Version] | None = None
) -> list[Path]:
    """Write ``<root>/_hive_batch/<dataset>.sql`` for every published dataset: table, partitions, current view.

    `location` is the output as the engine sees it, e.g. ``s3a://bucket/output``, its absolute path or address by
    default; `chosen` are versions that are about to become current: of other datasets that are lost or damaged, the
    file that is there stays. Returned are the files that were written, by name.

    Running a file twice changes nothing. Versions that were removed since leave the table with ``MSCK REPAIR TABLE
    <dataset> SYNC PARTITIONS``.
    """
    tier = HiveBatchTier(root)
    tier.home.mkdir(parents=True, exist_ok=True)
    written = []
    with staging_folder(tier.root, tier.name) as staging, one_look():
        for name in dataset_names(tier.root):
            try:
                current = (chosen or {}).get(name) or tier.current(name)
                statements = "\n".join(tier.statements(name, current, location)) if current else ""
            except DatasetError:
                if chosen is not None and name not in chosen:
                    continue  # what is wrong with it stops no other; its file stays, and is written when it is mended
                raise
            if statements:
                unfinished = staging / f"{name}.sql"
                unfinished.write_text(f"{_digest_comment(statements)}\n{statements}", encoding="utf-8")
                written.append(unfinished.replace(tier.home / unfinished.name))
    return written


def create_table_ddl(dataset: Dataset, location: str | None = None) -> str:
    """Return the statement that makes a dataset an external table, with the schema of the given version.

    A DatasetError says that a column is called like a partition column, or has a type that Hive doesn't know. Hive
    reads Parquet's 64-bit timestamps from version 4 on; Spark and Trino read them as well.
    """
    columns = ",\n".join(f"  {_identifier(field.name)} {_column_type(field)}" for field in dataset.schema)
    output = location.rstrip("/") if location else dataset.place.root.absolute().as_posix()
    return (
        f"CREATE EXTERNAL TABLE IF NOT EXISTS {_identifier(dataset.name)} (\n{columns}\n)\n"
        "PARTITIONED BY (`date` string, `iteration` int)\n"
        "STORED AS PARQUET\n"
        f"LOCATION {_text(f'{output}/{dataset.name}/{dataset.manifest.variant}')};\n"
    )


def add_partition_ddl(name: str, version: Version) -> str:
    """Return the statement that makes one version a partition of its table.

    Examples
    --------
    >>> import datetime
    >>> print(add_partition_ddl("board_joins", Version(datetime.date(2026, 11, 20), 2)), end="")
    ALTER TABLE `board_joins` ADD IF NOT EXISTS PARTITION (`date`='2026-11-20', `iteration`=2);
    """
    return f"ALTER TABLE {_identifier(name)} ADD IF NOT EXISTS PARTITION ({', '.join(_partition(version))});\n"


def drop_partition_ddl(name: str, version: Version) -> str:
    """Return the statement that takes one version out of its table; its files stay."""
    return f"ALTER TABLE {_identifier(name)} DROP IF EXISTS PARTITION ({', '.join(_partition(version))});\n"


def current_view_ddl(name: str, version: Version) -> str:
    """Return the statement that makes ``<dataset>_current`` the view of one version.

    Examples
    --------
    >>> import datetime
    >>> print(current_view_ddl("board_joins", Version(datetime.date(2026, 11, 20), 2)), end="")
    CREATE OR REPLACE VIEW `board_joins_current` AS
    SELECT * FROM `board_joins` WHERE `date`='2026-11-20' AND `iteration`=2;
    """
    view, rows = _identifier(f"{name}_current"), f"{_identifier(name)} WHERE {' AND '.join(_partition(version))}"
    return f"CREATE OR REPLACE VIEW {view} AS\nSELECT * FROM {rows};\n"


def hive_type(type_: pa.DataType) -> str:
    """Return Hive's name of an Arrow type; unsigned integers take the next larger signed one.

    Raises DatasetError if Hive has no such type.

    Examples
    --------
    >>> hive_type(pa.list_(pa.struct([("board_id", pa.int64()), ("page_rank", pa.float64())])))
    'array<struct<`board_id`:bigint,`page_rank`:double>>'
    """
    if pa.types.is_dictionary(type_):
        return hive_type(type_.value_type)
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return f"array<{hive_type(type_.value_type)}>"
    if pa.types.is_struct(type_):
        return f"struct<{','.join(f'{_identifier(field.name)}:{hive_type(field.type)}' for field in type_)}>"
    for is_type, name in _PLAIN_TYPES:
        if is_type(type_):
            return name
    raise DatasetError(
        f"Hive has no type for {type_}; allowed: booleans, integers up to int64 and uint32, floats, strings, binary, "
        "timestamps, dates, lists and structs of these"
    )


def _digest_comment(statements: str) -> str:
    return _DIGEST_COMMENT + hashlib.blake2b(statements.encode(), digest_size=32).hexdigest()


def _partition(version: Version) -> tuple[str, str]:
    return f"`date`='{version.date.isoformat()}'", f"`iteration`={version.iteration}"


def _column_type(field: pa.Field) -> str:
    if field.name.lower() in PARTITION_COLUMNS:
        raise DatasetError(
            f"column {field.name} is called like a partition of the Hive table",
            remedy=f"rename it, {' and '.join(PARTITION_COLUMNS)} come from the folder names",
        )
    try:
        return hive_type(field.type)
    except DatasetError as error:
        raise DatasetError(error.problem, where=f"column {field.name}") from None


def _identifier(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _text(text: str) -> str:
    """Quote a text; what ends a statement or begins a variable is an octal escape, as clients look for it in quotes."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + "".join(f"\\{ord(char):03o}" if char < " " or char in ";$" else char for char in escaped) + "'"
