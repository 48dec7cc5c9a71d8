"""Read Parquet files of an import in batches."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_BATCH_ROWS = 131_072


def parquet_columns(path: Path) -> tuple[str, ...]:
    """Return the names of the columns."""
    return tuple(pq.read_schema(path).names)


def parquet_batches(path: Path, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield batches of the columns asked for."""
    # Old timestamps of 96 bits would wrap around as nanoseconds before 1677 and after 2262.
    with pq.ParquetFile(path, coerce_int96_timestamp_unit="us") as file:
        yield from file.iter_batches(batch_size=_BATCH_ROWS, columns=list(columns))
