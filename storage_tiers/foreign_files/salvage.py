"""What can still be read of a Parquet file whose footer is whole and some of whose pages aren't.

A page is unreadable if it can't be unpacked or decoded, or has a checksum that doesn't hold. Flipped bits that give
other values of the same column are seen only where the file's writer put checksums into it.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from joins.arrow.file_rows import Damage
from joins.errors import RawInputError
from storage_tiers.stores.address import Root
from storage_tiers.stores.store_file import StoreFile

UNREADABLE = (pa.ArrowException, OSError, ValueError)
_MOST_DAMAGED_ROWS = 2**26  # in one piece; what says more is no row count but damage, too


def open_parquet(path: Path | StoreFile, called: str = "") -> pq.ParquetFile:
    """Open a file that somebody else wrote; its name may be of any bytes, and errors may call it otherwise.

    Checksums of pages are verified where there are some. Times of 96 bits are read to the microsecond, since as
    nanoseconds those beyond the years 1677 to 2262 would wrap around. A RawInputError says what else can't be read.
    """
    try:
        opened = pa.PythonFile(path, mode="r") if isinstance(path, StoreFile) else pa.OSFile(os.fsencode(path))
        file = pq.ParquetFile(
            opened,
            page_checksum_verification=True,
            coerce_int96_timestamp_unit="us",
            pre_buffer=isinstance(path, StoreFile),
        )
        file.schema_arrow  # noqa: B018 - a property that raises if no Arrow type fits a column
    except UNREADABLE as error:
        raise RawInputError(
            f"it can't be read as Parquet: {error}",
            where=called or shown(path.path if isinstance(path, StoreFile) else path),
            remedy="write it again, or bring what it was made from in with 'interest-graph import'",
        ) from error
    return file


def shown(path: Root) -> str:
    """Return a path as text that can be printed and stored; bytes of it that are no UTF-8 become escapes."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def read_groups(file: pq.ParquetFile, groups: Sequence[int], columns: Sequence[str]) -> tuple[pa.Table, list[Damage]]:
    """Return the rows of some row groups, all of them, and what of them is null because it can't be read.

    Damage is told by column and row group; within those all rows count as damaged. Raises NotImplementedError, as
    pyarrow does, for what is whole and of a kind that it can't read.
    """
    n_rows = [file.metadata.row_group(group).num_rows for group in groups]
    try:
        rows = file.read_row_groups(list(groups), columns=list(columns), use_threads=False)
        if rows.num_rows == sum(n_rows) or not columns:
            return rows, []
    except (NotImplementedError, FileNotFoundError):  # what isn't there any more is no damage
        raise
    except UNREADABLE:
        pass  # some of it can be read, column by column
    if sum(n_rows) > _MOST_DAMAGED_ROWS:
        raise NotImplementedError(f"its pages are damaged, and its footer says that they hold {sum(n_rows):,} rows")
    parts: list[pa.Table] = []
    damage: list[Damage] = []
    for group, n_here in zip(groups, n_rows, strict=True):
        first = sum(part.num_rows for part in parts)
        part, unreadable = _read_group(file, group, columns)
        parts.append(part)
        damage += [Damage(column, first, n_here, group, why) for column, why in unreadable.items()]
    return pa.concat_tables(parts), damage


def _read_group(file: pq.ParquetFile, group: int, columns: Sequence[str]) -> tuple[pa.Table, dict[str, str]]:
    n_rows = file.metadata.row_group(group).num_rows
    fields = [file.schema_arrow.field(name) for name in columns]
    found: list[pa.ChunkedArray] = []
    unreadable: dict[str, str] = {}
    for field in fields:
        try:
            column = file.read_row_group(group, columns=[field.name], use_threads=False)[field.name]
            why = "" if len(column) == n_rows else f"{len(column):,} of {n_rows:,} rows are there"
        except (NotImplementedError, FileNotFoundError):
            raise
        except UNREADABLE as error:
            why = " ".join(str(error).split())
        if why:
            unreadable[field.name] = why
            column = pa.chunked_array([pa.nulls(n_rows, field.type)])
        found.append(column)
    return pa.table(found, schema=pa.schema(fields)), unreadable
