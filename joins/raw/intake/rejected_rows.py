"""Rejected rows: what was set aside, why, and what it said, so that its owner can mend it."""

import json
from collections.abc import Mapping, Sequence
from itertools import zip_longest

import pyarrow as pa

from joins.arrow.fields import described, required
from joins.raw.checks import as_text
from joins.raw.schemas import RawTable

REJECTED_ROWS = pa.schema(
    [
        required("row_number", pa.int64(), "place among all rejected rows of the day", "from 0"),
        required("raw_table", pa.string(), "`pins`, `boards` or `users`"),
        required("reason", pa.string(), "why it was set aside; see below"),
        described("key", pa.int64(), "its `pin_id`, `board_id` or `user_id`; null if that is missing", "", "raw"),
        required("content", pa.string(), "the row as JSON", "", "raw"),
    ]
)

UNNUMBERED = pa.schema(list(REJECTED_ROWS)[1:])  # as whoever finds them describes them
REJECTED_ORDER = ("raw_table", "reason", "key", "content")

DUPLICATE_IDENTICAL = "duplicate_identical"  # a further copy of an accepted row: nothing is lost, nothing is wrong
DUPLICATE_CONFLICTING = "duplicate_conflicting"  # rows of one id that differ: none can be trusted
HARMLESS_REASONS = frozenset({DUPLICATE_IDENTICAL})


def rejected_rows(
    raw: RawTable, rows: pa.Table, reasons: pa.ChunkedArray | pa.Array, stored: Sequence[Mapping[str, str]] = ()
) -> pa.Table:
    """Describe rejected rows, without their ``row_number``.

    Parameters
    ----------
    raw
        The table they come from.
    rows
        The rows, with the columns of the raw schema, shape ``(n_rejected, ...)``.
    reasons
        Why, shape ``(n_rejected,)``.
    stored
        What their file holds where they are null since it can't be used, by column; empty, or shape ``(n_rejected,)``.
    """
    nothing: Mapping[str, str] = {}
    both = zip_longest(_readable(rows).to_pylist(), stored, fillvalue=nothing)
    content = [json.dumps({**row, **as_stored}, ensure_ascii=False) for row, as_stored in both]
    table = [pa.repeat(raw.name, rows.num_rows), reasons, rows[raw.key], pa.array(content, pa.string())]
    return pa.table(table, schema=UNNUMBERED)


def numbered(rejected: pa.Table, first: int = 0) -> pa.Table:
    """Put rejected rows in one order that depends on their content alone, and number them from ``first``."""
    ordered = rejected.sort_by([(name, "ascending") for name in REJECTED_ORDER])
    numbers = pa.array(range(first, first + ordered.num_rows), pa.int64())
    return ordered.add_column(0, REJECTED_ROWS.field("row_number"), numbers).cast(REJECTED_ROWS)


def _readable(rows: pa.Table) -> pa.Table:
    columns = [as_text(column) if pa.types.is_timestamp(column.type) else column for column in rows.columns]
    return pa.table(columns, names=rows.schema.names)
