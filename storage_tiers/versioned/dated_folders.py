"""What lies in folders named after dates, read with one look at each folder and without opening a file.

A dataset of a thousand dates has a thousand such folders in each of two trees. Who asks for one date looks at two of
them, who asks for the newest begins at the end, and who asks for all of them pays some microseconds a date.

A folder that isn't there, can't be read, or is no folder holds nothing here: what is wrong with one date stops nobody
who asks for another. `storage_tiers.obstacles` names it.

In a store there are no folders, but keys: those below one come in one listing, a thousand an answer.
"""

import datetime as dt
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath

from storage_tiers.stores.address import Root
from storage_tiers.stores.store_path import StorePath

_PREFIX = "date="


def names_in(folder: str | Root) -> list[str]:
    """Return the names in a folder, in no order; none where there is nothing that can be listed."""
    if isinstance(folder, StorePath):
        names = folder.names()
        return [*names.folders, *names.objects]
    try:
        return os.listdir(folder)  # noqa: PTH208 - Path.iterdir makes an object of each of a thousand names
    except OSError:
        return []


def dates_in(*folders: Root) -> list[dt.date]:
    """Return the dates that folders below the given ones are named after, oldest first; other names are passed over."""
    names = {name for folder in folders for name in names_in(folder)}
    return sorted(date for date in map(date_named, names) if date)


def dated_names(folder: Root, date: dt.date | None = None) -> Iterator[tuple[dt.date, list[str]]]:
    """Yield each date with the names in its folder, or those of one date; dates in no order."""
    if isinstance(folder, StorePath):
        yield from _dated_keys(folder, date)
        return
    whole = os.fspath(folder)
    for name in names_in(folder) if date is None else [f"{_PREFIX}{date.isoformat()}"]:
        named = date_named(name)
        if named:
            yield named, names_in(f"{whole}/{name}")


def _dated_keys(folder: StorePath, date: dt.date | None) -> Iterator[tuple[dt.date, list[str]]]:
    """Yield the same of a store; one listing of the whole folder, or of that of a date."""
    dated: dict[dt.date, list[str]] = {}
    below = folder if date is None else folder / f"{_PREFIX}{date.isoformat()}"
    for found in below.listed():
        parts = PurePosixPath(found.key).relative_to(folder.key).parts
        named = date_named(parts[0]) if len(parts) > 1 else None  # one that ends in / is a folder that somebody made
        if named:
            dated.setdefault(named, []).append(parts[1])
    yield from dated.items()


@lru_cache(maxsize=1 << 14)
def date_named(name: str) -> dt.date | None:
    """Return the date that a folder is named after; None for a name of no date (``date=2026-02-30``).

    Examples
    --------
    >>> date_named("date=2026-11-20")
    datetime.date(2026, 11, 20)
    """
    text = name.removeprefix(_PREFIX)
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return date if f"{_PREFIX}{date.isoformat()}" == name else None  # other ISO forms name no folder of ours
