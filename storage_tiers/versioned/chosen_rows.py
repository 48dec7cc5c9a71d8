"""Some rows of a version, some of their columns: those that hold one of a few values in one column.

Values of the key name their parts by hash; for any other column all parts are looked through. Of a part, the footer's
statistics leave out row groups, then the one column leaves out more, and only groups that hold a value are read on.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from joins.arrow.hashing import partition_of
from storage_tiers.versioned.datasets import Dataset


def rows_with(dataset: Dataset, column: str, values: pa.Array, columns: Sequence[str]) -> pa.Table:
    """Return some columns of the rows that hold one of some values, none null, in a plain column of numbers or text.

    Rows come part after part, in the order of their part, with the schema's metadata. By key, only the parts of the
    values are opened; else the column is read from start to end, a part in memory at a time.

    Examples
    --------
    ``rows_with(open_dataset("output", "facts"), "board_id", pa.array([7]), ["pin_id"])``
    """
    numbers, by_key = range(dataset.n_parts), column == dataset.manifest.key
    if by_key:
        numbers = np.unique(partition_of(values, dataset.n_parts)).tolist()
    ascending = sorted(values.to_pylist())
    chosen = []
    for number in numbers:
        with dataset.opened(number, whole=not by_key) as part:
            chosen.append(_rows_of_part(part, column, ascending, list(columns)))
    schema = dataset.schema
    none = pa.schema([schema.field(name) for name in columns], schema.metadata).empty_table()
    return pa.concat_tables([none, *chosen])  # with the metadata of the first


def row_groups_with(
    footer: pq.FileMetaData, column: str, ascending: Sequence[str | int], *, is_sorted: bool = False
) -> Iterator[int]:
    """Yield the row groups whose range holds one of the values; a group without statistics may hold one, too.

    Where the file is sorted by the column, the search ends behind the last value.
    """
    leaf = [footer.schema.column(leaf).path for leaf in range(footer.num_columns)].index(column)
    for number in range(footer.num_row_groups):
        statistics = footer.row_group(number).column(leaf).statistics
        if statistics is None or not statistics.has_min_max:  # keys past 4 KiB have none
            yield number
            continue
        first = bisect_left(ascending, statistics.min)
        if first < len(ascending) and ascending[first] <= statistics.max:
            yield number
        elif is_sorted and first == len(ascending):
            return


def _rows_of_part(part: pq.ParquetFile, column: str, ascending: list[str] | list[int], columns: list[str]) -> pa.Table:
    value_set = pa.array(ascending, part.schema_arrow.field(column).type)
    groups = list(row_groups_with(part.metadata, column, ascending))
    looked_through = part.read_row_groups(groups, columns=[column])[column]
    ends = np.cumsum([part.metadata.row_group(group).num_rows for group in groups], dtype=np.int64)
    holding = np.unique(np.searchsorted(ends, _places(looked_through, value_set), side="right"))
    read = part.read_row_groups([groups[number] for number in holding], columns=sorted({column, *columns}))
    return read.filter(pc.is_in(read[column], value_set)).select(columns).replace_schema_metadata()


def _places(column: pa.ChunkedArray, values: pa.Array) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    return np.flatnonzero(pc.is_in(column, values).to_numpy())
