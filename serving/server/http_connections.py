"""Connections of HTTP: uvicorn's, with bounds on what a caller may send before it is known who that is, and how slowly.

uvicorn with httptools takes a head without end, and waits for the rest of a request as long as it takes. Here a head
has bounded bytes: one without an end is cut off, and one that came whole is refused by the application, so that the
answer has its turn and says why. Whoever stalls is shown the door: by a look at all connections every
second, so that no request pays for a timer.
"""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from time import monotonic
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.config import ServerConfig

MOST_HEAD_BYTES: Final = 65_536
_AROUND_A_HEADER: Final = 4  # bytes: the colon and a blank, the end of the line
_BACKLOG: Final = 2_048  # connections that wait to be taken
_HAS_HTTPTOOLS: Final = find_spec("httptools") is not None
_GO_ON: Final = b"HTTP/1.1 100 "  # how the answer begins to a caller that asks whether it may send its body
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


def connection_class() -> Any:  # noqa: ANN401 - uvicorn's protocols have no common type
    """Return what speaks HTTP: httptools where it is installed, else h11, which is slower."""
    if not _HAS_HTTPTOOLS:
        from uvicorn.protocols.http.h11_impl import H11Protocol  # noqa: PLC0415 - one of the two is used

        return H11Protocol
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol  # noqa: PLC0415 - as above

    class BoundedConnection(HttpToolsProtocol):
        """A connection whose heads are bounded, and whose requests know when they arrived."""

        head_bytes = 0  # that came before, of a head without an end
        came_bytes = 0  # the same, and what has come now

        def data_received(self, data: bytes) -> None:
            """Take what came; close where it is more than a head may be, and still no end of it."""
            self.came_bytes = self.head_bytes + len(data)
            super().data_received(data)
            if self.cycle is not None and not self.cycle.response_complete:
                self.head_bytes = 0
                return
            self.head_bytes += len(data)
            if self.head_bytes > MOST_HEAD_BYTES:
                _cut_off(self.transport)

        def on_message_begin(self) -> None:
            """Note when a request arrived, which may be long before it is begun."""
            super().on_message_begin()
            self.scope["arrived"] = monotonic()  # type: ignore[typeddict-unknown-key] # ours, for HttpApp

        def on_headers_complete(self) -> None:
            """Begin a request; an upgrade to another protocol is one as any other."""
            if self.came_bytes > MOST_HEAD_BYTES:  # its head may be all of that
                _note_long_head(self.scope, self.url)
            self.head_bytes = 0
            super().on_headers_complete()
            if self.scope["method"] != "HEAD":  # whose answer is a head alone
                self.cycle.transport = WrittenAtOnce(self.transport)  # type: ignore[assignment] # what it writes to

    return BoundedConnection


def _cut_off(transport: Any) -> None:  # noqa: ANN401 - asyncio's or uvloop's
    if not transport.is_closing():
        transport.write(_TOO_LARGE)
        transport.close()


def _note_long_head(scope: Any, url: bytes) -> None:  # noqa: ANN401 - ASGI's, or uvicorn's of it
    """Note in a request that its head is too long, for `HttpApp` to refuse it."""
    headers = scope["headers"]
    n_bytes = len(url) + sum([len(name) + len(value) + _AROUND_A_HEADER for name, value in headers])
    if n_bytes > MOST_HEAD_BYTES:
        scope["head_bytes"] = n_bytes


def looking_at_heads(app: ASGIApp) -> ASGIApp:
    """Return an application of which each request's head is looked at: h11 bounds those alone that come in pieces."""

    async def looking(scope: Scope, receive: Receive, send: Send) -> None:
        _note_long_head(scope, scope["raw_path"] + scope["query_string"])
        await app(scope, receive, send)

    return looking


class WrittenAtOnce:
    """What an answer is written to: its head is held until its body comes, so that both are one call of the system.

    uvicorn writes both by themselves, and uvloop sends at once what is written: twice as many calls for each request,
    and its caller wakes up twice.

    Parameters
    ----------
    transport
        That of the connection.
    """

    __slots__ = ("_held", "_is_begun", "_transport")

    def __init__(self, transport: Any) -> None:  # noqa: ANN401 - asyncio's or uvloop's
        self._transport, self._held, self._is_begun = transport, b"", False

    def write(self, data: bytes) -> None:
        """Hold the head, and send what comes behind it; a word before the answer goes out at once."""
        if self._is_begun:
            self._transport.write(self._held + data)
            self._held = b""
        elif data.startswith(_GO_ON):
            self._transport.write(data)
        else:
            self._held, self._is_begun = data, True

    def close(self) -> None:
        """Send what is held, and close."""
        if self._held:
            self._transport.write(self._held)
            self._held = b""
        self._transport.close()

    def is_closing(self) -> bool:
        """Return whether it was closed."""
        return bool(self._transport.is_closing())


class HttpServer(uvicorn.Server):
    """uvicorn's server, whose process meets signals itself, and which looks after those who stall.

    Parameters
    ----------
    app
        What answers.
    config
        The limits.
    """

    def __init__(self, app: ASGIApp, config: ServerConfig) -> None:
        settings = uvicorn.Config(
            app if _HAS_HTTPTOOLS else looking_at_heads(app),
            http=connection_class(),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=_BACKLOG,
            timeout_keep_alive=max(1, round(config.idle_s)),
            timeout_graceful_shutdown=max(1, round(config.drain_s)),
        )
        super().__init__(settings)
        self._request_s = config.request_s
        self._stalled: dict[Any, tuple[object, float]] = {}
        self.has_begun = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and note that it does."""
        await super().startup(sockets)
        self.has_begun.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process."""
        yield

    def end_stalled(self) -> int:
        """Close connections on which a request has been coming in for too long, or an answer isn't read; count them.

        To be called about once a second.
        """
        now, before, ended = monotonic(), self._stalled, 0
        self._stalled = {}
        for connection in list(self.server_state.connections):
            stall = _stall_of(connection)
            if stall is None:
                continue
            known = before.get(connection)
            since = known[1] if known is not None and known[0] == stall else now
            if now - since < self._request_s:
                self._stalled[connection] = stall, since
            else:
                _end(connection, stall)
                ended += 1
        return ended


def _stall_of(connection: Any) -> tuple[str, int] | None:  # noqa: ANN401 - as above
    """Return what a connection waits for, and of which request; None where it is idle, or is being answered."""
    cycle = connection.cycle
    if connection.transport is None:
        return None
    if connection.transport.is_closing():
        return "closing", id(cycle)
    if cycle is not None and not cycle.response_complete:
        return ("body", id(cycle)) if cycle.more_body else None
    return ("head", id(cycle)) if connection.timeout_keep_alive_task is None else None


def _end(connection: Any, stall: tuple[str, int]) -> None:  # noqa: ANN401 - as above
    if stall[0] == "closing":  # what was written last isn't read
        connection.transport.abort()
        return
    connection.transport.write(_TOO_SLOW)
    connection.transport.close()


def loop_factory() -> Callable[[], Any] | None:
    """Return what makes the event loop: uvloop where it is installed; None: asyncio's own."""
    if find_spec("uvloop") is None:
        return None
    import uvloop  # noqa: PLC0415 - it may not be there

    factory: Callable[[], Any] = uvloop.new_event_loop
    return factory
