"""Files where folders belong, and folders where files belong, anywhere under an output folder.

Nobody of ours puts them there, so that nobody of ours removes them: a person has to look. Until then nothing can be
written in their place, and each step would fail with the system's words for it. What is in the way is told by its name,
which says what belongs there; what has a name of none of ours is in nobody's way.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from storage_tiers.errors import DatasetError
from storage_tiers.versioned.versions import MANIFESTS_FOLDER, VARIANTS, version_of_folder

_FOLDERS = {"_staging", "_runs", "receipts", MANIFESTS_FOLDER, *VARIANTS}
_FILES = {".lock", "_CURRENT", "_DROPPED"}
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


def _below(folder: Path, names: Collection[str], date: dt.date | None) -> Iterator[tuple[Path, DatasetError]]:
    for path in sorted(folder.iterdir()):
        is_folder = path.is_dir()
        if not is_folder and not path.exists() and not path.is_symlink():
            continue  # removed meanwhile
        is_date, is_version = bool(_DATE_FOLDER.fullmatch(path.name)), version_of_folder(path) is not None
        if is_date and date and path.name != f"date={date}":
            continue
        must_be_folder = is_date or is_version or path.name in _FOLDERS or path.name in names
        if must_be_folder != is_folder and (must_be_folder or _is_name_of_file(path)):
            yield path, _error(path, is_folder=is_folder)
        elif is_folder and must_be_folder and not is_version:
            yield from _below(path, names, date)


def _is_name_of_file(path: Path) -> bool:
    return path.name in _FILES or path.suffix in _FILE_ENDINGS


def _error(path: Path, *, is_folder: bool) -> DatasetError:
    what = "a folder lies where a file belongs" if is_folder else "a file lies where a folder belongs"
    return DatasetError(what, where=str(path), remedy="move it away")
