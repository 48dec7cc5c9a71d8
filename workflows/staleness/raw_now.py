"""What the raw files of a date are now, read only where they may be others than those that its manifests name.

A file whose name, size and time are those that a manifest holds is taken for unchanged: looking at a thousand dates
would otherwise read all their input. As git does, that is believed only of files that had been written for a while
when the manifest was: a later write in the same second would not show. A copy that keeps the time of another file of
the same size doesn't show either, unless every byte is asked for.
"""

import datetime as dt
from collections.abc import Iterable

from joins.errors import RawInputError
from storage_tiers.versioned.manifest import Manifest, RawFiles
from workflows.daily import DailyDiscovery
from workflows.tasks.raw_input.raw_digests import raw_files, sizes_and_seconds
from workflows.tasks.raw_input.raw_snapshot import RawSnapshot

_SETTLED = dt.timedelta(seconds=2)  # of a time in whole seconds


def raw_files_now(
    day: DailyDiscovery, manifests: Iterable[Manifest], *, every_byte: bool = False
) -> dict[str, RawFiles]:
    """Return what the raw tables are now that some versions were read off, by name; those that are gone are missing.

    Raises RawInputError if a file can't be read.
    """
    then: dict[str, tuple[RawFiles, dt.datetime]] = {}
    for manifest in manifests:
        for files in manifest.raw_files:
            then.setdefault(files.table, (files, manifest.created_at))
    unchanged = {
        table: files
        for table, (files, created_at) in then.items()
        if not every_byte and _looks_unchanged(day, files, created_at)
    }
    read = raw_files(day, [table for table in then if table not in unchanged])
    return unchanged | {files.table: files for files in read}


def _looks_unchanged(day: DailyDiscovery, then: RawFiles, created_at: dt.datetime) -> bool:
    """Return whether the files that lie there have the names, sizes and times that a manifest holds."""
    if not then.files or any(file.modified_at + _SETTLED > created_at for file in then.files):
        return False
    target = day.sibling(RawSnapshot, table=then.table).output()
    try:
        here = sizes_and_seconds(target)
    except RawInputError:  # whoever reads it says why
        return False
    return here == {file.name: (file.n_bytes, int(file.modified_at.timestamp())) for file in then.files}
