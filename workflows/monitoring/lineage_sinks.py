"""Where OpenLineage events go: a file, a line each, or a server. Neither may delay a run, let alone fail it.

A server has three seconds in all to answer an event; names are looked up and connections made in that time, too. The
first event that doesn't arrive is said in one line, and the rest of the run sends none.
"""

import fcntl
import http.client
import mmap
import os
import threading
import time
import urllib.error
import urllib.request
from base64 import b64encode
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec

from joins.errors import DiscoveryError
from joins.uri_secrets import without_secrets
from workflows.progress import say
from workflows.settings.of_monitoring import OPENLINEAGE, is_url

ANSWER_WITHIN_S = 3.0
_LATER_S = 1.0  # after which a thread that was left alone ends
_LOCK_WITHIN_S = 1.0
_USUAL_PATH = "/api/v1/lineage"  # of the specification, where the address names none

# Luigi's workers are processes, one a task: what one of them found out must hold for those that come after it, and is
# one byte that all of them share, as it was there before they were forked.
_GAVE_UP = mmap.mmap(-1, 1)


class LineageError(DiscoveryError, RuntimeError):
    """An event that couldn't be handed on."""


def try_again() -> None:
    """Begin a new run: what the one before gave up is tried again."""
    _GAVE_UP[0] = 0


def is_wanted() -> bool:
    """Return whether events go anywhere, and still arrive."""
    return bool(OPENLINEAGE.value()) and not _GAVE_UP[0]


def emit(event: dict[str, object]) -> None:
    """Hand an event on. If that fails it is said in one line, and no other is handed on in this run."""
    if not is_wanted():
        return
    where = OPENLINEAGE.value()
    line = msgspec.json.encode(event)
    try:
        if is_url(where):
            _post_in_time(where, line)
        else:
            _append(Path(where), line + b"\n")
    except (LineageError, OSError) as error:
        _GAVE_UP[0] = 1
        why = without_secrets(str(error)).replace("\n", " ")
        say(f"warning: openlineage {without_secrets(where)}: {why}; the run goes on and sends no more events")


def _append(path: Path, line: bytes) -> None:
    """Append a line whole or not at all, whoever else appends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        _lock(descriptor, path)
        n_before = os.fstat(descriptor).st_size
        n_written = os.write(descriptor, line)
        if n_written < len(line):
            os.ftruncate(descriptor, n_before)
            raise LineageError(f"only {n_written:,} of {len(line):,} bytes could be written", remedy="make room")
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path) -> None:
    give_up_at = time.monotonic() + _LOCK_WITHIN_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up_at:
                raise LineageError(f"{path} is locked by another program") from None
            time.sleep(0.01)
        else:
            return


def _post_in_time(url: str, body: bytes) -> None:
    """Send an event, in a thread that is left alone if it takes too long: looking up a name can't be interrupted."""
    problems: list[str] = []

    def send() -> None:
        problems.extend(_post(url, body))

    sender = threading.Thread(target=send, name="openlineage", daemon=True)
    sender.start()
    sender.join(ANSWER_WITHIN_S)
    if sender.is_alive():
        raise LineageError(f"no answer within {ANSWER_WITHIN_S:g} s")
    for problem in problems:
        raise LineageError(problem)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: that would send a GET without the event, and take its answer for success."""

    def redirect_request(self, *_of_handler: object) -> None:
        """Return nothing, which makes the redirect an error."""


def _post(url: str, body: bytes) -> list[str]:
    """Send an event, and return what was wrong with that, if anything."""
    parts = urlsplit(url)
    headers = {"Content-Type": "application/json"}
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {b64encode(user.encode()).decode()}"
    host = parts.netloc.rpartition("@")[2]
    path = parts.path if parts.path.strip("/") else _USUAL_PATH
    address = urlunsplit((parts.scheme, host, path, parts.query, ""))
    request = urllib.request.Request(address, body, headers, method="POST")  # noqa: S310 - the setting allows http alone
    try:
        straight = urllib.request.ProxyHandler({})  # an inner address is no affair of the environment's proxies
        with urllib.request.build_opener(straight, _NoRedirect).open(request, timeout=ANSWER_WITHIN_S + _LATER_S):
            return []
    except urllib.error.HTTPError as error:
        error.close()
        return [f"it answers {error.code} {error.reason}"]
    except (OSError, ValueError, http.client.HTTPException) as error:  # no connection, or an answer that is no HTTP
        return [str(getattr(error, "reason", "") or error)]
