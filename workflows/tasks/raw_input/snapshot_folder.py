"""Which files of a snapshot's folder are its rows, and which lie there for other reasons: those are said.

Programs write Parquet under many names, in folders of any depth, and leave much beside it: markers, checksums, copies,
files that aren't complete yet. A file counts if its name says Parquet, or if its first bytes do; what counts and can't
be read is an error, never half a snapshot. Where a table format keeps a log, some of the files may be deleted rows.
"""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from joins.errors import RawInputError
from joins.raw.file_names import (
    ICEBERG_FOLDER,
    MAGIC_BYTES,
    begins_as_parquet,
    folder_values,
    is_hidden,
    may_be_parquet,
)
from storage_tiers.foreign_files.salvage import shown
from storage_tiers.foreign_files.shards import ForeignFile
from storage_tiers.stores.address import Root
from storage_tiers.stores.store_path import StorePath
from workflows.tasks.raw_input.snapshot_in_store import look_into_store, refuse_log, why_not_by_name

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class SnapshotFolder:
    """What lies in a snapshot's folder: files with rows, by path, and what was passed over, each with the reason."""

    files: tuple[ForeignFile, ...] = ()
    passed_over: tuple[str, ...] = ()

    def passed_over_line(self) -> str:
        """Name what was passed over, the first few; empty if nothing was."""
        more = len(self.passed_over) - _MOST_NAMED
        named = ", ".join(self.passed_over[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
        return f"passed over {named}" if named else ""


def look_into(folder: Root) -> SnapshotFolder:
    """Return what lies in a folder and the folders in it, links followed; nothing if it isn't there.

    Raises RawInputError if some of it can't be listed or looked at, or a table format keeps its log there or in the
    folder above; StoreError if it lies in a store that can't be asked.
    """
    if isinstance(folder, StorePath):
        return SnapshotFolder(*look_into_store(folder))
    files: list[ForeignFile] = []
    passed_over: list[str] = []
    try:
        if folder.is_dir():
            _refuse_logs_of_the_table(folder.parent)
            for path, why in _looked_at(folder, ()):
                name = path.relative_to(folder)
                if why is None:
                    files.append(ForeignFile(path, folder_values(name)))
                elif why:
                    passed_over.append(f"{shown(name)} ({why})")
    except OSError as error:
        where = shown(Path(error.filename or folder))
        raise RawInputError(f"it can't be read: {error.strerror}", where=where, remedy="mend or remove it") from error
    return SnapshotFolder(tuple(files), tuple(passed_over))


def _looked_at(folder: Path, above: tuple[tuple[int, int], ...]) -> Iterator[tuple[Path, str | None]]:
    """Yield all files by name, and hidden folders, each with why it is none of the snapshot's: None if it is one.

    That is empty where it goes without saying. A link to a folder that is being looked into leads nowhere.
    """
    here = (folder.stat().st_dev, folder.stat().st_ino)
    if here in above:
        return
    entries = sorted(folder.iterdir())
    refuse_log(shown(folder), (path.name for path in entries))
    for path in entries:
        if not path.is_dir():
            yield path, _why_not(path)
        elif is_hidden(path.name):
            yield path, "" if path.name[0] == "." else "a hidden folder"
        else:
            yield from _looked_at(path, (*above, here))


def _why_not(path: Path) -> str | None:
    says_parquet, why = may_be_parquet(path.name), why_not_by_name(path.name)
    if why is not None:
        return why
    if path.is_symlink() and not path.exists() and not says_parquet:
        return "a link that leads nowhere"
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) or not found.st_size:
        return "empty" if stat.S_ISREG(found.st_mode) else "no file"
    return None if says_parquet or _begins_as_parquet(path) else "no Parquet"


def _begins_as_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return begins_as_parquet(file.read(MAGIC_BYTES))


def _refuse_logs_of_the_table(folder: Path) -> None:
    refuse_log(shown(folder), (path.name for path in folder.iterdir()))
    of_iceberg = folder / ICEBERG_FOLDER
    if of_iceberg.is_dir():
        refuse_log(shown(of_iceberg), (path.name for path in of_iceberg.iterdir()))
