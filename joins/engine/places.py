"""Where tasks leave tables for each other: a folder that all of them see, or a place in a store.

A table in a store is fetched once a machine, or once an executor of Spark, and mapped into memory from there, as one in
a folder is. What was fetched for a step is removed when the next one begins, and all of it when the work ends.
"""

import fcntl
import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Protocol

import pyarrow as pa

_LOCAL_DISKS = ("SPARK_LOCAL_DIRS", "LOCAL_DIRS")  # what Spark and YARN give their tasks, and empty when they end
_FETCHED = "interest-graph-fetched"


class StoredTable(Protocol):
    """What a store says of an object."""

    @property
    def n_bytes(self) -> int:
        """Its size."""


class StoredPlace(Protocol):
    """A place in a store, as far as tables need it; `storage_tiers.stores.store_path` has it whole."""

    @property
    def name(self) -> str:
        """The last part of its address."""

    def __hash__(self) -> int:
        """Return the same number for the same address."""

    def __truediv__(self, name: str) -> "StoredPlace":
        """Return what lies below it under a name."""

    def put_file(self, path: Path) -> None:
        """Put what a local file holds."""

    def fetch_file(self, path: Path) -> None:
        """Write what it holds to a local file."""

    def unlink(self, *, missing_ok: bool = False) -> None:
        """Delete it."""

    def iterdir(self) -> Iterator["StoredPlace"]:
        """Yield what lies directly below it."""

    def read_text(self) -> str:
        """Return the text that it holds."""

    def write_text(self, text: str) -> None:
        """Put a text."""

    def described(self) -> StoredTable | None:
        """Return what its store says of it; None if there is none."""


Place = Path | StoredPlace


def make_folder(place: Place) -> None:
    """Make a folder for tables, in one that is there; a store needs none.

    It is for the process that runs the steps, before a task puts anything: `put_table` makes no folder.
    """
    if isinstance(place, Path):
        place.mkdir(exist_ok=True)


def put_table(table: pa.Table, place: Place) -> None:
    """Write a table whole, an Arrow IPC file, where every task can map it into memory.

    It is seen under its name from the moment when it is whole, so tasks that run twice change nothing. In a folder the
    process' umask says who may read it: tasks may be another user's.

    Raises FileNotFoundError if the folder is not there: it was removed under a task that still went on, when a signal
    ended the run, and nobody would remove it a second time.
    """
    if isinstance(place, Path):
        unfinished = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
        _write(table, unfinished)
        unfinished.replace(place)
        return
    with tempfile.TemporaryDirectory(prefix="interest-graph-") as folder:
        local = Path(folder) / "table.arrow"
        _write(table, local)
        place.put_file(local)


def mapped_table(place: Place) -> pa.Table:
    """Return a table that `put_table` wrote, mapped into memory."""
    return pa.ipc.open_file(pa.memory_map(str(_on_this_machine(place)))).read_all()


@contextmanager
def fetched_into(folder: Path) -> Iterator[None]:
    """Let this process put what it fetches within the block into a folder, with which that is removed."""
    _given.append(folder)
    try:
        yield
    finally:
        _given.remove(folder)


def table_bytes(place: Place) -> int:
    """Return the size of the file of a table; 0 if it isn't there."""
    if isinstance(place, Path):
        return place.stat().st_size if place.is_file() else 0
    described = place.described()
    return described.n_bytes if described else 0


def forget_fetched(step: str = "") -> None:
    """Remove what was fetched for other steps; tables that are mapped still can be read."""
    for folder in _fetched_folder().iterdir():
        if folder.name != step:
            shutil.rmtree(folder, ignore_errors=True)
    _step[:] = [step]


_step = [""]  # that the tasks of this process work on
_given: list[Path] = []  # folders for what is fetched, the last one in force


def _write(table: pa.Table, path: Path) -> None:
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table.combine_chunks())


def _on_this_machine(place: Place) -> Path:
    """Return where a table lies on this machine; the first process that needs it fetches it, and others wait."""
    if isinstance(place, Path):
        return place
    name = hashlib.blake2b(str(place).encode(), digest_size=12).hexdigest()
    folder = _fetched_folder() / (_step[0] or "tables")
    folder.mkdir(exist_ok=True)
    fetched = folder / f"{name}.arrow"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # between processes of this machine, on its own disk
        if not fetched.exists():
            unfinished = folder / f"{name}.unfinished"
            place.fetch_file(unfinished)
            unfinished.replace(fetched)
    return fetched


def _fetched_folder() -> Path:
    """Return the folder for fetched tables: a given one, one on the disk that a cluster gives its tasks, or its own."""
    if _given:
        return _given[-1]
    given = next((os.environ[name].split(",")[0] for name in _LOCAL_DISKS if os.environ.get(name)), "")
    if given:
        folder = Path(given) / _FETCHED
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        return folder
    return Path(_own_folder(os.getpid()).name)


@cache
def _own_folder(_process: int) -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="interest-graph-", ignore_cleanup_errors=True)
