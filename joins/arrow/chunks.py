"""Arrow memory at hand: columns and tables in one piece, without needless copies; text as bytes; a table that grows."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

WORD_BYTES = 8  # that are hashed or compared at once


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


def padded_bytes(texts: pa.StringArray | pa.LargeStringArray, length_bytes: int) -> npt.NDArray[np.uint8]:
    """Return texts that all have so many bytes, at least one, as rows of a matrix, filled up with zeros to whole words.

    Examples
    --------
    >>> padded_bytes(pa.array(["owl", "fox"]), 3).shape
    (2, 8)
    """
    _, offsets, content = texts.buffers()
    offset = np.dtype(np.int64 if pa.types.is_large_string(texts.type) else np.int32)
    start = np.frombuffer(offsets, offset, 1, texts.offset * offset.itemsize)[0]
    rows = np.frombuffer(content, np.uint8, len(texts) * length_bytes, start).reshape(-1, length_bytes)
    if length_bytes % WORD_BYTES == 0:
        return rows
    padded = np.zeros((len(texts), -(-length_bytes // WORD_BYTES) * WORD_BYTES), np.uint8)
    padded[:, :length_bytes] = rows
    return padded


class GrowingTable:
    """Rows of a stream that are made compact whenever they have doubled, such as its distinct rows.

    It holds twice what ``compact`` leaves at most, beside the rows added last; all compactions together cost as much as
    two. What was compact with further rows must compact to the same as all rows do at once.

    Examples
    --------
    >>> distinct = GrowingTable(lambda rows: rows.group_by("board_id").aggregate([]))
    >>> for rows in (pa.table({"board_id": [4, 7]}), pa.table({"board_id": [7]})):
    ...     distinct.add(rows)
    >>> sorted(distinct.compacted()["board_id"].to_pylist())
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
