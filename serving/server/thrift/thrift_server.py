"""The service asked by Thrift, on a port of its own: frames come in, are looked at, read, answered, in their order.

It is asyncio's protocol with thriftpy2's reading and writing: thriftpy2's own server of this kind takes a task a
connection and an await a value, which is eight times the time of this one. A request that needn't wait is answered
where its frame was taken in; while one waits, what comes behind it on the connection waits, too.
"""

import asyncio
import socket
import traceback
from collections.abc import Callable
from time import monotonic, perf_counter_ns

from thriftpy2.thrift import TApplicationException

from serving.answer import Answer
from serving.errors import ServingError
from serving.request import Asked
from serving.server.access_log import AccessLine, AccessLog, utc_now
from serving.server.admission import Admission
from serving.server.metrics.counts import WIRE_SECONDS, Counts
from serving.server.refusals import EndingError
from serving.server.served import Served
from serving.server.thrift.frames import LENGTH, FrameError, check_call
from serving.server.thrift.spoken import answered, asked_of, encoder_of, fault, read_request, refused, reply

_OK = 200
_BACKLOG = 2_048


class ThriftServer:
    """Listens, and keeps the connections.

    Parameters
    ----------
    served
        The service.
    admission
        Who may ask.
    counts, log
        What is told of each request.
    say
        Tells people of a fault.
    """

    def __init__(
        self, served: Served, admission: Admission, counts: Counts, log: AccessLog, say: Callable[[str], None]
    ) -> None:
        self.served, self.admission, self.log, self.say = served, admission, log, say
        self.counts = counts
        self.config = served.config.server
        self.connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    async def listen(self, listener: socket.socket) -> None:
        """Take connections from now on."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), sock=listener, backlog=_BACKLOG)

    def end_stalled(self) -> None:
        """Close connections that are idle for long, or on which a request or an answer stalls; once a second."""
        now = monotonic()
        for connection in list(self.connections):
            connection.end_if_stalled(now)

    async def end(self, drain_s: float) -> None:
        """Take no connection any more, answer what was begun, and close all, after a time at the latest."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self.connections):
            connection.end()
        tasks = [connection.task for connection in self.connections if connection.task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=drain_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await asyncio.sleep(0)


class _Connection(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: ThriftServer) -> None:
        self._server = server
        self._transport: asyncio.Transport = None  # type: ignore[assignment] # set before anything else is called
        self._address = ""
        self._came = bytearray()
        self._since = monotonic()  # from when on it does what it does now
        self._is_ending = self._is_full = False
        self.task: asyncio.Task[None] | None = None  # the request that waits

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport  # type: ignore[assignment] # that of TCP is one
        peer = transport.get_extra_info("peername")
        self._address = peer[0] if peer else ""
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's interface
        """End; nobody waits for an answer any more."""
        self._server.connections.discard(self)
        if self.task is not None:
            self.task.cancel()

    def pause_writing(self) -> None:
        """Answer no more until what was answered is read."""
        self._is_full, self._since = True, monotonic()

    def resume_writing(self) -> None:
        """Answer on."""
        self._is_full = False
        self._go_on()

    def data_received(self, data: bytes) -> None:
        """Take what came, and answer each frame that is whole."""
        if not self._came:
            self._since = monotonic()
        self._came += data
        self._go_on()

    def end(self) -> None:
        """Close once what is begun is answered."""
        self._is_ending = True
        if self.task is None:
            self._transport.close()

    def end_if_stalled(self, now: float) -> None:
        """Close where nothing has come for long, or nothing whole, or where answers aren't read."""
        config = self._server.config
        if self.task is None and now - self._since > (config.request_s if self._came else config.idle_s):
            self._transport.abort() if self._is_full else self._transport.close()

    def _go_on(self) -> None:
        came = self._came
        while self.task is None and not self._is_full and len(came) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(came)
            if length > self._server.config.request_bytes:
                self._fault(
                    f"the frame has {length:,} bytes, or is none; allowed: {self._server.config.request_bytes:,}"
                )
                return
            end = LENGTH.size + length
            if len(came) < end:
                break
            frame = bytes(came[LENGTH.size : end])
            del came[:end]
            self._call(frame)
        if self.task is not None and self._transport.is_reading():
            self._transport.pause_reading()  # what comes behind a request that waits is bounded
        elif self.task is None and not self._transport.is_reading() and not self._transport.is_closing():
            self._transport.resume_reading()

    def _call(self, frame: bytes) -> None:
        began_ns = perf_counter_ns()
        try:
            method, number = check_call(frame)
        except FrameError as error:
            self._fault(str(error))
            return
        if method == "ready":
            self._write(reply("ready", number, success=self._server.served.not_ready() or "ready"))
        elif method == "ask":
            _Call(self, self._server, number, began_ns).begin(frame, self._address)
        else:
            message = f"there is no method {method:.50}; there are ask and ready"
            self._write(fault(method, number, TApplicationException.UNKNOWN_METHOD, message))

    def _fault(self, message: str) -> None:
        self._write(fault("", 0, TApplicationException.PROTOCOL_ERROR, message))
        self._came.clear()
        self._transport.close()

    def _write(self, frame: bytes) -> None:
        self._since = monotonic()
        if not self._transport.is_closing():
            self._transport.write(frame)

    def waits_for(self, task: "asyncio.Task[None]") -> None:
        """Answer nothing else until a request that waits is answered."""
        self.task = task

    def answer(self, frame: bytes) -> None:
        """Write what a request came to, and go on with what came behind it."""
        waited, self.task = self.task is not None, None
        self._write(frame)
        if self._is_ending:
            self._transport.close()
        elif waited:
            self._go_on()


class _Call:
    """One request, and what it is answered with."""

    def __init__(self, connection: _Connection, server: ThriftServer, number: int, began_ns: int) -> None:
        self._connection, self._server, self._number, self._began_ns = connection, server, number, began_ns
        self._id = server.admission.id_of("")
        self._caller = self._plan = ""

    def begin(self, frame: bytes, address: str) -> None:
        """Answer a request at once, or have it wait."""
        server, admission = self._server, self._server.admission
        try:
            request = read_request(frame)
            self._caller = admission.caller_of_token(request.token, address)
            if request.id:
                self._id = admission.id_of(request.id)
            admission.check_rate(self._caller)
            self._plan, encode = request.plan or "", encoder_of(request)
            asked = asked_of(request)
            asked.id = self._id
            answer = server.served.answer_now(asked)
            if answer is not None:
                self._succeed(answer, encode)
                return
            waiting = asyncio.ensure_future(self._wait(asked, encode))
            self._connection.waits_for(waiting)
        except Exception as error:  # noqa: BLE001 - a fault of ours is one answer, as any other
            self._refuse(error)

    async def _wait(self, asked: Asked, encode: Callable[[object], bytes]) -> None:
        try:
            answer = await self._server.served.answer_later(asked)
            self._succeed(answer, encode)
        except asyncio.CancelledError:
            self._refuse(EndingError("the service ends, and couldn't wait longer", remedy="ask another server"))
        except Exception as error:  # noqa: BLE001 - as above
            self._refuse(error)

    def _refuse(self, error: Exception) -> None:
        if not isinstance(error, ServingError):
            self._server.say(f"request {self._id}: the service failed\n{''.join(traceback.format_exception(error))}")
            error = ServingError("the service failed", remedy=f"its log tells more of {self._id}")
        frame = reply("ask", self._number, refused=refused(error, self._id))
        self._end(frame, error.status, type(error).__name__)

    def _succeed(self, answer: Answer, encode: Callable[[object], bytes]) -> None:
        served = self._server.served
        frame = reply("ask", self._number, success=answered(answer, served.encoded_lists(answer, encode)))
        served.check_size(len(frame))
        self._end(frame, _OK)

    def _end(self, frame: bytes, status: int, error: str = "") -> None:
        self._connection.answer(frame)
        took_ns = perf_counter_ns() - self._began_ns
        self._server.counts.series(WIRE_SECONDS, "thrift", str(status)).add(took_ns)
        if self._server.log.wants(status):
            asked = f"thrift {self._plan:.200}"
            line = AccessLine(utc_now(), self._id, self._caller, asked, status, took_ns // 1_000, len(frame), error)
            self._server.log.add(line)
