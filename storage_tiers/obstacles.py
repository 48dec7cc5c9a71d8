"""Files where folders belong, and folders where files belong, anywhere under an output folder.

Nobody of ours puts them there, so that nobody of ours removes them: a person has to look. Until then nothing can be
written in their place, and each step would fail with the system's words for it. What is in the way is told by its name,
which says what belongs there; what has a name of none of ours is in nobody's way.
"""

import datetime as dt
import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from storage_tiers.errors import DatasetError
from storage_tiers.versioned.dated_folders import date_named
from storage_tiers.versioned.versions import MANIFESTS_FOLDER, VARIANTS, version_named

RECORDS_FOLDER = "_records"
PINS_FOLDER = "_pins"
_FOLDERS = {"_staging", "_runs", RECORDS_FOLDER, PINS_FOLDER, "receipts", MANIFESTS_FOLDER, *VARIANTS}
_FILES = {".lock", "_CURRENT", "_SWITCHING", "_DROPPED"}
_FILE_ENDINGS = {".json", ".damaged", ".removed", ".sql", ".duckdb", ".mdb"}
_DATE_FOLDER = re.compile(r"date=\d{4}-\d{2}-\d{2}")


def obstacles(root: Path, names: Collection[str], date: dt.date | None = None) -> Iterator[tuple[Path, DatasetError]]:
    """Yield what is in the way below an output folder, each with the error that says so.

    `names` are those of datasets and tiers that are to have folders. With a date, folders of other dates are passed
    over. Nothing is looked at inside a version.
    """
    above = next((path for path in (root, *root.parents) if path.exists()), root)
    if not above.is_dir():
        yield above, _error(above, is_folder=False)
    elif root.is_dir():
        yield from _below(root, names, date)


def is_of_a_date(path: Path, root: Path) -> bool:
    """Return whether something in the way concerns one date alone, so that all others can be looked at."""
    return any(_DATE_FOLDER.fullmatch(name) for name in path.relative_to(root).parts)


def is_of_records(path: Path, root: Path) -> bool:
    """Return whether something is in the way of records alone, without which everything goes on."""
    return path.relative_to(root).parts[:1] == (RECORDS_FOLDER,)


def _below(folder: Path, names: Collection[str], date: dt.date | None) -> Iterator[tuple[Path, DatasetError]]:
    try:
        inside = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return  # removed meanwhile
    except OSError as error:
        yield (
            folder,
            DatasetError(f"it can't be looked into ({error.strerror})", where=str(folder), remedy="let it be read"),
        )
        return
    of_date = date_named(folder.name)
    for entry in inside:
        name, is_folder = entry.name, entry.is_dir()
        is_date = name.startswith("date=") and bool(_DATE_FOLDER.fullmatch(name))
        if is_date and date and name != f"date={date}":
            continue
        is_version = of_date is not None and version_named(of_date, name) is not None
        must_be_folder = is_date or is_version or name in _FOLDERS or name in names
        if must_be_folder != is_folder and (must_be_folder or _is_name_of_file(name)):
            if os.path.lexists(entry.path):  # else it was removed meanwhile
                yield Path(entry.path), _error(Path(entry.path), is_folder=is_folder)
        elif is_date and date_named(name) is None:
            problem = f"{name.removeprefix('date=')} is no date of the calendar, so that what lies there is no version"
            yield Path(entry.path), DatasetError(problem, where=entry.path, remedy="move it away")
        elif is_folder and must_be_folder and not is_version:
            yield from _below(Path(entry.path), names, date)


def _is_name_of_file(name: str) -> bool:
    return name in _FILES or os.path.splitext(name)[1] in _FILE_ENDINGS  # noqa: PTH122 - of each name there is


def _error(path: Path, *, is_folder: bool) -> DatasetError:
    what = "a folder lies where a file belongs" if is_folder else "a file lies where a folder belongs"
    return DatasetError(what, where=str(path), remedy="move it away")
