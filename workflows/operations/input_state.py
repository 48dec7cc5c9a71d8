"""What lies in the folders of a date's raw tables at this moment."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from joins.errors import RawInputError
from joins.raw.file_names import is_unfinished
from storage_tiers.stores.listing_cache import cached_listings
from storage_tiers.stores.store_errors import StoreError
from storage_tiers.stores.store_path import StorePath
from workflows.daily import DailyDiscovery
from workflows.operations.readiness import FileStamp, TableSeen
from workflows.tasks.raw_input.accepted_input import AcceptedInput
from workflows.tasks.raw_input.raw_snapshot import RawSnapshot, SnapshotTarget

_MARKER = "_SUCCESS"
_DEEPEST = 32  # folders in folders: a link may lead in circles


def look_at_input(day: DailyDiscovery) -> dict[str, TableSeen]:
    """Look at the three raw tables of a date; each must be there, whichever of them a run would still read.

    Raises RawInputError if a folder is none that a run could read, however long one waits: a table with a log.
    """
    return {table: look_at(day.sibling(RawSnapshot, table=table).output()) for table in AcceptedInput.derivation.raw}


def look_at(snapshot: SnapshotTarget) -> TableSeen:
    """Look at the folder of one raw table. What can't be read now may be there at the next look."""
    folder = snapshot.folder
    try:
        with cached_listings():
            stamps = tuple(sorted(_stored(snapshot) if isinstance(folder, StorePath) else _stamps(folder, folder)))
            n_files = len(snapshot.files())
    except RawInputError as error:
        if not isinstance(error.__cause__, OSError):
            raise
        return TableSeen(str(folder), problem=str(error))
    except StoreError as error:
        return TableSeen(str(folder), problem=str(error))
    except OSError as error:
        return TableSeen(str(folder), problem=f"{error.filename or folder} can't be read: {error.strerror}")
    unfinished = next((name for name, *_ in stamps if any(map(is_unfinished, Path(name).parts))), "")
    return TableSeen(
        str(folder), folder.is_dir(), stamps, n_files, any(name == _MARKER for name, *_ in stamps), unfinished
    )


def _stored(snapshot: SnapshotTarget) -> Iterator[FileStamp]:
    """Yield what tells that something changed, of every object below a folder in a store."""
    for path, found in snapshot.objects().items():
        name = str(path).removeprefix(f"{snapshot.folder}/")
        yield name, found.n_bytes, int(found.changed_at.timestamp()), found.e_tag


def _stamps(folder: Path, top: Path, depth: int = 0) -> Iterator[FileStamp]:
    """Yield what tells that something changed, of everything below a folder, hidden files and folders too."""
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        path = Path(entry.path)
        try:
            found = entry.stat()
        except FileNotFoundError:  # renamed meanwhile, or a link that leads nowhere
            continue
        yield str(path.relative_to(top)), found.st_size, found.st_mtime_ns, found.st_ino
        if stat.S_ISDIR(found.st_mode) and depth < _DEEPEST:
            yield from _stamps(path, top, depth + 1)
