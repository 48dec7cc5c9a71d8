"""What clients ask, are answered, and do where a service is gone."""

import asyncio
import inspect
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from serving.answer import Answer
from serving.client.asyncio_client import AsyncioClient
from serving.client.client import Client
from serving.client.exchange import answer_in, error_named, service_at
from serving.client.thrift_client import ThriftClient
from serving.errors import (
    AnswerTooLargeError,
    NotAllowedError,
    OverloadedError,
    PlanError,
    RequestError,
    ServingError,
    UnknownPlanError,
    UnreachableError,
)
from tests.serving.server.running_stub import Running

Ask = Callable[..., Answer]


@pytest.fixture(params=["http", "asyncio", "thrift"])
def ask(request: pytest.FixtureRequest, stub: Running) -> Iterator[Ask]:
    if request.param == "http":
        with Client(stub.url, timeout_s=60) as client:
            yield client.ask
    elif request.param == "thrift":
        with ThriftClient("127.0.0.1", stub.thrift_port, timeout_s=60) as client:
            yield client.ask
    else:
        with asyncio.Runner() as runner:
            client = AsyncioClient(stub.url, timeout_s=60)
            yield lambda *plan, **given: runner.run(client.ask(*plan, **given))
            runner.run(client.close())


def test_every_client_gives_the_same_answer(ask: Ask) -> None:
    answer = ask("echo", n=7, terms=["b", "c"], trial=True, share=0.25, request_id="mine", trace=True)
    (given,) = answer.lists[0].objects
    given.pop("process")
    assert given == {"n": 7, "share": 0.25, "trial": True, "terms": ["b", "c"], "image_signature": "00ff"}
    assert (answer.id, answer.plan, answer.took_us) == ("mine", "echo", 7)
    assert (answer.lists[1].name, answer.lists[1].partial) == ("none", True)
    assert answer.versions == {"pin_joins": "2026-11-20/2", "board_joins": "2026-11-20/2"}
    assert answer.steps[0].step == "given"
    assert ask("wait").lists[0].objects


def test_parameters_may_be_called_as_arguments_are(ask: Ask) -> None:
    with pytest.raises(RequestError, match="there is no parameter 'trace'"):
        ask("echo", {"trace": "mine"})
    assert ask("echo", {"n": 3}).lists[0].objects[0]["n"] == 3


@pytest.mark.parametrize(
    ("plan", "given", "kind", "said"),
    [
        ("none", {}, UnknownPlanError, "there is no plan 'none'"),
        ({"about": "nothing"}, {}, PlanError, "plan of the request: it has no steps"),
        ("echo", {"n": 0}, RequestError, "parameter n is 0; at least 1 is allowed"),
        ("echo", {"deadline_ms": -1}, RequestError, "deadline_ms is -1"),
        ("large", {}, AnswerTooLargeError, "the answer has"),
        ("fail", {}, ServingError, "the service failed; its log tells more"),
        ("echo", {"n": object()}, RequestError, "parameter"),
        ("echo", {"n": 2**200}, RequestError, "parameter"),
    ],
)
def test_errors_are_what_they_were_in_the_service(
    ask: Ask, plan: object, given: dict[str, object], kind: type[ServingError], said: str
) -> None:
    with pytest.raises(kind) as raised:
        ask(plan, **given)
    assert type(raised.value) is kind
    assert said in str(raised.value)
    assert ask("echo").plan == "echo"  # on the same connection


def test_all_clients_ask_alike() -> None:
    first, *others = (inspect.signature(kind.ask) for kind in (Client, AsyncioClient, ThriftClient))
    assert all(one.parameters == first.parameters for one in others)


def test_plans_and_readiness_are_told(stub: Running) -> None:
    with Client(stub.url) as client:
        assert client.plans()["echo"]["about"] == "the plan echo"
        assert client.is_ready()
    with ThriftClient("127.0.0.1", stub.thrift_port) as client:
        assert client.is_ready()


def test_a_client_is_used_by_many_threads(stub: Running) -> None:
    with Client(stub.url, timeout_s=60) as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: client.ask("echo", n=n).lists[0].objects[0]["n"], range(1, 101)))
        assert answers == list(range(1, 101))
        assert 1 <= len(client._idle) <= 8


