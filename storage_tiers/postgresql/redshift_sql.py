"""Loading published versions into Amazon Redshift: the statements that do it, for files that lie on S3.

They have not been run on Redshift, only held to what its manual says: COPY reads Parquet from a folder of S3 with the
rights of a role, into columns in the order and number of the files' own; whatever is nested becomes ``SUPER``. Each
dataset is copied into a staging table and its rows are counted; then all of them are switched by one transaction, so
that readers have the tables of before or all of the new ones. ``TRUNCATE`` would end that transaction, and isn't used.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from storage_tiers.errors import DatasetError
from storage_tiers.postgresql.columns.storable_text import is_bytes, is_list, is_text
from storage_tiers.sql_batch.sql_views import quoted_name
from storage_tiers.stores.address import Root, root_of
from storage_tiers.stores.local_home import local_home
from storage_tiers.versioned.asked_version import newest_published
from storage_tiers.versioned.datasets import Dataset, open_dataset
from storage_tiers.versioned.given_version import DateLike, IterationLike
from storage_tiers.versioned.parts import replace_text

FOLDER_NAME = "_redshift"
_DEFAULT_ROLE = "default"  # of the cluster
_LOCATION = re.compile(r"s3://[a-z0-9][a-z0-9.-]+(/[\w.=+@-]+)*/?", re.ASCII)
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+|default", re.ASCII)
_SWAP = re.compile("rename|delete_insert")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,100}")
_TEXT = "VARCHAR(65535)"  # bytes, the most that there are
_TYPES = (
    (pa.types.is_boolean, "BOOLEAN"),
    (pa.types.is_int8, "SMALLINT"),
    (pa.types.is_int16, "SMALLINT"),
    (pa.types.is_uint8, "SMALLINT"),
    (pa.types.is_int32, "INTEGER"),
    (pa.types.is_uint16, "INTEGER"),
    (pa.types.is_int64, "BIGINT"),
    (pa.types.is_uint32, "BIGINT"),
    (pa.types.is_float32, "REAL"),
    (pa.types.is_float64, "DOUBLE PRECISION"),
    (is_text, _TEXT),
    (is_bytes, "VARBYTE(1024000)"),
    (pa.types.is_timestamp, "TIMESTAMP"),  # in UTC: COPY takes no time with a zone out of Parquet
    (pa.types.is_date32, "DATE"),
    (is_list, "SUPER"),
    (pa.types.is_struct, "SUPER"),
)


@dataclass(frozen=True, slots=True)
class RedshiftPlace:
    """Where the files lie, by whose rights they are read, and where their tables are.

    ``location`` is the output folder on S3, ``iam_role`` the ARN of a role or ``default``. With the swap ``rename`` a
    dataset's table is another one afterwards; with ``delete_insert`` it stays, with its grants, keys and the views that
    go by it, its columns must stay as well, and its rows are written twice.

    Raises DatasetError if one of them isn't what it must be.
    """

    location: str
    iam_role: str
    schema: str = "public"
    swap: str = "rename"  # or delete_insert

    def __post_init__(self) -> None:
        for name, value, form, allowed in (
            ("location", self.location, _LOCATION, "like s3://bucket/output"),
            ("IAM role", self.iam_role, _ROLE, "like arn:aws:iam::123456789012:role/redshift-reads, or default"),
            ("schema", self.schema, _NAME, "of small letters, digits and _"),
            ("swap", self.swap, _SWAP, "rename or delete_insert"),
        ):
            if not form.fullmatch(value):
                raise DatasetError(f"the {name} is {value!r}; it must be {allowed}", where="Redshift")

    def table(self, name: str) -> str:
        """Return a table as SQL writes it."""
        return f"{quoted_name(self.schema)}.{quoted_name(name)}"


def write_redshift_sql(
    root: str | Root,
    names: Sequence[str],
    place: RedshiftPlace,
    date: DateLike | None = None,
    iteration: IterationLike | None = None,
) -> Path:
    """Write ``<root>/_redshift/DATE_iteration_N.sql``, which loads one version of some datasets, and return its path.

    The newest version of the first dataset is taken where none is given; of datasets with a light variant that one.
    Run it as a whole, ending at the first error: ``psql --set ON_ERROR_STOP=1 --file ...``.

    Raises
    ------
    DatasetError
        If a version isn't published or damaged, or Redshift can't hold a column.
    """
    if not names:
        raise DatasetError("no dataset is named", where="Redshift", remedy="name some, or set [tiers] sql_batch")
    first = _opened(root, names[0], date, iteration)
    datasets = [first, *(_opened(root, name, first.version.date, first.version.iteration) for name in names[1:])]
    stem = f"{first.version.date:%Y_%m_%d}_iteration_{first.version.iteration}"
    path = local_home(root_of(root)) / FOLDER_NAME / f"{stem}.sql"
    replace_text(path, version_sql(datasets, place))
    return path


def version_sql(datasets: Sequence[Dataset], place: RedshiftPlace) -> str:
    """Return the statements that load datasets of one version and switch to all of them as one."""
    names = ", ".join(dataset.name for dataset in datasets)
    head = f"-- {names} of {datasets[0].version} into Redshift. These statements have not been tried there.\n"
    staged = "\n\n".join("\n".join(staging_sql(dataset, place)) for dataset in datasets)
    switched = "\n".join(statement for dataset in datasets for statement in _switch_sql(dataset.name, place))
    dropped = "".join(f"DROP TABLE IF EXISTS {place.table(_left_over(dataset.name, place))};\n" for dataset in datasets)
    return f"{head}\n{staged}\n\nBEGIN;\n{switched}\nCOMMIT;\n\n{dropped}"


def staging_sql(dataset: Dataset, place: RedshiftPlace) -> Iterator[str]:
    """Yield what copies one dataset into a staging table, and fails if not every row came."""
    if not _NAME.fullmatch(dataset.name):
        raise DatasetError(f"the dataset {dataset.name!r} has no name of small letters, digits and _", where="Redshift")
    staged = place.table(_staged(dataset.name))
    folder = f"{place.location.rstrip('/')}/{dataset.name}/{dataset.manifest.variant}/{dataset.version.path}"
    role = place.iam_role if place.iam_role == _DEFAULT_ROLE else f"'{place.iam_role}'"
    nested = any(is_list(field.type) or pa.types.is_struct(field.type) for field in dataset.schema)
    yield f"DROP TABLE IF EXISTS {staged};"
    if place.swap == "rename":
        yield f"DROP TABLE IF EXISTS {place.table(_before(dataset.name))};"  # of a run that was cut off
    yield create_redshift_table(staged, dataset.schema)
    yield f"COPY {staged}\nFROM '{folder}/part-'\nIAM_ROLE {role}\nFORMAT AS PARQUET{' SERIALIZETOJSON' * nested};"
    yield f"SELECT 1 / CASE WHEN count(*) = {dataset.n_rows} THEN 1 ELSE 0 END AS every_row_is_there FROM {staged};"  # noqa: S608 - quoted
    yield f"ANALYZE {staged};"


def create_redshift_table(table: str, schema: pa.Schema) -> str:
    """Return the statement that makes a table with the columns of the files, in their order.

    Raises DatasetError if a column can't be made.

    Examples
    --------
    >>> print(create_redshift_table('"ranks"', pa.schema([("board_id", pa.int64()), ("terms", pa.list_(pa.string()))])))
    CREATE TABLE "ranks" (
      "board_id" BIGINT,
      "terms" SUPER
    );
    """
    lowered = [name.lower() for name in schema.names]
    twice = next((name for name in lowered if lowered.count(name) > 1), None)
    if twice is not None:
        raise DatasetError(f"several columns are called {twice!r}, but for their case, which Redshift doesn't keep")
    columns = ",\n".join(f"  {quoted_name(field.name)} {redshift_type(field.type, field.name)}" for field in schema)
    return f"CREATE TABLE {table} (\n{columns}\n);"


def redshift_type(type_: pa.DataType, path: str) -> str:
    """Return Redshift's type for a column of Parquet; DatasetError, naming the column, where it has none."""
    if pa.types.is_dictionary(type_):
        return redshift_type(type_.value_type, path)
    for is_type, name in _TYPES:
        if is_type(type_):
            return name
    raise DatasetError(f"column {path} is {type_}, which Redshift doesn't read from Parquet", remedy="cast it")


def _switch_sql(name: str, place: RedshiftPlace) -> Iterator[str]:
    serving, staged = place.table(name), place.table(_staged(name))
    yield f"CREATE TABLE IF NOT EXISTS {serving} (LIKE {staged});"  # the first time there is none
    if place.swap == "delete_insert":
        yield f"DELETE FROM {serving};"  # noqa: S608 - quoted; TRUNCATE would end the transaction
        yield f"INSERT INTO {serving} SELECT * FROM {staged};"  # noqa: S608 - quoted
    else:
        yield f"ALTER TABLE {serving} RENAME TO {quoted_name(_before(name))};"
        yield f"ALTER TABLE {staged} RENAME TO {quoted_name(name)};"


def _left_over(name: str, place: RedshiftPlace) -> str:
    return _staged(name) if place.swap == "delete_insert" else _before(name)


def _staged(name: str) -> str:
    return f"{name}_staged"


def _before(name: str) -> str:
    return f"{name}_before"


def _opened(root: str | Root, name: str, date: DateLike | None, iteration: IterationLike | None) -> Dataset:
    has_light = newest_published(root_of(root), name, "light")
    return open_dataset(root, name, "light" if has_light else "full", date, iteration)
