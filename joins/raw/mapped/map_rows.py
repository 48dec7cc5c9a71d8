"""Apply a table's mapping to the rows of its source: source columns in, raw columns out.

Rows aren't judged here: duplicates, unknown boards and missing ids are for the check of raw input, which sets such
rows aside with a reason. So every raw field may be null here, also where the raw schema says it may not.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.chunks import GrowingTable
from joins.errors import SourceError
from joins.raw.mapped.category_spelling import CategoryTally, spell_categories
from joins.raw.mapped.field_sources import ENTITY_OF_FIELD, Constant, FieldSource, FromColumn
from joins.raw.mapped.mapping import TableMapping
from joins.raw.mapped.stable_ids import SourceIds, text_digests
from joins.raw.schemas import TIMESTAMP, all_nullable
from joins.raw.values import first_failure, plain, to_integer, to_name, to_text, to_timestamp

_LONGEST_SHOWN_VALUE = 60  # characters


@dataclass(frozen=True, slots=True)
class SourceRows:
    """Consecutive rows of one source file, with the columns that the mapping reads, and where they stand."""

    batch: pa.RecordBatch
    file: str  # its name, for messages
    first_in_file: int = 1  # position of the first row in its file, from 1; a header isn't counted
    first_in_source: int = 1  # the same through all files of the source


@dataclass(frozen=True, slots=True)
class Collected:
    """What an import gathers while it maps: the ids it minted and the categories it respelled."""

    source_ids: SourceIds = field(default_factory=SourceIds)
    categories: CategoryTally = field(default_factory=CategoryTally)


def map_rows(mapping: TableMapping, rows: SourceRows, collected: Collected) -> pa.Table:
    """Return source rows as raw rows, one for each, in the same order; every field of the raw schema is nullable.

    Ids that are minted and categories that are respelled are added to ``collected``.

    Raises
    ------
    SourceError
        If a value can't become its raw field; it names the file, the row, the column and the value.

    Examples
    --------
    >>> from joins.raw.schemas import RAW_USERS
    >>> mapping = TableMapping(RAW_USERS, "people.csv", {"user_id": FromColumn("who"), "country": Constant("IS")})
    >>> rows = SourceRows(pa.record_batch({"who": ["7", "9"]}), "people.csv")
    >>> map_rows(mapping, rows, Collected()).select(["user_id", "country"]).to_pylist()
    [{'user_id': 7, 'country': 'IS'}, {'user_id': 9, 'country': 'IS'}]
    """
    rows = _with_nulls(rows, mapping.null_values)
    schema = all_nullable(mapping.table.schema)
    columns = []
    for target in schema:
        origin = mapping.columns.get(target.name)
        values = pa.nulls(len(rows.batch), target.type) if origin is None else _fill(target, origin, rows, collected)
        if target.name == "category" and mapping.category is not None:
            values = spell_categories(values, mapping.category, collected.categories)
        columns.append(values)
    return pa.table(columns, schema=schema)


def distinct_rows(tables: Iterable[pa.Table], schema: pa.Schema) -> pa.Table:
    """Return every different row of a stream of tables once, sorted by all columns of ``schema``, nulls last.

    Columns that the schema lacks are left out.

    Examples
    --------
    >>> users = pa.table({"user_id": [9, 7, 9]})
    >>> distinct_rows([users, users], users.schema)["user_id"].to_pylist()
    [7, 9]
    """
    distinct = GrowingTable(lambda rows: rows.group_by(schema.names).aggregate([]).cast(schema))
    for table in chain([schema.empty_table()], tables):
        distinct.add(table.select(schema.names))
    return distinct.compacted().sort_by([(name, "ascending") for name in schema.names])


def widened(narrow: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a table with the columns of ``schema``; those that it lacks are null.

    Examples
    --------
    >>> schema = pa.schema([("username", pa.string()), ("user_id", pa.int64())])
    >>> widened(pa.table({"user_id": [7]}), schema).to_pylist()
    [{'username': None, 'user_id': 7}]
    """
    n_rows, there = narrow.num_rows, narrow.schema.names
    columns = [narrow[field.name] if field.name in there else pa.nulls(n_rows, field.type) for field in schema]
    return pa.table(columns, schema=schema)


