"""Small files of ours, read whole: a regular file of bounded size, so that nothing in its place can hang a reader.

Under an output folder lie manifests, pointers, receipts, records and marks. Where somebody put a pipe, a device or a
file without end in the place of one, a plain read would wait for ever, or take all memory. Here that is an `OSError`,
as is any other file that can't be read. What these files hold is short, whatever the size of the datasets.
"""

import errno
import os
import stat

import msgspec

from storage_tiers.stores.address import Root
from storage_tiers.stores.store_path import StorePath

MAX_BYTES = 64 * 2**20  # a manifest of 200,000 parts

# What reading a file of JSON may raise: it can't be read, is no text, is no such JSON, or is nested without end.
UNREADABLE = (OSError, UnicodeDecodeError, msgspec.MsgspecError, RecursionError)


def read_bounded(path: str | Root) -> bytes:
    """Return what a file holds, or an object in a store.

    Raises OSError if it isn't there, can't be read, is no regular file, or is larger than `MAX_BYTES`.
    """
    if isinstance(path, StorePath):
        return path.read_small(MAX_BYTES)
    # Without O_NONBLOCK, opening a pipe waits for somebody who writes to it.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0) as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        if found.st_size > MAX_BYTES:
            raise OSError(errno.EFBIG, f"{found.st_size:,} bytes; allowed are {MAX_BYTES:,}", str(path))
        return file.read(found.st_size + 1)


def read_bounded_text(path: str | Root) -> str:
    """Return the text that a file holds; bytes that are none become U+FFFD.

    Raises OSError as `read_bounded` does.
    """
    return read_bounded(path).decode(errors="replace")


def words_of_unreadable(error: Exception) -> str:
    """Return in a few words why a file couldn't be read.

    Examples
    --------
    >>> words_of_unreadable(OSError(errno.EINVAL, "it is no regular file", "_CURRENT"))
    'it is no regular file'
    """
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
