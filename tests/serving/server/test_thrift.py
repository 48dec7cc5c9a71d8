"""What is asked by Thrift, and what comes back; and what strangers send."""

import socket
import struct

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from thriftpy2.protocol.cybin import TCyBinaryProtocol
from thriftpy2.rpc import make_client
from thriftpy2.thrift import TClient
from thriftpy2.transport import TCyFramedTransportFactory
from thriftpy2.transport.memory import TCyMemoryBuffer

from serving.server.thrift.frames import FrameError, check_call
from serving.server.thrift.spoken import definition, read_request
from tests.serving.server.running_stub import Running

TYPES = definition()


@pytest.fixture
def client(stub: Running) -> TClient:
    made = make_client(
        TYPES.Serving, "127.0.0.1", stub.thrift_port, trans_factory=TCyFramedTransportFactory(), timeout=30_000
    )
    yield made
    made.close()


def call(request: object) -> bytes:
    buffer = TCyMemoryBuffer()
    protocol = TCyBinaryProtocol(buffer)
    protocol.write_message_begin("ask", 1, 5)
    arguments = TYPES.Serving.ask_args()
    arguments.request = request
    protocol.write_struct(arguments)
    return bytes(buffer.getvalue())


def sent(stub: Running, message: bytes, *, end: bool = True) -> bytes:
    """Send bytes as they are, and return all that comes back until the service closes."""
    with socket.create_connection(("127.0.0.1", stub.thrift_port), timeout=30) as connection:
        parts = []
        try:
            connection.sendall(message)
            if end:
                connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                parts.append(part)
        except ConnectionError:
            pass
        return b"".join(parts)


def test_an_answer_has_its_lists_as_msgpack(client: TClient) -> None:
    value = TYPES.Value
    parameters = {
        "n": value(number=7),
        "share": value(fraction=0.25),
        "trial": value(truth=True),
        "terms": value(texts=["b", "c"]),
        "image_signature": value(text="0"),
    }
    answer = client.ask(TYPES.Request(plan="echo", parameters=parameters, id="mine", trace=True))
    (given_,) = msgspec.msgpack.decode(answer.lists[0].objects)
    given_.pop("process")
    assert given_ == {"n": 7, "share": 0.25, "trial": True, "terms": ["b", "c"], "image_signature": "0"}
    assert (answer.id, answer.plan, answer.partial, answer.took_us) == ("mine", "echo", False, 7)
    assert answer.versions == {"pin_joins": "2026-11-20/2", "board_joins": "2026-11-20/2"}
    assert [(one.name, one.n_objects, one.partial) for one in answer.lists] == [("given", 1, False), ("none", 0, True)]
    assert answer.steps[0].step == "given"


def test_objects_come_as_json_where_that_is_asked_for(client: TClient) -> None:
    answer = client.ask(TYPES.Request(plan="echo", encoding=TYPES.Encoding.JSON))
    assert msgspec.json.decode(answer.lists[0].objects)[0]["n"] == 20


def test_requests_that_wait_are_answered_in_their_order(client: TClient) -> None:
    for plan in ("wait", "echo", "wait"):
        assert client.ask(TYPES.Request(plan=plan)).plan == plan
    assert client.ready() == "ready"


def test_a_request_may_bring_its_own_plan(client: TClient) -> None:
    assert client.ask(TYPES.Request(own_plan='{"steps": {}}')).plan == "(of the request)"


@pytest.mark.parametrize(
    ("request_", "status", "said"),
    [
        (TYPES.Request(), 400, "it names no plan"),
        (TYPES.Request(plan="none"), 404, "there is no plan 'none'"),
        (TYPES.Request(plan="echo", own_plan="{}"), 400, "one of the two is allowed"),
        (TYPES.Request(own_plan="{"), 400, "own_plan is no plan in JSON"),
        (TYPES.Request(plan="echo", encoding=9), 400, "the encoding is 9"),
        (TYPES.Request(plan="echo", parameters={"n": TYPES.Value()}), 400, "parameter n has 0 values"),
        (TYPES.Request(plan="echo", parameters={"n": TYPES.Value(text="7")}), 400, "parameter n is '7'"),
        (TYPES.Request(plan="echo", id="a\nb"), 400, "the id is"),
        (TYPES.Request(plan="large"), 507, "the answer has"),
        (TYPES.Request(plan="fail"), 500, "the service failed; its log tells more of"),
    ],
)
def test_a_request_without_an_answer_is_refused_with_status_kind_and_line(
    client: TClient, request_: object, status: int, said: str
) -> None:
    with pytest.raises(TYPES.Refused) as refused:
        client.ask(request_)
    assert (refused.value.status, said in refused.value.message) == (status, True), refused.value
    assert refused.value.id


