"""The archive of what tasks import, put into HDFS once for a content, and named by each job.

YARN fetches a file that a job names to each node that runs a task, unpacks it there, and knows it again in later jobs
by its address, its size and the time when it was written. So an archive is put once under its digest, and isn't touched
any more. A few are kept, and who puts one removes the oldest.
"""

import posixpath
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from joins.errors import EngineError

FOLDER = "interest-graph"  # beside the folder of mrjob's jobs
_KEPT = 4  # archives of other environments, and of the code before


class FsCommand(Protocol):
    """Runs ``hadoop fs``, which takes a second for the start of its JVM."""

    def __call__(self, *words: str) -> str | None:
        """Return what it says; None where it failed."""


def archive_in_hdfs(archive: Path, folder: str) -> str:
    """Return where an archive lies in HDFS, or is to lie.

    Examples
    --------
    >>> archive_in_hdfs(Path("sent-to-nodes/0a1b.zip"), "hdfs:///user/night/tmp/interest-graph")
    'hdfs:///user/night/tmp/interest-graph/0a1b.zip'
    """
    return posixpath.join(folder, archive.name)


def put_once(archive: Path, folder: str, fs: FsCommand) -> None:
    """Put an archive into a folder of HDFS if it isn't there; ``hadoop fs`` puts files whole or not at all.

    Raises EngineError if it can't be put.
    """
    listed = fs("-ls", "-C", "-t", folder)  # None: the first of a user
    there = _archives(listed)
    if _has(there, archive):
        return
    if listed is None:
        fs("-mkdir", "-p", folder)
    place = archive_in_hdfs(archive, folder)
    if fs("-put", str(archive), place) is None and not _has(_archives(fs("-ls", "-C", folder)), archive):
        raise EngineError(
            f"{place} could not be put, and is what tasks import",
            where="HDFS",
            remedy="see that the user may write there; or set python_bin to a Python of the nodes with this project",
        )
    if old := there[_KEPT - 1 :]:
        fs("-rm", "-f", "-skipTrash", *old)


def _has(there: Sequence[str], archive: Path) -> bool:
    """Return whether an archive is among some, whose addresses may be written with or without the NameNode."""
    return archive.name in map(posixpath.basename, there)


def _archives(listed: str | None) -> Sequence[str]:
    """Return the archives of a listing, in its order, the newest first."""
    return [line for line in (listed or "").splitlines() if line.endswith(".zip")]
