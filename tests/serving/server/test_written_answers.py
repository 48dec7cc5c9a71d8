"""How answers are written: head and body by one call of the system, whatever way a request is asked."""

import asyncio
import socket
from urllib.parse import urlsplit

from serving.server.http_connections import WrittenAtOnce
from tests.serving.server.running_stub import Running

ASKED = b'{"plan":"echo"}'
HEAD = b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 15\r\n"
HEALTH = b" /health HTTP/1.1\r\nHost: localhost\r\n"
CLOSE = b"Connection: close\r\n"


class Transport(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.written.append(data)

    def close(self) -> None:
        """Note it."""
        self.is_closed = True

    def is_closing(self) -> bool:
        """Return whether it was closed."""
        return self.is_closed


def test_head_and_body_are_one_write_and_what_follows_is_not_held() -> None:
    transport = Transport()
    answer = WrittenAtOnce(transport)
    answer.write(b"head ")
    assert transport.written == []
    for part in (b"body", b" more"):
        answer.write(part)
    answer.close()
    assert transport.written == [b"head body", b" more"]
    assert answer.is_closing()


def test_a_head_without_a_body_is_sent_before_the_connection_closes() -> None:
    transport = Transport()
    answer = WrittenAtOnce(transport)
    answer.write(b"head")
    answer.close()
    assert (transport.written, transport.is_closed) == ([b"head"], True)


def test_whoever_asks_whether_to_go_on_hears_so_at_once(stub: Running) -> None:
    address = urlsplit(stub.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\n" + CLOSE + b"\r\n")
        assert connection.recv(1_000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(ASKED)
        said = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert said.startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_head_alone_is_answered_with_a_head_alone(stub: Running) -> None:
    both = stub.raw(b"HEAD" + HEALTH + b"\r\nGET" + HEALTH + CLOSE + b"\r\n", end=False)
    first, second, body = both.split(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 ")
    assert second.startswith(b"HTTP/1.1 200 OK")
    assert body


def test_requests_that_come_together_are_answered_in_their_order(stub: Running) -> None:
    asked = [b"%sX-Request-Id: %d\r\n\r\n%s" % (HEAD, number, ASKED) for number in range(5)]
    said = stub.raw(b"".join(asked) + b"GET" + HEALTH + CLOSE + b"\r\n", end=False)
    ids = [line for line in said.split(b"\r\n") if line.lower().startswith(b"x-request-id:")]
    assert ids[:5] == [b"x-request-id: %d" % number for number in range(5)]
    assert said.count(b"HTTP/1.1 200 OK") == 6