def test_an_unknown_method_is_told_so_and_the_connection_stays(stub: Running) -> None:
    name = b"drop"
    frame = struct.pack(">HBBi", 0x8001, 0, 1, len(name)) + name + struct.pack(">iB", 3, 0)
    came = sent(stub, struct.pack(">I", len(frame)) + frame)
    assert b"there is no method drop; there are ask and ready" in came


@pytest.mark.parametrize(
    "message",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack(">I", 2**31 - 1),
        struct.pack(">I", 0),
        struct.pack(">I", 8) + bytes.fromhex("800100017fffffff"),
        struct.pack(">I", 12) + bytes.fromhex("000000056672656164790007"),  # not strict
    ],
)
def test_what_is_no_message_is_told_so_and_the_connection_closed(stub: Running, message: bytes) -> None:
    assert sent(stub, message, end=False)[4:6] == b"\x80\x01"


def test_a_frame_that_does_not_come_is_not_waited_for(stub: Running) -> None:
    assert sent(stub, struct.pack(">I", 100) + b"\x80\x01", end=False) == b""


REQUEST = call(TYPES.Request(plan="echo", parameters={"terms": TYPES.Value(texts=["a", "b"])}, deadline_ms=50))
HEAD = bytes.fromhex("80010001000000036173 6b00000005")
HUGE = 2**31 - 1


@pytest.mark.parametrize(
    "field",
    [
        struct.pack(">bhi", 11, 1, HUGE),  # a text
        struct.pack(">bhi", 11, 1, -1),
        struct.pack(">bhbi", 15, 2, 1, HUGE),  # a list of values that take no room
        struct.pack(">bhbi", 15, 2, 12, HUGE),
        struct.pack(">bhbbi", 13, 2, 11, 1, HUGE),
        struct.pack(">bhbi", 14, 2, 3, -5),
        struct.pack(">bh", 16, 1),
        struct.pack(">bh", 12, 1) * 40,
        (struct.pack(">bhbi", 15, 2, 15, 1) + struct.pack(">bi", 15, 1) * 40),
    ],
)
def test_lengths_that_a_frame_does_not_have_are_not_believed(field: bytes) -> None:
    with pytest.raises(FrameError):
        check_call(HEAD + field + b"\0" * 50)


def test_a_request_passes_as_it_is() -> None:
    assert check_call(REQUEST) == ("ask", 5)
    with pytest.raises(FrameError, match="the message has"):
        check_call(REQUEST + b"\0")


@settings(max_examples=500)
@given(st.lists(st.tuples(st.integers(0, len(REQUEST) - 1), st.integers(0, 255)), max_size=4), st.integers(0, 200))
@example([], 0)
def test_no_changed_request_is_read_beyond_its_end(changes: list[tuple[int, int]], n_cut: int) -> None:
    frame = bytearray(REQUEST)
    for place, value in changes:
        frame[place] = value
    try:
        check_call(bytes(frame[: len(frame) - n_cut]))
        assert read_request(bytes(frame[: len(frame) - n_cut])) is not None
    except ValueError:  # the errors of requests
        return


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, len(REQUEST) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_no_changed_request_is_a_fault(stub: Running, changes: list[tuple[int, int]]) -> None:
    frame = bytearray(REQUEST)
    for place, value in changes:
        frame[place] = value
    came = sent(stub, struct.pack(">I", len(frame)) + bytes(frame))
    assert b"the service failed" not in came
