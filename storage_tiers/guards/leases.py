"""Who reads a file at this moment: a reader holds a lease on it, and whoever removes old versions leaves it alone.

A lease is a shared ``flock`` on the file itself, so that nothing is written for it, a reader needs no right to write,
and the system frees it when its holder ends, however that happens. A version that is dropped under an open reader does
that reader no harm, as what it has open stays; but it could not open the version again. Between machines a lease holds
on NFS 4; on a file system without locks, and for processes that open the files by other means than ours, there is none.
A store has no locks: of a version there, the lease is held on an empty file in the local folder of the output, so that
a clean on the same machine sees it, and one on another machine doesn't.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from storage_tiers.stores.address import on_disk
from storage_tiers.stores.local_home import local_home
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.versions import VersionPlace

_LEASES_FOLDER = "_leases"  # in the local folder of an output in a store


def take_lease(path: Path) -> int:
    """Take a lease on a file and return the descriptor that holds it, to be closed at the end.

    Whoever removes the file is waited for, which takes a rename.

    Raises FileNotFoundError if it isn't there, or isn't any more.
    """
    while True:
        lease = os.open(path, os.O_RDONLY)
        try:
            with suppress(OSError):  # without locks there are no leases
                fcntl.flock(lease, fcntl.LOCK_SH)
            is_still_there = os.path.samestat(os.fstat(lease), path.stat())
        except BaseException:
            os.close(lease)
            raise
        if is_still_there:
            return lease
        os.close(lease)  # it was replaced while it was waited for


@contextmanager
def leased(path: Path) -> Iterator[None]:
    """Hold a lease on a file for the block; FileNotFoundError if it isn't there."""
    lease = take_lease(path)
    try:
        yield
    finally:
        os.close(lease)


@contextmanager
def version_leased(place: VersionPlace) -> Iterator[None]:
    """Hold a lease on a published version for the block; FileNotFoundError if its manifest isn't there."""
    path = _lease_file(place)
    if isinstance(place.root, StorePath):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    with leased(path):
        yield


def is_version_leased(place: VersionPlace) -> bool:
    """Return whether anybody on this machine holds a lease on a published version."""
    return is_leased(_lease_file(place))


@contextmanager
def unless_leased(path: Path) -> Iterator[bool]:
    """Keep readers from beginning for the block, and say whether nobody reads; a file that isn't there nobody reads."""
    try:
        lock = os.open(path, os.O_RDONLY)
    except OSError:
        yield True
        return
    try:
        yield _is_taken(lock)
    finally:
        os.close(lock)


def is_leased(path: Path) -> bool:
    """Return whether anybody holds a lease on a file."""
    with unless_leased(path) as is_free:
        return not is_free


def _lease_file(place: VersionPlace) -> Path:
    """Return what a lease on a version is held on: its manifest, or a local file where that is in a store."""
    if isinstance(place.root, StorePath):
        return local_home(place.root) / _LEASES_FOLDER / place.dataset / place.variant / place.version.folder
    return on_disk(place.found_manifest)


def _is_taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # without locks there are no leases
        return True
    return True
