"""One connection to a server: whatever comes instead of the answer, nobody gets the answer to another call."""

import io
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

pytest.importorskip("hbasedriver")

from google.protobuf import proto
from hbasedriver.protobuf_py.Client_pb2 import GetRequest, GetResponse
from hbasedriver.protobuf_py.RPC_pb2 import ConnectionHeader, RequestHeader, ResponseHeader

from storage_tiers.errors import DatasetError
from storage_tiers.hbase_tier.wire.hbase_address import read_address
from storage_tiers.hbase_tier.wire.hbase_cluster import Cluster
from storage_tiers.hbase_tier.wire.hbase_rpc import REGIONS, RpcConnection, ServerFault
from storage_tiers.hbase_tier.wire.region_scan import whole_region

LARGE = 20_000_000


def answer_of(call_id: int, value: bytes = b"", fault: str = "", trace: str = "") -> bytes:
    """What a server sends: a length, a header, and an answer where there is no fault."""
    header = ResponseHeader(call_id=call_id)
    if fault:
        header.exception.exception_class_name, header.exception.stack_trace = fault, trace
    sent = io.BytesIO()
    proto.serialize_length_prefixed(header, sent)
    if not fault:
        answer = GetResponse()
        answer.result.cell.add(value=value)
        proto.serialize_length_prefixed(answer, sent)
    return struct.pack(">I", sent.tell()) + sent.getvalue()


def cut_off(answer: bytes) -> bytes:
    """An answer without its end, whose length is right."""
    return struct.pack(">I", len(answer) - 4 - 50) + answer[4:-50]


class FakeServer:
    """A server on loopback that answers calls as a test says; `heard` are the requests."""

    def __init__(self, answer: Callable[[RequestHeader, GetRequest], bytes]) -> None:
        self.heard: list[tuple[RequestHeader, GetRequest]] = []
        self.greeting = ConnectionHeader()
        self._answer = answer
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.server = self._listening.getsockname()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connected, _ = self._listening.accept()
                threading.Thread(target=self._answer_calls, args=(connected,), daemon=True).start()

    def _answer_calls(self, connected: socket.socket) -> None:
        with connected, connected.makefile("rb") as stream, suppress(struct.error, OSError):
            if stream.read(6) != b"HBas\x00\x50":
                return
            self.greeting.ParseFromString(stream.read(*struct.unpack(">I", stream.read(4))))
            while True:
                body = io.BytesIO(stream.read(*struct.unpack(">I", stream.read(4))))
                header = proto.parse_length_prefixed(RequestHeader, body)
                request = proto.parse_length_prefixed(GetRequest, body)
                assert not body.read()
                self.heard.append((header, request))
                connected.sendall(self._answer(header, request))

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(5)


