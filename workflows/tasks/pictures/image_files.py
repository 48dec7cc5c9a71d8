"""The picture files of a day: which images the pins without a signature name, and the digest of each file's bytes."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from joins.engine.step import PartitionStep, SharedRows, hand_over, share
from joins.raw.checks import conform, normalised
from joins.raw.schemas import PINS, RawTable
from storage_tiers.pictures.digests import IMAGE_FILES as FILE_SCHEMA
from storage_tiers.pictures.digests import DigestImages
from storage_tiers.pictures.read_ahead import reading_order
from storage_tiers.pictures.stamps import picture_stamps
from storage_tiers.versioned.datasets import Dataset
from workflows.catalog import IMAGE_FILES
from workflows.tasks.derived import derivation_of
from workflows.tasks.pictures.base import PictureTask, added_up
from workflows.tasks.publishing import Record, publish_table, run_step
from workflows.tasks.raw_snapshot import RawSnapshot, read_batches

_IMAGES_A_SHARD = 1_024
_TIME = FILE_SCHEMA.field("modified_at")


class ImageFiles(PictureTask):
    """Finds the images of pins without a signature; reads those whose file is not the one of the day before."""

    derivation = derivation_of("ImageFiles")

    def run(self) -> None:
        """Look at all files, read the new and the changed, publish."""
        images = images_without_signature(self.sibling(RawSnapshot, table="pins").output().files())
        here = _stamped(images, self.input_root)
        unchanged = _unchanged(here, self.added_before(IMAGE_FILES)[-1:])
        rest = pc.invert(pc.is_in(here["image"], unchanged["image"].combine_chunks()))
        read = self._read(here.filter(rest))
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


def _stamped(images: pa.ChunkedArray, root: str) -> pa.Table:
    """Return ``image``, ``n_bytes`` and ``modified_at``; null where the store can't tell, and the file must be read."""
    stamps = picture_stamps(images.to_pylist(), root)
    n_bytes = pa.array([stamp and stamp.n_bytes for stamp in stamps], pa.int64())
    modified_at = pa.array([stamp and stamp.modified_at_us for stamp in stamps], pa.int64())
    return pa.table([images, n_bytes, modified_at.cast(_TIME.type)], ["image", "n_bytes", _TIME.name])


def _unchanged(here: pa.Table, before: Sequence[Dataset]) -> pa.Table:
    """Return the files that were read the day before and are as they were, in size and time."""
    known = added_up(IMAGE_FILES, before)
    place = pc.index_in(known["image"], value_set=here["image"])
    now = here.take(place)
    is_same = pc.and_(pc.equal(known["n_bytes"], now["n_bytes"]), pc.equal(known["modified_at"], now["modified_at"]))
    return known.filter(pc.and_(is_same, known["digest"].is_valid()))


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
