"""A client of the service by HTTP for asyncio; `serving.client.client` says what is asked and answered."""

import asyncio
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from serving.answer import Answer
from serving.client.exchange import ASK, Sent, answer_in, service_at
from serving.errors import UnreachableError

_LONGEST_HEAD = 65_536
_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_CLOSED = (asyncio.IncompleteReadError, ConnectionResetError, BrokenPipeError)


class AsyncioClient:
    """Asks a service, many requests at a time; see `serving.client.client.Client` for its parameters."""

    def __init__(self, url: str, *, token: str = "", timeout_s: float = 10.0) -> None:
        self._service = service_at(url, token)
        self._timeout_s = timeout_s
        self._idle: deque[_Connection] = deque()

    async def ask(
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
        """Have a plan run; see `serving.client.client.Client.ask`."""
        body = Sent(plan, {**(given or {}), **parameters}, deadline_ms, request_id, trace).encoded()
        message = self._service.message("POST", ASK, body)
        try:
            async with asyncio.timeout(self._timeout_s):
                came = await self._exchange(message)
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:  # a timeout is one of the system
            said = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise UnreachableError(
                f"no answer ({said})", where=self._service.url, remedy="look whether the service runs"
            ) from error
        return answer_in(*came)

    async def close(self) -> None:
        """Close the connections that nothing is asked on."""
        while self._idle:
            _, writer = self._idle.pop()
            writer.close()
            await writer.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _exchange(self, message: bytes) -> tuple[int, str, bytes, str]:
        """Send a request; once more where the connection was closed while it lay idle, before anything came back."""
        if self._idle:
            try:
                return await self._exchange_on(self._idle.pop(), message)
            except _CLOSED as error:
                if isinstance(error, asyncio.IncompleteReadError) and error.partial:
                    raise
        connection = await asyncio.open_connection(
            self._service.host, self._service.port, limit=_LONGEST_HEAD, ssl=self._service.is_secure or None
        )
        return await self._exchange_on(connection, message)

    async def _exchange_on(self, connection: _Connection, message: bytes) -> tuple[int, str, bytes, str]:
        reader, writer = connection
        is_kept = False
        try:
            writer.write(message)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            status = int(head[0].split(" ", 2)[1])
            pairs = (line.partition(":") for line in head[1:] if line)
            headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
            body = await reader.readexactly(int(headers["content-length"]))  # the service always says it
            is_kept = headers.get("connection", "").lower() != "close"
        except (KeyError, IndexError):
            raise ValueError("what answers doesn't speak as the service does") from None
        finally:
            if not is_kept:
                writer.close()
        if is_kept:
            self._idle.append(connection)
        return status, headers.get("content-type", ""), body, headers.get("retry-after", "")
