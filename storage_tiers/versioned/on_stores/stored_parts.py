"""A published part in a store, opened by as few requests as can be.

A part that is read whole comes at once. For single keys its footer comes first, in one request, because the manifest
says how long it is; then all that is wanted of its row groups, in one more. Footers are kept by the digest of their
part, up to `KEPT_FOOTER_BYTES`: a published part never changes. Whoever looks at every part once keeps none of them.
"""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from storage_tiers.errors import DamagedVersionError
from storage_tiers.stores.bounded_cache import BoundedCache
from storage_tiers.stores.store_file import StoreFile, whole_object
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.manifest import Part, part_name

KEPT_FOOTER_BYTES = 256 * 2**20  # in memory, where they take 13 times what they take in the files
_COLUMN_BYTES = 1_024  # of a column of one row group in memory; measured: 940, of 74 in the file
_USUAL_FOOTER_BYTES = 256 * 2**10  # that are asked for where the manifest doesn't say
FOOTER_END_BYTES = 8  # the length of the footer in 4, and the mark of a Parquet file

_footers: BoundedCache[str, pq.FileMetaData] = BoundedCache(KEPT_FOOTER_BYTES)  # by digest


def opened_stored_part(path: StorePath, part: Part, *, whole: bool, keeps_footer: bool) -> pq.ParquetFile:
    """Open a part in a store, and keep its footer for the next who opens it without the whole of it.

    Raises DamagedVersionError if it is missing, or has another size than it was published with.
    """
    try:
        if whole:
            content, size = whole_object(path, part.n_bytes)
            _check_size(path, size, part)
            return pq.ParquetFile(pa.BufferReader(content))
        footer = _footers.get(part.digest) or _fetched_footer(path, part)
        if keeps_footer:
            _footers.put(part.digest, footer, _COLUMN_BYTES * footer.num_row_groups * footer.num_columns)
    except FileNotFoundError:
        raise _damaged("the file is missing", path) from None
    return pq.ParquetFile(StoreFile(path, part.n_bytes), metadata=footer, pre_buffer=True)


def footer_length(end_of_file: bytes) -> int:
    """Return the bytes that a Parquet file's footer takes at its end, these last 8 included."""
    return int.from_bytes(end_of_file[-FOOTER_END_BYTES:-4], "little") + FOOTER_END_BYTES


def named_in_store(staged: Path, part: Part) -> Part:
    """Return how a staged part is described in a store: its digest in its name, and how long its footer is."""
    with (staged / part.name).open("rb") as file:
        file.seek(-FOOTER_END_BYTES, 2)
        length = footer_length(file.read())
    return replace(part, name=part_name(part.number, part.digest), footer_bytes=length)


def forget_footers() -> None:
    """Keep no footer: the next lookup of each part fetches its own."""
    _footers.clear()


def _fetched_footer(path: StorePath, part: Part) -> pq.FileMetaData:
    asked = min(part.n_bytes, part.footer_bytes or _USUAL_FOOTER_BYTES)
    tail, size = path.store.get_tail(path.key, asked)
    _check_size(path, size, part)
    length = footer_length(tail)
    if length > len(tail):
        before = path.store.get_range(path.key, max(0, size - length), size - len(tail))
        tail = before + tail
    return pq.read_metadata(pa.BufferReader(tail))


def _check_size(path: StorePath, size: int, part: Part) -> None:
    if size != part.n_bytes:
        raise _damaged(f"bytes current={size} != published={part.n_bytes}", path)


def _damaged(problem: str, path: StorePath) -> DamagedVersionError:
    return DamagedVersionError(problem, where=str(path), remedy="interest-graph verify says what else is damaged")
