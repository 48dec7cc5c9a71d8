"""What strangers send: nothing of it ends a process, is answered as a fault of ours, or is waited for without end."""

import asyncio
import json
import socket
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from serving.server.http_connections import looking_at_heads
from tests.serving.server.running_stub import Running

HEAD = b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\n"
TYPES = ["application/json", "application/msgpack"]
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inside: st.lists(inside, max_size=5) | st.dictionaries(st.text() | st.integers(0, 9), inside, max_size=5),
    max_leaves=20,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), content_type=st.sampled_from(TYPES))
def test_no_bytes_are_a_fault(stub: Running, body: bytes, content_type: str) -> None:
    assert stub.ask(body, Content_Type=content_type)[0] in (200, 400)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.fixed_dictionaries(
        {"plan": st.sampled_from(["echo", "none", "wait"]) | values},
        optional={"parameters": values, "deadline_ms": values, "id": values, "trace": values},
    ),
    n_bytes=st.integers(1, 400),
)
def test_no_request_that_looks_like_one_is_a_fault(stub: Running, asked: dict[str, object], n_bytes: int) -> None:
    whole = msgspec.msgpack.encode(asked)
    for body in (whole, whole[:n_bytes]):
        status, _, said = stub.ask(body, Content_Type=TYPES[1])
        assert status in (200, 400, 404, 413), (status, said)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=100), name=st.sampled_from(["echo", "none"]) | st.text(max_size=20))
def test_no_address_is_a_fault(stub: Running, query: str, name: str) -> None:
    from urllib.parse import quote  # noqa: PLC0415 - of this test alone

    status, _, said = stub.get(f"/v1/plans/{quote(name, safe='')}?{quote(query, safe='&=')}")
    assert status in (200, 400, 404), said


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=st.binary(max_size=300))
def test_whatever_is_no_http_is_refused_and_the_connection_closed(stub: Running, message: bytes) -> None:
    came = stub.raw(message + b"\r\n\r\n")
    assert not came or came.startswith(b"HTTP/1.1 4"), came


@pytest.mark.parametrize(
    "message",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nbad header\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        HEAD + b"Content-Length: -5\r\n\r\n",
        HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # somebody speaks TLS
    ],
)
def test_malformed_http_is_refused(stub: Running, message: bytes) -> None:
    came = stub.raw(message)
    assert not came or came.startswith(b"HTTP/1.1 4"), came


def test_a_body_in_chunks_is_read(stub: Running) -> None:
    head = HEAD + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    came = stub.raw(head + b'8\r\n{"plan":\r\n7\r\n"echo"}\r\n0\r\n\r\n')
    assert came.startswith(b"HTTP/1.1 200 OK"), came


def test_requests_on_one_connection_are_answered_in_their_order(stub: Running) -> None:
    bodies = [json.dumps({"plan": plan, "id": f"id-{n}"}).encode() for n, plan in enumerate(["wait", "echo", "none"])]
    came = stub.raw(
        b"".join(HEAD + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(b) + b for b in bodies)
        + b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        end=False,
    )
    places = [came.find(f'"id":"id-{n}"'.encode()) for n in range(3)]
    assert -1 not in places
    assert places == sorted(places)


def test_an_upgrade_is_a_request_as_any_other(stub: Running) -> None:
    came = stub.raw(
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert came.startswith(b"HTTP/1.1 200 OK"), came


def test_a_head_without_end_is_cut_off(stub: Running) -> None:
    with socket.create_connection(("127.0.0.1", stub.port), timeout=30) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n")
        sent = 0
        try:
            while sent < 50_000_000:
                sent += connection.send(b"X-Long: " + b"y" * 10_000 + b"\r\n")
        except ConnectionError:
            pass
    assert sent < 50_000_000


@pytest.mark.parametrize(
    "headers",
    [
        b"X-Long: " + b"y" * 70_000 + b"\r\n",
        b"a:b\r\n" * 20_000,
        b"X-First: " + b"y" * 40_000 + b"\r\nX-Next: " + b"y" * 40_000 + b"\r\n",
    ],
)
def test_a_head_that_comes_at_once_is_bounded_as_well(stub: Running, headers: bytes) -> None:
    for first in (b"GET /health HTTP/1.1\r\nHost: localhost\r\n", HEAD):
        came = stub.raw(first + headers + b"\r\n", end=False)
        assert came.startswith(b"HTTP/1.1 431 "), came
        assert b'{"id":""' not in came


def test_a_long_body_that_comes_with_its_head_is_no_part_of_it(stub: Running) -> None:
    head = HEAD + b"Content-Type: application/json\r\nConnection: close\r\nContent-Length: 70000\r\n\r\n"
    assert stub.raw(head + b" " * 70_000, end=False).startswith(b"HTTP/1.1 413 ")


def test_without_httptools_heads_are_bounded_by_a_look_at_each() -> None:
    seen: list[object] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - ASGI's interface
        seen.append(scope.get("head_bytes"))

    async def nothing(*_: object) -> Any:
        pass

    for n_bytes in (60_000, 70_000):
        scope = {"raw_path": b"/", "query_string": b"a=1", "headers": [(b"x", b"y" * n_bytes)]}
        asyncio.run(looking_at_heads(app)(scope, nothing, nothing))
    assert seen == [None, 70_009]


@pytest.mark.parametrize(
    "part", [b"GET /hea", b"", HEAD + b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"]
)
def test_whoever_does_not_finish_a_request_is_cut_off(stub: Running, part: bytes) -> None:
    came = stub.raw(part, end=False)  # returns when the server closes
    assert came == b"" or came.startswith(b"HTTP/1.1 408 "), came


def test_the_service_answers_on(stub: Running) -> None:
    assert stub.ask({"plan": "echo"})[0] == 200
    assert "was killed" not in stub.words()
