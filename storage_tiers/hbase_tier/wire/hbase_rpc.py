"""One connection to a server of HBase, on the driver's, with what the driver leaves open closed.

`hbase-driver` 1.1.1 sends a request with one ``send``, which may take the half of a large one; it numbers calls at
random from 1 to 999 and goes on with a connection whose call timed out, so that a late answer can be taken for that of
a later call; it writes lengths wrong from 128 on, which servers happen to forgive; and it closes no socket. Here a
request is sent whole, calls are numbered upwards, lengths are Protobuf's own, and after anything that went wrong the
connection is closed and never used again.
"""

import io
import socket
import struct
from contextlib import suppress
from typing import TypeVar

from google.protobuf import proto
from google.protobuf.message import DecodeError, Message
from hbasedriver.Connection import Connection
from hbasedriver.protobuf_py.RPC_pb2 import RequestHeader, ResponseHeader

from storage_tiers.hbase_tier.wire.hbase_address import Server

Answer = TypeVar("Answer", bound=Message)

REGIONS, MASTER = "ClientService", "MasterService"  # what a server is asked as
_USER = "interest_graph"
_MOST_ANSWER_BYTES = 2**30  # what says more than that is no HBase
_PASSING = {  # what servers say while regions move, start or are busy: it is right to ask again
    "CallDroppedException",
    "CallQueueTooBigException",
    "CallTimeoutException",
    "MasterNotRunningException",
    "MultiActionResultTooLarge",
    "NotServingRegionException",
    "OutOfOrderScannerNextException",
    "PleaseHoldException",
    "RegionInRecoveryException",
    "RegionMovedException",
    "RegionOpeningException",
    "RegionServerAbortedException",
    "RegionServerStoppedException",
    "RegionTooBusyException",
    "RetryImmediatelyException",
    "ScannerResetException",
    "ServerNotRunningYetException",
    "ServerTooBusyException",
    "TimeoutIOException",
    "UnknownScannerException",
    "WrongRegionException",
}


class ServerFault(Exception):  # noqa: N818 - no error of ours: it becomes one where it can't be helped
    """What a server answered instead of an answer."""

    def __init__(self, exception_class: str, trace: str = "") -> None:
        self.kind = exception_class.rpartition(".")[2]
        first_line = trace.partition("\n")[0]
        self.said = first_line.removeprefix(exception_class).lstrip(": ") or "no reason given"
        super().__init__(f"{self.kind}: {self.said}")

    @property
    def passes(self) -> bool:
        """Whether asking again, elsewhere or later, is likely to help."""
        return self.kind in _PASSING


class RpcConnection(Connection):  # type: ignore[misc] # the driver has no types
    """A connection to one server, for one call at a time; its lock makes others wait."""

    conn: socket.socket | None  # the driver's; None once it is closed

    def __init__(self, service: str, server: Server, timeout_s: float) -> None:
        super().__init__(service)
        self.user = _USER  # the driver's argument for it comes after it has been sent
        self._timeout_ms = int(1_000 * timeout_s)
        self._n_calls = 0
        try:
            self.connect(*server, timeout=timeout_s)
        except BaseException:
            self.close()
            raise
        if self.conn is not None:
            self.conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # answers are waited for

    @property
    def is_open(self) -> bool:
        """Whether it can be used for another call."""
        return self.conn is not None

    def call(self, method: str, request: Message, answer_class: type[Answer]) -> Answer:
        """Return the answer to a request; ServerFault if there is another one, OSError if none comes."""
        with self.lock:
            connected = self.conn
            if connected is None:
                raise ConnectionResetError(f"the connection to {self.host}:{self.port} is closed")
            try:
                header, body = self._exchange(connected, method, request)
                fault = header.exception
                answer: Answer = proto.parse_length_prefixed(answer_class, body) or answer_class()
            except (DecodeError, ValueError, struct.error) as error:
                self.close()
                raise ConnectionError(f"{self.host}:{self.port} gives no answer of HBase ({error})") from error
            except BaseException:  # what is left in the socket would be taken for the next answer
                self.close()
                raise
        if fault.exception_class_name:
            raise ServerFault(fault.exception_class_name, fault.stack_trace)
        return answer

    def _exchange(self, connected: socket.socket, method: str, request: Message) -> tuple[ResponseHeader, io.BytesIO]:
        self._n_calls += 1
        header = RequestHeader(call_id=self._n_calls, method_name=method, request_param=True, timeout=self._timeout_ms)
        sent = io.BytesIO()
        proto.serialize_length_prefixed(header, sent)
        proto.serialize_length_prefixed(request, sent)
        connected.sendall(struct.pack(">I", sent.tell()))
        connected.sendall(sent.getbuffer())
        (n_bytes,) = struct.unpack(">I", self._received(connected, 4))
        if n_bytes > _MOST_ANSWER_BYTES:
            raise ValueError(f"an answer of {n_bytes:,} bytes")
        body = io.BytesIO(self._received(connected, n_bytes))
        answered = proto.parse_length_prefixed(ResponseHeader, body)
        if answered is None or answered.call_id != self._n_calls:
            raise ValueError("it answers another call")
        return answered, body

    def _received(self, connected: socket.socket, n_bytes: int) -> bytearray:
        """Return so many bytes; appending pieces, as the driver does, copies a large answer over and over."""
        received = bytearray(n_bytes)
        left = memoryview(received)
        while left:
            n_read = connected.recv_into(left)
            if not n_read:
                raise ConnectionResetError(f"{self.host}:{self.port} closed the connection")
            left = left[n_read:]
        return received

    def close(self) -> None:
        """Close the socket; closing twice is harmless."""
        connected, self.conn = self.conn, None
        if connected is not None:
            with suppress(OSError):
                connected.close()

    def __del__(self) -> None:
        self.close()
