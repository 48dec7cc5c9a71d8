"""The callers of a service: a name and a token each, in a file that is read again when it changes.

A token is looked up by its digest under a key of this process, and then compared in constant time: how long a refusal
takes tells nothing of any token. A file that turns faulty while it is in use changes nothing, and is told of.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from serving.errors import NotAllowedError, ServingConfigError
from storage_tiers.bounded_files import UNREADABLE, read_bounded, words_of_unreadable

_SHORTEST_TOKEN, _LONGEST_TOKEN = 16, 512  # characters
_LONGEST_NAME = 64
_OPEN_TO_OTHERS = 0o044
_BEARER = b"bearer "
_REMEDY = 'send the header "Authorization: Bearer TOKEN" with a token of the service'


class Tokens:
    """The callers that a file names; anybody where there is no file.

    Parameters
    ----------
    path
        The file: a line a caller, ``NAME:TOKEN``; empty lines, and those that begin with ``#``, say nothing. Empty: all
        may ask, and have no name.

    Raises
    ------
    ServingConfigError
        If the file can't be read, or a line says no caller.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._key = secrets.token_bytes(32)
        self._state = _state_of(path)
        self._callers = self._read() if path else {}

    @property
    def are_needed(self) -> bool:
        """Whether a caller needs one."""
        return bool(self._path)

    def caller(self, header: bytes) -> str:
        """Return the name of the caller that an ``Authorization`` header names.

        Raises
        ------
        NotAllowedError
            If it has no token that is known.
        """
        if header[: len(_BEARER)].lower() != _BEARER:
            raise NotAllowedError("a token is needed", remedy=_REMEDY)
        return self.caller_of_token(header[len(_BEARER) :].strip())

    def caller_of_token(self, token: bytes) -> str:
        """Return the name of the caller whose token this is; see `caller`."""
        found = self._callers.get(self._digest(token))
        if found is None or not hmac.compare_digest(found[1], token):
            raise NotAllowedError("the token isn't known", remedy=_REMEDY)
        return found[0]

    def look_again(self, say: Callable[[str], None]) -> None:
        """Read the file again if it has changed; one that is faulty leaves the callers as they were."""
        if not self._path or (state := _state_of(self._path)) == self._state:
            return
        self._state = state
        try:
            self._callers = self._read()
        except ServingConfigError as error:
            say(f"warning: {error}; the callers stay as they were")
        else:
            say(f"{self._path}: {len(self._callers):,} callers from now on")

    def _read(self) -> Mapping[bytes, tuple[str, bytes]]:
        try:
            lines = read_bounded(Path(self._path)).decode().splitlines()
        except (*UNREADABLE, OSError) as error:
            raise ServingConfigError(f"it can't be read ({words_of_unreadable(error)})", where=self._path) from None
        callers: dict[bytes, tuple[str, bytes]] = {}
        for number, line in enumerate(lines, 1):
            if line.strip() and not line.startswith("#"):
                name, token = self._caller_of_line(line.strip(), number)
                callers[self._digest(token)] = name, token
        if not callers:
            raise ServingConfigError("it names no caller", where=self._path, remedy="write a line NAME:TOKEN")
        return callers

    def _caller_of_line(self, line: str, number: int) -> tuple[str, bytes]:
        """Return the caller of a line; no message holds the line, as there may be a token in it."""
        name, colon, token = (part.strip() for part in line.partition(":"))
        where = f"{self._path}, line {number}"
        if not colon or not name.isascii() or not name.isprintable() or not 1 <= len(name) <= _LONGEST_NAME:
            remedy = f"write NAME:TOKEN, the name of at most {_LONGEST_NAME} letters and digits"
            raise ServingConfigError("it names no caller", where=where, remedy=remedy)
        if not token.isascii() or not token.isprintable() or " " in token or len(token) > _LONGEST_TOKEN:
            raise ServingConfigError("its token isn't made of ASCII letters, digits and signs", where=where)
        if len(token) < _SHORTEST_TOKEN:
            problem = f"its token has {len(token)} characters; at least {_SHORTEST_TOKEN} are needed"
            remedy = "make one by: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
            raise ServingConfigError(problem, where=where, remedy=remedy)
        return name, token.encode()

    def _digest(self, token: bytes) -> bytes:
        return hashlib.blake2b(token, digest_size=16, key=self._key).digest()


def is_open_to_others(path: str) -> bool:
    """Return whether other users of this machine may read a file."""
    try:
        return bool(os.stat(path).st_mode & _OPEN_TO_OTHERS)  # noqa: PTH116 - a mode, nothing of the path
    except OSError:
        return False


def _state_of(path: str) -> tuple[int, int, int] | None:
    """Return what changes when a file does; None where it isn't there."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
