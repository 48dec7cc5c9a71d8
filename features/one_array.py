"""A column in one piece; ``ChunkedArray.combine_chunks`` copies even a single chunk, this doesn't."""

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
