"""The signatures of a day's images: of each image that pins name, the group of the picture that its file holds."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.same_picture.aliases import resolved
from joins.arrow.fields import described, required
from joins.arrow.shared_fields import FILE_DIGEST, HEIGHT_PX, IMAGE, WIDTH_PX
from joins.arrow.text_lookup import TextLookup
from joins.engine.step import PartitionInput

IMAGE_SIGNATURES = pa.schema(
    [
        IMAGE,
        described("image_signature", pa.string(), "id of the picture's group; null unless `ok` or `flat`"),
        required("status", pa.string(), "`ok`, `flat`, or why there is no signature: `missing`, `truncated`, ..."),
        WIDTH_PX,
        HEIGHT_PX,
        FILE_DIGEST,
    ]
)
_READ = "read"
_GONE = "changed_while_reading"


@dataclass(frozen=True, slots=True)
class WithContent:
    """Reads a shard of files with a column ``content``, by which it meets what is known of its picture; picklable.

    ``read`` returns ``image`` and ``digest`` and what else there is of the files of a shard. A file that wasn't read
    has no digest, and nothing is known of it: its image is in its place, so that such files are spread.
    """

    read: PartitionInput

    def __call__(self, shard: int) -> pa.Table:
        """Return the files of a shard."""
        files = self.read(shard)
        return files.append_column("content", pc.coalesce(files["digest"], files["image"]))


def signatures_of_images(files: pa.Table, pictures: pa.Table, members: pa.Table, aliases: pa.Table) -> pa.Table:
    """Look up the signature of every image.

    Parameters
    ----------
    files
        ``image``, ``status`` of reading and ``digest``; one row an image.
    pictures
        ``digest``, ``status``, ``width_px`` and ``height_px`` of the pictures of all days; of several rows of one
        digest the last counts.
    members
        ``digest`` and ``group_id`` of the pictures of all days that have a group.
    aliases
        ``features.same_picture.aliases.GROUP_ALIASES``, oldest first.

    Returns
    -------
    pyarrow.Table
        ``IMAGE_SIGNATURES``, in the order of the files.

    Examples
    --------
    >>> files = pa.table({"image": ["b", "a"], "status": ["read", "missing"], "digest": ["d1", None]})
    >>> pictures = pa.table({"digest": ["d1"], "status": ["ok"], "width_px": [4], "height_px": [3]})
    >>> members = pa.table({"digest": ["d1"], "group_id": ["d0"]})
    >>> made = signatures_of_images(files, pictures, members, pa.table({"group_id": ["d0"], "alias_of": ["dz"]}))
    >>> made["image_signature"].to_pylist(), made["status"].to_pylist()
    (['dz', None], ['ok', 'missing'])
    """
    row = _places(TextLookup.of(pictures["digest"], "last").find(files["digest"]))
    picture = pictures.select(["width_px", "height_px"]).take(row)
    outcome = _few_words(pictures["status"], row)
    group = members["group_id"].take(_places(TextLookup.of(members["digest"]).find(files["digest"])))
    was_read = pc.equal(files["status"], _READ)
    status = pc.if_else(was_read, pc.coalesce(outcome, pa.scalar(_GONE)), files["status"])
    columns = [
        files["image"],
        resolved(group, aliases),
        status,
        picture["width_px"].cast(pa.int32()),
        picture["height_px"].cast(pa.int32()),
        files["digest"],
    ]
    return pa.table(columns, schema=IMAGE_SIGNATURES)


def with_statuses(images: pa.Table) -> tuple[pa.Table, Counter[str]]:
    """Return ``IMAGE_SIGNATURES``, and how many images have each status."""
    statuses = images["status"].value_counts()
    return images, Counter(
        dict(zip(statuses.field("values").to_pylist(), statuses.field("counts").to_pylist(), strict=True))
    )


def _few_words(words: pa.ChunkedArray, row: pa.Array) -> pa.ChunkedArray:
    """Return the words in some rows, of a column of few different ones."""
    encoded = words.dictionary_encode()
    return encoded.take(row).cast(pa.string())


def _places(rows: npt.NDArray[np.int64]) -> pa.Array:
    """Return rows to take, null where there is none."""
    return pa.array(rows, mask=rows < 0)
