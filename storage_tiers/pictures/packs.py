"""Packs: Parquet files whose rows are pictures, found by name and read by row group.

The names are read whole when a pack is opened; of the bytes only row groups that hold a wanted row, and those in small
batches, so that a row group of any size is read in bounded memory. A name that stands twice names no picture: which of
the two a pin means cannot be known, and the first would be a silent guess.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from storage_tiers.pictures.addresses import PACK_SUFFIX, Place, Root, file_bytes, is_pack, locate
from storage_tiers.pictures.files import READING_ERRORS, PictureFile, PictureStatus, refused_file, whole_file
from storage_tiers.pictures.pack_columns import PackColumns, pack_columns

_BATCH_BYTES = 8 * 2**20  # of pictures that are decoded at once
_BATCH_ROWS = 128  # equal pictures are stored once, so that their size in the file says little
_BUFFER_BYTES = 2**20  # without it Arrow reads all the bytes of a row group at once

Rows = npt.NDArray[np.int64]

_PARQUET_ERRORS = (*READING_ERRORS, pa.ArrowException)


@dataclass(frozen=True, slots=True, eq=False)
class FoundRow:
    """A picture in a batch that was decoded; the batch stays in memory as long as one of its pictures does."""

    content: pa.Buffer

    @property
    def n_bytes(self) -> int:
        """Its size."""
        return int(self.content.size)

    def read(self) -> PictureFile:
        """Return the picture, with its digest."""
        return whole_file(self.content.to_pybytes())


@dataclass(frozen=True, slots=True, eq=False)
class PicturePack:
    """An opened pack; nothing is held but its footer and its names. May be read by many threads at once.

    ``address`` is as people wrote it; ``names`` has a text a row, null for one that can't be named; ``group_ends`` has
    for each row group the row behind its last.
    """

    address: str
    place: Place
    footer: pq.FileMetaData
    columns: PackColumns
    names: pa.ChunkedArray
    group_ends: Rows

    def rows_named(self, names: Sequence[str]) -> list[int | PictureFile]:
        """Return the row of each name, from 0 through the file, or the status if there is none or more than one.

        One pass over the names of the pack, however many are asked for.
        """
        place_of = {name: place for place, name in enumerate(dict.fromkeys(names))}
        wanted = pa.array([name.encode("utf-8", "surrogatepass") for name in place_of], pa.binary())
        places = pc.index_in(self.names.cast(pa.binary()), value_set=wanted).fill_null(-1).to_numpy()
        rows = np.flatnonzero(places >= 0)
        counts = np.bincount(places[rows], minlength=len(place_of))
        first = np.zeros(len(place_of), np.int64)
        first[places[rows[::-1]]] = rows[::-1]
        return [self._row(name, int(first[place_of[name]]), int(counts[place_of[name]])) for name in names]

    def find_rows(self, names: Sequence[str], max_bytes: int) -> Iterator[list[FoundRow | PictureFile]]:
        """Yield the pictures of some rows, lists of them as they are decoded, together one a name in their order.

        Where names stand as the rows do, each row group is decoded once; where one stands behind its row, its row group
        is decoded again. What can't be read, or has more than `max_bytes`, is a status.
        """
        rows = self.rows_named(names)
        left = iter(rows)
        for batch in self._batches(np.array([row for row in rows if isinstance(row, int)], np.int64), max_bytes):
            found: list[FoundRow | PictureFile] = []
            for picture in batch:  # behind the statuses that stand in front of its row
                found += [row for row in takewhile(_is_status, left) if isinstance(row, PictureFile)]
                found.append(picture)
            yield found
        yield [row for row in left if isinstance(row, PictureFile)]

    def _group_bytes(self, group: int) -> int:
        paths = [self.footer.schema.column(leaf).path for leaf in range(self.footer.num_columns)]
        content = self.footer.row_group(group).column(paths.index(self.columns.content))
        return int(content.total_uncompressed_size)

    def _row(self, name: str, first: int, n_rows: int) -> int | PictureFile:
        if n_rows == 1:
            return first
        if n_rows:
            reason = f"{self.address}: {n_rows} rows are named {name!r} (first: row {first:,}); names must differ"
            return PictureFile(None, PictureStatus.UNREADABLE, reason)
        reason = f"{self.address}: none of its {self.footer.num_rows:,} rows is named {name!r}"
        return PictureFile(None, PictureStatus.MISSING, reason)

    def _batches(self, rows: Rows, max_bytes: int) -> Iterator[list[FoundRow | PictureFile]]:
        groups = np.searchsorted(self.group_ends, rows, side="right")
        cuts = np.flatnonzero((np.diff(rows) < 0) | (np.diff(groups) != 0)) + 1
        for stretch in np.split(rows, cuts) if len(rows) else []:
            group = int(np.searchsorted(self.group_ends, stretch[0], side="right"))
            yield from self._read_group(group, stretch.tolist(), max_bytes)

    def _read_group(self, group: int, rows: list[int], max_bytes: int) -> Iterator[list[FoundRow | PictureFile]]:
        n_read = 0
        try:
            for contents in self._contents(group, rows):
                some = rows[n_read : n_read + len(contents)]
                yield [self._picture(content, row, max_bytes) for content, row in zip(contents, some, strict=True)]
                n_read += len(contents)
        except _PARQUET_ERRORS as error:  # what follows a damaged page can't be decoded either
            reason = f"{self.address}: row group {group} breaks off: {error}"
            yield [PictureFile(None, PictureStatus.UNREADABLE, reason)] * (len(rows) - n_read)

    def _contents(self, group: int, rows: list[int]) -> Iterator[list[pa.BinaryScalar]]:
        """Yield the values of ascending rows of a row group, as many at once as one batch holds."""
        n_rows = self.footer.row_group(group).num_rows
        start = int(self.group_ends[group]) - n_rows
        batch_rows = min(_BATCH_ROWS, max(1, _BATCH_BYTES * n_rows // max(1, self._group_bytes(group))))
        n_given = 0
        with (
            self.place.open() as source,
            pq.ParquetFile(source, metadata=self.footer, pre_buffer=False, buffer_size=_BUFFER_BYTES) as file,
        ):
            for batch in file.iter_batches(batch_rows, [group], [self.columns.content], use_threads=False):
                contents = _leaf(batch.column(0))
                end = bisect_left(rows, start + len(contents), n_given)
                if end > n_given:
                    yield [contents[row - start] for row in rows[n_given:end]]
                n_given = end
                if n_given == len(rows):
                    return
                start += len(contents)

    def _picture(self, content: pa.BinaryScalar, row: int, max_bytes: int) -> FoundRow | PictureFile:
        buffer = content.as_buffer()
        if buffer is None:
            return PictureFile(None, PictureStatus.MISSING, f"{self.address}: row {row:,} has a name and no bytes")
        if buffer.size > max_bytes:
            reason = f"{self.address}: row {row:,} has {buffer.size:,} bytes; allowed are {max_bytes:,}"
            return PictureFile(None, PictureStatus.TOO_LARGE, reason)
        return FoundRow(buffer)


def open_pack(address: str, root: Root) -> PicturePack | PictureFile:
    """Open a pack, without a row in its address: read its footer and names; a status if it isn't there or is none.

    Memory: the names, about 30 bytes more than their text for each row.

    Examples
    --------
    >>> open_pack("no-such.parquet", "/").reason
    'no-such.parquet: no such file'
    """
    try:
        place = locate(address, root)
        if not is_pack(place.path):
            reason = (
                f"{address}: # names a row, and only {PACK_SUFFIX} files have rows; write a # in a URI's path as %23"
            )
            return PictureFile(None, PictureStatus.UNKNOWN_ADDRESS, reason)
        found = file_bytes(place, address)
    except READING_ERRORS as error:
        return refused_file(error)
    if isinstance(found, PictureFile):
        return found
    try:
        return _open(address, place)
    except _PARQUET_ERRORS as error:
        return PictureFile(None, PictureStatus.UNREADABLE, f"{address}: {error}")


def _open(address: str, place: Place) -> PicturePack:
    with place.open() as source, pq.ParquetFile(source, pre_buffer=False) as file:
        columns = pack_columns(file.schema_arrow)
        names = file.read(columns=[columns.name], use_threads=False).flatten().column(0).cast(pa.string())
        names.validate(full=True)  # text that is no UTF-8 would raise later, one name at a time
        footer = file.metadata
    n_rows = [footer.row_group(group).num_rows for group in range(footer.num_row_groups)]
    return PicturePack(address, place, footer, columns, names, np.cumsum(n_rows, dtype=np.int64))


def _leaf(column: pa.Array) -> pa.Array:
    return column.flatten()[0] if pa.types.is_struct(column.type) else column


def _is_status(row: int | PictureFile) -> bool:
    return isinstance(row, PictureFile)
