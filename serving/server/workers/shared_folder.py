"""The folder that all processes of a service share, for what they counted and for limits of callers.

The parent makes it, and removes it at the end. Where the parent was killed, its processes end one after the other, and
the last of them removes it. Each has a shared lock on it, which the system takes back however a process ends; who gets
the lock alone is the last.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from serving.server.guards.rate_limits import make_table

RATES = "rates"  # the table of the limits of callers, in the folder


@contextmanager
def made_folder() -> Iterator[Path]:
    """Make the folder for a block, with what all processes take for granted there, and give it; the parent's."""
    folder = Path(tempfile.mkdtemp(prefix="interest-graph-serve-"))
    try:
        make_table(folder / RATES)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class SharedFolder:
    """The folder, as one process has it.

    Parameters
    ----------
    path
        Where it is.

    Raises
    ------
    EOFError
        If it is gone, as the parent and all other processes are.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise EOFError from None
        fcntl.flock(self._lock, fcntl.LOCK_SH)  # it waits for whoever removes it
        if not path.exists():
            raise EOFError

    def remove_by_last(self) -> None:
        """Remove it if no other process has it."""
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the shared one is lost where this can't be had
        except BlockingIOError:
            return
        shutil.rmtree(self.path, ignore_errors=True)
