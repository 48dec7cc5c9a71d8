"""The picture files of a day: which images the pins without a signature name, and the digest of each file's bytes."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from joins.engine.step import PartitionStep, SharedRows, hand_over, share
from joins.raw.checks import conform, normalised
from joins.raw.schemas import PINS, RawTable
from storage_tiers.pictures.digests import IMAGE_FILES as FILE_SCHEMA
from storage_tiers.pictures.digests import DigestImages, split_unchanged, stamped_files
from storage_tiers.pictures.read_ahead import reading_order
from workflows.picture_catalog import IMAGE_FILES
from workflows.tasks.derived import derivation_of
from workflows.tasks.pictures.picture_task import PictureTask, added_up
from workflows.tasks.publishing import Record, publish_table, run_step
from workflows.tasks.raw_snapshot import RawSnapshot, read_batches

_IMAGES_A_SHARD = 1_024


class ImageFiles(PictureTask):
    """Finds the images of pins without a signature; reads those whose file is not the one of the day before."""

    derivation = derivation_of("ImageFiles")

    def run(self) -> None:
        """Look at all files, read the new and the changed, publish."""
        images = images_without_signature(self.sibling(RawSnapshot, table="pins").output().files())
        here = stamped_files(images, self.input_root)
        unchanged, rest = split_unchanged(here, added_up(IMAGE_FILES, self.added_before(IMAGE_FILES)[-1:]))
        read = self._read(rest)
        table = pa.concat_tables([unchanged, read]).sort_by("image")
        counts = {"images": len(table), "unchanged": len(unchanged), "read": len(read)}
        record = Record(counts=counts, parameters=self.stamp())
        publish_table(self, IMAGE_FILES, self.raw_version(), 1, table, record)

    def _read(self, files: pa.Table) -> pa.Table:
        """Return the files with the digest of what they hold now."""
        if not len(files):
            return FILE_SCHEMA.empty_table()
        files = files.take(pa.array(reading_order(files["image"].to_pylist(), self.input_root), pa.int64()))
        n_shards = -(-len(files) // _IMAGES_A_SHARD)
        with self.scratch() as scratch:
            shards = SharedRows(share(files, scratch / "files.arrow"), _IMAGES_A_SHARD)
            step = PartitionStep(n_shards, {"files": shards}, DigestImages(self.input_root), hand_over)
            return pa.concat_tables(run_step(self, "reading pictures", step, len(files), "pictures"))


def images_without_signature(files: Sequence[Path]) -> pa.ChunkedArray:
    """Return the distinct images of pins that bring no signature, sorted."""
    columns = ("image_signature", "image")
    raw = RawTable("pins", pa.schema([PINS.field(name) for name in columns]), "image")
    found = [pa.chunked_array([], pa.string())]
    for batch, source in read_batches(files, columns):
        pictures = normalised(conform(batch, raw, source))
        found.append(pictures.filter(pictures["image_signature"].is_null())["image"].drop_null().unique())
    every = pa.table({"image": pa.chunked_array([chunk for part in found for chunk in _chunks(part)], pa.string())})
    return every.group_by("image").aggregate([]).sort_by("image")["image"]


def _chunks(values: pa.ChunkedArray | pa.Array) -> list[pa.Array]:
    return values.chunks if isinstance(values, pa.ChunkedArray) else [values]
