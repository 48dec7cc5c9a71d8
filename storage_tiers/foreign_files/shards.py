"""What reads the Parquet files of a source in workers: shards, which are runs of row groups of one file. Picklable."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from joins.arrow.file_rows import FileRows
from joins.errors import RawInputError
from storage_tiers.foreign_files.salvage import open_parquet, read_groups, shown
from storage_tiers.stores.address import Root
from storage_tiers.stores.store_file import StoreFile
from storage_tiers.stores.store_path import StorePath

_TAIL_BYTES = 64 * 2**10  # of a file in a store, that come at once as soon as its footer is asked for


@dataclass(frozen=True, slots=True)
class ForeignFile:
    """A Parquet file that somebody else wrote, and the columns that its folders hold, as in ``country=IS/``."""

    path: Root
    folder_values: tuple[tuple[str, str | None], ...] = ()
    address: str = ""  # where it was fetched from
    n_bytes: int = 0  # of one in a store

    def __str__(self) -> str:
        return self.address or shown(self.path)

    def open(self) -> pq.ParquetFile:
        """Open it; of one in a store what is read is fetched, by as few requests as can be."""
        if isinstance(self.path, StorePath):
            return open_parquet(StoreFile(self.path, self.n_bytes, _TAIL_BYTES), str(self))
        return open_parquet(self.path, str(self))


@dataclass(frozen=True, slots=True)
class Shard:
    """A run of row groups of one file."""

    file: ForeignFile
    groups: tuple[int, ...]
    first_row: int  # place of its first row in the file, from 1
    n_rows: int  # as the file's footer says


@dataclass(frozen=True, slots=True)
class ParquetShards:
    """Reads shards of files that somebody else wrote, the columns that are asked for, as far as they are there."""

    shards: tuple[Shard, ...]
    columns: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.shards)

    @property
    def n_rows(self) -> int:
        """Rows of all shards."""
        return sum(shard.n_rows for shard in self.shards)

    def __call__(self, number: int) -> pa.Table:
        """Return the rows of a shard, marked with where they come from and what of them can't be read (`FileRows`).

        Raises RawInputError if the file, or the kind of one of its columns, is nothing that can be read.
        """
        shard = self.shards[number]
        with shard.file.open() as file:
            there = [name for name in self.columns if name in file.schema_arrow.names]
            try:
                rows, damage = read_groups(file, shard.groups, there)
            except NotImplementedError as error:
                remedy = "write it in a common form of Parquet"
                raise RawInputError(f"it can't be read: {error}", where=str(shard.file), remedy=remedy) from error
        for name, value in shard.file.folder_values:
            if name in self.columns and name not in there:
                rows = rows.append_column(name, pa.repeat(pa.scalar(value, pa.string()), rows.num_rows))
        return FileRows(str(shard.file), shard.first_row, tuple(damage)).attached_to(rows)


def parquet_shards(
    files: Sequence[ForeignFile], columns: Sequence[str], rows_a_shard: int, with_values_of: str | None = None
) -> ParquetShards:
    """Cut files into shards of about so many rows, never less than a row group; a file without rows is one, too.

    Shards in which the column `with_values_of` has no value, as footers tell, are left out.
    """
    shards: list[Shard] = []
    for file in files:
        with file.open() as opened:
            metadata = opened.metadata
        groups: list[int] = []
        first_row, n_rows = 1, 0
        of_file: list[Shard] = []
        for group in range(metadata.num_row_groups):
            groups.append(group)
            n_rows += metadata.row_group(group).num_rows
            if n_rows >= rows_a_shard:
                of_file.append(Shard(file, tuple(groups), first_row, n_rows))
                groups, first_row, n_rows = [], first_row + n_rows, 0
        if groups or not metadata.num_row_groups:
            of_file.append(Shard(file, tuple(groups), first_row, n_rows))
        if with_values_of is not None:
            of_file = [shard for shard in of_file if _has_values(shard, metadata, with_values_of)]
        shards += of_file
    return ParquetShards(tuple(shards), tuple(columns))


def _has_values(shard: Shard, metadata: pq.FileMetaData, column: str) -> bool:
    """Return whether a column of a shard has a value, or may have one, by the footer of its file."""
    is_of_folder = any(name == column for name, _ in shard.file.folder_values)
    for number in shard.groups:
        group = metadata.row_group(number)
        chunks = [group.column(place) for place in range(group.num_columns)]
        of_column = [chunk for chunk in chunks if chunk.path_in_schema.partition(".")[0] == column]
        if not all(_is_null(chunk, column) for chunk in of_column) or (is_of_folder and not of_column):
            return True
    return False


def _is_null(chunk: pq.ColumnChunkMetaData, column: str) -> bool:
    """Return whether a column of plain values has none in a row group, by its footer."""
    counts = chunk.statistics
    is_counted = chunk.path_in_schema == column and counts is not None and counts.has_null_count
    return is_counted and counts.null_count == chunk.num_values
