"""What a machine can lack in the midst of the work, as one line that says what to do: room, memory, leave to write.

Libraries say it in many ways: an error of the system with its number, with the number in its text alone, or a text of
their own. Whoever tells of an error asks here first; what is no shortage stays what it is.
"""

import errno
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from joins.errors import DiscoveryError
from storage_tiers.stores.address import root_of
from storage_tiers.stores.local_home import local_home

_NUMBER_IN_TEXT = re.compile(r"\[?errno:? (\d+)\]?", re.IGNORECASE)
_TEXTS = {
    errno.ENOSPC: ("no space left on device", "mdb_map_full", "disk is full"),
    errno.EROFS: ("read-only file system",),
    errno.EDQUOT: ("disk quota exceeded",),
    errno.ENOMEM: (
        "cannot allocate memory",
        "unable to allocate",
        "malloc of size",
        "out of memory",
        "bad_alloc",
        "bad allocation",
        "can't start new thread",
        "failed to launch worker thread",
        "failed to map segment",
    ),
    errno.EMFILE: ("too many open files",),
}
_MEMORY_ERRORS = ("MemoryError", "OutOfMemoryException", "ArrowMemoryError")


class ShortageError(DiscoveryError):
    """The machine lacked something: room on a disk, memory, leave to write."""


@contextmanager
def shortages_told(*folders: str | Path) -> Iterator[None]:
    """Raise a ShortageError for whatever in the block comes of one; `folders` are where its work is done."""
    try:
        yield
    except Exception as error:
        shortage = shortage_in_words(error, folders)
        if shortage is None:
            raise
        raise ShortageError(shortage) from error


def shortage_in_words(error: BaseException, folders: Sequence[str | Path] = ()) -> str | None:
    """Return what the machine lacked, where, and what to do; None for any other error.

    Parameters
    ----------
    error
        What was raised; what it was raised from is looked at as well.
    folders
        Where the work was done, for errors that name no file.

    Examples
    --------
    >>> shortage_in_words(OSError(errno.EMFILE, "Too many open files"))
    "too many files are open; raise the limit ('ulimit -n') and run again"
    >>> shortage_in_words(ValueError("no such column"))
    """
    number = _number_of(error)
    while number is None and (error.__cause__ or error.__context__):
        error = error.__cause__ or error.__context__  # type: ignore[assignment]  # one of them is there
        number = _number_of(error)
    match number:
        case errno.ENOSPC:
            where = _fullest(_places_of(error, folders))
            return f"no space left on {where}; make room there and run again: it goes on from here"
        case errno.EDQUOT:
            where = _first(_places_of(error, folders))
            return f"the disk quota for {where} is used up; make room there and run again: it goes on from here"
        case errno.EROFS:
            where = _first(_places_of(error, folders))
            return (
                f"{where} can't be written to, on a read-only file system; mount it for writing, or name another folder"
            )
        case errno.ENOMEM:
            return (
                "there is too little memory for it; give it more, or let it work on fewer cores (--cores 1) and on "
                "smaller pieces (memory_mb), and run again: it goes on from here"
            )
        case errno.EMFILE | errno.ENFILE:
            return "too many files are open; raise the limit ('ulimit -n') and run again"
    return None


def _number_of(error: BaseException) -> int | None:
    """Return the number of the shortage that an error stands for."""
    known = {*_TEXTS, errno.ENFILE}
    if isinstance(error, OSError) and error.errno in known:
        return error.errno
    if type(error).__name__ in _MEMORY_ERRORS or isinstance(error, MemoryError):
        return errno.ENOMEM
    said = str(error).lower()
    found = _NUMBER_IN_TEXT.search(said)
    if found and int(found[1]) in known:
        return int(found[1])
    return next((number for number, texts in _TEXTS.items() if any(text in said for text in texts)), None)


def _places_of(error: BaseException, folders: Sequence[str | Path]) -> list[Path]:
    named = [error.filename] if isinstance(error, OSError) and isinstance(error.filename, str) else []
    places = [*named, *folders, *([tempfile.gettempdir()] if named or folders else [])]
    return [local_home(root_of(place)) for place in places]


def _first(places: Sequence[Path]) -> str:
    return str(places[0]) if places else "it"


def _fullest(places: Sequence[Path]) -> str:
    """Name the disk that has the least room, of the first of equal places; that of the work where none is known."""
    return f"the disk of {min(places, key=_free_bytes)}" if places else "the disk"


def _free_bytes(place: Path) -> int:
    there = next((path for path in (place, *place.absolute().parents) if path.exists()), Path("/"))
    found = os.statvfs(there)
    return found.f_bavail * found.f_frsize
