"""HDFS as a store of whole files, through `hdfs-native`, which speaks HDFS's own protocol and needs no Java.

The bucket is the NameNode (``hdfs://namenode:8020/data/output``), or a name that Hadoop's own settings know
(``HADOOP_CONF_DIR``). A file is written beside its place under a hidden name and renamed: HDFS renames in one step, and
refuses a name that is taken, which is what a conditional put is to an object store. What isn't renamed yet is listed
by nobody, unless it is a day old, when its writer is dead: then who cleans up finds it.

Who may write is HDFS's affair: its simple authentication takes ``HADOOP_USER_NAME``, or the user of this machine;
Kerberos the tickets of ``kinit``.
"""

import datetime as dt
import errno
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hdfs_native import Client, FileStatus

from storage_tiers.stores.hdfs.hdfs_errors import telling_of_hdfs
from storage_tiers.stores.object_store import NamesBelow, StoredObject

MOST_ATTEMPTS = 4  # to reach a NameNode, some 10 seconds; without a bound, the library tries for minutes
_UNFINISHED = ".unfinished-"  # how names begin that nobody is to see
_LEFT_AFTER = dt.timedelta(days=1)
_BLOCK_BYTES = 8 * 2**20
_OF_VERSIONS = ("date=", "iteration=")  # folders that go when the last file in them goes


