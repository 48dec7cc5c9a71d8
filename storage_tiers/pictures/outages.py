"""Stores of pictures that fail for the moment: what such a failure is, and how a day ends for one.

A picture that is gone or can't be read is a fact about one pin. That a store answers with an error of its own, or not
at all, says nothing of the picture: published as one that can't be read, it would stay so for its date. So whoever
makes a day of pictures asks for them here, and gets an error instead; the run is started again when the store answers.
The clients of stores try again before they say so, for seconds to two minutes.
"""

import errno
import re
from collections.abc import Iterator, Sequence

from storage_tiers.errors import DatasetError
from storage_tiers.pictures.addresses import Root
from storage_tiers.pictures.files import PictureFile, PictureStatus
from storage_tiers.pictures.hdfs_pictures import FAILS_NOW as HDFS_FAILS_NOW
from storage_tiers.pictures.read_ahead import read_pictures

# Of the network, and of a process that has used up its files or memory: none says anything of the picture.
_PASSING_ERRORS = {
    *(errno.ETIMEDOUT, errno.ECONNREFUSED, errno.ECONNRESET, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN),
    *(errno.ESTALE, errno.ENOTCONN, errno.EMFILE, errno.ENFILE, errno.ENOMEM),
}
_WORDS = re.compile(
    r"NETWORK_CONNECTION|curlCode|HTTP status 5\d\d|SLOW_DOWN|THROTTLING|INTERNAL_FAILURE|SERVICE_UNAVAILABLE"
    r"|REQUEST_TIMEOUT|REQUEST_EXPIRED|UNAVAILABLE|DEADLINE_EXCEEDED|timed out|Timeout was reached"
    rf"|{HDFS_FAILS_NOW}",
)


class StoreFailedError(DatasetError):
    """A store of pictures failed, or did not answer; asked again later it may."""


def is_outage(said: BaseException | str) -> bool:
    """Return whether an error, or what was said of one, tells of a store that fails for the moment.

    Examples
    --------
    >>> is_outage("AWS Error UNKNOWN (HTTP status 503) during HeadObject operation: No response body.")
    True
    >>> is_outage("AWS Error ACCESS_DENIED during HeadObject operation"), is_outage(FileNotFoundError(2, "no file"))
    (False, False)
    """
    if isinstance(said, OSError) and said.errno is not None:
        return said.errno in _PASSING_ERRORS
    return _WORDS.search(str(said)) is not None


def refuse_outage(address: str, said: BaseException | str) -> None:
    """Raise StoreFailedError if an error, or what was said of one, tells of a store that fails for the moment."""
    if is_outage(said):
        raise StoreFailedError(
            f"its store fails for the moment: {said}",
            where=f"picture {address}",
            remedy="run again when it answers, and the date goes on; nothing was published of its pictures",
        )


def read_or_stop(addresses: Sequence[str], root: Root = None) -> Iterator[PictureFile]:
    """Yield picture files as `read_pictures` does, until a store fails for the moment.

    Raises StoreFailedError, naming the picture.
    """
    for address, file in zip(addresses, read_pictures(addresses, root), strict=True):
        if file.status is PictureStatus.UNREADABLE:
            refuse_outage(address, file.reason or "")
        yield file
