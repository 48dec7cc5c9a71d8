"""Opening LMDB environments for reading: one per file and process, shared by all who ask for it.

LMDB refuses to open a file twice in one process; two readers of one version in one service are nothing unusual.
Read-ahead is off, which keeps reads of cold pages near 0.2 ms; no lock file, as a version never changes. Its file is
leased while it is open, so that no clean removes what is being read.
A process that was forked must not use what its parent opened: there the first look opens the file again.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakSet

import lmdb

from storage_tiers.errors import DatasetError
from storage_tiers.guards.leases import take_lease
from storage_tiers.random_access.keys import MAX_KEY_BYTES

DATA_NAME = "data.mdb"


@dataclass(slots=True)
class _Shared:
    environment: lmdb.Environment
    lease: int  # that keeps the file from being removed, see `storage_tiers.guards.leases`
    n_users: int = 0

    def close(self) -> None:
        self.environment.close()
        os.close(self.lease)


_guard = threading.RLock()  # one that is collected closes itself, perhaps while another is opened
_open: dict[tuple[int, int], _Shared] = {}
_in_use: WeakSet["SharedEnvironment"] = WeakSet()


class SharedEnvironment:
    """A read-only environment of a folder; closed when the last of its users in this process closes it or is gone."""

    _begin: Callable[..., AbstractContextManager[Any]]

    def __init__(self, folder: Path) -> None:
        self._is_open = False
        self._folder = folder
        self._file = _file_in(folder)
        self._use()
        _in_use.add(self)

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, a copy that outlives the environment; None if the key isn't there."""
        if not 0 < len(key) <= MAX_KEY_BYTES:  # LMDB holds no such key, and refuses to look for it
            return None
        with self._begin() as transaction:
            value: bytes | None = transaction.get(key)
            return value

    def begin(self, *, buffers: bool = False) -> AbstractContextManager[Any]:
        """Begin one read transaction, for whoever looks for many keys; it refuses those that LMDB can't hold.

        With `buffers` values are views of the file, no copies, and are used before the transaction ends.
        """
        return self._begin(buffers=buffers)

    def close(self) -> None:
        """Give the environment back; closing twice is harmless."""
        with _guard:
            if not self._is_open:
                return
            self._is_open = False
            shared = _open[self._file]
            shared.n_users -= 1
            if not shared.n_users:
                del _open[self._file]
                shared.close()

    def __del__(self) -> None:
        self.close()

    def leave_to_parent(self) -> None:
        """Forget what the parent process opened; the next look opens the file for this one."""
        if self._is_open:
            self._is_open = False
            self._begin = self._begin_anew

    def _use(self) -> None:
        with _guard:
            if self._file not in _open:
                _open[self._file] = _opened(self._folder)
            shared = _open[self._file]
            shared.n_users += 1
            self._is_open = True
        self._begin = shared.environment.begin
        self.n_entries = shared.environment.stat()["entries"]

    @contextmanager
    def _begin_anew(self, *, buffers: bool = False) -> Iterator[Any]:
        try:
            is_same = _file_in(self._folder) == self._file
        except FileNotFoundError:
            is_same = False
        if not is_same:
            problem = "it was opened before this process was forked, and has been replaced or dropped since"
            raise DatasetError(problem, where=str(self._folder), remedy="open a reader after the fork")
        self._use()
        with self._begin(buffers=buffers) as transaction:
            yield transaction


def _opened(folder: Path) -> _Shared:
    lease = take_lease(folder / DATA_NAME)
    try:
        environment = lmdb.open(str(folder), readonly=True, lock=False, readahead=False, create=False)
    except BaseException:
        os.close(lease)
        raise
    return _Shared(environment, lease)


def _file_in(folder: Path) -> tuple[int, int]:
    status = (folder / DATA_NAME).stat()
    return status.st_dev, status.st_ino


def _leave_all_to_parent() -> None:
    global _guard  # noqa: PLW0603 - a thread of the parent may have held it at the fork, and isn't here to let go
    _guard = threading.RLock()
    for environment in list(_in_use):
        environment.leave_to_parent()
    for shared in _open.values():  # this process' copies: the lease stays with the parent, and LMDB opens no file twice
        os.close(shared.lease)
        shared.environment.close()
    _open.clear()


os.register_at_fork(after_in_child=_leave_all_to_parent)
