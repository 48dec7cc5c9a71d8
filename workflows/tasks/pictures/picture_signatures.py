"""The signatures of a day's new pictures: every content that no day has seen, decoded once, on the engine."""

from functools import partial

import pyarrow as pa

from features.images.guarded_workers import PictureLimits, sign_pictures
from features.images.signing import DigestedFiles, SignPictures, SignShard, new_and_known, unseen_pictures
from joins.arrow.hashing import partition_of
from joins.engine.kept_tables import KeptByName, KeptShards, Named, n_kept
from joins.engine.step import PartitionStep, Shuffled, Then
from storage_tiers.pictures.outages import read_or_stop
from storage_tiers.stores.address import Root
from storage_tiers.versioned.datasets import Dataset
from workflows.picture_catalog import IMAGE_FILES, PICTURE_MEMBERS, PICTURE_SIGNATURES
from workflows.tasks.derived import derivation_of
from workflows.tasks.pictures.added_parts import AddedParts
from workflows.tasks.pictures.picture_task import PictureTask
from workflows.tasks.publishing import PICTURES, Recipe, Record, publish_partitions, run_step

_PICTURES_A_SHARD = 256
_PICTURES_A_PART = 131_072
_PICTURES = "pictures"
_TO_SIGN = pa.schema([pa.field("image", pa.string()), pa.field("digest", pa.string())])


class PictureSignatures(PictureTask):
    """Decodes and signs the pictures that no other day has; one row a content, whatever it turns out to be."""

    derivation = derivation_of("PictureSignatures")

    def run(self) -> None:
        """Sign and publish, beside what an older base of the date has signed."""
        files = self.open(IMAGE_FILES, self.raw_version())
        older = self.added_by_older_base(PICTURE_SIGNATURES)
        with self.shared_scratch() as scratch:
            n_pictures, unseen = self._unseen(files, older, scratch)
            shards = self.in_reading_order(unseen, n_pictures, scratch, _PICTURES_A_SHARD)
            sign = SignShard(shards, partial(read_or_stop, root=self.roots), self._signer())
            rows = {"rows": Shuffled(sign, len(shards), "digest")}
            if older:
                rows["known"] = AddedParts.of(PICTURE_SIGNATURES, older).by("digest")
            record = Record([files, *older], {"new_pictures": n_pictures}, self.stamp())
            n_parts = max(1, -(-(n_pictures + sum(dataset.n_rows for dataset in older)) // _PICTURES_A_PART))
            recipe = Recipe(new_and_known, n_parts, shuffled=rows, n_rows=n_pictures)
            publish_partitions(self, PICTURE_SIGNATURES, self.raw_version(), recipe, record, counted=PICTURES)

    def _signer(self) -> SignPictures:
        limits = PictureLimits(self.picture_time_limit_s, self.picture_memory_mb)
        decoder, algorithm = self.jpeg_decoder, self.signature
        return partial(sign_pictures, n_workers=self.n_cores, limits=limits, decoder=decoder, algorithm=algorithm)

    def _unseen(self, files: Dataset, older: list[Dataset], scratch: Root) -> tuple[int, KeptShards]:
        """Find the pictures that no day has signed, say how many, and keep them by content."""
        # A date that was left between signing and grouping has given no ids: its contents are still to be grouped.
        grouped = {dataset.version for dataset in self.added_elsewhere(PICTURE_MEMBERS)}
        signed = [dataset for dataset in self.added_elsewhere(PICTURE_SIGNATURES) if dataset.version in grouped]
        seen = AddedParts.of(PICTURE_SIGNATURES, [*signed, *older], ["digest", "status"])
        by_content = {
            "files": Shuffled(DigestedFiles(files.reader(["image", "digest"])), files.n_parts, "digest"),
            "seen": seen.by("digest"),
        }
        n_rows, kept, build = max(files.n_rows, seen.n_rows), KeptByName(scratch / "unseen"), Named(_PICTURES)
        step = PartitionStep(self.n_parts(n_rows), {}, Then(unseen_pictures, build), kept, by_content, partition_of)
        found = run_step(self, "looking for new pictures", step, n_rows) if files.n_rows else []
        return n_kept(_PICTURES, found), kept.shards(_PICTURES, found, _TO_SIGN)
