"""What the raw files of a date are, so that a version can say which ones it was read off.

Every file is read once, on all cores, to digest it. The digest of a table goes over the names and the digests of its
files. It holds no times: files that were copied elsewhere, or written again with the same bytes, are the same input.
Within a process a file is digested again only after its size or one of its times changed, or the e-tag of its object.
Of an object that was fetched, the copy is digested.
"""

import datetime as dt
import errno
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import NamedTuple

from joins.engine.ordered_map import ordered_map
from joins.errors import RawInputError
from storage_tiers.stores.address import Root, root_of
from storage_tiers.stores.listing_cache import cached_listings, forget_listings
from storage_tiers.stores.object_store import StoredObject
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.manifest import RawFile, RawFiles
from storage_tiers.versioned.parts import file_digest
from workflows.origins.differences import changed_file
from workflows.progress import progress_of
from workflows.tasks.base import DiscoveryTask
from workflows.tasks.raw_input.fetched_input import copy_of
from workflows.tasks.raw_input.raw_snapshot import RawSnapshot, SnapshotTarget

_MB = 1_000_000
_MOST_REMEMBERED = 2**20  # files
_MANY_FILES = 16
_NS_A_SECOND = 1_000_000_000


class _Stamp(NamedTuple):
    """The size of a file, and what changes whenever it is written or replaced."""

    n_bytes: int
    modified_ns: int
    state: tuple[int, int] | str  # time of the last change and number on its disk, or the e-tag of an object


_Digested = tuple[_Stamp, str]


def raw_files(task: DiscoveryTask, tables: Iterable[str]) -> tuple[RawFiles, ...]:
    """Return what the files of some raw tables of the task's date are now; a table without files is left out.

    Raises RawInputError if a file can't be read.
    """
    targets = {table: task.sibling(RawSnapshot, table=table).output() for table in tables}
    with cached_listings():
        files = {table: target.files() for table, target in targets.items()}
        stamps = _stamps((targets[table], paths) for table, paths in files.items())
    digests = _digests(task, stamps)
    return tuple(_described(table, targets[table].folder, paths, digests) for table, paths in files.items() if paths)


