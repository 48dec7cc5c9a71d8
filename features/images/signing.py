"""Signs shards of pictures: read, decoded in guarded workers, one row a picture. The map step of picture signatures."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from features.images.guarded_workers import GuardedSigner, PictureOutcomes
from features.images.signature_columns import PICTURE_SIGNATURES, view_columns

_PICTURES_AT_ONCE = 256
_BYTES_AT_ONCE = 128 * 2**20


class PictureBytes(Protocol):
    """A file that was read, or not."""

    @property
    def content(self) -> bytes | None:
        """All its bytes."""

    @property
    def digest(self) -> str | None:
        """The digest of its bytes."""


@dataclass(frozen=True, slots=True)
class SignShard:
    """Reads and signs the pictures of a shard; picklable.

    Parameters
    ----------
    pictures
        Returns the table of a shard: ``image``, where a picture lies, and the ``digest`` of its bytes.
    read
        Reads images in order, ahead of being asked.
    signer
        Decodes and signs in worker processes.
    """

    pictures: Callable[[int], pa.Table]
    read: Callable[[Sequence[str]], Iterable[PictureBytes]]
    signer: GuardedSigner

    def __call__(self, shard: int) -> pa.Table:
        """Return one row of ``PICTURE_SIGNATURES`` for each picture that is still there and has not changed."""
        rows = self.pictures(shard)
        images, digests = rows["image"].to_pylist(), rows["digest"].to_pylist()
        signed = [
            signed_pictures([digest for digest, _ in batch], self.signer([content for _, content in batch]))
            for batch in self._batches(images, digests)
        ]
        return pa.concat_tables([PICTURE_SIGNATURES.empty_table(), *signed])

    def _batches(self, images: Sequence[str], digests: Sequence[str]) -> Iterator[list[tuple[str, bytes]]]:
        batch: list[tuple[str, bytes]] = []
        n_bytes = 0
        for digest, file in zip(digests, self.read(images), strict=True):
            if file.content is None or file.digest != digest:  # the next day meets it again
                continue
            batch.append((digest, file.content))
            n_bytes += len(file.content)
            if len(batch) == _PICTURES_AT_ONCE or n_bytes > _BYTES_AT_ONCE:
                yield batch
                batch, n_bytes = [], 0
        if batch:
            yield batch


def signed_pictures(digests: Sequence[str], outcomes: PictureOutcomes) -> pa.Table:
    """Put what became of some pictures into a table, in their order.

    Parameters
    ----------
    digests
        Of each picture's bytes.
    outcomes
        Of each picture.
    """
    columns = {
        "digest": digests,
        "status": [str(status) for status in outcomes.statuses],
        "width_px": outcomes.width_px,
        "height_px": outcomes.height_px,
        "is_animated": outcomes.is_animated,
        "quality": outcomes.quality,
        "phash64": outcomes.phash64,
    }
    plain = [pa.array(values, PICTURE_SIGNATURES.field(name).type) for name, values in columns.items()]
    views = view_columns(outcomes.signatures, outcomes.usable).values()
    return pa.table([*plain, *views], schema=PICTURE_SIGNATURES)
