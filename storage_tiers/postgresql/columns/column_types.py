"""Which type of PostgreSQL a column gets, and the statement that makes a version's table.

Whole numbers without a sign take the next larger type, times are kept to the microsecond, and text is compared by its
bytes, as everywhere here: an index in the order of a language is damaged when the server's language tables change.
Lists and structs are ``jsonb``: clients of every kind read it, it needs no types of its own beside each version, and it
is what Redshift's ``SUPER`` is like. Arrays of composite types would be typed, and each struct take 24 bytes more.
"""

import pyarrow as pa

from storage_tiers.errors import DatasetError
from storage_tiers.sql_batch.sql_views import quoted_name

MOST_NAME_BYTES = 63  # longer names are cut by the server, in silence
TEXT = 'text COLLATE "C"'
JSON = "jsonb"
_MOST_COLUMNS = 1_600
_PLAIN_TYPES = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_int8, "smallint"),
    (pa.types.is_int16, "smallint"),
    (pa.types.is_uint8, "smallint"),
    (pa.types.is_int32, "integer"),
    (pa.types.is_uint16, "integer"),
    (pa.types.is_int64, "bigint"),
    (pa.types.is_uint32, "bigint"),
    (pa.types.is_float32, "real"),
    (pa.types.is_float64, "double precision"),
    (pa.types.is_string, TEXT),
    (pa.types.is_large_string, TEXT),
    (pa.types.is_null, TEXT),
    (pa.types.is_binary, "bytea"),
    (pa.types.is_large_binary, "bytea"),
    (pa.types.is_fixed_size_binary, "bytea"),
    (pa.types.is_date32, "date"),
)
_UNITS = ("s", "ms", "us")


def column_type(type_: pa.DataType, path: str) -> str:
    """Return PostgreSQL's type for an Arrow type.

    Raises DatasetError, naming the field, where there is none.

    Examples
    --------
    >>> column_type(pa.timestamp("ms", tz="UTC"), "created_at")
    'timestamp with time zone'
    >>> column_type(pa.list_(pa.string()), "terms")
    'jsonb'
    """
    if pa.types.is_dictionary(type_):
        return column_type(type_.value_type, path)
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        column_type(type_.value_type, f"{path}[]")
        return JSON
    if pa.types.is_struct(type_):
        for field in type_:
            column_type(field.type, f"{path}.{field.name}")
        return JSON
    if pa.types.is_timestamp(type_) and type_.unit in _UNITS:
        return f"timestamp {'with' if type_.tz else 'without'} time zone"
    for is_type, name in _PLAIN_TYPES:
        if is_type(type_):
            return name
    raise DatasetError(
        f"field {path} is {type_}, which no column of PostgreSQL is made for; allowed: booleans, integers up to int64 "
        "and uint32, floats, strings, binary, timestamps down to us, dates, lists and structs of these",
        remedy="cast it",
    )


def create_table_sql(table: str, schema: pa.Schema) -> str:
    """Return the statement that makes a table, whose name is given as SQL writes it, with the columns of a schema.

    Raises DatasetError if a column can't be made.

    Examples
    --------
    >>> print(create_table_sql('"ranks"', pa.schema([("board_id", pa.int64()), ("page_rank", pa.float64())])))
    CREATE TABLE "ranks" (
      "board_id" bigint,
      "page_rank" double precision
    )
    """
    if len(schema) > _MOST_COLUMNS:
        raise DatasetError(f"it has {len(schema):,} columns, and PostgreSQL holds {_MOST_COLUMNS:,}")
    for name in schema.names:
        check_name(name, "column")
    columns = ",\n".join(f"  {quoted_name(field.name)} {column_type(field.type, field.name)}" for field in schema)
    return f"CREATE TABLE {table} (\n{columns}\n)"


def check_name(name: str, kind: str) -> None:
    """Raise DatasetError if PostgreSQL can't have a name as it is."""
    n_bytes = len(name.encode())
    if not name or "\0" in name or n_bytes > MOST_NAME_BYTES:
        what = f"{n_bytes} bytes, and PostgreSQL holds 1 to {MOST_NAME_BYTES} without a NUL"
        raise DatasetError(f"the name of the {kind} {name!r} has {what}", remedy="give it a shorter one")
