"""A snapshot that is being put in its place: its tables come one after the other, and a mark tells until all are there.

A folder appears by one rename, so no table is ever half there. Between two renames a date has tables of two snapshots,
and if the process dies there, it stays so. The mark, ``<input>/_arriving/date=YYYY-MM-DD``, is written before the first
rename and removed after the last. As long as it is there, no run reads the date, and whoever brings it again may
replace what lies there.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from joins.errors import RawInputError
from storage_tiers.stores.address import Root, on_disk
from storage_tiers.versioned.dated_folders import dates_in
from storage_tiers.versioned.parts import fsync, replace_text

_FOLDER = "_arriving"


@contextmanager
def arriving_snapshot(input_root: Path, date: dt.date) -> Iterator[None]:
    """Mark a date's tables as incomplete for the block; the mark stays if the block fails or the process dies."""
    mark = _mark(input_root, f"date={date.isoformat()}")
    replace_text(mark, "its tables are being put in their place\n")
    fsync(input_root)
    yield
    mark.unlink(missing_ok=True)
    with suppress(OSError):  # other dates are arriving
        on_disk(mark.parent).rmdir()
    fsync(input_root)


def is_arriving(input_root: Root, date: dt.date) -> bool:
    """Return whether a date's tables were not all put in their place, or are being so now."""
    return _mark(input_root, f"date={date.isoformat()}").exists()


def arriving_dates(input_root: Root) -> list[dt.date]:
    """Return the dates whose tables were not all put in their place, or are being so now."""
    return dates_in(input_root / _FOLDER)


def refuse_arriving(table_folder: Root) -> None:
    """Refuse to read the folder of a raw table and date as long as the date's tables aren't all in their place.

    Raises RawInputError.
    """
    input_root, date = table_folder.parents[1], table_folder.name
    if _mark(input_root, date).exists():
        raise RawInputError(
            f"the raw tables of {date} are being put in their place, or that was cut off: they may be of two snapshots",
            where=str(table_folder),
            remedy="wait for the import to end, or bring the date again: interest-graph import ... --overwrite",
        )


def _mark(input_root: Root, date: str) -> Root:
    return input_root / _FOLDER / date
