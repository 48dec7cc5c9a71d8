"""A client of the service by HTTP, which waits for each answer: for scripts, and for servers that have threads.

It needs nothing beside the standard library and msgspec. Connections are kept open and used again, by as many threads
as ask at one time.

Examples
--------
>>> client = Client("http://127.0.0.1:8770")  # doctest: +SKIP
>>> page = client.ask("related_pins", image_signature="00ff", n=20)  # doctest: +SKIP
>>> [pin["image_signature"] for pin in page.lists[0].objects]  # doctest: +SKIP
"""

import http.client
import socket
import ssl
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import msgspec

from serving.answer import Answer
from serving.client.exchange import ASK, OK, Sent, answer_in, service_at
from serving.errors import UnreachableError

_CLOSED = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError, ConnectionAbortedError)
_Response = tuple[int, str, bytes, str]  # status, type, body, when to ask again


class Client:
    """Asks a service.

    Parameters
    ----------
    url
        Where it is: ``http://127.0.0.1:8770``.
    token
        What it knows the caller by; empty: it asks for none.
    timeout_s
        How long to wait for a connection, and for each part of an answer. The deadline of a request is the service's
        to meet; this one is for a service that is gone.

    Raises
    ------
    RequestError
        If the URL is none of a service.
    """

    def __init__(self, url: str, *, token: str = "", timeout_s: float = 10.0) -> None:
        self._service = service_at(url, token)
        self._timeout_s = timeout_s
        self._idle: deque[socket.socket] = deque()  # appending and popping are safe among threads

    def ask(
        self,
        plan: str | Mapping[str, object],
        given: Mapping[str, object] | None = None,
        /,
        *,
        deadline_ms: int | None = None,
        request_id: str = "",
        trace: bool = False,
        **parameters: object,
    ) -> Answer:
        """Have a plan run.

        Parameters
        ----------
        plan
            The name of a plan of the service, or a plan.
        given
            Parameters of the plan, where one is called as an argument of this method is.
        deadline_ms
            How long the answer may take; None: as long as the plan says.
        request_id
            By which it is found in the service's log; empty: the service makes one.
        trace
            Whether the answer shall tell what each step took.
        parameters
            Parameters of the plan.

        Returns
        -------
        Answer
            Its lists of objects. Where it is ``partial``, ``missing`` says which steps came to nothing, and why.

        Raises
        ------
        ServingError
            If there is no answer: what the service raised, or UnreachableError.
        """
        sent = Sent(plan, {**(given or {}), **parameters}, deadline_ms, request_id, trace)
        return answer_in(*self._exchange("POST", ASK, sent.encoded()))

    def plans(self) -> dict[str, dict[str, object]]:
        """Return the plans of the service, each with what it is about and its parameters."""
        status, content_type, body, retry_after = self._exchange("GET", "/v1/plans")
        if status != OK:
            answer_in(status, content_type, body, retry_after)
        return msgspec.msgpack.decode(body, type=dict[str, dict[str, object]])

    def is_ready(self) -> bool:
        """Return whether the service is there and can answer."""
        try:
            return self._exchange("GET", "/ready")[0] == OK
        except UnreachableError:
            return False

    def close(self) -> None:
        """Close the connections that nothing is asked on."""
        while self._idle:
            self._idle.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _exchange(self, method: str, path: str, body: bytes = b"") -> _Response:
        """Send a request; once more where the connection was closed while it lay idle, before anything came back."""
        message = self._service.message(method, path, body)
        try:
            idle = self._idle.pop()
        except IndexError:
            return self._exchange_on(self._connected(), method, message)
        try:
            return self._exchange_on(idle, method, message)
        except UnreachableError as error:
            if not isinstance(error.__cause__, _CLOSED):
                raise
        return self._exchange_on(self._connected(), method, message)

    def _exchange_on(self, connection: socket.socket, method: str, message: bytes) -> _Response:
        is_kept = False
        try:
            connection.sendall(message)
            response = http.client.HTTPResponse(connection, method=method)
            response.begin()
            came = response.read()
            is_kept = not response.will_close
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error
        finally:
            if not is_kept:
                connection.close()
        if is_kept:
            self._idle.append(connection)
        content_type = response.headers.get("Content-Type", "")
        return response.status, content_type, came, response.headers.get("Retry-After", "")

    def _connected(self) -> socket.socket:
        host, port = self._service.host, self._service.port
        try:
            connection = socket.create_connection((host, port), self._timeout_s)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._service.is_secure:
                return ssl.create_default_context().wrap_socket(connection, server_hostname=host)
        except OSError as error:
            raise self._unreachable(error) from error
        return connection

    def _unreachable(self, error: Exception) -> UnreachableError:
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return UnreachableError(f"no answer ({said})", where=self._service.url, remedy="look whether the service runs")
