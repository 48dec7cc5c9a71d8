"""Picture files read by threads ahead of whoever decodes them, so that decoding never waits for reading.

Of each picture first the size is found, by a map over threads that keeps the order; then it is read, once there is room
for so many bytes. Both steps are begun by the thread that asks for files, so no reader ever waits for the consumer.
Reading and hashing let go of Python's lock; decoding is the consumer's.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import lru_cache, partial
from itertools import groupby, repeat

from joins.engine.ordered_map import ordered_map
from storage_tiers.pictures.addresses import Root, split_row
from storage_tiers.pictures.files import MAX_PICTURE_BYTES, PictureFile
from storage_tiers.pictures.packs import FoundRow, open_pack
from storage_tiers.pictures.read_picture import FoundPicture, find_picture

N_READERS = 8
MAX_AHEAD_BYTES = 256 * 2**20
FILE_BYTES = 512  # what a file costs beside its content, so that statuses without content are bounded as well

_MOST_AHEAD = 256  # files; a store that takes long to answer is asked for no more before the first is handed over
_OPEN_PACKS = 4  # for addresses that go to and fro between packs

Found = FoundPicture | FoundRow | PictureFile


def read_pictures(
    addresses: Sequence[str],
    root: Root = None,
    *,
    n_readers: int = N_READERS,
    max_ahead_bytes: int = MAX_AHEAD_BYTES,
    max_bytes: int = MAX_PICTURE_BYTES,
) -> Iterator[PictureFile]:
    """Yield the files of pictures in the order of their addresses, reading ahead; see `read_picture`.

    At most `max_ahead_bytes` are held of files that were not asked for yet, and never more than 256 files. A quarter of
    it is kept for what is asked for next, which is read even if it has no room there. Beside that, two batches of about
    8 MB of a pack are decoded at a time.

    Addresses of one pack that follow each other are read in one pass through its row groups if they stand as its rows
    do, which is how `picture_addresses` lists them and `reading_order` puts them. For an address out of this order its
    row group is decoded again.

    Closing the iterator ends the threads, and waits for the files that are just being read. Less than one reader or a
    negative `max_ahead_bytes` is a ValueError at once.

    Examples
    --------
    >>> [file.status.value for file in read_pictures(["no-such.jpg", "no-such.parquet#1.jpg"], "/")]
    ['missing', 'missing']
    """
    if n_readers < 1:
        msg = f"n_readers is {n_readers}; reading takes at least 1"
        raise ValueError(msg)
    if max_ahead_bytes < 0:
        msg = f"max_ahead_bytes is {max_ahead_bytes:,}; allowed are 0 (one file at a time) and more"
        raise ValueError(msg)
    return _read_all(addresses, root, n_readers, max_ahead_bytes * 3 // 4, max_bytes)


def reading_order(addresses: Sequence[str], root: Root = None) -> list[int]:
    """Return the places of addresses, in the order in which they are read with the least reading.

    Files by address, rows of a pack together and in its order. Many readers may share the work in runs of this order:
    each goes through its part of a pack alone, not through all of it. Opens every pack and reads its names.

    Examples
    --------
    >>> reading_order(["b.jpg", "a.jpg"], "/")
    [1, 0]
    """
    places_of: dict[str, list[tuple[str, int]]] = defaultdict(list)
    rows: list[tuple[str, int]] = []
    for place, address in enumerate(addresses):
        file, row = split_row(address)
        rows.append((file, 0))
        if row is not None:
            places_of[file].append((row, place))
    for file, named in places_of.items():
        pack = open_pack(file, root)
        if isinstance(pack, PictureFile):  # each of its rows will have this status
            continue
        numbers = pack.rows_named([row for row, _ in named])
        for (_, place), number in zip(named, numbers, strict=True):
            rows[place] = (file, number if isinstance(number, int) else 0)
    return sorted(range(len(addresses)), key=lambda place: (*rows[place], addresses[place]))


def _read_all(
    addresses: Sequence[str], root: Root, n_readers: int, room_bytes: int, max_bytes: int
) -> Iterator[PictureFile]:
    pool = ThreadPoolExecutor(n_readers, thread_name_prefix="read-pictures")
    source = _found(addresses, root, pool, n_readers, max_bytes)
    ahead: deque[tuple[int, Future[PictureFile]]] = deque()
    held_bytes = 0
    try:
        file: PictureFile | None = None
        for found in source:
            n_bytes = _weight_bytes(found)
            while ahead and (held_bytes + n_bytes > room_bytes or len(ahead) == _MOST_AHEAD):
                if file is not None:  # handed over only when something has taken its room
                    yield file
                given_bytes, reading = ahead.popleft()
                file = reading.result()
                held_bytes -= given_bytes
            ahead.append((n_bytes, pool.submit(_content, found)))
            held_bytes += n_bytes
            if file is not None:
                yield file
                file = None
        while ahead:
            yield ahead.popleft()[1].result()
    finally:
        pool.shutdown(cancel_futures=True)


def _found(addresses: Sequence[str], root: Root, pool: Executor, n_readers: int, max_bytes: int) -> Iterator[Found]:
    """Yield what there is to read at each address, in their order."""
    find = partial(find_picture, root=root, max_bytes=max_bytes)
    cached_pack = lru_cache(maxsize=_OPEN_PACKS)(open_pack)
    for file, run in groupby(addresses, _pack_of):
        if file is None:
            yield from ordered_map(find, run, pool, n_readers)
            continue
        names = [split_row(address)[1] or "" for address in run]
        pack = cached_pack(file, root)
        if isinstance(pack, PictureFile):
            yield from repeat(pack, len(names))
            continue
        batches = pack.find_rows(names, max_bytes)
        decoding = pool.submit(next, batches, None)
        while (batch := decoding.result()) is not None:
            decoding = pool.submit(next, batches, None)  # one ahead: a pack is gone through by one thread at a time
            yield from batch


def _pack_of(address: str) -> str | None:
    file, row = split_row(address)
    return None if row is None else file


def _weight_bytes(found: Found) -> int:
    return FILE_BYTES + (len(found.reason or "") if isinstance(found, PictureFile) else found.n_bytes)


def _content(found: Found) -> PictureFile:
    return found if isinstance(found, PictureFile) else found.read()
