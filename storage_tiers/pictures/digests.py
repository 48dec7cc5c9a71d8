"""Digests of the picture files that pins name, so that a file is decoded once wherever it lies and however often."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.fields import described, required
from joins.arrow.shared_fields import FILE_DIGEST, IMAGE
from joins.arrow.text_lookup import TextLookup
from joins.engine.step import PartitionInput
from storage_tiers.pictures.addresses import Root, files_in_turn, files_of
from storage_tiers.pictures.files import PictureStatus
from storage_tiers.pictures.outages import read_or_stop
from storage_tiers.pictures.read_ahead import reading_order
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
UNCHANGED, TO_READ, READ = "unchanged", "to_read", "read"


@dataclass(frozen=True, slots=True)
class LookAtFiles:
    """Tells the images of a day whose file is as it was the day before from those that have to be read; picklable.

    Relative paths start from `root`.
    """

    root: Root

    def __call__(self, named: pa.Table, known: pa.Table) -> tuple[dict[str, pa.Table], None]:
        """Look at the files of a day.

        Parameters
        ----------
        named
            ``image``, in any order and as often as it is named.
        known
            ``image``, ``digest``, ``n_bytes`` and ``modified_at`` of ``IMAGE_FILES`` of the day before, each image
            once. Those that are no longer named are left out.

        Returns
        -------
        dict
            ``unchanged``, which is ``IMAGE_FILES``, and ``to_read``, as `stamped_files` returns them.
        None
            For there is nothing else to say.

        Raises StoreFailedError if a store fails for the moment.
        """
        rows = TextLookup.of(known["image"]).find(named["image"])
        is_named = np.zeros(len(known), bool)
        is_named[rows[rows >= 0]] = True
        others = pa.table({"image": named["image"].filter(pa.array(rows < 0)).unique()}).sort_by("image")
        known = known if is_named.all() else known.filter(pa.array(is_named))
        unchanged, changed = split_unchanged(known, stamped_files(known["image"], self.root))
        to_read = pa.concat_tables([changed, stamped_files(others["image"], self.root)])
        return {UNCHANGED: unchanged, TO_READ: to_read}, None


@dataclass(frozen=True, slots=True)
class WithFile:
    """Reads a shard of images with a column ``file``, which rows of one pack have in common; picklable.

    ``read`` returns ``image`` and what else there is of a shard.
    """

    read: PartitionInput

    def __call__(self, shard: int) -> pa.Table:
        """Return the images of a shard."""
        images = self.read(shard)
        return images.append_column("file", files_of(images["image"]))


def in_reading_order(files: pa.Table, root: Root) -> pa.Table:
    """Return the images of `WithFile`, in the order in which they are read fastest and without their ``file``."""
    order = pa.array(reading_order(files["image"].to_pylist(), root), pa.int64())
    return files.drop_columns(["file"]).take(order)


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


class Refused(NamedTuple):
    """How many images lie outside of what may be read, and the first of them by name."""

    n_images: int = 0
    first: str | None = None


def with_refused(files: pa.Table) -> tuple[dict[str, pa.Table], Refused]:
    """Return ``IMAGE_FILES`` by the name ``read``, and which of them lie outside of what may be read."""
    images = files.filter(pc.equal(files["status"], str(PictureStatus.OUTSIDE_ROOTS)))["image"]
    return {READ: files}, Refused(len(images), pc.min(images).as_py())


def stamped_files(images: pa.ChunkedArray, root: Root) -> pa.Table:
    """Return ``image``, ``n_bytes`` and ``modified_at`` of picture files, in their order, as the stores tell.

    Null where a store can't tell: the file has to be read to know. Rows of a pack that follow each other are looked
    at once, as all have the stamp of their pack.

    Examples
    --------
    >>> stamped_files(pa.chunked_array([["no-such.jpg"]]), "/").to_pylist()
    [{'image': 'no-such.jpg', 'n_bytes': None, 'modified_at': None}]
    """
    files, n_images = files_in_turn(images)
    stamps = picture_stamps(files, root)
    n_bytes = pa.array([stamp and stamp.n_bytes for stamp in stamps], pa.int64())
    modified_at = pa.array([stamp and stamp.modified_at_us for stamp in stamps], pa.int64())
    if len(files) < len(images):
        of_file = pa.array(np.repeat(np.arange(len(files)), n_images))
        n_bytes, modified_at = n_bytes.take(of_file), modified_at.take(of_file)
    time = IMAGE_FILES.field("modified_at")
    return pa.table([images, n_bytes, modified_at.cast(time.type)], ["image", "n_bytes", time.name])


def split_unchanged(known: pa.Table, here: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Tell the files that are as they were when they were read from those that have to be read.

    Parameters
    ----------
    known
        ``image``, ``digest``, ``n_bytes`` and ``modified_at`` of ``IMAGE_FILES`` of an earlier day.
    here
        What `stamped_files` says now of the same images, row by row.

    Returns
    -------
    pyarrow.Table
        ``IMAGE_FILES`` of those whose file has the same size and time and was read then.
    pyarrow.Table
        The other rows of `here`.

    Examples
    --------
    >>> known = pa.table([["a", "b"], ["read"] * 2, ["d1", "d2"], [3, 4], [0, 0]], schema=IMAGE_FILES)
    >>> here = known.select(["image", "n_bytes", "modified_at"]).set_column(1, "n_bytes", pa.array([3, 5]))
    >>> [table["image"].to_pylist() for table in split_unchanged(known, here)]
    [['a'], ['b']]
    """
    is_same = pc.and_(pc.equal(known["n_bytes"], here["n_bytes"]), pc.equal(known["modified_at"], here["modified_at"]))
    is_unchanged = pc.and_(is_same, known["digest"].is_valid()).fill_null(fill_value=False)
    if not pc.all(is_unchanged, min_count=0).as_py():
        known, here = known.filter(is_unchanged), here.filter(pc.invert(is_unchanged))
    else:
        here = here.slice(0, 0)
    status = pa.repeat(pa.scalar(str(PictureStatus.READ)), len(known))  # there is a digest of what was read alone
    columns = [known["image"], status, known["digest"], known["n_bytes"], known["modified_at"]]
    return pa.table(columns, schema=IMAGE_FILES), here
