"""Size and age of picture files, so that a daily run can tell which are as they were without reading them.

Equal stamps mean unchanged only as far as the store's clock and its users are honest: a file that is overwritten with
as many bytes in the same microsecond, or whose time is set back, looks unchanged.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from pyarrow import fs

from storage_tiers.pictures.addresses import PictureStore, Place, Root, locate
from storage_tiers.pictures.files import READING_ERRORS
from storage_tiers.pictures.outages import refuse_outage

_FILES_A_CALL = 1_000


class PictureStamp(NamedTuple):
    """What a store says of a file without reading it; the time in microseconds since 1970 UTC."""

    n_bytes: int
    modified_at_us: int


def picture_stamps(addresses: Sequence[str], root: Root = None) -> list[PictureStamp | None]:
    """Return size and time of modification of each picture file, in the order of their addresses.

    A row of a pack has the stamp of its pack, whether it is there or not. None for what is no regular file, can't be
    reached, or lies in a store without times: it has to be read to know. A store is asked for a thousand files at a
    time, for a pack once. Take stamps *before* reading: a file that changes in between then has an old stamp, and is
    read again the next time. Raises StoreFailedError if a store fails for the moment.

    Examples
    --------
    >>> picture_stamps(["/no/such.jpg", "relative.jpg"])
    [None, None]
    """
    places = [_place(address, root) for address in addresses]
    paths_of: dict[int, dict[str, None]] = defaultdict(dict)  # by store; stores can't be hashed
    stores = {id(place.store): place.store for place in places if place}
    for place in places:
        if place:
            paths_of[id(place.store)][place.path] = None
    stamps = {store: _stamps(stores[store], list(paths)) for store, paths in paths_of.items()}
    return [stamps[id(place.store)][place.path] if place else None for place in places]


def _place(address: str, root: Root) -> Place | None:
    try:
        return locate(address, root)
    except READING_ERRORS:
        return None


def _stamps(store: PictureStore, paths: list[str]) -> dict[str, PictureStamp | None]:
    stamps: dict[str, PictureStamp | None] = {}
    for start in range(0, len(paths), _FILES_A_CALL):
        some = paths[start : start + _FILES_A_CALL]
        try:
            stamps |= zip(some, map(_stamp, store.get_file_info(some)), strict=True)
        except READING_ERRORS as error:  # of one of them, and none is answered
            refuse_outage(some[0], error)
            stamps |= {path: _stamp_alone(store, path) for path in some}
    return stamps


def _stamp_alone(store: PictureStore, path: str) -> PictureStamp | None:
    try:
        return _stamp(store.get_file_info(path))
    except READING_ERRORS:
        return None


def _stamp(found: fs.FileInfo) -> PictureStamp | None:
    if found.type != fs.FileType.File or found.mtime_ns is None:
        return None
    return PictureStamp(int(found.size), int(found.mtime_ns) // 1_000)
