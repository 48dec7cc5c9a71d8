"""Where a picture lies: addresses taken apart into a store, a path in it and, in a pack, the name of a row.

An address is a path, a URI, or either of a Parquet file with ``#`` and the name of one of its rows behind it. Nothing
is read here.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote, unquote, urlsplit

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import fs

from joins.arrow.chunks import one_array
from storage_tiers.pictures.files import PictureFile, PictureStatus
from storage_tiers.pictures.hdfs_pictures import SCHEMES as HDFS_SCHEMES
from storage_tiers.pictures.hdfs_pictures import HdfsPictures, pictures_on_hdfs
from storage_tiers.pictures.roots import PictureRoots, open_below

PACK_SUFFIX = ".parquet"
_MARK = f"{PACK_SUFFIX}#"

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
PictureStore: TypeAlias = "fs.FileSystem | HdfsPictures"
Root = str | Path | PictureRoots | None  # where relative paths begin; PictureRoots: and what may be read at all
_PATH_AND_ROW = re.compile(rf"(.*?{re.escape(PACK_SUFFIX)})#(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture lies: in a file of a store, one object for all its pictures; in a row where that is a pack."""

    store: PictureStore
    path: str
    row: str | None = None
    below: str | None = None  # the folder that the path must not leave by a link when it is opened

    def open(self) -> pa.NativeFile:
        """Open the file; one of ``READING_ERRORS`` is raised where that fails."""
        if self.below is None:
            return self.store.open_input_file(self.path)
        return pa.PythonFile(open_below(self.below, self.path), mode="r")


def is_uri(address: str) -> bool:
    """Return whether an address is a URI; everything else is a path.

    Examples
    --------
    >>> is_uri("s3://bucket/1.jpg"), is_uri("C:/1.jpg"), is_uri("album/1.jpg")
    (True, False, False)
    """
    return _URI.match(address) is not None


def is_pack(path: str) -> bool:
    """Return whether a path is one of a Parquet file, by its name.

    Examples
    --------
    >>> is_pack("packs/2026.parquet"), is_pack("packs/2026.jpg")
    (True, False)
    """
    return path.lower().endswith(PACK_SUFFIX)


def split_row(address: str) -> tuple[str, str | None]:
    """Split an address into its file and the name of a row behind the ``#``, None if it names no row.

    The name is percent-decoded in a URI, as it stands behind a path. A path may hold a ``#`` anywhere but behind
    ``.parquet``; in a URI it is written ``%23``.

    Examples
    --------
    >>> split_row("packs/2026.parquet#flower 17.jpg")
    ('packs/2026.parquet', 'flower 17.jpg')
    >>> split_row("s3://bucket/2026.parquet?region=eu-west-1#flower%2017.jpg")
    ('s3://bucket/2026.parquet?region=eu-west-1', 'flower 17.jpg')
    >>> split_row("album#2/1.jpg")
    ('album#2/1.jpg', None)
    """
    if is_uri(address):
        file, mark, row = address.partition("#")
        return file, unquote(row) if mark else None
    parts = _PATH_AND_ROW.fullmatch(address)
    return (parts[1], parts[2]) if parts else (address, None)


