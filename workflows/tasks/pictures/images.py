"""The images that pins without a signature name: first the digest of each one's file, at last its signature."""

from collections import Counter
from dataclasses import dataclass
from functools import partial

import pyarrow as pa

from features.same_picture.image_signatures import IMAGE_SIGNATURES as SIGNATURE_SCHEMA
from features.same_picture.image_signatures import WithContent, signatures_of_images, with_statuses
from joins.arrow.hashing import partition_of
from joins.arrow.ordering import rows_by
from joins.engine.kept_tables import KeptByName, KeptShards, KeptTables, n_kept
from joins.engine.step import PartitionStep, Shuffled, Then, share
from joins.raw.intake.wanted_signatures import WantedImages
from joins.raw.schemas import PICTURE_FIELDS, RAW_PINS
from joins.shown_text import shown
from joins.uri_secrets import without_secrets
from storage_tiers.pictures.digests import IMAGE_FILES as FILE_SCHEMA
from storage_tiers.pictures.digests import READ, TO_READ, UNCHANGED, DigestImages, LookAtFiles, Refused, with_refused
from storage_tiers.pictures.files import PictureStatus
from storage_tiers.stores.address import Root
from storage_tiers.versioned.manifest import Check
from workflows.parameters import written
from workflows.picture_catalog import GROUP_ALIASES, IMAGE_FILES, IMAGE_SIGNATURES, PICTURE_MEMBERS, PICTURE_SIGNATURES
from workflows.progress import say
from workflows.tasks.derived import derivation_of
from workflows.tasks.pictures.added_parts import AddedParts, added_up
from workflows.tasks.pictures.picture_task import PictureTask
from workflows.tasks.publishing import PICTURES, Recipe, Record, publish_partitions, run_step
from workflows.tasks.raw_input.fetched_input import files_to_read
from workflows.tasks.raw_input.raw_digests import raw_files
from workflows.tasks.raw_input.raw_snapshot import raw_shards
from workflows.tasks.raw_input.snapshot_folder import SnapshotFolder

_OUTSIDE = str(PictureStatus.OUTSIDE_ROOTS)
_BY_IMAGE = partial(rows_by, column="image")
_IMAGES_A_SHARD = 1_024
_STAMPED_COLUMNS = ("image", "digest", "n_bytes", "modified_at")
_PICTURE_COLUMNS = ("digest", "status", "width_px", "height_px")
_TO_READ = pa.schema([FILE_SCHEMA.field(name) for name in ("image", "n_bytes", "modified_at")])


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What a look at the files of a day has kept: ``IMAGE_FILES`` of those that are unchanged, and those to be read."""

    unchanged: KeptShards
    to_read: KeptShards
    n_unchanged: int
    n_to_read: int


class ImageFiles(PictureTask):
    """Finds the images of pins without a signature; reads those whose file is not the one of the day before."""

    derivation = derivation_of("ImageFiles")

    def run(self) -> None:
        """Look at all files, read the new and the changed, publish."""
        contents = files_to_read(self, RAW_PINS.name)
        read_off = raw_files(self, self.derivation.raw)  # digests of what was fetched, where anything was
        with self.shared_scratch() as scratch:
            looked_at = self._look(contents, scratch)
            read, refused = self._read(looked_at, scratch)
            n_images = looked_at.n_unchanged + looked_at.n_to_read
            counts = {"images": n_images, "unchanged": looked_at.n_unchanged, "read": looked_at.n_to_read}
            counts |= {_OUTSIDE: refused.n_images} if refused.n_images else {}
            parameters = self.stamp() | {"picture_roots": written(self.picture_roots)}
            record = Record((), counts, parameters, [self._inside(refused)], (n_images, "the look at files"), read_off)
            files = (looked_at.unchanged + read).by("image")
            recipe = Recipe(_BY_IMAGE, self.n_parts(n_images), shuffled={"rows": files}, n_rows=n_images)
            publish_partitions(self, IMAGE_FILES, self.raw_version(), recipe, record)

    def _look(self, contents: SnapshotFolder, scratch: Root) -> LookedAt:
        """Find all images, and say of each whether its file has to be read."""
        pins = raw_shards(contents, RAW_PINS, PICTURE_FIELDS, with_values_of="image")
        known = AddedParts.of(IMAGE_FILES, self.added_before(IMAGE_FILES)[-1:], _STAMPED_COLUMNS)
        by_image = {"named": Shuffled(WantedImages(pins), len(pins), "image"), "known": known.by("image")}
        kept, n_rows = KeptByName(scratch / "looked-at"), max(pins.n_rows, known.n_rows)
        step = PartitionStep(self.n_parts(n_rows), {}, LookAtFiles(self.roots), kept, by_image, partition_of)
        found = run_step(self, "looking at pictures", step, n_rows) if len(pins) else []
        return LookedAt(
            kept.shards(UNCHANGED, found, FILE_SCHEMA),
            kept.shards(TO_READ, found, _TO_READ),
            n_kept(UNCHANGED, found),
            n_kept(TO_READ, found),
        )

    def _read(self, looked_at: LookedAt, scratch: Root) -> tuple[KeptShards, Refused]:
        """Keep the files with the digest of what they hold now."""
        if not looked_at.n_to_read:
            return KeptShards(FILE_SCHEMA, ()), Refused()
        files = self.in_reading_order(looked_at.to_read, looked_at.n_to_read, scratch, _IMAGES_A_SHARD)
        kept, build = KeptByName(scratch / "read"), Then(DigestImages(self.roots), with_refused)
        step = PartitionStep(len(files), {"files": files}, build, kept)
        found = run_step(self, "reading pictures", step, looked_at.n_to_read, PICTURES)
        first = min((one.rest.first for one in found if one.rest.first is not None), default=None)
        return kept.shards(READ, found, FILE_SCHEMA), Refused(sum(one.rest.n_images for one in found), first)

    def _inside(self, refused: Refused) -> Check:
        """Record whether pictures lie where they may be read from; say it if some don't, with the first."""
        detail = f"{refused.n_images:,} pictures lie outside {self.roots}"
        if refused.first is not None:
            detail += f" (first: {shown(without_secrets(refused.first))})"
            say(f"    {detail}; they get no signature. If they may be read, name their folder in")
            say(f"    [pictures] picture_roots of luigi.cfg and run 'interest-graph rebuild --date {self.date}'")
        return Check("pictures lie in picture_roots", not refused.n_images, detail, "warn")


