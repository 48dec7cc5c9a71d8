"""The raw snapshot of a date: the files it consists of and how they are read."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import luigi
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from joins.errors import RawInputError
from joins.raw.checks import conform
from joins.raw.schemas import RAW_TABLES, RawTable
from storage_tiers.versioned.readers import ParquetShards, parquet_shards
from workflows.parameters import CheckedParameter, one_of
from workflows.tasks.base import DiscoveryTask

BATCH_ROWS = 131_072


class SnapshotTarget(luigi.Target):
    """The folder of one raw table and date; it is there when it holds a Parquet file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self) -> list[Path]:
        """Return the Parquet files by name; what starts with ``_`` or ``.`` isn't one."""
        return sorted(path for path in self.folder.glob("*.parquet") if path.name[0] not in "_.")

    def exists(self) -> bool:
        """Say whether there is anything to read."""
        return bool(self.files())


class RawSnapshot(DiscoveryTask, luigi.ExternalTask):
    """Raw pins, boards and users of a date, as someone else put them there."""

    table = CheckedParameter(name="table", allowed=one_of(*(raw.name for raw in RAW_TABLES)), description="raw table")

    def output(self) -> SnapshotTarget:
        """Return the folder of the table."""
        return SnapshotTarget(Path(self.input_root) / self.table / f"date={self.date.isoformat()}")


def n_rows(files: Sequence[Path]) -> int:
    """Return the rows of some Parquet files, from their footers."""
    return sum(_open(path).metadata.num_rows for path in files)


def read_batches(files: Sequence[Path], columns: Sequence[str] | None = None) -> Iterator[tuple[pa.Table, str]]:
    """Yield the files batch by batch, each with the name of its file for error messages."""
    for path in files:
        file = _open(path)
        found = None if columns is None else [name for name in columns if name in file.schema_arrow.names]
        for batch in file.iter_batches(BATCH_ROWS, columns=found):
            yield pa.Table.from_batches([batch]), str(path)


def raw_shards(files: Sequence[Path]) -> ParquetShards:
    """Cut the files of a raw table into shards of about ``BATCH_ROWS`` rows, never less than a row group."""
    for path in files:
        _open(path)  # says which one can't be read
    return parquet_shards(files, BATCH_ROWS)


def read_ids(files: Sequence[Path], raw: RawTable) -> npt.NDArray[np.int64]:
    """Return every non-null key of a raw table, in file order."""
    schema = pa.schema([raw.schema.field(raw.key)])
    ids = [_ids(batch, source, raw, schema) for batch, source in read_batches(files, [raw.key])]
    return np.concatenate([np.empty(0, np.int64), *ids])


def _ids(batch: pa.Table, source: str, raw: RawTable, schema: pa.Schema) -> npt.NDArray[np.int64]:
    ids = conform(batch, RawTable(raw.name, schema, raw.key), source)[raw.key]
    values: npt.NDArray[np.int64] = ids.drop_null().to_numpy()
    return values


def _open(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise RawInputError(
            f"{path} can't be read as Parquet: {error}",
            remedy="write it again or bring it in with 'interest-graph import'",
        ) from error