@pytest.fixture
def served():
    """Start fake servers, and end them."""
    servers = []

    def start(answer):
        servers.append(FakeServer(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def get_of(row: bytes = b"row") -> GetRequest:
    request = GetRequest(region=whole_region(b"t,,1"))
    request.get.row = row
    return request


def ask(connection: RpcConnection, row: bytes = b"row") -> bytes:
    return connection.call("Get", get_of(row), GetResponse).result.cell[0].value


@pytest.mark.parametrize("n_bytes", [0, 1, 100, 127, 128, 16_384, 2_097_152, LARGE])
def test_requests_and_answers_of_any_length_arrive_whole(served, n_bytes):
    server = served(lambda header, request: answer_of(header.call_id, request.get.row))
    connection = RpcConnection(REGIONS, server.server, 10)
    row = bytes(n_bytes)
    assert ask(connection, row) == row
    assert server.greeting.user_info.effective_user == "interest_graph"
    connection.close()


def test_calls_are_numbered_so_that_none_is_taken_for_another(served):
    server = served(lambda header, _: answer_of(header.call_id, b"x"))
    connection = RpcConnection(REGIONS, server.server, 10)
    for _ in range(1_500):
        ask(connection)
    assert [header.call_id for header, _ in server.heard] == list(range(1, 1_501))
    connection.close()


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (lambda header: answer_of(header.call_id + 1), "it answers another call"),
        (lambda header: answer_of(header.call_id - 1), "it answers another call"),
        (lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n", "gives no answer of HBase"),
        (lambda _: struct.pack(">I", 3) + b"\xff\xff\xff", "gives no answer of HBase"),
        (lambda _: struct.pack(">I", 0), "gives no answer of HBase"),
        (lambda header: cut_off(answer_of(header.call_id, bytes(100))), "gives no answer of HBase"),
    ],
)
def test_what_is_no_answer_closes_the_connection(served, sent, error):
    server = served(lambda header, _: sent(header))
    connection = RpcConnection(REGIONS, server.server, 10)
    with pytest.raises(OSError, match=error):
        ask(connection)
    assert not connection.is_open
    with pytest.raises(ConnectionResetError, match="is closed"):
        ask(connection)


def test_an_answer_that_comes_too_late_is_never_read(served):
    gate = threading.Event()

    def answer(header, request):
        if request.get.row == b"slow":
            gate.wait(5)
        return answer_of(header.call_id, request.get.row)

    server = served(answer)
    connection = RpcConnection(REGIONS, server.server, 0.2)
    with pytest.raises(TimeoutError):
        ask(connection, b"slow")
    gate.set()
    with pytest.raises(ConnectionResetError, match="is closed"):
        ask(connection, b"next")


def test_a_fault_of_the_server_leaves_the_connection_as_it_is(served):
    trace = "org.apache.hadoop.hbase.NotServingRegionException: t,,1 is not online\n\tat java..."
    faults = iter([("org.apache.hadoop.hbase.NotServingRegionException", trace), ("java.io.IOException", ""), ("", "")])
    server = served(lambda header, _: answer_of(header.call_id, b"x", *next(faults)))
    connection = RpcConnection(REGIONS, server.server, 10)
    for passes, said in (
        (True, "NotServingRegionException: t,,1 is not online"),
        (False, "IOException: no reason given"),
    ):
        with pytest.raises(ServerFault) as fault:
            ask(connection)
        assert (fault.value.passes, str(fault.value)) == (passes, said)
    assert ask(connection) == b"x"
    connection.close()


def test_each_thread_has_a_connection_of_its_own(served):
    together = threading.Barrier(2, timeout=5)

    def answer(header, request):
        return answer_of(header.call_id, request.get.row)

    server = served(answer).server
    cluster = Cluster(read_address("hbase://127.0.0.1:1"))
    right: list[bool] = []

    def look_up(row):
        for _ in range(100):
            together.wait()
            right.append(cluster.ask(server, "Get", get_of(row), GetResponse).result.cell[0].value == row)

    threads = [threading.Thread(target=look_up, args=(row,)) for row in (b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cluster.close()
    assert right == [True] * 200


def test_a_cluster_that_nobody_answers_for_is_told_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]  # free again when it is asked for
    cluster = Cluster(read_address(f"hbase://127.0.0.1:{port}"))
    with pytest.raises(
        DatasetError, match=rf"hbase://127.0.0.1:{port}/hbase.*: HBase doesn't answer: .*refused.*; start"
    ) as told:
        cluster.patiently(lambda: cluster.ask_meta("Get", get_of(), GetResponse))
    assert len(str(told.value).splitlines()) == 1


def test_what_is_no_zookeeper_is_told(served, monkeypatch):
    monkeypatch.setattr("storage_tiers.hbase_tier.wire.hbase_cluster._CONNECT_S", 0.5)
    server = served(lambda header, _: answer_of(header.call_id))
    cluster = Cluster(read_address(f"hbase://127.0.0.1:{server.server[1]}"))
    with pytest.raises(DatasetError, match="HBase doesn't answer: ZooKeeper can't be asked"):
        cluster.patiently(lambda: cluster.ask_meta("Get", get_of(), GetResponse))
