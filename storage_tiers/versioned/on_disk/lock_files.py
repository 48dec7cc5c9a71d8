"""Locks of this machine, held on files of their own: the system frees one when its holder ends, however it does."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file for the block; the system frees it when its holder dies."""
    lock = take_lock(path, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(lock)


def wait_for_holder(path: Path) -> None:
    """Wait until nobody holds a lock file that is there and can be opened; nothing is written."""
    with suppress(OSError):
        lock = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH)
        finally:
            os.close(lock)


def is_held(path: Path) -> bool:
    """Return whether somebody holds a lock file; nobody holds one that isn't there."""
    try:
        lock = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def take_lock(path: Path, how: int) -> int:
    """Take the lock of a file, in a folder that is made where it isn't there, and return the descriptor that holds it.

    A file that was removed while it was waited for is nobody's lock any more: then it is taken anew.
    """
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
        except FileNotFoundError:  # the folder was removed meanwhile
            continue
        try:
            fcntl.flock(lock, how)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(lock), path.stat()):
                    return lock
        except OSError:
            os.close(lock)
            raise
        os.close(lock)
