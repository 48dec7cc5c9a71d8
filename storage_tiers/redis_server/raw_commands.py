"""Commands in the server's protocol, written by hand: twelve times as fast as the client library's pipeline.

A command is an array of byte strings: ``*2 $3 GET $1 k``, with a line end behind each word. A load sends one command
for many rows, and doesn't wait for the reply before it sends the next; a reader keeps its connection.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from storage_tiers.redis_server.redis_connection import RedisServer

if TYPE_CHECKING:
    from redis.connection import ConnectionInterface

_UNANSWERED = 8  # commands that may wait for their replies, so that an error is seen soon


def packed(*words: bytes) -> bytes:
    r"""Return the bytes of a command.

    Examples
    --------
    >>> packed(b"HGET", b"trial:rows:7", b"")
    b'*3\r\n$4\r\nHGET\r\n$12\r\ntrial:rows:7\r\n$0\r\n\r\n'
    """
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


def packed_rows(name: bytes, keys: Sequence[bytes], values: Sequence[bytes]) -> bytes:
    r"""Return the bytes of the command that writes fields of a hash.

    Examples
    --------
    >>> packed_rows(b"rows", [b"a"], [b"1"]) == packed(b"HSET", b"rows", b"a", b"1")
    True
    """
    head = b"*%d\r\n$4\r\nHSET\r\n$%d\r\n%b\r\n" % (2 + 2 * len(keys), len(name), name)
    pairs = zip(keys, values, strict=True)
    rows = (b"$%d\r\n%b\r\n$%d\r\n%b\r\n" % (len(key), key, len(value), value) for key, value in pairs)
    return head + b"".join(rows)


class RawPipeline:
    """Sends commands over one connection; some of them may wait for their replies."""

    def __init__(self, connection: "ConnectionInterface") -> None:
        self._connection = connection
        self._n_unanswered = 0

    def send(self, command: bytes) -> None:
        """Send a command; an error of an earlier one may be raised."""
        self._connection.send_packed_command([command])  # type: ignore[no-untyped-call]
        self._n_unanswered += 1
        self._read(_UNANSWERED)

    def finish(self) -> None:
        """Wait for the replies that are left."""
        self._read(0)

    def _read(self, n_left: int) -> None:
        while self._n_unanswered > n_left:
            self._connection.read_response()
            self._n_unanswered -= 1


@contextmanager
def raw_pipeline(server: RedisServer) -> Iterator[RawPipeline]:
    """Open a pipeline for a block, at whose end all replies have come; what they say is wrong is a DatasetError."""
    with server.connection() as connection:
        pipeline = RawPipeline(connection)
        yield pipeline
        pipeline.finish()


class RawConversation:
    """Asks over one connection, which it keeps; where that breaks, it connects again and asks once more."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self._connection: Any = None

    def ask(self, *commands: bytes) -> list[Any]:
        """Send commands in one go and return their replies; others may come in between."""
        with self._server.told() as client:
            if self._connection is None:
                self._connection = client.connection_pool.get_connection()
            connection = self._connection

            def once() -> list[Any]:
                connection.send_packed_command(commands)
                return [connection.read_response() for _ in commands]

            try:
                return list(connection.retry.call_with_retry(once, lambda _error: connection.disconnect()))
            except BaseException:
                connection.disconnect()  # other replies may be on their way
                raise

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""
        if self._connection is not None:
            self._connection.disconnect()
