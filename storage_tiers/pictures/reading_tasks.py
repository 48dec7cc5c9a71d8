"""The tasks that a list of picture addresses falls into: single files, and runs of rows of one pack.

A run whose rows ascend is cut at the row groups and read through. Any other is cut into windows of as many addresses as
have room in memory; each window is one pass through the row groups that hold its rows, so that a pack that has room is
read once, whatever the order of its addresses.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import Protocol

from storage_tiers.pictures.addresses import split_row
from storage_tiers.pictures.files import PictureFile
from storage_tiers.pictures.files_ahead import FILE_BYTES, FilesAhead, weight_bytes
from storage_tiers.pictures.packs import PicturePack, open_pack
from storage_tiers.pictures.read_pictures import find_picture

_OPEN_PACKS = 4  # for addresses that go to and fro between packs


class ReadingTask(Protocol):
    """A run of addresses that one thread reads."""

    def read(self, ahead: FilesAhead, max_bytes: int) -> None:
        """Deliver a file for every address, in their order."""


@dataclass(frozen=True, slots=True)
class OneFile:
    """Reads one picture file.

    Attributes
    ----------
    index
        Of the address.
    address
        A path or a URI.
    root
        Folder that relative paths start from.
    """

    index: int
    address: str
    root: str | Path | None

    def read(self, ahead: FilesAhead, max_bytes: int) -> None:
        """Ask for its size, wait for room, read."""
        found = find_picture(self.address, self.root, max_bytes)
        if isinstance(found, PictureFile):
            _deliver(ahead, self.index, found)
            return
        n_bytes = FILE_BYTES + found.n_bytes
        ahead.reserve(self.index, n_bytes)
        ahead.deliver(self.index, found.read(), n_bytes)


@dataclass(frozen=True, slots=True)
class AscendingRows:
    """Reads rows of a pack as they come.

    Attributes
    ----------
    first_index
        Of the first address.
    pack
        Where they are.
    rows
        The row of each address, ascending, or the status if it has none.
    """

    first_index: int
    pack: PicturePack
    rows: Sequence[int | PictureFile]

    def read(self, ahead: FilesAhead, max_bytes: int) -> None:
        """Go through the row groups, waiting for room before each picture."""
        rows = [row for row in self.rows if isinstance(row, int)]
        with closing(self.pack.read_rows(rows, max_bytes)) as files:
            for index, row in enumerate(self.rows, self.first_index):
                _deliver(ahead, index, row if isinstance(row, PictureFile) else next(files))


@dataclass(frozen=True, slots=True)
class RowsInAnyOrder:
    """Reads rows of a pack that have to be held until all are there.

    Attributes
    ----------
    first_index
        Of the first address.
    pack
        Where they are.
    rows
        The row of each address, or the status if it has none.
    window_bytes
        What may be held.
    """

    first_index: int
    pack: PicturePack
    rows: Sequence[int | PictureFile]
    window_bytes: int

    def read(self, ahead: FilesAhead, max_bytes: int) -> None:
        """Read all in one pass; where they are more than there is room for, the first half, then the second."""
        ahead.reserve(self.first_index, self.window_bytes)
        files = self._files(max_bytes)
        for index, file in enumerate(files or (), self.first_index):
            ahead.deliver(index, file, weight_bytes(file))  # out of the room that was taken for all
        ahead.release(self.window_bytes - sum(map(weight_bytes, files or ())))
        if files is not None:
            return
        half = len(self.rows) // 2
        RowsInAnyOrder(self.first_index, self.pack, self.rows[:half], self.window_bytes).read(ahead, max_bytes)
        RowsInAnyOrder(self.first_index + half, self.pack, self.rows[half:], self.window_bytes).read(ahead, max_bytes)

    def _files(self, max_bytes: int) -> list[PictureFile] | None:
        """Return the files in the order of the addresses; None if they are too large to be held together."""
        rows = sorted({row for row in self.rows if isinstance(row, int)})
        found: dict[int, PictureFile] = {}
        n_bytes = 0
        with closing(self.pack.read_rows(rows, max_bytes)) as files:
            for row, file in zip(rows, files, strict=True):
                found[row] = file
                n_bytes += weight_bytes(file)
                if n_bytes > self.window_bytes and len(self.rows) > 1:
                    return None
        return [row if isinstance(row, PictureFile) else found[row] for row in self.rows]


@dataclass(frozen=True, slots=True)
class NoPack:
    """Gives every address of a run the status of a pack that can't be opened.

    Attributes
    ----------
    indices
        Of the addresses.
    status
        What opening ended as.
    """

    indices: range
    status: PictureFile

    def read(self, ahead: FilesAhead, max_bytes: int) -> None:  # noqa: ARG002 (nothing is read)
        """Deliver the status for each."""
        for index in self.indices:
            _deliver(ahead, index, self.status)


def reading_tasks(addresses: Sequence[str], root: str | Path | None, window_bytes: int) -> Iterator[ReadingTask]:
    """Yield what is to be read for some addresses, in their order, opening packs on the way.

    Parameters
    ----------
    addresses
        Paths, URIs and rows of packs.
    root
        Folder that relative paths start from.
    window_bytes
        How much of a pack whose rows don't ascend may be held at once.

    Yields
    ------
    ReadingTask
        Each for one or more addresses that follow each other.

    Examples
    --------
    >>> next(reading_tasks(["1.jpg", "2.jpg"], "/pictures", 0))
    OneFile(index=0, address='1.jpg', root='/pictures')
    """
    cached_pack = lru_cache(maxsize=_OPEN_PACKS)(open_pack)
    index = 0
    for file, run in groupby(map(split_row, addresses), _pack_file):
        if file is None:
            for address, _ in run:
                yield OneFile(index, address, root)
                index += 1
            continue
        names = [row or "" for _, row in run]
        pack = cached_pack(file, root)
        if isinstance(pack, PictureFile):
            yield NoPack(range(index, index + len(names)), pack)
        else:
            yield from _pack_tasks(index, pack, names, window_bytes)
        index += len(names)


def _pack_tasks(first_index: int, pack: PicturePack, names: list[str], window_bytes: int) -> Iterator[ReadingTask]:
    rows = pack.rows_named(names)
    present = [row for row in rows if isinstance(row, int)]
    if all(earlier <= later for earlier, later in pairwise(present)):
        for run in _by_row_group(pack, rows):
            yield AscendingRows(first_index, pack, run)
            first_index += len(run)
        return
    n_window = max(1, int(window_bytes / (pack.mean_bytes() + FILE_BYTES)))
    for start in range(0, len(rows), n_window):
        yield RowsInAnyOrder(first_index + start, pack, rows[start : start + n_window], window_bytes)


def _by_row_group(pack: PicturePack, rows: list[int | PictureFile]) -> Iterator[list[int | PictureFile]]:
    """Cut ascending rows where row groups begin; statuses go with the rows before them."""
    run: list[int | PictureFile] = []
    end = 0
    for row in rows:
        if isinstance(row, int) and row >= end:
            if run:
                yield run
            run = []
            end = int(pack.group_ends[pack.group_of(row)])
        run.append(row)
    if run:
        yield run


def _pack_file(parts: tuple[str, str | None]) -> str | None:
    file, row = parts
    return None if row is None else file


def _deliver(ahead: FilesAhead, index: int, file: PictureFile) -> None:
    n_bytes = weight_bytes(file)
    ahead.reserve(index, n_bytes)
    ahead.deliver(index, file, n_bytes)
