"""Reads the file of one picture from wherever a pin says it lies: a path, a URI, or a row of a Parquet pack.

A picture that cannot be read is a fact about one pin, so it ends as a status. What the bytes show is not looked at. For
many pictures at once see `storage_tiers.pictures.read_ahead`.
"""

from dataclasses import dataclass
from itertools import chain

from storage_tiers.pictures.addresses import Place, Root, file_bytes, locate, split_row
from storage_tiers.pictures.files import (
    MAX_PICTURE_BYTES,
    READING_ERRORS,
    PictureFile,
    PictureStatus,
    refused_file,
    whole_file,
)
from storage_tiers.pictures.packs import open_pack


def read_picture(uri: str, root: Root = None, *, max_bytes: int = MAX_PICTURE_BYTES) -> PictureFile:
    """Return the bytes of a picture file; what can't be read, or has more than `max_bytes`, is a status.

    An address is a path, absolute or relative to `root` (a path, or a URI of a folder in a store); or a URI whose
    special characters are percent-encoded: ``file:///pictures/1.jpg``, ``s3://bucket/1.jpg?region=eu-west-1``, or any
    other store that ``pyarrow.fs.FileSystem.from_uri`` knows. Behind either of a Parquet file, ``#`` and the name of a
    row: ``packs/2026.parquet#flower_17.jpg``; see `storage_tiers.pictures.packs`.

    Connections to stores are kept for the next picture; a pack is opened again for each, so read many of its rows with
    `read_pictures`. A store that is down makes every picture of it unreadable; `storage_tiers.pictures.outages` stops
    there instead.

    Examples
    --------
    >>> read_picture("no-such-picture.jpg", root="/").status
    <PictureStatus.MISSING: 'missing'>
    >>> read_picture("pictures/1.jpg").reason
    'pictures/1.jpg is a relative path, and no root is given'
    """
    file, row = split_row(uri)
    if row is not None:
        return _read_row(file, row, root, max_bytes)
    found = find_picture(uri, root, max_bytes)
    return found if isinstance(found, PictureFile) else found.read()


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture file that is there and may be read: its place, and its size."""

    place: Place
    n_bytes: int

    def read(self) -> PictureFile:
        """Return the whole file, or a status if it can't be read or is larger than it was when it was found."""
        try:
            with self.place.open() as file:
                content = file.read(self.n_bytes + 1)  # a file of the system has no size, and may have no end
        except READING_ERRORS as error:
            return refused_file(error)
        if len(content) > self.n_bytes:
            reason = f"{self.place.path}: grew over {self.n_bytes:,} bytes while it was read"
            return PictureFile(None, PictureStatus.UNREADABLE, reason)
        return whole_file(content)


def find_picture(address: str, root: Root, max_bytes: int) -> FoundPicture | PictureFile:
    """Look for a picture file, no row, to know its size before it is read; a status if there is nothing to read.

    Examples
    --------
    >>> find_picture("no-such-picture.jpg", "/", 1_000).status
    <PictureStatus.MISSING: 'missing'>
    """
    try:
        place = locate(address, root)
        n_bytes = file_bytes(place, address)
    except READING_ERRORS as error:
        return refused_file(error)
    if isinstance(n_bytes, PictureFile):
        return n_bytes
    if n_bytes > max_bytes:
        reason = f"{address}: {n_bytes:,} bytes; allowed are {max_bytes:,}"
        return PictureFile(None, PictureStatus.TOO_LARGE, reason)
    return FoundPicture(place, n_bytes)


def _read_row(file: str, row: str, root: Root, max_bytes: int) -> PictureFile:
    pack = open_pack(file, root)
    if isinstance(pack, PictureFile):
        return pack
    (found,) = chain.from_iterable(pack.find_rows([row], max_bytes))
    return found if isinstance(found, PictureFile) else found.read()