def files_in_turn(addresses: pa.ChunkedArray) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return the files of addresses in their order, and how many addresses that follow each other lie in each.

    Rows of packs are cut off all at once; where a pack is written in capitals, or as a URI with a query, each of its
    rows is a file by itself.

    Examples
    --------
    >>> files, n_addresses = files_in_turn(pa.chunked_array([["1.jpg", "a.parquet#1", "a.parquet#2", "b.parquet#1"]]))
    >>> files, n_addresses.tolist()
    (['1.jpg', 'a.parquet#', 'b.parquet#'], [1, 2, 1])
    """
    files, n_addresses = _runs_of_files(addresses)
    return files.to_pylist(), n_addresses


def files_of(addresses: pa.ChunkedArray) -> pa.Array:
    """Return the file of each address: rows of one pack have one.

    Examples
    --------
    >>> files_of(pa.chunked_array([["1.jpg", "a.parquet#1", "a.parquet#2", "B.PARQUET#1"]])).to_pylist()
    ['1.jpg', 'a.parquet#', 'a.parquet#', 'B.PARQUET']
    """
    files, n_addresses = _runs_of_files(addresses)
    is_other = pc.and_not(pc.match_substring(files, "#"), pc.ends_with(files, _MARK))
    others = [split_row(address)[0] for address in files.filter(is_other).to_pylist()]
    files = pc.replace_with_mask(files, is_other, pa.array(others, files.type))
    return files.take(pa.array(np.repeat(np.arange(len(files)), n_addresses)))


def _runs_of_files(addresses: pa.ChunkedArray) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    parts = pc.split_pattern(one_array(addresses), _MARK, max_splits=1)
    is_row = pc.equal(pc.list_value_length(parts), 2)
    first = parts.flatten().take(pa.array(parts.offsets.to_numpy()[:-1] - parts.offsets[0].as_py()))
    file = pc.if_else(is_row, pc.binary_join_element_wise(first, _MARK, ""), first)
    runs = pc.run_end_encode(file, run_end_type=pa.int64())
    return runs.values, np.diff(runs.run_ends.to_numpy(), prepend=0)


def locate(address: str, root: Root) -> Place:
    """Return where a picture lies, below `root` if its address is relative; whether anything is there is not looked at.

    Connections to stores are kept for the next picture. One of ``READING_ERRORS`` is raised where the address is
    relative and there is no root (a path or a URI of a folder), where no store is reached by it, or where `root` says
    what may be read and it lies outside.

    Examples
    --------
    >>> place = locate("2026.parquet#1.jpg", "/packs")
    >>> place.path, place.row
    ('/packs/2026.parquet', '1.jpg')
    """
    file, row = split_row(address)
    roots, start = (root, root.start) if isinstance(root, PictureRoots) else (None, root)
    file = _from_start(address, file, start)
    if not is_uri(file):
        return _local(file, row, roots)
    uri = urlsplit(file)
    if roots and uri.scheme == "file" and not uri.netloc:
        return _local(unquote(uri.path), row, roots)
    if roots:
        uri = urlsplit(roots.allowed_object(file))
    store, top = open_store(uri.scheme, uri.netloc, uri.query)
    return Place(store, top + unquote(uri.path).lstrip("/"), row)


def _from_start(address: str, file: str, start: str | Path | None) -> str:
    """Return the path or URI of a file, with what its relative path starts from."""
    if is_uri(file):
        return file
    path = Path(file)
    if path.is_absolute():
        return file
    if start is None:
        msg = f"{address} is a relative path, and no root is given"
        raise ValueError(msg)
    if isinstance(start, Path) or not is_uri(start):
        return str(_folder(start) / path)
    folder = urlsplit(start)
    query = f"?{folder.query}" if folder.query else ""
    return f"{folder.scheme}://{folder.netloc}{folder.path.rstrip('/')}/{quote(file)}{query}"


def _local(path: str, row: str | None, roots: PictureRoots | None) -> Place:
    real, below = roots.allowed_file(path) if roots else (path, None)
    return Place(_local_store(), real, row, below)


def file_bytes(place: Place, address: str) -> int | PictureFile:
    """Return the size of the file at a place, or the status if no regular file is there; `address` is for the reason.

    The store may refuse to say: one of ``READING_ERRORS``.

    Examples
    --------
    >>> file_bytes(locate("/no/such.jpg", None), "/no/such.jpg").reason
    '/no/such.jpg: no such file'
    """
    found = place.store.get_file_info(place.path)
    if found.type == fs.FileType.NotFound:
        return PictureFile(None, PictureStatus.MISSING, f"{address}: no such file")
    if found.type != fs.FileType.File:
        reason = f"{address}: is no regular file ({found.type.name})"
        return PictureFile(None, PictureStatus.NOT_A_FILE, reason)
    return int(found.size)


@lru_cache(maxsize=32)  # a new client of an object store costs a round trip or more
def open_store(scheme: str, authority: str, query: str) -> tuple[PictureStore, str]:
    """Return a store, and what the paths in it begin with: a bucket, a slash, or nothing.

    Examples
    --------
    >>> open_store("file", "", "")[1]
    '/'
    """
    if scheme in HDFS_SCHEMES:
        return pictures_on_hdfs(scheme, authority), "/"
    store, top = fs.FileSystem.from_uri(f"{scheme}://{authority}/" + (f"?{query}" if query else ""))
    return store, top if top in ("", "/") else top + "/"


@lru_cache(maxsize=32)
def _folder(start: str | Path) -> Path:
    return Path(start)


@lru_cache(maxsize=1)
def _local_store() -> fs.FileSystem:
    return fs.LocalFileSystem()
