"""Packs: Parquet files whose rows are pictures, found by name and read by row group.

The names are read whole when a pack is opened; of the bytes only row groups that hold a wanted row, and those in small
batches, so that a row group of any size is read in bounded memory. A name that stands twice names no picture: which of
the two a pin means cannot be known, and the first would be a silent guess.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from storage_tiers.pictures.addresses import PACK_SUFFIX, Place, file_bytes, is_pack, locate
from storage_tiers.pictures.files import READING_ERRORS, PictureFile, PictureStatus, refused_file, whole_file
from storage_tiers.pictures.pack_columns import PackColumns, pack_columns

_BATCH_BYTES = 8 * 2**20  # of pictures that are decoded at once
_BATCH_ROWS = 128  # equal pictures are stored once, so that their size in the file says little
_BUFFER_BYTES = 2**20  # without it Arrow reads all the bytes of a row group at once

_PARQUET_ERRORS = (*READING_ERRORS, pa.ArrowException)


@dataclass(frozen=True, slots=True, eq=False)
class PicturePack:
    """An opened pack; nothing is held but its footer and its names. May be read by many threads at once.

    Attributes
    ----------
    address
        As people wrote it, for reasons.
    place
        Where the file lies.
    footer
        Its Parquet footer.
    columns
        Which hold names and bytes.
    names
        Text, of shape ``(n_rows,)``; null for a row that cannot be named.
    group_ends
        For each row group the row behind its last, int64.
    """

    address: str
    place: Place
    footer: pq.FileMetaData
    columns: PackColumns
    names: pa.ChunkedArray
    group_ends: "np.ndarray[tuple[int], np.dtype[np.int64]]"

    def rows_named(self, names: Sequence[str]) -> list[int | PictureFile]:
        """Return the row of each name, or the status if there is no such row, or more than one.

        Parameters
        ----------
        names
            Any texts, in any order.

        Returns
        -------
        list
            One entry a name, in their order; rows are counted from 0 through the file.

        Notes
        -----
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

    def read_rows(self, rows: Sequence[int], max_bytes: int) -> Generator[PictureFile, None, None]:
        """Yield the pictures of some rows, going through the row groups that hold them once.

        Parameters
        ----------
        rows
            Ascending; a row may stand twice.
        max_bytes
            Larger pictures are not read.

        Yields
        ------
        PictureFile
            One for each of `rows`, in their order; what cannot be read is a status.
        """
        for group, members in groupby(rows, self.group_of):
            yield from self._read_group(group, list(members), max_bytes)

    def group_of(self, row: int) -> int:
        """Return the row group of a row."""
        return int(np.searchsorted(self.group_ends, row, side="right"))

    def mean_bytes(self) -> float:
        """Return about how many bytes a picture has; less than that where many are equal."""
        n_bytes = sum(map(self._group_bytes, range(self.footer.num_row_groups)))
        return n_bytes / max(1, int(self.footer.num_rows))

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

    def _read_group(self, group: int, rows: list[int], max_bytes: int) -> Iterator[PictureFile]:
        n_read = 0
        try:
            for content, row in zip(self._contents(group, rows), rows, strict=True):
                yield self._picture(content, row, max_bytes)
                n_read += 1
        except _PARQUET_ERRORS as error:  # what follows a damaged page can't be decoded either
            reason = f"{self.address}: row group {group} breaks off: {error}"
            yield from [PictureFile(None, PictureStatus.UNREADABLE, reason)] * (len(rows) - n_read)

    def _contents(self, group: int, rows: list[int]) -> Iterator[pa.BinaryScalar]:
        n_rows = self.footer.row_group(group).num_rows
        start = int(self.group_ends[group]) - n_rows
        batch_rows = min(_BATCH_ROWS, max(1, _BATCH_BYTES * n_rows // max(1, self._group_bytes(group))))
        n_given = 0
        with (
            self.place.store.open_input_file(self.place.path) as source,
            pq.ParquetFile(source, metadata=self.footer, pre_buffer=False, buffer_size=_BUFFER_BYTES) as file,
        ):
            for batch in file.iter_batches(batch_rows, [group], [self.columns.content], use_threads=False):
                contents = _leaf(batch.column(0))
                while n_given < len(rows) and rows[n_given] < start + len(contents):
                    yield contents[rows[n_given] - start]
                    n_given += 1
                if n_given == len(rows):
                    return
                start += len(contents)

    def _picture(self, content: pa.BinaryScalar, row: int, max_bytes: int) -> PictureFile:
        buffer = content.as_buffer()
        if buffer is None:
            return PictureFile(None, PictureStatus.MISSING, f"{self.address}: row {row:,} has a name and no bytes")
        if buffer.size > max_bytes:
            reason = f"{self.address}: row {row:,} has {buffer.size:,} bytes; allowed are {max_bytes:,}"
            return PictureFile(None, PictureStatus.TOO_LARGE, reason)
        return whole_file(buffer.to_pybytes())


def open_pack(address: str, root: str | Path | None) -> PicturePack | PictureFile:
    """Open a pack: read its footer and its names.

    Parameters
    ----------
    address
        Path or URI of a Parquet file, without a row.
    root
        Folder that relative paths start from.

    Returns
    -------
    PicturePack or PictureFile
        The latter, a status, if the file isn't there or is no pack.

    Notes
    -----
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
    with place.store.open_input_file(place.path) as source, pq.ParquetFile(source, pre_buffer=False) as file:
        columns = pack_columns(file.schema_arrow)
        names = file.read(columns=[columns.name], use_threads=False).flatten().column(0).cast(pa.string())
        names.validate(full=True)  # text that is no UTF-8 would raise later, one name at a time
        footer = file.metadata
    n_rows = [footer.row_group(group).num_rows for group in range(footer.num_row_groups)]
    return PicturePack(address, place, footer, columns, names, np.cumsum(n_rows, dtype=np.int64))


def _leaf(column: pa.Array) -> pa.Array:
    return column.flatten()[0] if pa.types.is_struct(column.type) else column
