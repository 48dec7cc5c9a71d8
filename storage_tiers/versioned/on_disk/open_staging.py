"""The staging folders that this process holds open, so that an interrupted one can take them away before it ends.

An interrupted process doesn't unwind: a thread that removes its staging races with others that still write there, or
move something from there into its place. Two rules keep what is published whole. A move that takes more than one rename
stands in `whole_move`, which the removal waits for. And whatever lies in a staging folder is renamed before it is
removed, so that a later move finds nothing to move, and never half of a folder.
"""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_GONE = ".gone-"
_LOOK_S = 0.02

_open: dict[Path, Path] = {}  # staging folders of this process, each with its lock file
_moving = threading.RLock()


def note_open(folder: Path, lock_path: Path) -> None:
    """Note a staging folder that this process opened."""
    _open[folder] = lock_path


def note_closed(folder: Path) -> None:
    """Forget a staging folder that is removed."""
    _open.pop(folder, None)


@contextmanager
def whole_move() -> Iterator[None]:
    """Keep an interruption waiting while staging is opened, or something is moved out of it by several renames."""
    with _moving:
        yield


def remove_open_staging(within_s: float) -> bool:
    """Remove all staging folders of this process, which is about to end; return whether all are gone.

    No staging can be opened and nothing moved out of one afterwards. What is left after so many seconds, the next run
    removes.
    """
    deadline = time.monotonic() + within_s
    if not _moving.acquire(timeout=within_s):
        return False  # a move that hangs: whoever comes next cleans up, as after a kill
    while _open:  # the lock is never given back: the process ends
        for folder, lock_path in list(_open.items()):
            _hide(folder)
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                lock_path.unlink(missing_ok=True)
                note_closed(folder)
        if _open and time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_S if _open else 0)
    return True


def _hide(folder: Path) -> None:
    """Rename what lies in a staging folder, each entry whole; other threads may be at work in it."""
    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            if not entry.name.startswith(_GONE):
                with suppress(OSError):
                    Path(entry.path).rename(folder / f"{_GONE}{entry.name}")
