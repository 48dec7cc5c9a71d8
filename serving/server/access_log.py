"""The access log: a line of JSON a request, of as many requests as are asked for.

Lines are kept until the next look around, a second at most, and written together: a line costs a few microseconds, and
no request waits for a disk. A disk that is full, or a reader that is gone, is told of once; requests are answered on.
"""

import os
import random
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from serving.errors import ServingConfigError

_MOST_KEPT = 10_000  # lines; more in a second are dropped, and counted
_FILE_MODE = 0o640
_APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
_STANDARD_OUTPUT = "-"


class AccessLine(msgspec.Struct, omit_defaults=True):
    """What the log says of a request."""

    at: str  # UTC
    id: str
    caller: str  # name of its token, or its address
    asked: str  # method and path, or Thrift's method
    status: int
    took_us: int
    n_bytes: int  # of the answer
    error: str = ""


class AccessLog:
    """Where lines go.

    Parameters
    ----------
    path
        The file, which is appended to and made if it isn't there; ``-``: standard output; empty: there is no log.
    share
        Of the requests that succeed. Those that fail by the service's fault (500 and above) all have a line.
    say
        Tells people what is wrong.
    """

    def __init__(self, path: str, share: float, say: Callable[[str], None]) -> None:
        self._path, self._share, self._say = path, share, say
        self._lines: list[bytes] = []
        self._n_dropped = 0
        self._is_told = False
        self._encoder = msgspec.json.Encoder()
        self.is_kept = bool(path)

    def wants(self, status: int) -> bool:
        """Return whether a request that ended so has a line."""
        if not self.is_kept:
            return False
        return self._share >= 1 or status >= 500 or random.random() < self._share  # noqa: PLR2004, S311 - HTTP's, a sample

    def add(self, line: AccessLine) -> None:
        """Keep a line until it is written."""
        if len(self._lines) >= _MOST_KEPT:
            self._n_dropped += 1
        else:
            self._lines.append(self._encoder.encode(line))

    def write(self) -> None:
        """Write what was kept."""
        if not self._lines:
            return
        text = b"\n".join(self._lines) + b"\n"
        self._lines.clear()
        try:
            self._append(text)
        except OSError as error:
            if not self._is_told:
                self._say(f"warning: the access log {self._path} can't be written ({error.strerror}); lines are lost")
            self._is_told = True
            return
        self._is_told = False
        if self._n_dropped:
            self._say(f"warning: {self._n_dropped:,} lines of the access log were too many in a second, and are lost")
            self._n_dropped = 0

    def _append(self, text: bytes) -> None:
        """Write lines behind those of other processes; the file is opened anew, as it may have been moved away."""
        if self._path == _STANDARD_OUTPUT:
            sys.stdout.buffer.write(text)
            sys.stdout.buffer.flush()
            return
        file = os.open(self._path, _APPENDING, _FILE_MODE)
        try:
            os.write(file, text)
        finally:
            os.close(file)


def check_log(path: str) -> None:
    """Make the file where it isn't there.

    Parameters
    ----------
    path
        See `AccessLog`.

    Raises
    ------
    ServingConfigError
        If lines can't be appended to it.
    """
    if path == _STANDARD_OUTPUT:
        return
    try:
        os.close(os.open(path, _APPENDING | os.O_NONBLOCK, _FILE_MODE))  # a pipe that nobody reads would wait
    except OSError as error:
        problem = f"access_log is {path!r}, which can't be written ({error.strerror})"
        raise ServingConfigError(problem, remedy="make its folder, or name another file") from None


def utc_now() -> str:
    """Return the time as the log has it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
