"""Digests of the picture files that pins name, so that a file is decoded once wherever it lies and however often."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from storage_tiers.pictures.read_ahead import read_pictures

IMAGE_FILES = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),  # path, URI or row of a pack, as the pins name it
        pa.field("status", pa.string(), nullable=False),  # storage_tiers.pictures.files.PictureStatus
        pa.field("digest", pa.string()),  # BLAKE2b-128 of the bytes, hex; null unless they were read
        pa.field("n_bytes", pa.int64()),  # of the file, or of the pack; null where there is none
        pa.field("modified_at", pa.timestamp("us", tz="UTC")),  # as the store says; null where it doesn't
    ]
)


@dataclass(frozen=True, slots=True)
class DigestImages:
    """Reads images and takes their digests; picklable, so that it can travel to a worker.

    Parameters
    ----------
    root
        Folder that relative paths start from.
    """

    root: str | Path

    def __call__(self, files: pa.Table) -> pa.Table:
        """Return ``IMAGE_FILES`` with the status and digest of what the files hold now, in their order."""
        read = [(str(file.status), file.digest) for file in read_pictures(files["image"].to_pylist(), self.root)]
        statuses, digests = zip(*read, strict=True) if read else ((), ())
        columns = [
            files["image"],
            pa.array(statuses, pa.string()),
            pa.array(digests, pa.string()),
            files["n_bytes"],
            files["modified_at"],
        ]
        return pa.table(columns, schema=IMAGE_FILES)
