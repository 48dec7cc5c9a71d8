"""Which of DuckDB's types and values Arrow carries as what they are; none comes out as another in silence.

DuckDB hands its answer over as Arrow. Some of its types have no counterpart there, and it passes on how it stores them:
the bits of a large whole number, a time without its offset, a bit string with its padding. Columns of such types, also
within lists and structs, are cast to text, as DuckDB itself writes it. What is carried is a list of types that are
known to come through; a type that a later DuckDB brings is text until it is looked at.

A few values of carried types are marks to DuckDB, and other values to everybody else: infinity, and the time 24:00:00.
They are refused, with the cast that shows them.
"""

from collections.abc import Callable, Iterator, Mapping

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from storage_tiers.errors import DatasetError
from storage_tiers.reading.answer_formats import cast_to_text
from storage_tiers.sql_batch.sql_views import quoted_name

_CARRIED = frozenset(
    (
        *("boolean", "tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint"),
        *("hugeint", "float", "double", "decimal", "varchar", "uuid", "blob", "null"),
        *("date", "time", "time_ns", "timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns"),
        *("timestamp with time zone", "timestamptz_ns"),
    )
)
_TEXT = "VARCHAR"
_LARGEST_DATE, _LARGEST_TIMESTAMP = 2**31 - 1, 2**63 - 1  # infinity; the same below zero
_SECONDS_OF_DAY = 86_400
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def carried(rows: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Return the rows with text in the place of what Arrow has no type for; the names and the order stay."""
    targets = [_target(type_) for type_ in rows.types]
    if not any(targets):
        return rows
    columns = [
        (f"CAST(#{place} AS {target})" if target else f"#{place}") + f" AS {quoted_name(name)}"
        for place, (name, target) in enumerate(zip(rows.columns, targets, strict=True), 1)
    ]
    return rows.project(", ".join(columns))


def check_carried(batch: pa.RecordBatch) -> None:
    """Raise DatasetError if a batch holds a mark of DuckDB that others take for another value."""
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        for inner in _leaves(column):
            _check(inner, name)


def _target(type_: duckdb.sqltypes.DuckDBPyType) -> str:
    """Return the type that a column is cast to; nothing where it is carried as it is."""
    kind = type_.id
    if kind in _CARRIED:
        return ""
    inner = _NESTED.get(kind)
    if inner is None:
        return _TEXT
    children = [(name, child) for name, child in type_.children if isinstance(child, type(type_))]
    targets = [(name, _target(child)) for name, child in children]
    if not any(target for _, target in targets):
        return ""
    whole = [(name, target or str(child)) for (name, target), (_, child) in zip(targets, children, strict=True)]
    return inner(type_, whole)


def _array(type_: duckdb.sqltypes.DuckDBPyType, inner: list[tuple[str, str]]) -> str:
    return f"{inner[0][1]}[{dict(type_.children)['size']}]"


_NESTED: Mapping[str, Callable[[duckdb.sqltypes.DuckDBPyType, list[tuple[str, str]]], str]] = {
    "list": lambda _type, inner: f"{inner[0][1]}[]",
    "array": _array,
    "map": lambda _type, inner: f"MAP({inner[0][1]}, {inner[1][1]})",
    "struct": lambda _type, inner: f"STRUCT({', '.join(f'{quoted_name(name)} {of}' for name, of in inner)})",
    "tuple": lambda _type, inner: f"TUPLE({', '.join(of for _, of in inner)})",
}


def _leaves(column: pa.Array) -> Iterator[pa.Array]:
    """Yield the columns of plain values that a column is made of."""
    type_ = column.type
    if pa.types.is_map(type_):
        yield from _leaves(column.keys)
        yield from _leaves(column.items)
    elif pa.types.is_struct(type_):
        for inner in column.flatten():
            yield from _leaves(inner)
    elif pa.types.is_list(type_) or pa.types.is_fixed_size_list(type_):
        yield from _leaves(column.flatten())
    else:
        yield column


def _check(column: pa.Array, name: str) -> None:
    type_ = column.type
    if pa.types.is_time(type_):
        if _has(column, _SECONDS_OF_DAY * _PER_SECOND[type_.unit]):
            raise _refused(name, "a TIME", "24:00:00, which other programs take for 00:00:00 or refuse")
    elif pa.types.is_date(type_):
        if _has(column, _LARGEST_DATE):
            raise _refused(name, "a DATE", "infinity, which other programs take for a day")
    elif pa.types.is_timestamp(type_) and _has(column, _LARGEST_TIMESTAMP):
        raise _refused(name, "a TIMESTAMP", "infinity, which other programs take for a moment")


def _has(column: pa.Array, number: int) -> bool:
    """Return whether a number, or the same below zero, is how one of the values is stored."""
    found = pc.min_max(column.view(pa.int32() if pa.types.is_date32(column.type) else pa.int64()))
    return bool(number == found["max"].as_py() or -number == found["min"].as_py())


def _refused(name: str, type_: str, value: str) -> DatasetError:
    return DatasetError(f"column {name}, {type_}, holds {value}", where="query", remedy=cast_to_text(name))
