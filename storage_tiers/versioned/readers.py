"""What reads Parquet files in a worker, piece by piece: the parts of a version, or shards of any files. Picklable."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


@dataclass(frozen=True, slots=True)
class PartReader:
    """Reads single parts of a version, some of their columns."""

    folder: Path
    names: tuple[str, ...]
    columns: tuple[str, ...] | None = None

    def __call__(self, number: int) -> pa.Table:
        """Return one part as a table of one chunk a column."""
        columns = None if self.columns is None else list(self.columns)
        with pq.ParquetFile(self.folder / self.names[number], memory_map=True) as part:
            return part.read(columns=columns, use_threads=False).combine_chunks()


@dataclass(frozen=True, slots=True)
class ParquetShards:
    """Reads shards, which are runs of row groups of one file; ``pieces`` names for each its file and its groups."""

    pieces: tuple[tuple[Path, tuple[int, ...]], ...]

    def __len__(self) -> int:
        return len(self.pieces)

    def __call__(self, number: int) -> pa.Table:
        """Return the rows of a shard; the schema's metadata names their file as ``source``."""
        path, groups = self.pieces[number]
        with pq.ParquetFile(path) as file:
            rows = file.read_row_groups(list(groups), use_threads=False)
        return rows.replace_schema_metadata({"source": str(path)})


def parquet_shards(files: Sequence[Path], rows_a_shard: int) -> ParquetShards:
    """Cut files into shards of about so many rows, never less than a row group; a file without rows is one, too."""
    pieces: list[tuple[Path, tuple[int, ...]]] = []
    for path in files:
        metadata = pq.read_metadata(path)
        groups: list[int] = []
        n_rows = 0
        for group in range(metadata.num_row_groups):
            groups.append(group)
            n_rows += metadata.row_group(group).num_rows
            if n_rows >= rows_a_shard:
                pieces.append((path, tuple(groups)))
                groups, n_rows = [], 0
        if groups or not metadata.num_row_groups:
            pieces.append((path, tuple(groups)))
    return ParquetShards(tuple(pieces))
