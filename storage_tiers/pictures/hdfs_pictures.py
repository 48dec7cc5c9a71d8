"""Pictures on HDFS, by `hdfs-native`; Arrow's own client would want Java and a library of Hadoop's on every node.

What a picture is asked for is what Arrow's file systems answer: `get_file_info` and `open_input_file`. What HDFS says
when it refuses is an OSError here, with an error number: of a passing failure that of a lost connection.
"""

import datetime as dt
import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, overload

import pyarrow as pa
from pyarrow import fs

from storage_tiers.stores.hdfs.hdfs_errors import telling_of_hdfs
from storage_tiers.stores.store_errors import StoreError

if TYPE_CHECKING:
    from hdfs_native import Client, FileReader, FileStatus

SCHEMES = ("hdfs", "viewfs")
_ANSWERED = "HDFS answered"  # how a refusal begins that came from a NameNode
FAILS_NOW = "HDFS fails for the moment"
_PASSING = ("SafeMode", "Standby", "Retriable", "TooBusy")  # parts of the names of Java's exceptions
_DAMAGED = "checksum"  # of a block, which stays so


class HdfsPictures:
    """The files of one HDFS, for who reads pictures."""

    def __init__(self, client: "Client", address: str) -> None:
        self._client, self._address = client, address

    @overload
    def get_file_info(self, asked: str) -> fs.FileInfo: ...
    @overload
    def get_file_info(self, asked: Sequence[str] | fs.FileSelector) -> list[fs.FileInfo]: ...
    def get_file_info(self, asked: str | Sequence[str] | fs.FileSelector) -> fs.FileInfo | list[fs.FileInfo]:
        """Return what lies at a path, at each of several, or below a folder."""
        if isinstance(asked, str):
            return self._info(asked)
        if isinstance(asked, fs.FileSelector):
            with self._answers(asked.base_dir):
                return [_as_info(file) for file in self._client.list_status(asked.base_dir, asked.recursive)]
        return [self._info(path) for path in asked]

    def open_input_file(self, path: str) -> pa.NativeFile:
        """Open a file to be read at any place."""
        with self._answers(path):
            return pa.PythonFile(_Told(self._client.read(path), self, path), mode="r")

    def _info(self, path: str) -> fs.FileInfo:
        try:
            with self._answers(path):
                return _as_info(self._client.get_file_info(path))
        except FileNotFoundError:
            return fs.FileInfo(path, fs.FileType.NotFound)

    @contextmanager
    def _answers(self, path: str) -> Iterator[None]:
        """Turn what HDFS says into errors of files."""
        try:
            with telling_of_hdfs(f"{self._address}{path}"):
                yield
        except StoreError as error:
            said = str(error)
            is_passing = any(name in said for name in _PASSING)
            lasts = (_ANSWERED in said and not is_passing) or _DAMAGED in said.lower()
            raise (OSError(errno.EIO, said) if lasts else OSError(errno.ENOTCONN, f"{FAILS_NOW}: {said}")) from None


class _Told:
    """A file that is read, whose failures are told as those of its store are."""

    def __init__(self, file: "FileReader", store: HdfsPictures, path: str) -> None:
        self._file, self._store, self._path = file, store, path

    def read(self, n_bytes: int = -1) -> bytes:
        with self._store._answers(self._path):  # noqa: SLF001 - of this module
            return self._file.read(n_bytes)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a file has
        return getattr(self._file, name)


def pictures_on_hdfs(scheme: str, authority: str) -> HdfsPictures:
    """Return the files of an HDFS; without a host it is the one that Hadoop's own settings name.

    Raises OSError where hdfs-native isn't installed, or can't make anything of the name.
    """
    address = f"{scheme}://{authority}"
    try:
        from storage_tiers.stores.hdfs.hdfs_store import hdfs_client  # noqa: PLC0415 - needs an extra
    except ModuleNotFoundError:
        problem = f"hdfs-native is not installed, by which {address} is reached; pip install 'interest-graph[hdfs]'"
        raise OSError(errno.ENOTCONN, f"{FAILS_NOW}: {problem}") from None
    return HdfsPictures(hdfs_client(address if authority else None), address)


def _as_info(found: "FileStatus") -> fs.FileInfo:
    if found.isdir:
        return fs.FileInfo(found.path, fs.FileType.Directory)
    written = dt.datetime.fromtimestamp(found.modification_time / 1000, dt.UTC)
    return fs.FileInfo(found.path, fs.FileType.File, size=found.length, mtime=written)
