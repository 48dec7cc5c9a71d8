"""Folders for what queries put aside, below that of the system for temporary files; a killed process's are removed.

A folder has a lock file that its process holds, and that the system frees however the process ends. So a lock that can
be taken is nobody's, and its folder is forgotten. Process ids would not do: two containers may share the folder.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from storage_tiers.versioned.on_disk.open_staging import note_closed, note_open

QUERY_PREFIX, ASIDE_PREFIX = "interest-graph-query-", "interest-graph-sql-"

_LOCK, _UNHELD = "lock", ".lock"
_DAY_S = 86_400  # after which a folder without a lock file is forgotten: it was killed while it was made

_held: dict[Path, int] = {}


def made_folder(prefix: str) -> Path:
    """Make a folder of this process; an interrupted process removes it, too."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    note_open(folder, folder / _LOCK)
    lock = os.open(folder / _UNHELD, os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    (folder / _UNHELD).rename(folder / _LOCK)  # whoever sees it finds it held
    _held[folder] = lock
    return folder


def remove_folder(folder: Path) -> None:
    """Remove a folder of this process."""
    shutil.rmtree(folder, ignore_errors=True)
    note_closed(folder)
    lock = _held.pop(folder, None)
    if lock is not None:
        os.close(lock)


@contextmanager
def folder_aside() -> Iterator[str]:
    """Give the name of a folder that DuckDB makes when it needs it, and that is gone at the end."""
    home = made_folder(ASIDE_PREFIX)
    try:
        yield str(home / "aside")
    finally:
        remove_folder(home)


def remove_forgotten() -> None:
    """Remove the folders of this user whose processes were killed; those of others, and links, stay."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as found:
        for entry in found:
            if entry.name.startswith((QUERY_PREFIX, ASIDE_PREFIX)) and entry.is_dir(follow_symlinks=False):
                with suppress(OSError):  # it is gone meanwhile, or can't be removed: it harms nobody
                    _remove_if_forgotten(Path(entry.path), entry.stat(follow_symlinks=False))


def _remove_if_forgotten(folder: Path, seen: os.stat_result) -> None:
    if seen.st_uid != os.geteuid():
        return
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        if time.time() - seen.st_mtime > _DAY_S:
            shutil.rmtree(folder, ignore_errors=True)
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # somebody holds it
    else:
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)
