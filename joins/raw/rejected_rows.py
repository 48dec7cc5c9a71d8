"""Rejected rows: what was set aside, why, and what it said, so that its owner can mend it."""

import json

import pyarrow as pa

from joins.raw.checks import as_text
from joins.raw.schemas import RawTable

REJECTED_ROWS = pa.schema(
    [
        pa.field("row_number", pa.int64(), nullable=False),  # from 0 over all rejected rows of the day
        pa.field("raw_table", pa.string(), nullable=False),  # pins, boards or users
        pa.field("reason", pa.string(), nullable=False),
        pa.field("key", pa.int64()),  # pin_id, board_id or user_id; null if that is what is missing
        pa.field("content", pa.string(), nullable=False),  # the row as JSON
    ]
)

DUPLICATE_IDENTICAL = "duplicate_identical"  # a further copy of an accepted row: nothing is lost, nothing is wrong
DUPLICATE_CONFLICTING = "duplicate_conflicting"  # rows of one id that differ: none can be trusted
HARMLESS_REASONS = frozenset({DUPLICATE_IDENTICAL})


def rejected_rows(raw: RawTable, rows: pa.Table, reasons: pa.ChunkedArray | pa.Array) -> pa.Table:
    """Describe rejected rows, without their ``row_number``.

    Parameters
    ----------
    raw
        The table they come from.
    rows
        The rows, with the columns of the raw schema, shape ``(n_rejected, ...)``.
    reasons
        Why, shape ``(n_rejected,)``.
    """
    content = [json.dumps(row, ensure_ascii=False) for row in _readable(rows).to_pylist()]
    table = [pa.repeat(raw.name, rows.num_rows), reasons, rows[raw.key], pa.array(content, pa.string())]
    return pa.table(table, schema=pa.schema(list(REJECTED_ROWS)[1:]))


def numbered(parts: list[pa.Table]) -> pa.Table:
    """Put rejected rows of all tables in one order that depends on their content alone, and number them."""
    schema = pa.schema(list(REJECTED_ROWS)[1:])
    everything = pa.concat_tables([schema.empty_table(), *parts])
    order = [(name, "ascending") for name in ("raw_table", "reason", "key", "content")]
    ordered = everything.sort_by(order)
    numbers = pa.array(range(ordered.num_rows), pa.int64())
    return ordered.add_column(0, REJECTED_ROWS.field("row_number"), numbers).cast(REJECTED_ROWS)


def _readable(rows: pa.Table) -> pa.Table:
    columns = [as_text(column) if pa.types.is_timestamp(column.type) else column for column in rows.columns]
    return pa.table(columns, names=rows.schema.names)
