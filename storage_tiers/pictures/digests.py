"""Digests of the picture files that pins name, so that a file is decoded once wherever it lies and however often."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from joins.arrow.fields import described, required
from joins.arrow.shared_fields import FILE_DIGEST, IMAGE
from storage_tiers.pictures.read_ahead import read_pictures

IMAGE_FILES = pa.schema(
    [
        IMAGE,
        required("status", pa.string(), "`read`, or why it couldn't be: `missing`, `too_large`, ..."),
        FILE_DIGEST,
        described("n_bytes", pa.int64(), "size of the file, or of the pack; null where there is none", "bytes"),
        described("modified_at", pa.timestamp("us", tz="UTC"), "as the store says; null where it doesn't say", "UTC"),
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