def sizes_and_seconds(target: SnapshotTarget) -> dict[str, tuple[int, int]]:
    """Return the size of each file of a raw table and the second in which it was written, by name.

    Raises RawInputError if they can't be looked at.
    """
    stamps = _stamps([(target, target.files())])
    return {
        str(path).removeprefix(f"{target.folder}/"): (stamp.n_bytes, stamp.modified_ns // _NS_A_SECOND)
        for path, stamp in stamps.items()
    }


def refuse_changed(task: DiscoveryTask, begun_with: Sequence[RawFiles]) -> None:
    """Refuse to publish if the raw files are no longer those that a task began to read.

    Raises RawInputError, naming the table.
    """
    lies_at = root_of(task.input_root)
    if isinstance(lies_at, StorePath):  # what it listed before isn't what is there now
        forget_listings(lies_at.scheme, lies_at.bucket, lies_at.key)
    now = {files.table: files for files in raw_files(task, [files.table for files in begun_with])}
    for before in begun_with:
        here = now.get(before.table)
        if here != before:
            changed = f"{before} before; {here or 'none'} now{changed_file(before, here)}"
            raise RawInputError(
                f"the files changed while they were read: {changed}",
                where=f"raw {before.table} of date={task.date}",
                remedy="run again when they are complete",
            )


def refuse_other(task: DiscoveryTask, dataset: Dataset) -> None:
    """Refuse to build on what was read off other raw files than are there now; files that are gone are no others.

    Raises RawInputError, naming the table.
    """
    now = {files.table: files for files in raw_files(task, [files.table for files in dataset.manifest.raw_files])}
    for then in dataset.manifest.raw_files:
        here = now.get(then.table, then)
        if here != then:
            raise RawInputError(
                f"it was read off other raw {then.table}: {then} then; {here} now{changed_file(then, here)}",
                where=f"{dataset.name} {dataset.version}",
                remedy=f"put back those files, or build the date anew: interest-graph rebuild --date {task.date}",
            )


def _digests(task: DiscoveryTask, stamps: Mapping[Root, _Stamp]) -> dict[Root, _Digested]:
    """Digest files on all cores; returned are the stamp and the digest of each."""
    n_bytes = sum(stamp.n_bytes for stamp in stamps.values())
    digests: dict[Root, _Digested] = {}
    try:
        if n_bytes < _MB and len(stamps) < _MANY_FILES:  # threads would take longer to start
            return {path: (stamp, _remembered_digest(path, stamp)) for path, stamp in stamps.items()}
        with (
            ThreadPoolExecutor(task.n_cores) as pool,
            progress_of(task, "digesting raw input", max(1, n_bytes // _MB), "MB") as progress,
        ):
            made = ordered_map(_stamped_digest, stamps.items(), pool, task.n_cores)
            n_done = 0
            for (path, stamp), digest in zip(stamps.items(), made, strict=True):
                digests[path] = (stamp, digest)
                n_done += stamp.n_bytes
                progress(n_done // _MB)
    except OSError as error:
        raise _unreadable(error) from error
    return digests


def _unreadable(error: OSError) -> RawInputError:
    where, why = str(error.filename or error), error.strerror or "it is gone"
    return RawInputError(f"it can't be read ({why})", where=where, remedy="mend or remove that file")


def _stamped_digest(file: tuple[Root, _Stamp]) -> str:
    return _remembered_digest(*file)


@lru_cache(maxsize=_MOST_REMEMBERED)
def _remembered_digest(path: Root, stamp: _Stamp) -> str:
    fetched = copy_of(path, str(stamp.state)) if isinstance(path, StorePath) else None
    return file_digest(fetched or path)


def _stamps(tables: Iterable[tuple[SnapshotTarget, Sequence[Root]]]) -> dict[Root, _Stamp]:
    """Return the size of each file and what changes whenever it is written or replaced."""
    stamps: dict[Root, _Stamp] = {}
    try:
        for target, paths in tables:
            objects = target.objects()
            stamps |= {path: _stamp(path, objects) for path in paths}
    except OSError as error:
        raise _unreadable(error) from error
    return stamps


def _stamp(path: Root, objects: Mapping[Root, StoredObject]) -> _Stamp:
    """Return the stamp of a file, or of one of the objects that a store has."""
    if not isinstance(path, StorePath):
        found = path.stat()
        return _Stamp(found.st_size, found.st_mtime_ns, (found.st_ctime_ns, found.st_ino))
    if path not in objects:
        raise FileNotFoundError(errno.ENOENT, "it is gone", str(path))
    stored = objects[path]
    return _Stamp(stored.n_bytes, int(stored.changed_at.timestamp()) * _NS_A_SECOND, stored.e_tag)


def _described(table: str, folder: Root, files: Sequence[Root], digests: Mapping[Root, _Digested]) -> RawFiles:
    combined = hashlib.blake2b(digest_size=32)
    described = []
    for name, path in sorted((str(path).removeprefix(f"{folder}/"), path) for path in files):
        stamp, digest = digests[path]
        combined.update(f"{name}\0{digest}\n".encode("utf-8", "surrogateescape"))
        written = dt.datetime.fromtimestamp(stamp.modified_ns // _NS_A_SECOND, dt.UTC)
        described.append(RawFile(_as_text(name), stamp.n_bytes, written, digest))
    return RawFiles(table, len(files), sum(one.n_bytes for one in described), combined.hexdigest(), tuple(described))


def _as_text(name: str) -> str:
    """Return a name of a file as JSON can have it: bytes that are no text are written out."""
    return os.fsencode(name).decode(errors="backslashreplace")
