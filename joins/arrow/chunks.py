"""Chunks put together: columns and tables in one piece, without a copy of what has one chunk; a table that grows."""

from collections.abc import Callable

import pyarrow as pa


def one_array(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return a column as one array.

    Examples
    --------
    >>> one_array(pa.chunked_array([[4], [7]])).to_pylist()
    [4, 7]
    """
    if isinstance(column, pa.Array):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def one_batch(rows: pa.Table) -> pa.RecordBatch:
    """Return a table as one record batch, also one without rows.

    Examples
    --------
    >>> one_batch(pa.schema([("board_id", pa.int64())]).empty_table()).num_rows
    0
    """
    batches = rows.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=rows.schema)


class GrowingTable:
    """Rows of a stream that are made compact whenever they have doubled, such as its distinct rows.

    It holds twice what ``compact`` leaves at most, beside the rows added last; all compactions together cost as much as
    two. What was compact with further rows must compact to the same as all rows do at once.

    Examples
    --------
    >>> distinct = GrowingTable(lambda rows: rows.group_by("board_id").aggregate([]))
    >>> for rows in (pa.table({"board_id": [4, 7]}), pa.table({"board_id": [7]})):
    ...     distinct.add(rows)
    >>> distinct.compacted()["board_id"].to_pylist()
    [4, 7]
    """

    def __init__(self, compact: Callable[[pa.Table], pa.Table]) -> None:
        self._compact = compact
        self._parts: list[pa.Table] = []
        self._n_compact = 0

    def add(self, rows: pa.Table) -> None:
        """Add rows."""
        self._parts.append(rows)
        if sum(part.num_rows for part in self._parts) > 2 * self._n_compact:
            self._parts = [self.compacted()]
            self._n_compact = self._parts[0].num_rows

    def compacted(self) -> pa.Table:
        """Return all rows added, of one table at least, compact."""
        return self._compact(pa.concat_tables(self._parts))