def test_many_requests_wait_at_one_time(stub: Running) -> None:
    async def all_at_once() -> list[Answer]:
        async with AsyncioClient(stub.url, timeout_s=60) as client:
            return await asyncio.gather(*(client.ask("wait") for _ in range(20)))

    assert len(asyncio.run(all_at_once())) == 20


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_no_service_is_told_with_its_address() -> None:
    port = free_port()
    for ask in (
        Client(f"http://127.0.0.1:{port}").ask,
        ThriftClient("127.0.0.1", port).ask,
        lambda plan: asyncio.run(AsyncioClient(f"http://127.0.0.1:{port}").ask(plan)),
    ):
        with pytest.raises(UnreachableError, match=f"127.0.0.1:{port}: no answer .*; look whether the service runs"):
            ask("echo")
    assert not Client(f"http://127.0.0.1:{port}").is_ready()
    assert not ThriftClient("127.0.0.1", port).is_ready()


@contextmanager
def scripted(*answers: bytes | None) -> Iterator[tuple[int, list[int]]]:
    """Give the port of a server that answers so, one connection after the other; None: it closes without an answer.

    The list has, for each request that came, the number of its connection.
    """
    came: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)

        def serve() -> None:
            left = list(answers)
            number = 0
            while left:
                number += 1
                connection, _ = listener.accept()
                with connection:
                    while left and connection.recv(65_536):
                        came.append(number)
                        answer = left.pop(0)
                        if answer is None:
                            break
                        connection.sendall(answer)
                        if left and left[0] is None and b"idle" in answer:  # it closes while the connection lies idle
                            left.pop(0)
                            break

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1], came
        thread.join(30)
        assert not thread.is_alive()


def response(body: bytes, more: str = "") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/msgpack\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


ANSWER = msgspec.msgpack.encode(Answer("x", "p", {}, [], partial=False, took_us=1))


@pytest.mark.parametrize("kind", [Client, AsyncioClient])
def test_a_connection_that_was_closed_while_it_lay_idle_is_made_anew_once(kind: Any) -> None:
    def asked(client: Any, runner: asyncio.Runner) -> str:
        came = client.ask("p")
        return str((runner.run(came) if inspect.isawaitable(came) else came).plan)

    with (
        scripted(response(ANSWER, "X: idle\r\n"), None, response(ANSWER), None) as (port, came),
        asyncio.Runner() as runner,
    ):
        client = kind(f"http://127.0.0.1:{port}", timeout_s=30)
        assert asked(client, runner) == "p"
        assert asked(client, runner) == "p"
        closing = client.close()
        if closing is not None:
            runner.run(closing)
        fresh = kind(f"http://127.0.0.1:{port}", timeout_s=30)
        with pytest.raises(UnreachableError):  # a new connection that is closed was not idle
            asked(fresh, runner)
    assert came == [1, 2, 3]


def test_what_is_no_service_is_told_of() -> None:
    with pytest.raises(ServingError, match="status 502: <html>a proxy"):
        answer_in(502, "text/html", b"<html>a proxy")
    with pytest.raises(ServingError, match="answers what is no answer"):
        answer_in(200, "application/msgpack", b"\xc1")
    with pytest.raises(OverloadedError) as raised:
        answer_in(503, "text/plain", b"later", "7")
    assert raised.value.retry_after_s == 7


def test_kinds_that_are_not_known_are_told_by_their_status() -> None:
    assert type(error_named("NewError", 400, "x")) is RequestError
    assert type(error_named("NewError", 401, "x")) is NotAllowedError
    assert type(error_named("os", 500, "x")) is ServingError
    assert type(error_named("DiscoveryError", 500, "x")) is ServingError


@pytest.mark.parametrize("url", ["127.0.0.1:8770", "ftp://x", "http://", "http://x:99999", "http://x/path", ""])
def test_an_address_of_no_service_is_refused(url: str) -> None:
    with pytest.raises(RequestError, match="is no address of a service"):
        service_at(url)
