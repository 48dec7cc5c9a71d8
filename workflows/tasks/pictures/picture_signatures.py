"""The signatures of a day's new pictures: every content that no day has seen, decoded once, on the engine."""

from functools import partial

import pyarrow as pa

from features.images.guarded_workers import PictureLimits, sign_pictures
from features.images.signing import SignPictures, SignShard, first_images, is_unseen, new_and_known
from joins.engine.step import SharedRows, Shuffled, share
from storage_tiers.pictures.outages import read_or_stop
from storage_tiers.pictures.read_ahead import reading_order
from storage_tiers.versioned.datasets import Dataset
from workflows.picture_catalog import IMAGE_FILES, PICTURE_MEMBERS, PICTURE_SIGNATURES
from workflows.tasks.derived import derivation_of
from workflows.tasks.pictures.picture_task import PictureTask, added_up
from workflows.tasks.publishing import PICTURES, Recipe, Record, publish_partitions

_PICTURES_A_SHARD = 256
_PICTURES_A_PART = 131_072
_NO_PICTURES = pa.table({"image": pa.array([], pa.string()), "digest": pa.array([], pa.string())})


class PictureSignatures(PictureTask):
    """Decodes and signs the pictures that no other day has; one row a content, whatever it turns out to be."""

    derivation = derivation_of("PictureSignatures")

    def run(self) -> None:
        """Sign and publish, beside what an older base of the date has signed."""
        files = self.open(IMAGE_FILES, self.raw_version())
        older = self.added_by_older_base(PICTURE_SIGNATURES)
        pictures = self._unseen(files, older)
        n_rows = len(pictures) + sum(dataset.n_rows for dataset in older)
        n_parts, n_shards = max(1, -(-n_rows // _PICTURES_A_PART)), max(1, -(-len(pictures) // _PICTURES_A_SHARD))
        with self.shared_scratch() as scratch:
            shards = SharedRows(share(pictures, scratch / "pictures.arrow"), _PICTURES_A_SHARD)
            sign = SignShard(shards, partial(read_or_stop, root=self.roots), self._signer())
            rows = {"rows": Shuffled(sign, n_shards, "digest")}
            for dataset in older:
                rows["known"] = Shuffled(dataset.reader(), dataset.n_parts, "digest")
            counts = {"new_pictures": len(pictures)}
            record = Record([files, *older], counts, self.stamp())
            recipe = Recipe(new_and_known, n_parts, shuffled=rows)
            publish_partitions(self, PICTURE_SIGNATURES, self.raw_version(), recipe, record, counted=PICTURES)

    def _signer(self) -> SignPictures:
        limits = PictureLimits(self.picture_time_limit_s, self.picture_memory_mb)
        decoder, algorithm = self.jpeg_decoder, self.signature
        return partial(sign_pictures, n_workers=self.n_cores, limits=limits, decoder=decoder, algorithm=algorithm)

    def _unseen(self, files: Dataset, older: list[Dataset]) -> pa.Table:
        """Return the pictures to sign, in the order in which they are read fastest."""
        # A date that was left between signing and grouping has given no ids: its contents are still to be grouped.
        grouped = {dataset.version for dataset in self.added_elsewhere(PICTURE_MEMBERS)}
        signed = [dataset for dataset in self.added_elsewhere(PICTURE_SIGNATURES) if dataset.version in grouped]
        seen = added_up(PICTURE_SIGNATURES, [*signed, *older], ["digest", "status"])
        is_new = is_unseen(files.to_table(["digest"])["digest"], seen)
        if not is_new.any():  # then the names of files aren't read
            return _NO_PICTURES
        unseen = first_images(files.to_table(["image", "digest"]).filter(pa.array(is_new)))
        return unseen.take(pa.array(reading_order(unseen["image"].to_pylist(), self.roots), pa.int64()))
