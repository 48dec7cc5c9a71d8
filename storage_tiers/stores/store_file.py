"""An object as a file that Parquet is read from, by as few requests as can be.

A large object that is read whole is fetched in several pieces at once (`whole_object`). Of others, ranges are fetched
as they are read, at a request each, unless they were added before (`StoreFile`). `pyarrow` with ``pre_buffer`` asks for
all of a row group at once.
"""

import io
from bisect import bisect_right
from concurrent.futures import ThreadPoolExecutor

from storage_tiers.stores.store_path import StorePath
from storage_tiers.stores.traffic import PIECE_BYTES, WHOLE_BYTES

_PIECES_AT_ONCE = 4


class StoreFile(io.RawIOBase):
    """A file of a known size in a store, read only; what was added to it lies in memory.

    Of the last `tail_bytes`, all are fetched when the first of them is read: a reader asks for a footer bit by bit.
    """

    def __init__(self, path: StorePath, n_bytes: int, tail_bytes: int = 0) -> None:
        super().__init__()
        self.path, self.n_bytes = path, n_bytes
        self._tail_starts = n_bytes - min(tail_bytes, n_bytes)  # what lies there comes at once
        self._place = 0
        self._starts: list[int] = []
        self._pieces: list[bytes] = []

    def add(self, start: int, content: bytes) -> None:
        """Hold bytes that were fetched before."""
        number = bisect_right(self._starts, start)
        self._starts.insert(number, start)
        self._pieces.insert(number, content)

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes."""
        left = max(0, self.n_bytes - self._place)
        wanted = left if size is None or size < 0 else min(size, left)
        if not wanted:
            return b""
        if self._tail_starts <= self._place and not self._held(self._place, wanted):
            self.add(self._tail_starts, self._fetched(self._tail_starts, self.n_bytes - self._tail_starts))
        content = self._held(self._place, wanted) or self._fetched(self._place, wanted)
        self._place += wanted
        return content

    def _held(self, start: int, n_bytes: int) -> bytes:
        """Return some bytes from what was added; none where they aren't all there."""
        number = bisect_right(self._starts, start) - 1
        if number < 0:
            return b""
        begin = start - self._starts[number]
        content = self._pieces[number][begin : begin + n_bytes]
        return content if len(content) == n_bytes else b""

    def _fetched(self, start: int, n_bytes: int) -> bytes:
        content = self.path.store.get_range(self.path.key, start, start + n_bytes)
        if len(content) != n_bytes:
            raise EOFError(f"{self.path} ends at byte {start + len(content):,} of {self.n_bytes:,}")
        return content

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place."""
        self._place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self.n_bytes}[whence]
        return self._place

    def tell(self) -> int:
        """Return the place."""
        return self._place

    def size(self) -> int:
        """Return how many bytes it has, as pyarrow asks."""
        return self.n_bytes

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True


def whole_object(path: StorePath, n_bytes: int) -> tuple[bytes, int]:
    """Return an object that should have so many bytes, and how many it has; a large one in pieces beside each other."""
    if n_bytes <= WHOLE_BYTES:
        return path.store.get_tail(path.key, n_bytes)  # not more, whatever lies there
    starts = range(0, n_bytes - PIECE_BYTES, PIECE_BYTES)
    tail, size = path.store.get_tail(path.key, n_bytes - starts[-1] - PIECE_BYTES)
    if size != n_bytes:
        return tail, size
    with ThreadPoolExecutor(_PIECES_AT_ONCE) as threads:
        pieces = threads.map(lambda start: path.store.get_range(path.key, start, start + PIECE_BYTES), starts)
        return b"".join([*pieces, tail]), size
