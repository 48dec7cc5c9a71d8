"""Whether a request is begun at all, by whichever wire it comes: who asks, how often, and how late it is already.

Each check is a dictionary lookup or two, and all of them come before anything is read of the request.
"""

import secrets
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from time import monotonic

from serving.config import ServerConfig
from serving.errors import NotAllowedError, OverloadedError, RequestError, TooLateError
from serving.request import Asked
from serving.server.guards.host_names import HostNames
from serving.server.guards.rate_limits import RateLimit, caller_at
from serving.server.guards.tokens import Tokens

LONGEST_ID = 128  # characters
_REMEDY = "ask again in a moment, or another server"


class Admission:
    """What a request passes before it is begun.

    Parameters
    ----------
    config
        The limits.
    table
        The file of the rates that processes share; None: this process has its own.

    Raises
    ------
    ServingConfigError
        If the file of tokens is faulty.
    """

    def __init__(self, config: ServerConfig, table: Path | None = None) -> None:
        self._tokens = Tokens(config.tokens_file)
        self._hosts = HostNames(config.host, config.hosts)
        self._rates = RateLimit(config.requests_per_s, config.burst, table)
        self._most_queued_s = config.most_queued_ms / 1_000
        self._ids, self._of_process = count(1), secrets.token_hex(4)

    def look_again(self, say: Callable[[str], None]) -> None:
        """Read the tokens again if they have changed."""
        self._tokens.look_again(say)

    def caller_of_headers(self, headers: Mapping[bytes, bytes], address: str) -> str:
        """Return who asks by HTTP: the name of the token, or the address where none is needed.

        Raises
        ------
        NotAllowedError
            If a token is needed, and there is none that is known.
        StrangerError
            If none is needed, and a page of a stranger asks, or by a name that isn't the service's.
        """
        if self._tokens.are_needed:
            return self._tokens.caller(headers.get(b"authorization", b""))
        self._hosts.check(headers)
        return caller_at(address)

    def caller_of_token(self, token: str | None, address: str) -> str:
        """Return who asks by another wire; see `caller_of_headers`."""
        if not self._tokens.are_needed:
            return caller_at(address)
        if not token:
            raise NotAllowedError("a token is needed", remedy="send one in the field token")
        return self._tokens.caller_of_token(token.encode())

    def check_rate(self, caller: str) -> None:
        """Raise TooManyRequestsError if a caller asks more often than it may."""
        self._rates.take(caller)

    def check_wait(self, asked: Asked, arrived: float) -> None:
        """Take from a request's time what it has waited in this process before anything was done about it.

        Raises
        ------
        OverloadedError
            If it has waited so long that the process is behind with what it has to do.
        TooLateError
            If its time is over.
        """
        waited_s = monotonic() - arrived
        if waited_s < 0.001:  # noqa: PLR2004 - a millisecond, in which a deadline is given
            return
        if waited_s > self._most_queued_s:
            raise OverloadedError(f"it had to wait {waited_s * 1_000:,.0f} ms, and wasn't begun", remedy=_REMEDY)
        if asked.deadline_ms is not None and asked.deadline_ms > 0:  # one that is none is refused by the service
            asked.deadline_ms -= int(waited_s * 1_000)
            if asked.deadline_ms < 1:
                raise TooLateError("its time was over before it could be begun")

    def id_of(self, given: str) -> str:
        """Return by which id a request is known: the one that it gives, else a new one.

        Raises
        ------
        RequestError
            If it can't stand in a header or a log.
        """
        if not given:
            return f"{self._of_process}-{next(self._ids):x}"
        if len(given) > LONGEST_ID or not given.isascii() or not given.isprintable():
            raise RequestError(f"the id is {given!r:.50}; it has at most {LONGEST_ID} printable ASCII characters")
        return given
