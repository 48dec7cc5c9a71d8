"""What reading the file of one picture ends as: its bytes, or a status that says why there are none.

A picture that cannot be read is a fact about one pin, so nothing that reads pictures raises for one.
"""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from storage_tiers.pictures.roots import OutsideRootsError

MAX_PICTURE_BYTES = 64 * 1024 * 1024
# pyarrow's own errors of URIs and files are among them; ImportError where the library of a store isn't installed
READING_ERRORS = (OSError, ValueError, NotImplementedError, ImportError)

_DIGEST_BYTES = 16


class PictureStatus(StrEnum):
    """How reading the file of a picture ended."""

    READ = "read"  # the bytes are there; they may be none
    MISSING = "missing"  # the store is there, the file (or the row, or its bytes) is not
    NOT_A_FILE = "not_a_file"  # a folder, a pipe, a device
    TOO_LARGE = "too_large"  # more bytes than allowed; not read
    OUTSIDE_ROOTS = "outside_picture_roots"  # where pictures of strangers may not be read from; not looked at
    UNKNOWN_ADDRESS = "unknown_address"  # no path and no URI of a store that can be reached from here
    UNREADABLE = "unreadable"  # the store refused or broke off, or the pack is none; the reason says how


@dataclass(frozen=True, slots=True)
class PictureFile:
    """The bytes of one picture file, or why there are none.

    ``content`` is the whole file and ``digest`` its BLAKE2b-128 in hex, both None unless it was read; then ``reason``
    is None, else what the store said, for people. The digest follows from the content, so files are compared without
    it.
    """

    content: bytes | None
    status: PictureStatus
    reason: str | None = None
    digest: str | None = field(default=None, compare=False)


def whole_file(content: bytes) -> PictureFile:
    """Return a file that was read, with its digest: a millisecond a MB, in which hashlib lets go of Python's lock.

    Examples
    --------
    >>> whole_file(b"").digest
    'cae66941d9efbd404e4d88758ea67670'
    """
    digest = hashlib.blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()
    return PictureFile(content, PictureStatus.READ, digest=digest)


def refused_file(error: Exception) -> PictureFile:
    """Return the status that one of ``READING_ERRORS`` stands for, with its message as the reason.

    Examples
    --------
    >>> refused_file(PermissionError("1.jpg: no")).status
    <PictureStatus.UNREADABLE: 'unreadable'>
    """
    match error:
        case OutsideRootsError():
            return PictureFile(None, PictureStatus.OUTSIDE_ROOTS, str(error))
        case FileNotFoundError():
            return PictureFile(None, PictureStatus.MISSING, str(error))
        case OSError():
            return PictureFile(None, PictureStatus.UNREADABLE, str(error))
        case _:
            return PictureFile(None, PictureStatus.UNKNOWN_ADDRESS, str(error))
