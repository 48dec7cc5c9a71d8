"""The map step of picture signatures: reads and signs a shard, one row a picture; and what signatures are made by."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from PIL import __version__ as pillow_version
from PIL import features as pillow_features

from features.images.cosine_signature import ALGORITHM, SIGNATURE_WORDS, VIEWS
from features.images.picture_signing import in_chunks
from features.images.signature_columns import PICTURE_SIGNATURES, view_columns
from features.images.signed_picture import MACHINE_STATUSES, SignedPicture
from joins.arrow.text_lookup import TextLookup

_PICTURES_AT_ONCE = 256
_BYTES_AT_ONCE = 128 * 2**20

SignPictures = Callable[[Sequence[bytes]], Sequence[SignedPicture]]


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
    sign
        Decodes and signs, in their order; `features.images.guarded_workers.sign_pictures` with its settings.
    """

    pictures: Callable[[int], pa.Table]
    read: Callable[[Sequence[str]], Iterable[PictureBytes]]
    sign: SignPictures

    def __call__(self, shard: int) -> pa.Table:
        """Return one row of ``PICTURE_SIGNATURES`` for each picture that is still there and has not changed."""
        rows = self.pictures(shard)
        read = zip(rows["digest"].to_pylist(), self.read(rows["image"].to_pylist()), strict=True)
        # What is gone or has changed, the next day meets again.
        pictures = (
            (digest, file.content) for digest, file in read if file.content is not None and file.digest == digest
        )
        signed = [
            signed_pictures([digest for digest, _ in some], self.sign([content for _, content in some]))
            for some in in_chunks(pictures, lambda picture: len(picture[1]), _PICTURES_AT_ONCE, _BYTES_AT_ONCE)
        ]
        return pa.concat_tables([PICTURE_SIGNATURES.empty_table(), *signed])


def signed_pictures(digests: Sequence[str], pictures: Sequence[SignedPicture]) -> pa.Table:
    """Put signed pictures into a table, in their order.

    Parameters
    ----------
    digests
        Of each picture's bytes.
    pictures
        What became of each.

    Returns
    -------
    pyarrow.Table
        ``PICTURE_SIGNATURES``.
    """
    signatures = np.zeros((len(pictures), len(VIEWS), SIGNATURE_WORDS), np.uint64)
    usable = np.zeros((len(pictures), len(VIEWS)), bool)
    for row, picture in enumerate(pictures):
        if picture.signatures is not None:
            signatures[row], usable[row] = picture.signatures, picture.usable
    views = view_columns(signatures, usable)
    names = [name for name in PICTURE_SIGNATURES.names if name not in views and name != "digest"]
    columns = {name: [getattr(picture, name) for picture in pictures] for name in names}
    plain = [pa.array(values, PICTURE_SIGNATURES.field(name).type) for name, values in columns.items()]
    return pa.table([pa.array(digests, pa.string()), *plain, *views.values()], schema=PICTURE_SIGNATURES)


@dataclass(frozen=True, slots=True)
class DigestedFiles:
    """Reads the files of a shard that have a digest; picklable.

    ``read`` returns ``digest`` and what else there is of the files of a shard.
    """

    read: Callable[[int], pa.Table]

    def __call__(self, shard: int) -> pa.Table:
        """Return the files."""
        files = self.read(shard)
        return files.filter(files["digest"].is_valid()) if files["digest"].null_count else files


def unseen_pictures(files: pa.Table, seen: pa.Table) -> pa.Table:
    """Return the pictures to sign: of each content that was not seen, or failed for want of time or memory, one image.

    Parameters
    ----------
    files
        ``image`` and ``digest`` of the content of each file.
    seen
        ``digest`` and ``status`` of pictures.

    Returns
    -------
    pyarrow.Table
        ``image``, the first by name that has the content, and ``digest``; in no order.

    Examples
    --------
    >>> files = pa.table({"image": ["d", "c", "b", "a"], "digest": ["d1", "d2", "d1", "d3"]})
    >>> seen = pa.table({"digest": ["d2", "d3"], "status": ["ok", "timed_out"]})
    >>> unseen_pictures(files, seen).to_pylist()
    [{'image': 'b', 'digest': 'd1'}, {'image': 'a', 'digest': 'd3'}]
    """
    is_open = pc.is_in(seen["status"], pa.array(sorted(MACHINE_STATUSES)))
    known = seen.filter(pc.invert(is_open))["digest"] if pc.any(is_open).as_py() else seen["digest"]
    is_new = pa.array(TextLookup.of(known).find(files["digest"]) < 0)
    first = files.filter(is_new).group_by("digest").aggregate([("image", "min")])
    return first.rename_columns(["digest", "image"]).select(["image", "digest"])


def new_and_known(rows: pa.Table, known: pa.Table | None = None) -> pa.Table:
    """Return pictures that were signed now and those that were known, sorted by ``digest``; of both, the new row.

    Examples
    --------
    >>> rows, known = pa.table({"digest": ["d2"], "n": [2]}), pa.table({"digest": ["d2", "d1"], "n": [0, 1]})
    >>> new_and_known(rows, known).to_pylist()
    [{'digest': 'd1', 'n': 1}, {'digest': 'd2', 'n': 2}]
    """
    if known is not None:
        others = known.filter(pc.invert(pc.is_in(known["digest"], rows["digest"].combine_chunks())))
        rows = pa.concat_tables([rows, others.replace_schema_metadata(rows.schema.metadata)])
    return rows.sort_by("digest")


def signature_stamp(signature: str = "dct256", jpeg_decoder: str = "pillow") -> dict[str, str]:
    """Return the algorithm and the libraries of signatures.

    Parameters
    ----------
    signature
        ``dct256`` or ``phash64``.
    jpeg_decoder
        ``pillow`` or ``simplejpeg``.

    Returns
    -------
    dict
        ``algorithm``: signatures of different ones can't be compared. ``libraries``: signatures of different ones can
        be compared, and differ in a few bits at most: resampling in Pillow changed in its versions 3.4 and 13.

    Examples
    --------
    >>> signature_stamp()["algorithm"], signature_stamp("phash64")["libraries"].split()[0]
    ('dct256/2', 'pillow')
    """
    libraries = [
        f"pillow {pillow_version}",
        f"libjpeg {pillow_features.version('libjpeg_turbo') or pillow_features.version('jpg')}",
        f"numpy {np.__version__}",
    ]
    if jpeg_decoder == "simplejpeg":
        libraries.append(f"simplejpeg {version('simplejpeg')}")
    if signature == "phash64":
        libraries.append(f"imagehash {version('imagehash')}")
        return {"algorithm": "phash64", "libraries": ", ".join(libraries)}
    return {"algorithm": ALGORITHM, "libraries": ", ".join(libraries)}
