"""The raw row of a board or a user, placed beside its features."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc


def owner_columns(raw: pa.Table, keys: pa.ChunkedArray, key: str, names: Sequence[str]) -> list[pa.ChunkedArray]:
    """Return columns of the raw table in the order of ``keys``; null where a key has no raw row.

    Examples
    --------
    >>> raw = pa.table({"board_id": [7, 5], "name": ["b", "a"]})
    >>> owner_columns(raw, pa.chunked_array([[5, 6, 7]]), "board_id", ["name"])[0].to_pylist()
    ['a', None, 'b']
    """
    row = pc.index_in(keys, value_set=raw[key])
    return [raw[name].take(row) for name in names]
