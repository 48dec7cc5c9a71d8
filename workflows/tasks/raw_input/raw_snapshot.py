"""The raw snapshot of a date: the files it consists of and how they are read."""

from collections.abc import Sequence
from dataclasses import replace

import luigi
import pyarrow as pa

from joins.errors import RawInputError
from joins.raw.conform import require_columns
from joins.raw.intake.table_shards import RawShards
from joins.raw.schemas import RAW_TABLES, RawTable
from storage_tiers.foreign_files.shards import ParquetShards, parquet_shards
from storage_tiers.stores.address import Root, root_of
from storage_tiers.stores.listing_cache import cached_listings
from storage_tiers.stores.object_store import StoredObject
from storage_tiers.stores.store_errors import StoreError
from storage_tiers.stores.store_path import StorePath
from workflows.parameters import CheckedParameter, one_of
from workflows.tasks.base import DiscoveryTask
from workflows.tasks.raw_input.arriving_snapshot import refuse_arriving
from workflows.tasks.raw_input.snapshot_folder import SnapshotFolder, look_into
from workflows.tasks.raw_input.snapshot_in_store import objects_below

BATCH_ROWS = 131_072


class SnapshotTarget(luigi.Target):
    """The folder of one raw table and date, on a disk or in a store; it is there when it holds a Parquet file."""

    def __init__(self, folder: Root) -> None:
        self.folder = folder

    def contents(self) -> SnapshotFolder:
        """Return the files that count and what was passed over; RawInputError if it can't be looked into."""
        with cached_listings():
            refuse_arriving(self.folder)
            return look_into(self.folder)

    def files(self) -> list[Root]:
        """Return the files that count, in the order in which they are read."""
        return [file.path for file in self.contents().files]

    def objects(self) -> dict[Root, StoredObject]:
        """Return what a store says now of all that lies below the folder, by place; nothing of one on a disk."""
        if not isinstance(self.folder, StorePath):
            return {}
        return {self.folder / name: found for name, found in objects_below(self.folder).items()}

    def exists(self) -> bool:
        """Say whether there is anything to read; what can't be looked into is for the task that reads it to refuse."""
        try:
            return self.holds_files()
        except StoreError:
            return True

    def holds_files(self) -> bool:
        """Say the same to who looks before anything runs; StoreError if the store can't be asked."""
        try:
            return bool(self.contents().files)
        except RawInputError:
            return True


class RawSnapshot(DiscoveryTask, luigi.ExternalTask):
    """Raw pins, boards and users of a date, as someone else put them there."""

    table = CheckedParameter(name="table", allowed=one_of(*(raw.name for raw in RAW_TABLES)), description="raw table")

    def output(self) -> SnapshotTarget:
        """Return the folder of the table."""
        return SnapshotTarget(root_of(self.input_root) / self.table / f"date={self.date.isoformat()}")


def raw_shards(
    contents: SnapshotFolder, raw: RawTable, columns: Sequence[str] | None = None, with_values_of: str | None = None
) -> ParquetShards:
    """Cut the files of a raw table into shards of about ``BATCH_ROWS`` rows, never less than a row group.

    Those in which the column `with_values_of` has no value, as far as footers tell, are left out.

    Raises RawInputError, naming the file, if one can't be read or lacks what every row needs.
    """
    for file in contents.files:
        with file.open() as opened:
            there = opened.schema_arrow
        of_folders = [pa.field(name, pa.string()) for name, _ in file.folder_values if name not in there.names]
        require_columns(pa.schema([*there, *of_folders]), raw, str(file))
    return parquet_shards(contents.files, raw.schema.names if columns is None else columns, BATCH_ROWS, with_values_of)


def shards_of_keys(raw: RawTable, shards: ParquetShards) -> RawShards:
    """Return the same shards with the column alone that identifies a row."""
    key = RawTable(raw.name, pa.schema([raw.schema.field(raw.key)]), raw.key)
    return RawShards(key, replace(shards, columns=(raw.key,)), len(shards))
