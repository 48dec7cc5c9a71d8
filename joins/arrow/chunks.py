"""Tables and columns in one piece; ``ChunkedArray.combine_chunks`` copies even a single chunk, these don't."""

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
