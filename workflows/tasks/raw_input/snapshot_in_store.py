"""Which objects of a store are the rows of a snapshot: the rules of `snapshot_folder`, from one listing.

A store has no folders, and some programs put empty objects where they would be: those go without saying. An upload
that isn't complete is no object yet, so nothing of a file can be half there.
"""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from joins.errors import RawInputError
from joins.raw.file_names import (
    ICEBERG_FOLDER,
    MAGIC_BYTES,
    READ_THE_TABLE,
    begins_as_parquet,
    folder_values,
    format_of_log,
    holds_deleted,
    is_hidden,
    is_temporary,
    may_be_parquet,
)
from storage_tiers.foreign_files.shards import ForeignFile
from storage_tiers.stores.object_store import StoredObject
from storage_tiers.stores.store_path import StorePath

_OF_MACOS = "._"  # what it writes beside every file on disks of others
_OF_FOLDERS = "_$folder$"  # how the name of an object ends that Hadoop puts for a folder
_Name = PurePosixPath  # below the snapshot's folder

Found = tuple[tuple[ForeignFile, ...], tuple[str, ...]]  # files with rows, and what was passed over


def look_into_store(folder: StorePath) -> Found:
    """Return what lies below a folder in a store: files by name, and what was passed over, each with the reason.

    Raises RawInputError if a table format keeps its log there or in the folder above, StoreError if the store can't
    be asked.
    """
    there = objects_below(folder)
    if not there:
        return (), ()
    _refuse_logs_of_the_table(folder.parent)
    files: list[ForeignFile] = []
    passed_over: dict[str, None] = {}
    for name, found in sorted(there.items(), key=lambda one: one[0].parts):  # as folders are walked
        refuse_log(str(folder), _seen_parts(name))
        hidden = next((number for number, part in enumerate(name.parts[:-1], 1) if is_hidden(part)), 0)
        if hidden:
            inside = _Name(*name.parts[:hidden])
            if inside.name[0] != ".":
                passed_over[f"{inside} (a hidden folder)"] = None
            continue
        why = _why_not(folder, name, found)
        if why is None:
            files.append(ForeignFile(folder / name, folder_values(name), n_bytes=found.n_bytes))
        elif why:
            passed_over[f"{name} ({why})"] = None
    return tuple(files), tuple(passed_over)


def objects_below(folder: StorePath) -> dict[_Name, StoredObject]:
    """Return the objects below a folder by name, without those that stand for folders."""
    listed = folder.listed()
    folders = {str(above) for found in listed for above in _Name(found.key).parents}
    beginning = _Name(folder.key)
    return {
        _Name(found.key).relative_to(beginning): found
        for found in listed
        if found.n_bytes or not (found.key in folders or found.key == folder.key or found.key.endswith(_OF_FOLDERS))
    }


def _why_not(folder: StorePath, name: _Name, found: StoredObject) -> str | None:
    """Return why an object is none of the snapshot's: None if it is one, empty where it goes without saying."""
    why = why_not_by_name(name.name)
    if why is not None:
        return why
    if not found.n_bytes:
        return "empty"
    return None if may_be_parquet(name.name) or begins_as_parquet(_first_bytes(folder / name)) else "no Parquet"


def why_not_by_name(name: str) -> str | None:
    """Return why a file of this name is none of a snapshot's, wherever it lies; None if its name says nothing.

    That is empty where it goes without saying.

    Examples
    --------
    >>> why_not_by_name("part.parquet.tmp"), why_not_by_name("_SUCCESS"), why_not_by_name("part.parquet")
    ('unfinished, or a copy', '', None)
    """
    if is_temporary(name):
        return "unfinished, or a copy"
    if is_hidden(name):
        return "hidden" if may_be_parquet(name) and not name.startswith(_OF_MACOS) else ""
    return None


def _first_bytes(path: StorePath) -> bytes:
    return path.store.get_range(path.key, 0, MAGIC_BYTES)


def _seen_parts(name: _Name) -> Iterator[str]:
    """Yield the names on the way to an object, up to the first that is hidden: nobody looks below that."""
    for part in name.parts:
        yield part
        if is_hidden(part):
            return


def _refuse_logs_of_the_table(table: StorePath) -> None:
    names = table.names()
    refuse_log(str(table), (*names.folders, *names.objects))
    if ICEBERG_FOLDER in names.folders:
        of_iceberg = (table / ICEBERG_FOLDER).names()
        refuse_log(str(table / ICEBERG_FOLDER), (*of_iceberg.folders, *of_iceberg.objects))


def refuse_log(where: str, names: Iterable[str]) -> None:
    """Raise RawInputError if one of some names in a folder, or on the way to an object, is that of a table's log."""
    for name in names:
        if table_format := format_of_log(name):
            raise RawInputError(holds_deleted(name, table_format), where=where, remedy=READ_THE_TABLE)
