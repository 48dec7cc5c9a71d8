"""Reads the file of one picture from wherever a pin says it lies: a path, a ``file://`` URI or an object store.

A picture that cannot be read is a fact about one pin, so it ends as a status. What the bytes show is not looked at.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from pyarrow import fs

MAX_PICTURE_BYTES = 64 * 1024 * 1024

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


class PictureStatus(StrEnum):
    """How reading the file of a picture ended."""

    READ = "read"  # the bytes are there; they may be none
    MISSING = "missing"  # the store is there, the file is not
    NOT_A_FILE = "not_a_file"  # a folder, a pipe, a device
    TOO_LARGE = "too_large"  # more bytes than allowed; not read
    UNKNOWN_ADDRESS = "unknown_address"  # no path and no URI of a store that can be reached from here
    UNREADABLE = "unreadable"  # the store refused or broke off; the reason says how


@dataclass(frozen=True, slots=True)
class PictureFile:
    """The bytes of one picture file, or why there are none.

    Attributes
    ----------
    content
        The whole file; None unless the status is read.
    status
        How reading ended.
    reason
        What the store said, for people; None when the status is read.
    """

    content: bytes | None
    status: PictureStatus
    reason: str | None = None


def read_picture(uri: str, root: str | Path | None = None, *, max_bytes: int = MAX_PICTURE_BYTES) -> PictureFile:
    """Return the bytes of a picture file.

    Parameters
    ----------
    uri
        A path, absolute or relative to `root`; or a URI whose special characters are percent-encoded:
        ``file:///pictures/1.jpg``, ``s3://bucket/1.jpg?region=eu-west-1``, or any other store that
        ``pyarrow.fs.FileSystem.from_uri`` knows.
    root
        Folder that relative paths start from: a path, or a URI of a folder in a store.
    max_bytes
        Larger files are not read.

    Returns
    -------
    PictureFile
        For any text whatever: what cannot be read ends as a status, never as an exception.

    Notes
    -----
    Connections to stores are kept for the next picture. A store that is down makes every picture of it
    unreadable, so a caller should stop when the share of them is not small.

    Examples
    --------
    >>> read_picture("no-such-picture.jpg", root="/").status
    <PictureStatus.MISSING: 'missing'>
    >>> read_picture("pictures/1.jpg").reason
    'pictures/1.jpg is a relative path, and no root is given'
    """
    try:
        store, path = _locate(uri, root)
        return _read(store, path, uri, max_bytes)
    except FileNotFoundError as error:
        return PictureFile(None, PictureStatus.MISSING, str(error))
    except OSError as error:
        return PictureFile(None, PictureStatus.UNREADABLE, str(error))
    except (ValueError, NotImplementedError) as error:  # pyarrow's own errors of a URI are among them
        return PictureFile(None, PictureStatus.UNKNOWN_ADDRESS, str(error))


def _read(store: fs.FileSystem, path: str, uri: str, max_bytes: int) -> PictureFile:
    found = store.get_file_info(path)
    if found.type == fs.FileType.NotFound:
        return PictureFile(None, PictureStatus.MISSING, f"{uri}: no such file")
    if found.type != fs.FileType.File:
        return PictureFile(None, PictureStatus.NOT_A_FILE, f"{uri}: is no regular file ({found.type.name})")
    if found.size > max_bytes:
        reason = f"{uri}: {found.size:,} bytes; allowed are {max_bytes:,}"
        return PictureFile(None, PictureStatus.TOO_LARGE, reason)
    with store.open_input_file(path) as file:
        return PictureFile(file.read(), PictureStatus.READ)


def _locate(uri: str, root: str | Path | None) -> tuple[fs.FileSystem, str]:
    """Return the store that holds a picture, and the path of the picture in it."""
    if not _URI.match(uri):
        if Path(uri).is_absolute():
            return fs.LocalFileSystem(), uri
        if root is None:
            msg = f"{uri} is a relative path, and no root is given"
            raise ValueError(msg)
        if isinstance(root, Path) or not _URI.match(root):
            return fs.LocalFileSystem(), str(Path(root) / uri)
        folder = urlsplit(root)
        uri = folder._replace(path=f"{folder.path.rstrip('/')}/{quote(uri)}").geturl()
    address = urlsplit(uri)
    store, top = _store(address.scheme, address.netloc, address.query)
    return store, top + unquote(address.path).lstrip("/")


@lru_cache(maxsize=32)  # a new client of an object store costs a round trip or more
def _store(scheme: str, authority: str, query: str) -> tuple[fs.FileSystem, str]:
    """Return a store, and what the paths in it begin with: a bucket, a slash, or nothing."""
    store, top = fs.FileSystem.from_uri(f"{scheme}://{authority}/" + (f"?{query}" if query else ""))
    return store, top if top in ("", "/") else top + "/"
