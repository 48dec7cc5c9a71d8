"""Talking to a Redis or Valkey server: connections, transactions, and whose namespace it is.

The client library connects, authenticates and reads replies. Whatever it raises becomes one line (`redis_errors`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from storage_tiers.errors import DatasetError
from storage_tiers.guards.row_digest import RowsDigest
from storage_tiers.redis_server.key_names import MARK, KeyNames
from storage_tiers.redis_server.redis_address import RedisAddress, read_address, read_password
from storage_tiers.redis_server.redis_errors import client_library, in_words
from storage_tiers.stores.address import Root
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.parts import OnBytes, ignore_bytes

if TYPE_CHECKING:
    from redis import Redis
    from redis.client import Pipeline
    from redis.connection import ConnectionInterface

_RETRIES = 4
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 2.0  # a server that is restarted is back within seconds
_SCANNED = 1_000  # fields a reply
_RESP = 2  # the protocol that every server and every release of the client library speaks


class RedisServer:
    """A server, and a namespace on it; nothing is connected before it is asked.

    Parameters
    ----------
    address
        See `storage_tiers.redis_server.redis_address`.
    password_file
        Whose first line is the password; without one it comes from the environment.
    """

    def __init__(self, address: str, password_file: str = "") -> None:
        self.address: RedisAddress = read_address(address)
        self.keys = KeyNames(self.address.namespace)
        self._password_file = password_file
        self._client: Redis | None = None

    @property
    def client(self) -> "Redis":
        """The library's client; use it inside `told`."""
        if self._client is None:
            self._client = _client(self.address, read_password(self._password_file))
        return self._client

    @contextmanager
    def told(self) -> Iterator["Redis"]:
        """Give the client for a block; what it raises becomes a DatasetError."""
        library = client_library()
        try:
            yield self.client
        except (library.exceptions.RedisError, OSError) as error:
            raise in_words(error, self.address) from error

    @contextmanager
    def connection(self) -> Iterator["ConnectionInterface"]:
        """Give one connection for a block; it is closed after an error, as replies may be on their way."""
        with self.told() as client:
            connection = client.connection_pool.get_connection()
            try:
                yield connection
            except BaseException:
                connection.disconnect()  # type: ignore[no-untyped-call]
                raise
            finally:
                client.connection_pool.release(connection)

    def change(self, decide: "Callable[[Pipeline], None]", *watched: str) -> None:
        """Change keys in one step, if nothing watched changed since it was looked at; else `decide` is asked again.

        `decide` reads, calls ``multi()``, and queues the changes.
        """
        with self.told() as client:
            client.transaction(decide, *watched)

    def ask(self, *commands: tuple[str | bytes | int, ...]) -> list[Any]:
        """Send several commands in one go and return their replies; others may come in between."""
        with self.told() as client, client.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)  # type: ignore[no-untyped-call]
            return list(pipeline.execute())

    def digest_of(self, name: str, on_bytes: OnBytes = ignore_bytes) -> RowsDigest:
        """Read all fields of a hash but for the mark, and return their digest."""
        digest, cursor = RowsDigest(), b"0"
        while True:
            ((cursor, found),) = self.ask(("HSCAN", name, cursor, "COUNT", _SCANNED))
            n_bytes = digest.n_bytes
            digest.add((field, value) for field, value in found.items() if field != MARK)
            on_bytes(digest.n_bytes - n_bytes)
            if int(cursor) == 0:
                return digest

    def check_output(self, root: Root, *, claim: bool = False) -> None:
        """Refuse to work on the keys of another output folder; the first load claims the namespace.

        Raises DatasetError where it is another's.
        """
        ours = str(root if isinstance(root, StorePath) else root.resolve())
        with self.told() as client:
            if claim:
                client.set(self.keys.output, ours, nx=True)
            owner = client.get(self.keys.output)
        theirs = ours if owner is None else bytes(owner).decode(errors="replace")  # type: ignore[arg-type]
        if theirs != ours:
            raise DatasetError(
                f"its keys {self.address.namespace}:* belong to the output {theirs}, not to {ours}",
                where=str(self.address),
                remedy="give this output a namespace: ?namespace=NAME in [tiers] redis_address; or, if that output "
                f"was moved here, remove the key {self.keys.output} (redis-cli DEL)",
            )

    def close(self) -> None:
        """Close all connections."""
        if self._client is not None:
            self._client.close()


def _client(address: RedisAddress, password: str) -> "Redis":
    redis = client_library()
    backoff = redis.backoff.ExponentialBackoff(cap=_LONGEST_WAIT_S, base=_FIRST_WAIT_S)
    options: dict[str, Any] = {
        "db": address.database,
        "username": address.username or None,
        "password": password or None,
        "socket_timeout": address.timeout_s,
        "socket_connect_timeout": address.timeout_s,
        "retry": redis.retry.Retry(backoff, _RETRIES),
        "protocol": _RESP,
    }
    if address.socket_path:
        options["unix_socket_path"] = address.socket_path
    else:
        options |= {"host": address.host, "port": address.port, "ssl": address.has_tls}
    if address.ca_file:
        options["ssl_ca_certs"] = address.ca_file
    client: Redis = redis.Redis(**options)
    return client
