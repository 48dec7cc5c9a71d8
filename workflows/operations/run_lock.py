"""One run a date: whoever comes second is told who is at work.

The lock is a file below ``<output>/_runs``, held by ``flock``: the system frees it when its holder ends, however that
happens, so nobody ever removes one. What it holds (process, host, since when, command) is for the one who waits.
Other dates have other locks. On NFS the lock holds between machines from NFS 4 on, or with ``lockd``; a file system
without any locks is an error of the system's words. Of an output in a store the file lies in the work folder of this
machine: another machine isn't kept from the same date. It does the same work, and one of both publishes it.

A process may take the lock of a date again while it holds it: ``daily`` does, before it waits and again to build.
"""

import datetime as dt
import fcntl
import os
import shlex
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

import msgspec

from joins.errors import DiscoveryError
from storage_tiers.bounded_files import UNREADABLE, read_bounded
from storage_tiers.stores.address import Root
from storage_tiers.stores.local_home import local_home
from storage_tiers.versioned.dated_folders import date_named

RUNS_FOLDER: Final = "_runs"
_LOCK_NAME = ".lock"

_held: Counter[Path] = Counter()  # by this process
_counting = Lock()
_asked_by: list[str] = []  # who started this process, where that was a command of ours


class AlreadyRunningError(DiscoveryError, RuntimeError):
    """Another process works on the same date under the same output folder."""


def runs_folder(output: Root, date: dt.date) -> Path:
    """Return the folder where the runs of a date leave their lock, logs and summaries."""
    return local_home(output) / RUNS_FOLDER / f"date={date.isoformat()}"


def _real(output: Root) -> Path:
    """Return the folder itself, whatever links lead to it; a loop of links stays as it is, for others to refuse."""
    return Path(os.path.realpath(local_home(output)))


@contextmanager
def day_locked(output: Root, date: dt.date) -> Iterator[None]:
    """Hold a date under an output folder for the block.

    Raises AlreadyRunningError, naming the holder, if another process holds it.
    """
    path = runs_folder(_real(output), date) / _LOCK_NAME
    with _counting:
        lock = None if _held[path] else _take(path, date)
        _held[path] += 1
    try:
        yield
    finally:
        with _counting:
            _held[path] -= 1
        if lock is not None:
            os.close(lock)


def holder_of(output: Root, date: dt.date) -> str:
    """Say which other process works on a date; empty where none does. Nothing is written."""
    path = runs_folder(_real(output), date) / _LOCK_NAME
    if _held[path] or not path.is_file():
        return ""
    with path.open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _holder(path)
    return ""


def held_dates(output: Root) -> list[dt.date]:
    """Return the dates under an output folder that other processes work on at this moment, oldest first."""
    folders = (local_home(output) / RUNS_FOLDER).glob("date=*/")
    dates = sorted(filter(None, (date_named(folder.name) for folder in folders)))
    return [date for date in dates if holder_of(output, date)]


def refuse_held(output: Root, date: dt.date) -> None:
    """Refuse a date that another process works on, without taking it.

    Raises AlreadyRunningError, naming the holder.
    """
    holder = holder_of(output, date)
    if holder:
        raise _already_running(_real(output), date, holder)


def _already_running(output: Root, date: dt.date, holder: str) -> AlreadyRunningError:
    return AlreadyRunningError(
        f"it is being worked on by {holder}",
        where=f"date={date.isoformat()} of {output}",
        remedy="wait until it ends, or end it; nothing was begun",
    )


def works_for(whom: str) -> None:
    """Have others told that this process works for another command, as a date of a backfill does."""
    _asked_by[:] = [whom]


def _take(path: Path, date: dt.date) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():
        raise DiscoveryError("it is no regular file, and no lock", where=str(path), remedy="move it away")
    lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock, 0)
        os.write(lock, msgspec.json.encode(_ourselves()))
    except BlockingIOError:
        os.close(lock)
        raise _already_running(path.parents[2], date, _holder(path)) from None
    except OSError:
        os.close(lock)
        raise
    return lock


def _ourselves() -> dict[str, object]:
    name = "interest-graph" if _asked_by else Path(sys.argv[0]).name
    command = ", for ".join([shlex.join([name, *sys.argv[1:]]), *_asked_by])
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S} UTC",
        "command": command,
    }


def _holder(path: Path) -> str:
    """Say who holds a lock; the holder writes that right after it has taken it."""
    try:
        said = msgspec.json.decode(read_bounded(path), type=dict[str, str | int])
        return f"process {said['pid']} on {said['host']} since {said['since']}: {said['command']}"
    except (*UNREADABLE, KeyError):
        return "another process, which has just begun"
