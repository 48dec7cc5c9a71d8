"""A connection to a Redis server that is made again by itself, at first soon and then once a second.

While it is made for the first time, or after a server closed it, questions wait for it. Where it can't be made, they
fail at once until it can: nobody waits for a server that is known to be down.
"""

import asyncio
import ssl
from collections.abc import Callable

from joins.errors import DiscoveryError
from serving.errors import StoreError
from serving.stores.remote.redis_wire import OnReplies, RedisWire, Replies
from serving.stores.turns import GiveUp
from storage_tiers.redis_server.raw_commands import packed
from storage_tiers.redis_server.redis_address import RedisAddress, read_password

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.05, 1.0
_FAULTS = (OSError, DiscoveryError)  # with what is late, and what TLS refuses
_Held = tuple[bytes, int, OnReplies]


class KeptConnection:
    """One connection to a server; it belongs to the event loop by which it is asked.

    Parameters
    ----------
    address
        Of the server.
    password_file
        Whose first line is the password; without one it comes from the environment.
    timeout_s
        How long an answer, and connecting, may take.
    """

    def __init__(self, address: RedisAddress, password_file: str, timeout_s: float) -> None:
        self.address, self.problem = address, ""
        self._password_file, self._timeout_s = password_file, timeout_s
        self._wire: RedisWire | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._held: dict[int, _Held] = {}  # questions that wait for the connection
        self._n_held = 0

    def ask(self, commands: bytes, n_commands: int, on_replies: OnReplies) -> GiveUp:
        """Send commands, and tell when all of their replies are there; a StoreError is told where that can't be."""
        if self._wire is not None:
            return self._wire.ask(commands, n_commands, on_replies)
        if self._connecting is None:
            self._connect()
        if self.problem:
            on_replies(StoreError(self.problem, where=str(self.address)))
            return _nothing
        self._n_held += 1
        number = self._n_held
        self._held[number] = (commands, n_commands, on_replies)
        return self._give_up_of(number)

    def close(self) -> None:
        """Close it; what is under way fails. Who asks again opens it anew."""
        if self._connecting is not None:
            self._connecting.cancel()
            self._connecting = None
        if self._wire is not None:
            wire, self._wire = self._wire, None
            wire.lose("the service is ending")
        self._fail_held(StoreError("the service is ending", where=str(self.address)))

    def _connect(self) -> None:
        self._connecting = asyncio.get_running_loop().create_task(self._connected())

    async def _connected(self) -> None:
        """Connect, however often it takes."""
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                async with asyncio.timeout(self._timeout_s):
                    wire = await self._opened()
            except _FAULTS as error:
                self.problem = self._in_words(error)
                self._fail_held(StoreError(self.problem, where=str(self.address)))
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
            else:
                self._wire, self._connecting, self.problem = wire, None, ""
                held, self._held = self._held, {}
                for commands, n_commands, on_replies in held.values():
                    wire.ask(commands, n_commands, on_replies)
                return

    async def _opened(self) -> RedisWire:
        """Open a connection that has said that it takes commands."""
        address, loop, greetings = self.address, asyncio.get_running_loop(), self._greetings()
        wire = RedisWire(
            str(address), self._timeout_s, lambda error, is_silent: self._lost(wire, error, is_silent=is_silent)
        )
        if address.socket_path:
            await loop.create_unix_connection(lambda: wire, address.socket_path)
        else:
            tls = ssl.create_default_context(cafile=address.ca_file or None) if address.has_tls else None
            await loop.create_connection(lambda: wire, address.host, address.port, ssl=tls)
        try:
            await asked(wire.ask, *greetings)
        except BaseException:
            wire.lose("it didn't greet back")
            raise
        return wire

    def _greetings(self) -> list[bytes]:
        password, username = read_password(self._password_file), self.address.username
        greetings = [packed(b"PING")]
        if self.address.database:
            greetings.insert(0, packed(b"SELECT", b"%d" % self.address.database))
        if password:
            who = [username.encode()] if username else []
            greetings.insert(0, packed(b"AUTH", *who, password.encode()))
        return greetings

    def _lost(self, wire: RedisWire, error: StoreError, *, is_silent: bool) -> None:
        if wire is self._wire:
            self._wire = None
            self.problem = error.problem if is_silent else ""  # it stays so until it greets
            self._connect()

    def _fail_held(self, error: StoreError) -> None:
        held, self._held = self._held, {}
        for _, _, on_replies in held.values():
            on_replies(error)

    def _give_up_of(self, number: int) -> GiveUp:
        def give_up() -> None:
            self._held.pop(number, None)

        return give_up

    def _in_words(self, error: Exception) -> str:
        if isinstance(error, DiscoveryError):
            return error.problem
        if isinstance(error, TimeoutError):
            return f"it can't be reached (no reply within {1_000 * self._timeout_s:,.0f} ms)"
        return f"it can't be reached ({getattr(error, 'strerror', None) or error})"


async def asked(ask: Callable[[bytes, int, OnReplies], GiveUp], *commands: bytes) -> Replies:
    """Send commands and wait for their replies; StoreError where that can't be."""
    future: asyncio.Future[Replies] = asyncio.get_running_loop().create_future()

    def told(replies: Replies | Exception) -> None:
        if future.done():
            return
        if isinstance(replies, Exception):
            future.set_exception(replies)
        else:
            future.set_result(replies)

    give_up = ask(b"".join(commands), len(commands), told)
    try:
        return await future
    finally:
        give_up()


def _nothing() -> None:
    """Give nothing up, as nothing is under way."""
