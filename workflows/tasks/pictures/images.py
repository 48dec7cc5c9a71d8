"""The images that pins without a signature name: first the digest of each one's file, at last its signature."""

import pyarrow as pa
import pyarrow.compute as pc

from features.same_picture.image_signatures import image_signatures
from joins.engine.step import PartitionStep, SharedRows, hand_over, share
from joins.raw.conform import images_among
from joins.raw.schemas import PICTURE_FIELDS, RAW_PINS
from joins.shown_text import shown
from joins.uri_secrets import without_secrets
from storage_tiers.pictures.digests import IMAGE_FILES as FILE_SCHEMA
from storage_tiers.pictures.digests import DigestImages, split_unchanged, stamped_files
from storage_tiers.pictures.files import PictureStatus
from storage_tiers.pictures.read_ahead import reading_order
from storage_tiers.versioned.manifest import Check
from workflows.parameters import written
from workflows.picture_catalog import GROUP_ALIASES, IMAGE_FILES, IMAGE_SIGNATURES, PICTURE_MEMBERS, PICTURE_SIGNATURES
from workflows.progress import say
from workflows.tasks.derived import derivation_of
from workflows.tasks.pictures.picture_task import PictureTask, added_up
from workflows.tasks.publishing import PICTURES, Record, publish_table, run_step
from workflows.tasks.raw_input.fetched_input import files_to_read
from workflows.tasks.raw_input.raw_digests import raw_files
from workflows.tasks.raw_input.raw_snapshot import raw_shards

_OUTSIDE = str(PictureStatus.OUTSIDE_ROOTS)
_IMAGES_A_SHARD = 1_024
_STAMPED_COLUMNS = ("image", "digest", "n_bytes", "modified_at")
_PICTURE_COLUMNS = ("digest", "status", "width_px", "height_px")


class ImageFiles(PictureTask):
    """Finds the images of pins without a signature; reads those whose file is not the one of the day before."""

    derivation = derivation_of("ImageFiles")

    def run(self) -> None:
        """Look at all files, read the new and the changed, publish."""
        contents = files_to_read(self, RAW_PINS.name)
        read_off = raw_files(self, self.derivation.raw)
        shards = raw_shards(contents, RAW_PINS, PICTURE_FIELDS)
        known = added_up(IMAGE_FILES, self.added_before(IMAGE_FILES)[-1:], _STAMPED_COLUMNS)
        is_named, others = images_among((shards(number) for number in range(len(shards))), known["image"])
        known = known if is_named.all() else known.filter(pa.array(is_named))
        unchanged, changed = split_unchanged(known, stamped_files(known["image"], self.roots))
        read = self._read(pa.concat_tables([changed, stamped_files(others, self.roots)]))
        table = pa.concat_tables([unchanged, read]).sort_by("image") if len(read) else unchanged
        refused = table.filter(pc.equal(table["status"], _OUTSIDE))["image"]
        counts = {"images": len(table), "unchanged": len(unchanged), "read": len(read)}
        counts |= {_OUTSIDE: len(refused)} if len(refused) else {}
        parameters = self.stamp() | {"picture_roots": written(self.picture_roots)}
        record = Record(counts=counts, parameters=parameters, checks=[self._inside(refused)], raw_files=read_off)
        publish_table(self, IMAGE_FILES, self.raw_version(), 1, table, record)

    def _inside(self, refused: pa.ChunkedArray) -> Check:
        """Record whether pictures lie where they may be read from; say it if some don't, with the first."""
        detail = f"{len(refused):,} pictures lie outside {self.roots}"
        if len(refused):
            detail += f" (first: {shown(without_secrets(refused[0].as_py()))})"
            say(f"    {detail}; they get no signature. If they may be read, name their folder in")
            say(f"    [pictures] picture_roots of luigi.cfg and run 'interest-graph rebuild --date {self.date}'")
        return Check("pictures lie in picture_roots", not len(refused), detail, "warn")

    def _read(self, files: pa.Table) -> pa.Table:
        """Return the files with the digest of what they hold now."""
        if not len(files):
            return FILE_SCHEMA.empty_table()
        files = files.take(pa.array(reading_order(files["image"].to_pylist(), self.roots), pa.int64()))
        n_shards = -(-len(files) // _IMAGES_A_SHARD)
        with self.shared_scratch() as scratch:
            shards = SharedRows(share(files, scratch / "files.arrow"), _IMAGES_A_SHARD)
            step = PartitionStep(n_shards, {"files": shards}, DigestImages(self.roots), hand_over)
            return pa.concat_tables(run_step(self, "reading pictures", step, len(files), PICTURES))


class ImageSignatures(PictureTask):
    """Looks up the group of every image's picture; relative paths start at the input folder."""

    derivation = derivation_of("ImageSignatures")

    def run(self) -> None:
        """Look up and publish."""
        files = self.open(IMAGE_FILES, self.raw_version())
        pictures = [*self.added_elsewhere(PICTURE_SIGNATURES), self.open(PICTURE_SIGNATURES, self.raw_version())]
        members = [*self.added_elsewhere(PICTURE_MEMBERS), self.open(PICTURE_MEMBERS, self.raw_version())]
        aliases = self.added_before(GROUP_ALIASES)
        table = image_signatures(
            files.to_table(["image", "status", "digest"]),
            added_up(PICTURE_SIGNATURES, pictures, _PICTURE_COLUMNS),
            added_up(PICTURE_MEMBERS, members, ["digest", "group_id"]),
            added_up(GROUP_ALIASES, aliases),
        )
        counts = {entry["values"]: entry["counts"] for entry in table["status"].value_counts().to_pylist()}
        record = Record([files, *pictures, *members, *aliases], dict(sorted(counts.items())), self.stamp())
        n_parts = self.n_parts(len(table))  # as checking raw pins may look them up part by part
        publish_table(self, IMAGE_SIGNATURES, self.raw_version(), n_parts, table, record)
