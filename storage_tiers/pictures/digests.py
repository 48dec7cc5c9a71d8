"""Digests of the picture files that pins name, so that a file is decoded once wherever it lies and however often."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.fields import described, required
from joins.arrow.shared_fields import FILE_DIGEST, IMAGE
from storage_tiers.pictures.addresses import Root
from storage_tiers.pictures.outages import read_or_stop
from storage_tiers.pictures.stamps import picture_stamps

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
    """Reads images, relative paths from `root`, and takes their digests; picklable, to travel to a worker."""

    root: Root

    def __call__(self, files: pa.Table) -> pa.Table:
        """Return ``IMAGE_FILES`` with the status and digest of what the files hold now, in their order.

        Raises StoreFailedError if a store fails for the moment.
        """
        read = [(str(file.status), file.digest) for file in read_or_stop(files["image"].to_pylist(), self.root)]
        statuses, digests = zip(*read, strict=True) if read else ((), ())
        columns = [
            files["image"],
            pa.array(statuses, pa.string()),
            pa.array(digests, pa.string()),
            files["n_bytes"],
            files["modified_at"],
        ]
        return pa.table(columns, schema=IMAGE_FILES)


def stamped_files(images: pa.ChunkedArray, root: Root) -> pa.Table:
    """Return ``image``, ``n_bytes`` and ``modified_at`` of picture files, in their order, as the stores tell.

    Null where a store can't tell: the file has to be read to know.

    Examples
    --------
    >>> stamped_files(pa.chunked_array([["no-such.jpg"]]), "/").to_pylist()
    [{'image': 'no-such.jpg', 'n_bytes': None, 'modified_at': None}]
    """
    stamps = picture_stamps(images.to_pylist(), root)
    n_bytes = pa.array([stamp and stamp.n_bytes for stamp in stamps], pa.int64())
    modified_at = pa.array([stamp and stamp.modified_at_us for stamp in stamps], pa.int64())
    time = IMAGE_FILES.field("modified_at")
    return pa.table([images, n_bytes, modified_at.cast(time.type)], ["image", "n_bytes", time.name])


def split_unchanged(here: pa.Table, known: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Tell the files that are as they were when they were read from those that have to be read.

    Of the ``IMAGE_FILES`` of an earlier day those come first whose file has the same size and time and was read then;
    then what is left of `here`, which is as `stamped_files` says.

    Examples
    --------
    >>> known = pa.table([["a", "b"], ["read"] * 2, ["d1", "d2"], [3, 4], [0, 0]], schema=IMAGE_FILES)
    >>> here = known.select(["image", "n_bytes", "modified_at"]).set_column(1, "n_bytes", pa.array([3, 5]))
    >>> [table["image"].to_pylist() for table in split_unchanged(here, known)]
    [['a'], ['b']]
    """
    now = here.take(pc.index_in(known["image"], value_set=here["image"]))
    is_same = pc.and_(pc.equal(known["n_bytes"], now["n_bytes"]), pc.equal(known["modified_at"], now["modified_at"]))
    unchanged = known.filter(pc.and_(is_same, known["digest"].is_valid()))
    return unchanged, here.filter(pc.invert(pc.is_in(here["image"], unchanged["image"].combine_chunks())))