def cut(tables: Iterable[pa.Table], n_rows: int) -> Iterator[pa.Table]:
    """Cut a stream of tables anew into tables of ``n_rows`` rows; only the last may have fewer.

    It is empty only if the stream holds tables, but no row.

    Examples
    --------
    >>> [table.num_rows for table in cut([pa.table({"a": [1, 2, 3]}), pa.table({"a": [4, 5]})], 2)]
    [2, 2, 1]
    """
    waiting: pa.Table | None = None
    n_cut = 0
    for table in tables:
        waiting = table if waiting is None else pa.concat_tables([waiting, table])
        while waiting.num_rows >= n_rows:
            yield waiting.slice(0, n_rows)
            waiting, n_cut = waiting.slice(n_rows), n_cut + 1
    if waiting is not None and (waiting.num_rows or not n_cut):
        yield waiting


def _fill(target: pa.Field, origin: FieldSource, rows: SourceRows, collected: Collected) -> pa.Array:
    n_rows = len(rows.batch)
    if isinstance(origin, Constant):
        return pa.repeat(_plain_converter(target)(pa.array([origin.value]))[0], n_rows)
    if not isinstance(origin, FromColumn):
        return pa.array(np.arange(rows.first_in_source, rows.first_in_source + n_rows), target.type)
    values = _converted(_taken(origin, rows), _converter(target, origin), rows, origin.column, target)
    if origin.conversion == "id":
        return collected.source_ids.mint(ENTITY_OF_FIELD[target.name], values)
    return text_digests(values) if origin.conversion == "digest" else values


def _taken(origin: FromColumn, rows: SourceRows) -> pa.Array:
    values = plain(rows.batch[origin.column])
    if origin.null_if_equal is None:
        return values
    other = plain(rows.batch[origin.null_if_equal])
    same = pc.equal(values, other) if values.type == other.type else pc.equal(to_text(values), to_text(other))
    return pc.if_else(pc.fill_null(same, fill_value=False), pa.scalar(None, values.type), values)


def _converter(target: pa.Field, origin: FromColumn) -> Callable[[pa.Array], pa.Array]:
    if origin.conversion in ("id", "digest"):
        return to_name
    if target.type == TIMESTAMP:
        return partial(to_timestamp, form=origin.format, unit=origin.unit)
    return _plain_converter(target)


def _plain_converter(target: pa.Field) -> Callable[[pa.Array], pa.Array]:
    if target.type == TIMESTAMP:
        return to_timestamp
    return to_integer if target.type == pa.int64() else to_text


def _converted(
    values: pa.Array, convert: Callable[[pa.Array], pa.Array], rows: SourceRows, column: str, target: pa.Field
) -> pa.Array:
    try:
        return convert(values)
    except NotImplementedError as error:
        raise SourceError(
            f"column {column!r} holds {values.type}, which can't become {target.name} ({target.type}): {error}",
            where=rows.file,
        ) from error
    except ValueError as error:
        position = first_failure(values, convert)
        shown = repr(values[position].as_py())
        if len(shown) > _LONGEST_SHOWN_VALUE:
            shown = f"{shown[:_LONGEST_SHOWN_VALUE]}..."
        raise SourceError(
            f"column {column!r} holds {shown}, which can't become {target.name} ({target.type}): {error}",
            where=f"{rows.file}, row {rows.first_in_file + position:,}",
            remedy="correct the source, or name such texts in null_values",
        ) from error


def _with_nulls(rows: SourceRows, null_values: tuple[str, ...]) -> SourceRows:
    if not null_values:
        return rows
    nothing = pa.array(null_values, pa.string())
    columns = [plain(column) for column in rows.batch.columns]
    columns = [
        pc.if_else(pc.is_in(column, value_set=nothing), pa.scalar(None, pa.string()), column)
        if pa.types.is_string(column.type)
        else column
        for column in columns
    ]
    return replace(rows, batch=pa.record_batch(columns, names=rows.batch.schema.names))
