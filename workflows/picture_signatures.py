"""Signatures for the pictures of pins that bring none: every distinct picture file read and hashed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from features.image_signatures import image_signature
from features.signature_table import SignatureRow, signature_table
from joins.raw_checks import conform, normalised
from joins.raw_schemas import PINS, RawTable
from storage_tiers.pictures import read_picture
from workflows.catalogue import IMAGE_SIGNATURES
from workflows.discovery_task import DiscoveryTask
from workflows.progress import Progress
from workflows.publishing import Record, publish_table
from workflows.raw_snapshot import RawSnapshot, read_batches
from workflows.targets import DatasetTarget
from workflows.worker_pool import worker_pool

_COLUMNS = ("image_signature", "image")
_PICTURES_A_CHUNK = 64


class ImageSignatures(DiscoveryTask):
    """Reads the pictures of pins without a signature and hashes them; relative paths start at the input folder."""

    def requires(self) -> RawSnapshot:
        """Need the pins."""
        return self.sibling(RawSnapshot, table="pins")

    def output(self) -> DatasetTarget:
        """Return the dataset ``image_signatures``."""
        return self.target(IMAGE_SIGNATURES, self.raw_version())

    def run(self) -> None:
        """Hash and publish."""
        images = _without_signature(self.requires().output().files())
        table = signature_table(self._hash_all(images))
        counts = {entry["values"]: entry["counts"] for entry in table["status"].value_counts().to_pylist()}
        counts = dict(sorted(counts.items()))
        version = self.raw_version()
        publish_table(self, IMAGE_SIGNATURES, version, 1, table, Record(counts=counts))

    def _hash_all(self, images: Sequence[str]) -> list[SignatureRow]:
        if not images:
            return []
        starts = range(0, len(images), _PICTURES_A_CHUNK)
        chunks = [images[start : start + _PICTURES_A_CHUNK] for start in starts]
        pool = worker_pool(self.n_cores)
        hash_chunk = HashPictures(Path(self.input_root))
        rows: list[SignatureRow] = []
        with Progress(self, "image signatures", len(images), "pictures") as progress:
            for outcome in pool.map(hash_chunk, chunks) if pool else map(hash_chunk, chunks):
                rows += outcome
                progress(len(rows))
        return rows


@dataclass(frozen=True, slots=True)
class HashPictures:
    """Reads and hashes some pictures; picklable, so that it can travel to a worker."""

    root: Path

    def __call__(self, images: Sequence[str]) -> list[SignatureRow]:
        """Return one row a picture, whatever its file turns out to be."""
        return [self._row(image) for image in images]

    def _row(self, image: str) -> SignatureRow:
        file = read_picture(image, self.root)
        if file.content is None:
            return image, None, str(file.status), None, None
        outcome = image_signature(file.content)
        return image, outcome.signature, str(outcome.status), outcome.width_px, outcome.height_px


def _without_signature(files: Sequence[Path]) -> list[str]:
    raw = RawTable("pins", pa.schema([PINS.field(name) for name in _COLUMNS]), "image")
    distinct: set[str | None] = set()
    for batch, source in read_batches(files, _COLUMNS):
        pictures = normalised(conform(batch, raw, source))
        distinct.update(pictures.filter(pictures["image_signature"].is_null())["image"].unique().to_pylist())
    return sorted(image for image in distinct if image is not None)
