"""A dataset on a Redis or Valkey server: rows of one version by key, of one server or whichever copy answers first.

All rows of a question are fields of one hash, whose mark is asked for with them. A version that was dropped, or loaded
anew under another number, has no such hash any more: that is an error, and never rows of something else.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from typing import Any, Literal

from serving.config import RedisStore
from serving.errors import ServingConfigError, StoreError
from serving.stores.hedging import Ask, ask_in_turn, first_usable
from serving.stores.object_types import object_type_of_layout
from serving.stores.remote.kept_connection import KeptConnection, asked
from serving.stores.remote.redis_wire import Replies, new_parser
from serving.stores.source import Rows
from serving.stores.turns import GiveUp, Turn, Turns
from serving.stores.versioned_store import ClosableSource
from storage_tiers.errors import DatasetError
from storage_tiers.random_access.encoding.decoded_rows import row_decoders
from storage_tiers.random_access.keys import strict_encoder
from storage_tiers.redis_server.key_names import MARK, KeyNames
from storage_tiers.redis_server.raw_commands import packed
from storage_tiers.redis_server.redis_address import read_address
from storage_tiers.redis_server.version_record import VersionRecord
from storage_tiers.versioned.versions import Version

_MOST_KEYS = 1_000  # a command: the server answers nobody else meanwhile
RowsOf = Callable[[Replies], Rows]


class RedisCopies:
    """A server and its copies, with the connections to each and the limits of the store.

    Parameters
    ----------
    name
        What the configuration calls the store.
    store
        How it is configured.

    Raises
    ------
    ServingConfigError
        If an address is none, or the package hiredis isn't there.
    """

    def __init__(self, name: str, store: RedisStore) -> None:
        self.where = f"store {name}"
        new_parser()
        try:
            addresses = [read_address(one) for one in (store.address, *store.replicas)]
        except DatasetError as error:
            raise ServingConfigError(error.problem, where=f"[stores.{name}]", remedy="mend that address") from None
        self.place = ", ".join(map(str, addresses))
        self.keys = KeyNames(addresses[0].namespace)
        timeout_s = store.timeout_ms / 1_000
        self._servers = [
            [KeptConnection(address, store.password_file, timeout_s) for _ in range(store.connections)]
            for address in addresses
        ]
        self._cycles = [cycle(connections) for connections in self._servers]
        self._hedge_after_s = store.hedge_after_ms / 1_000 or None
        self.turns = Turns(self.where, store.most_at_once, store.most_waiting, timeout_s)
        self._timeout_s = timeout_s

    @property
    def problem(self) -> str:
        """What is wrong with the server or a copy; empty where nothing is."""
        found = (connection for connections in self._servers for connection in connections if connection.problem)
        return next((f"{one.address}: {one.problem}" for one in found), "")

    def rows(self, commands: bytes, n_commands: int, rows_of: RowsOf) -> "asyncio.Future[Rows]":
        """Return what the replies to commands will come to, of the first copy whose replies come to rows."""
        return self.turns.ask(partial(self._begin, commands, n_commands, rows_of))

    async def asked(self, *commands: bytes) -> Replies:
        """Return the replies to commands, of the first copy that gives any; those of who looks for versions."""
        error = StoreError("it wasn't asked", where=self.where)
        for connections in self._servers:
            try:
                async with asyncio.timeout(self._timeout_s):
                    return await asked(connections[0].ask, *commands)
            except TimeoutError:
                error = StoreError(f"no reply within {1_000 * self._timeout_s:,.0f} ms", where=self.where)
            except StoreError as failed:
                error = failed
        raise error

    def close(self) -> None:
        """Close all connections."""
        for connections in self._servers:
            for connection in connections:
                connection.close()

    def _begin(self, commands: bytes, n_commands: int, rows_of: RowsOf, turn: Turn) -> GiveUp:
        asks: list[tuple[str, Ask]] = []
        for connections in self._cycles:
            connection = next(connections)
            asks.append((connection.problem, partial(_ask_one, connection, commands, n_commands, rows_of)))

        def told(answer: Rows | Exception) -> None:
            if isinstance(answer, Exception):
                turn.fail(answer)
            else:
                turn.give(answer)

        return ask_in_turn(first_usable(asks, self.where), self._hedge_after_s, told)


class RedisSource(ClosableSource):
    """One version of a dataset on a server.

    Parameters
    ----------
    address
        What plans call it.
    record
        What one load left on the server.
    copies
        The server.
    """

    waits: Literal["remote"] = "remote"

    def __init__(self, address: str, record: VersionRecord, copies: RedisCopies) -> None:
        self.address, self._record, self._copies = address, record, copies
        self.object_type = object_type_of_layout(record.dataset, record.layout, key_is_integer=record.key_is_integer)
        self._rows = copies.keys.rows(record.load_number).encode()
        self._mark, self._first_byte = record.source_digest.encode(), record.schema_id
        self._bytes_of = strict_encoder(is_integer=record.key_is_integer)
        self._decoder_of = row_decoders(record.layout, f"{record.dataset} {record.version}")

    @property
    def version(self) -> Version:
        """The version that is read."""
        return self._record.version

    def get_many(self, keys: Sequence[int | str], fields: Sequence[str]) -> "asyncio.Future[Rows]":
        """Return what the named fields of several rows will be, see `Source.get_many`."""
        encoded = [self._bytes_of(key) for key in keys]
        possible = [one for one in encoded if one is not None]
        starts = range(0, max(1, len(possible)), _MOST_KEYS)
        commands = b"".join(
            packed(b"HMGET", self._rows, MARK, *possible[start : start + _MOST_KEYS]) for start in starts
        )
        return self._copies.rows(commands, len(starts), partial(self._decoded, list(keys), encoded, tuple(fields)))

    def close(self) -> None:
        """Do nothing: the connections are the store's."""

    def _decoded(
        self, keys: Sequence[int | str], encoded: Sequence[bytes | None], fields: tuple[str, ...], replies: Replies
    ) -> Rows:
        values: list[Any] = []
        for mark, *those in replies:
            if mark != self._mark:
                remedy = "the next look at the pointers goes on to what serves"
                raise StoreError("it was dropped or loaded anew meanwhile", where=self._where, remedy=remedy)
            values += those
        decode, following = self._decoder_of(fields), iter(values)
        rows: Rows = []
        for key, one in zip(keys, encoded, strict=True):
            value = None if one is None else next(following)
            if value is not None and (not value or value[0] != self._first_byte):
                raise StoreError(f"the value of {key!r} has another layout than was loaded", where=self._where)
            rows.append(None if value is None else decode(key, value))
        return rows

    @property
    def _where(self) -> str:
        return f"{self.address} {self.version}"


def _ask_one(
    connection: KeptConnection,
    commands: bytes,
    n_commands: int,
    rows_of: RowsOf,
    on_rows: Callable[[Rows | Exception], None],
) -> GiveUp:
    """Ask one copy, and tell the rows that its replies come to, or what is wrong with them."""

    def told(replies: Replies | Exception) -> None:
        answer: Rows | Exception
        if isinstance(replies, Exception):
            answer = replies
        else:
            try:
                answer = rows_of(replies)
            except Exception as error:  # noqa: BLE001 - it is this question's, and the connection is sound
                answer = error if isinstance(error, StoreError) else StoreError(f"its rows can't be read ({error})")
        on_rows(answer)

    return connection.ask(commands, n_commands, told)
