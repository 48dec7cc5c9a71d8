"""What the raw files of a date are, so that a version can say which ones it was read off.

Every file is read once, on all cores, to digest it; the digest of a table goes over the name and the digest of each of
its files. No time of a file is in it: the same files copied elsewhere, or written again with the same bytes, are the
same input. Within a process a file is digested anew only after its size or one of its times changed.
"""

import datetime as dt
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from joins.engine.ordered_map import ordered_map
from joins.errors import RawInputError
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.manifest import RawFile, RawFiles
from storage_tiers.versioned.parts import file_digest
from workflows.origins.differences import changed_file
from workflows.progress import progress_of
from workflows.tasks.base import DiscoveryTask
from workflows.tasks.raw_input.raw_snapshot import RawSnapshot

_MB = 1_000_000
_MOST_REMEMBERED = 2**20  # files
_NS_A_SECOND = 1_000_000_000


class _Stamp(NamedTuple):
    """The size of a file, and what changes whenever it is written or replaced."""

    n_bytes: int
    modified_ns: int
    changed_ns: int
    inode: int


_Digested = tuple[_Stamp, str]


def raw_files(task: DiscoveryTask, tables: Iterable[str]) -> tuple[RawFiles, ...]:
    """Return what the files of some raw tables of the task's date are now; a table without files is left out.

    Raises RawInputError if a file can't be read.
    """
    targets = {table: task.sibling(RawSnapshot, table=table).output() for table in tables}
    files = {table: target.files() for table, target in targets.items()}
    digests = _digests(task, [path for paths in files.values() for path in paths])
    return tuple(_described(table, targets[table].folder, paths, digests) for table, paths in files.items() if paths)


def refuse_changed(task: DiscoveryTask, begun_with: Sequence[RawFiles]) -> None:
    """Refuse to publish if the raw files are no longer those that a task began to read.

    Raises RawInputError, naming the table.
    """
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


def _digests(task: DiscoveryTask, files: Sequence[Path]) -> dict[Path, _Digested]:
    """Digest files on all cores; returned are the stamp and the digest of each."""
    try:
        stamps = [_stamp(path) for path in files]
        n_bytes = sum(stamp.n_bytes for stamp in stamps)
        digests: dict[Path, _Digested] = {}
        with (
            ThreadPoolExecutor(task.n_cores) as pool,
            progress_of(task, "digesting raw input", max(1, n_bytes // _MB), "MB") as progress,
        ):
            made = ordered_map(_stamped_digest, zip(files, stamps, strict=True), pool, task.n_cores)
            n_done = 0
            for path, stamp, digest in zip(files, stamps, made, strict=True):
                digests[path] = (stamp, digest)
                n_done += stamp.n_bytes
                progress(n_done // _MB)
    except OSError as error:
        raise RawInputError(
            f"it can't be read ({error.strerror})", where=str(error.filename), remedy="mend or remove that file"
        ) from error
    return digests


def _stamped_digest(file: tuple[Path, _Stamp]) -> str:
    return _remembered_digest(*file)


@lru_cache(maxsize=_MOST_REMEMBERED)
def _remembered_digest(path: Path, _stamp: _Stamp) -> str:
    return file_digest(path)


def _stamp(path: Path) -> _Stamp:
    """Return the size of a file and what changes whenever it is written or replaced."""
    found = path.stat()
    return _Stamp(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def _described(table: str, folder: Path, files: Sequence[Path], digests: Mapping[Path, _Digested]) -> RawFiles:
    combined = hashlib.blake2b(digest_size=32)
    described = []
    for name, path in sorted((path.relative_to(folder).as_posix(), path) for path in files):
        stamp, digest = digests[path]
        combined.update(f"{name}\0{digest}\n".encode("utf-8", "surrogateescape"))
        written = dt.datetime.fromtimestamp(stamp.modified_ns // _NS_A_SECOND, dt.UTC)
        described.append(RawFile(_as_text(name), stamp.n_bytes, written, digest))
    return RawFiles(table, len(files), sum(one.n_bytes for one in described), combined.hexdigest(), tuple(described))


def _as_text(name: str) -> str:
    """Return a name of a file as JSON can have it: bytes that are no text are written out."""
    return os.fsencode(name).decode(errors="backslashreplace")
