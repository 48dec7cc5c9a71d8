"""Picture files read by threads ahead of whoever decodes them, so that decoding never waits for reading.

Order is kept, memory is bounded by bytes, and the threads end with the iteration, however it ends. Reading and hashing
let go of Python's lock; decoding is the consumer's.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock, Thread

from storage_tiers.pictures.files import MAX_PICTURE_BYTES, PictureFile
from storage_tiers.pictures.files_ahead import FilesAhead, StoppedError
from storage_tiers.pictures.reading_tasks import ReadingTask, reading_tasks

N_READERS = 8
MAX_AHEAD_BYTES = 256 * 2**20

_WINDOWS = 4  # how often what may be held has room for what may be held of one pack out of order


def read_pictures(
    addresses: Sequence[str],
    root: str | Path | None = None,
    *,
    n_readers: int = N_READERS,
    max_ahead_bytes: int = MAX_AHEAD_BYTES,
    max_bytes: int = MAX_PICTURE_BYTES,
) -> Iterator[PictureFile]:
    """Yield the files of pictures, reading ahead.

    Parameters
    ----------
    addresses
        Paths, URIs and rows of packs, as `read_picture` takes them; any of them may stand twice, and is read twice.
    root
        Folder that relative paths start from: a path, or a URI of a folder in a store.
    n_readers
        Threads that read; more help stores that take long to answer.
    max_ahead_bytes
        What may be held of files that were not asked for yet.
    max_bytes
        Larger files are not read.

    Yields
    ------
    PictureFile
        One an address, in their order; what cannot be read is a status, as with `read_picture`.

    Raises
    ------
    ValueError
        At once, for less than one reader or a negative `max_ahead_bytes`.

    Notes
    -----
    A quarter of `max_ahead_bytes` is kept for what is asked for next, which is read even if it has no room there: the
    most that is held is `max_ahead_bytes`, or three quarters of it and one file. Beside that, each reader of a pack
    decodes about 8 MB at a time.

    Addresses of one pack that follow each other are read in one pass through its row groups if they stand as its rows
    do, which is how `picture_addresses` lists them. In another order they take a pass for every quarter of
    `max_ahead_bytes`.

    Closing the iterator ends the threads, and waits for the files that are just being read.

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
    window_bytes = max_ahead_bytes // _WINDOWS
    ahead = FilesAhead(max_ahead_bytes - window_bytes)
    tasks = _Tasks(reading_tasks(addresses, root, window_bytes))
    return _in_order(len(addresses), ahead, tasks, min(n_readers, len(addresses)), max_bytes)


class _Tasks:
    """Tasks that many threads take from, one at a time."""

    def __init__(self, tasks: Iterator[ReadingTask]) -> None:
        self._tasks = tasks
        self._lock = Lock()

    def take(self) -> ReadingTask | None:
        with self._lock:
            return next(self._tasks, None)


def _in_order(n_files: int, ahead: FilesAhead, tasks: _Tasks, n_readers: int, max_bytes: int) -> Iterator[PictureFile]:
    readers: list[Thread] = []
    try:
        for number in range(n_readers):
            # Daemons: an iterator that nobody closes must not keep Python from ending
            reader = Thread(target=_read, args=(ahead, tasks, max_bytes), name=f"read-pictures-{number}", daemon=True)
            reader.start()
            readers.append(reader)
        for index in range(n_files):
            yield ahead.take(index)
    finally:
        ahead.stop()
        for reader in readers:
            reader.join()


def _read(ahead: FilesAhead, tasks: _Tasks, max_bytes: int) -> None:
    try:
        while (task := tasks.take()) is not None:
            task.read(ahead, max_bytes)
    except StoppedError:
        pass
    except BaseException as error:  # noqa: BLE001 (raised where the files are asked for)
        ahead.stop(error)