class ImageSignatures(PictureTask):
    """Looks up the group of every image's picture; relative paths start at the input folder."""

    derivation = derivation_of("ImageSignatures")

    def run(self) -> None:
        """Look up by content, and publish by image."""
        files = self.open(IMAGE_FILES, self.raw_version())
        pictures = [*self.added_elsewhere(PICTURE_SIGNATURES), self.open(PICTURE_SIGNATURES, self.raw_version())]
        members = [*self.added_elsewhere(PICTURE_MEMBERS), self.open(PICTURE_MEMBERS, self.raw_version())]
        aliases = self.added_before(GROUP_ALIASES)
        with self.shared_scratch() as scratch:
            named = share(added_up(GROUP_ALIASES, aliases), scratch / "aliases.arrow")
            signed = AddedParts.of(PICTURE_SIGNATURES, pictures, _PICTURE_COLUMNS)
            grouped = AddedParts.of(PICTURE_MEMBERS, members, ["digest", "group_id"])
            by_content = {
                "files": Shuffled(WithContent(files.reader(["image", "status", "digest"])), files.n_parts, "content"),
                "pictures": signed.by("digest"),
                "members": grouped.by("digest"),
            }
            n_rows, kept = max(files.n_rows, signed.n_rows, grouped.n_rows), KeptTables(scratch / "looked-up")
            build = Then(signatures_of_images, with_statuses)
            step = PartitionStep(self.n_parts(n_rows), {"aliases": named}, build, kept, by_content, partition_of)
            statuses = run_step(self, "looking up pictures", step, n_rows) if files.n_rows else []
            counts = dict(sorted(sum(statuses, Counter()).items()))
            record = Record([files, *pictures, *members, *aliases], counts, self.stamp())
            rows = kept.shards(len(statuses), SIGNATURE_SCHEMA).by("image")
            n_parts = self.n_parts(files.n_rows)  # checking raw pins may look them up part by part
            recipe = Recipe(_BY_IMAGE, n_parts, shuffled={"rows": rows}, n_rows=files.n_rows)
            publish_partitions(self, IMAGE_SIGNATURES, self.raw_version(), recipe, record)
