"""Opening LMDB environments for reading: one per file and process, shared by all who ask for it.

LMDB refuses to open a file twice in one process; two readers of one version in one service are nothing unusual.
Read-ahead is off, which keeps reads of cold pages near 0.2 ms; no lock file, as a version never changes.
A forked child must open its own.
"""

import threading
from dataclasses import dataclass
from pathlib import Path

import lmdb

from storage_tiers.random_access.keys import MAX_KEY_BYTES

DATA_NAME = "data.mdb"


@dataclass(slots=True)
class _Shared:
    environment: lmdb.Environment
    n_users: int = 0


_guard = threading.Lock()
_open: dict[tuple[int, int], _Shared] = {}


class SharedEnvironment:
    """A read-only environment of a folder; closed when the last of its users in this process closes it."""

    def __init__(self, folder: Path) -> None:
        status = (folder / DATA_NAME).stat()
        self._file = (status.st_dev, status.st_ino)
        with _guard:
            if self._file not in _open:
                _open[self._file] = _Shared(
                    lmdb.open(str(folder), readonly=True, lock=False, readahead=False, create=False)
                )
            shared = _open[self._file]
            shared.n_users += 1
        self._begin = shared.environment.begin
        self.n_entries = shared.environment.stat()["entries"]
        self._is_open = True

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, a copy that outlives the environment; None if the key isn't there."""
        if not 0 < len(key) <= MAX_KEY_BYTES:  # LMDB holds no such key, and refuses to look for it
            return None
        with self._begin() as transaction:
            return transaction.get(key)

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
                shared.environment.close()