@dataclass(frozen=True, slots=True)
class HdfsStore:
    """One file system; see `storage_tiers.stores.object_store.ObjectStore`."""

    address: str
    client: Client

    def get(self, key: str, most_bytes: int | None = None) -> bytes:
        """Return a whole file."""
        with telling_of_hdfs(self._address(key)):
            file = self.client.read(f"/{key}")
            if most_bytes is not None and file.size > most_bytes:
                raise OSError(errno.EFBIG, f"{file.size:,} bytes; allowed are {most_bytes:,}", self._address(key))
            return bytes(file.read())

    def get_range(self, key: str, start: int, end: int) -> bytes:
        """Return some bytes of a file."""
        with telling_of_hdfs(self._address(key)):
            file = self.client.read(f"/{key}")
            n_bytes = min(end, file.size) - start
            return bytes(file.read_range(start, n_bytes)) if n_bytes > 0 else b""

    def get_tail(self, key: str, n_bytes: int) -> tuple[bytes, int]:
        """Return the last bytes of a file, and how many it has."""
        with telling_of_hdfs(self._address(key)):
            file = self.client.read(f"/{key}")
            wanted = min(n_bytes, file.size)
            return bytes(file.read_range(file.size - wanted, wanted)) if wanted else b"", file.size

    def blocks(self, key: str) -> Iterator[bytes]:
        """Yield a file piece after piece."""
        with telling_of_hdfs(self._address(key)):
            file = self.client.read(f"/{key}")
            yield from file.read_range_stream(0, file.size)

    def put(self, key: str, content: bytes) -> None:
        """Put a file, whatever was there."""
        self._put(key, lambda: iter([content]), over=True)

    def put_new(self, key: str, content: bytes) -> bool:
        """Put a file unless there is one."""
        return self._put(key, lambda: iter([content]), over=False)

    def put_over(self, key: str, content: bytes, e_tag: str) -> bool:
        """Put a file if the one that is there has an e-tag: of several that take that one away, one succeeds."""
        aside = self._unfinished(key)
        with telling_of_hdfs(self._address(key)):
            try:
                self.client.rename(f"/{key}", aside)
            except FileNotFoundError:
                return False
            if _e_tag(self.client.get_file_info(aside)) != e_tag:
                with suppress(FileExistsError):  # somebody has put another meanwhile
                    self.client.rename(aside, f"/{key}")
                return False
            self.client.delete(aside)
        return self.put_new(key, content)

    def put_file(self, key: str, path: Path) -> None:
        """Put what a local file holds."""
        self._put(key, lambda: _blocks_of(path), over=True)

    def described(self, key: str) -> StoredObject | None:
        """Return what is known of a file."""
        with telling_of_hdfs(self._address(key)):
            try:
                found = self.client.get_file_info(f"/{key}")
            except FileNotFoundError:
                return None
        return None if found.isdir else _stored(found)

    def listed(self, folder: str, after: str = "") -> Iterator[StoredObject]:
        """Yield all files below a folder, by key."""
        with telling_of_hdfs(self._address(folder)):
            try:
                found = [one for one in self.client.list_status(f"/{folder}", recursive=True) if not one.isdir]
            except FileNotFoundError:
                return
        seen = (_stored(one) for one in found if _is_seen(one) and one.path != f"/{folder}")
        yield from sorted((one for one in seen if one.key > after), key=lambda one: one.key)

    def names_below(self, folder: str) -> NamesBelow:
        """Return what lies directly below a folder."""
        with telling_of_hdfs(self._address(folder)):
            try:
                found = [one for one in self.client.list_status(f"/{folder}") if one.path != f"/{folder}"]
            except FileNotFoundError:
                found = []
        names = [(PurePosixPath(one.path).name, one.isdir) for one in found if one.isdir or _is_seen(one)]
        return NamesBelow(
            tuple(sorted(name for name, is_folder in names if is_folder)),
            tuple(sorted(name for name, is_folder in names if not is_folder)),
        )

    def delete(self, keys: Iterable[str]) -> None:
        """Delete files, and the folders of versions that are empty then."""
        above: dict[PurePosixPath, None] = {}
        for key in keys:
            with telling_of_hdfs(self._address(key)):
                self.client.delete(f"/{key}")
            above |= dict.fromkeys([PurePosixPath(f"/{key}").parent])
        for folder in above:
            self._delete_empty(folder)

    def _delete_empty(self, folder: PurePosixPath) -> None:
        """Delete a folder that is empty, and those above it; one that isn't is refused by HDFS."""
        while folder.name.startswith(_OF_VERSIONS):
            with telling_of_hdfs(self._address(str(folder)[1:])):
                try:
                    self.client.delete(str(folder))
                except RuntimeError as error:
                    if "PathIsNotEmptyDirectory" in str(error):
                        return
                    raise
            folder = folder.parent

    def _put(self, key: str, blocks: Callable[[], Iterator[bytes]], *, over: bool) -> bool:
        """Write a file under a hidden name and rename it; return whether its name was free, or could be taken."""
        unfinished = self._unfinished(key)
        with telling_of_hdfs(self._address(key)):
            try:
                with self.client.create(unfinished) as file:
                    for block in blocks():
                        file.write(block)
                self.client.rename(unfinished, f"/{key}", overwrite=over)
            except BaseException as error:
                with suppress(Exception):  # the same trouble; it is removed in a day
                    self.client.delete(unfinished)
                if isinstance(error, FileExistsError) and not over:
                    return False
                raise
        return True

    def _unfinished(self, key: str) -> str:
        place = PurePosixPath(f"/{key}")
        return str(place.with_name(f"{_UNFINISHED}{place.name}.{secrets.token_hex(6)}"))

    def _address(self, key: str) -> str:
        return f"{self.address}/{key}"


def hdfs_client(address: str | None) -> Client:
    """Return a client of an HDFS; None: of the one that Hadoop's own settings name."""
    return Client(address, {"dfs.client.failover.max.attempts": str(MOST_ATTEMPTS)})


def opened_bucket(scheme: str, bucket: str) -> HdfsStore:
    """Open the file system of a NameNode, or of a name that Hadoop's settings know; nothing is asked of it yet."""
    address = f"{scheme}://{bucket}"
    with telling_of_hdfs(address):
        return HdfsStore(address, hdfs_client(address))


def _blocks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            yield block


def _stored(found: FileStatus) -> StoredObject:
    return StoredObject(found.path[1:], found.length, _changed_at(found), _e_tag(found))


def _changed_at(found: FileStatus) -> dt.datetime:
    return dt.datetime.fromtimestamp(found.modification_time / 1000, dt.UTC)


def _e_tag(found: FileStatus) -> str:
    """Return what changes with a file; HDFS has no e-tags, but times in milliseconds."""
    return f"{found.modification_time}-{found.length}"


def _is_seen(found: FileStatus) -> bool:
    is_finished = not PurePosixPath(found.path).name.startswith(_UNFINISHED)
    return is_finished or _changed_at(found) < dt.datetime.now(dt.UTC) - _LEFT_AFTER
