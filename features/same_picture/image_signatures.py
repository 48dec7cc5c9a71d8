"""The signatures of a day's images: of each image that pins name, the group of the picture that its file holds."""

import pyarrow as pa
import pyarrow.compute as pc

from features.same_picture.aliases import resolved
from joins.arrow.fields import described, required
from joins.arrow.shared_fields import FILE_DIGEST, HEIGHT_PX, IMAGE, WIDTH_PX

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


def image_signatures(files: pa.Table, pictures: pa.Table, members: pa.Table, aliases: pa.Table) -> pa.Table:
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
        ``IMAGE_SIGNATURES``, sorted by ``image``.

    Examples
    --------
    >>> files = pa.table({"image": ["b", "a"], "status": ["read", "missing"], "digest": ["d1", None]})
    >>> pictures = pa.table({"digest": ["d1"], "status": ["ok"], "width_px": [4], "height_px": [3]})
    >>> members = pa.table({"digest": ["d1"], "group_id": ["d0"]})
    >>> made = image_signatures(files, pictures, members, pa.table({"group_id": ["d0"], "alias_of": ["dz"]}))
    >>> made["image_signature"].to_pylist(), made["status"].to_pylist()
    ([None, 'dz'], ['missing', 'ok'])
    """
    files = files.sort_by("image")
    newest_first = pictures.take(pa.array(range(len(pictures) - 1, -1, -1), pa.int64()))
    picture = newest_first.take(pc.index_in(files["digest"], value_set=newest_first["digest"]))
    group = members["group_id"].take(pc.index_in(files["digest"], value_set=members["digest"]))
    was_read = pc.equal(files["status"], _READ)
    status = pc.if_else(was_read, pc.coalesce(picture["status"], pa.scalar(_GONE)), files["status"])
    columns = [
        files["image"],
        resolved(group, aliases),
        status,
        picture["width_px"].cast(pa.int32()),
        picture["height_px"].cast(pa.int32()),
        files["digest"],
    ]
    return pa.table(columns, schema=IMAGE_SIGNATURES)
