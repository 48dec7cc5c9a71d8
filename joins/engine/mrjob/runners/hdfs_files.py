"""The files of a job in HDFS: they are put, read and removed by HDFS's own protocol, or else by ``hadoop fs``.

``hadoop fs`` starts a JVM each time, for some two seconds of CPU. hdfs-native, an extra of this project, speaks the
protocol itself and takes some milliseconds. It reads the same settings of Hadoop (``HADOOP_CONF_DIR``). Where it isn't
installed, or can't reach what these settings name (another file system than HDFS, an authentication that it lacks),
the commands do it.
"""

import logging
import posixpath
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from hdfs_native import Client

# Without a bound, the client tries for minutes to reach a NameNode.
_BOUNDS = {"dfs.client.failover.max.attempts": "4"}
_RESULTS = "part-"  # how the names of files begin that tasks write
_PANIC = "PanicException"  # of the client, which is written in Rust; it is no Exception

_log = logging.getLogger("mrjob.hadoop")


class HdfsFiles(Protocol):
    """Puts, reads and removes files; addresses begin with ``hdfs://``, or are paths."""

    def put(self, files: Iterable[tuple[Path, str]], folder: str) -> None:
        """Put local files below a folder that isn't there yet, each at its address."""

    def results(self, folder: str) -> Iterator[bytes]:
        """Yield what all tasks wrote into a folder, in pieces."""

    def remove(self, addresses: Sequence[str]) -> None:
        """Remove folders with all that is in them, those that are there."""


class ByProtocol:
    """The files by HDFS's own protocol."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def put(self, files: Iterable[tuple[Path, str]], folder: str) -> None:
        """Put local files, each at its address."""
        self._client.mkdirs(_path(folder), create_parent=True)
        for source, address in files:
            with self._client.create(_path(address)) as file:
                file.write(source.read_bytes())

    def results(self, folder: str) -> Iterator[bytes]:
        """Yield each file as a piece."""
        for path in sorted(status.path for status in self._client.list_status(_path(folder))):
            if posixpath.basename(path).startswith(_RESULTS):
                with self._client.read(path) as file:
                    yield file.read()

    def remove(self, addresses: Sequence[str]) -> None:
        """Remove folders."""
        for address in addresses:
            with suppress(FileNotFoundError):
                self._client.delete(_path(address), recursive=True)


class ByCommand:
    """The files by ``hadoop fs``, a command for all of them."""

    def __init__(self, hadoop: Sequence[str], links: Path) -> None:
        self._hadoop, self._links = hadoop, links

    def put(self, files: Iterable[tuple[Path, str]], folder: str) -> None:
        """Put all files by one command: links to them lie in a local folder as they are to lie in HDFS."""
        for source, address in files:
            link = self._links / posixpath.relpath(address, folder)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(source.absolute())
        words = ["-put", str(self._links), folder]
        if self._fs(*words).returncode:  # the first job of a user has no folder yet
            self._fs("-mkdir", "-p", posixpath.dirname(folder))
            self._fs(*words).check_returncode()

    def results(self, folder: str) -> Iterator[bytes]:
        """Read the results of all tasks by one command."""
        words = [*self._hadoop, "fs", "-cat", posixpath.join(folder, f"{_RESULTS}*")]
        with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as cat:  # noqa: S603 - as below
            yield from cast("IO[bytes]", cat.stdout)
        if cat.returncode:
            raise subprocess.CalledProcessError(cat.returncode, cat.args)

    def remove(self, addresses: Sequence[str]) -> None:
        """Remove folders by one command."""
        self._fs("-rm", "-R", "-f", "-skipTrash", *addresses).check_returncode()

    def _fs(self, *words: str) -> "subprocess.CompletedProcess[bytes]":
        """Run a command. If the job is ended meanwhile it is killed; else it would put what has been removed."""
        return subprocess.run(  # noqa: S603 - the cluster's own command
            [*self._hadoop, "fs", *words], stdin=subprocess.DEVNULL, stdout=2, check=False
        )


def hdfs_files(hadoop: Sequence[str], folder: str, links: Path) -> HdfsFiles:
    """Return how the files of a job are handled.

    Parameters
    ----------
    hadoop
        The words that start ``hadoop``.
    folder
        Address of the folder of the job, which isn't there yet.
    links
        A local folder that isn't there yet, for links to what a command puts.
    """
    return _by_protocol(folder) or ByCommand(hadoop, links)


def _by_protocol(folder: str) -> ByProtocol | None:
    """Return the files by protocol if that reaches the file system of a folder, as its user."""
    try:
        from hdfs_native import Client  # noqa: PLC0415 - an extra

        at = urlsplit(folder)
        client = Client(f"hdfs://{at.netloc}" if at.netloc else None, _BOUNDS)
        client.get_file_info("/")
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != _PANIC:
            raise
        _log.info("HDFS is not reached by its protocol, so 'hadoop fs' is called: %s", error)
        return None
    return ByProtocol(client)


def _path(address: str) -> str:
    """Return the path of an address.

    Examples
    --------
    >>> _path("hdfs://namenode:8020/jobs/1"), _path("/staging/1")
    ('/jobs/1', '/staging/1')
    """
    return urlsplit(address).path
