"""Streams of raw tables: every different row once, tables cut anew, columns that were left out."""

from collections.abc import Iterable, Iterator
from itertools import chain

import pyarrow as pa

from joins.arrow.chunks import GrowingTable


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
