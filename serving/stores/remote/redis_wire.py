"""One connection to a Redis or Valkey server: commands go out as they come, and replies come back in their order.

Nobody waits for the reply of another: the protocol needs no answer before the next command is sent. A connection that
breaks, or gives nothing back for as long as an answer may take, fails all that is under way at once.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from serving.errors import ServingConfigError, StoreError
from serving.stores.turns import GiveUp

if TYPE_CHECKING:
    import hiredis

Replies = list[Any]
OnReplies = Callable[[Replies | Exception], None]


class _Question:
    """Commands that were sent, and the replies that came so far."""

    __slots__ = ("n_left", "on_replies", "replies", "sent_at")

    def __init__(self, n_commands: int, on_replies: OnReplies, sent_at: float) -> None:
        self.n_left, self.on_replies, self.sent_at = n_commands, on_replies, sent_at
        self.replies: Replies = []

    def give_up(self) -> None:
        """Forget who asked; the replies still come."""
        self.on_replies = _ignore


class RedisWire(asyncio.Protocol):
    """One connection.

    Parameters
    ----------
    where
        The server, for messages.
    timeout_s
        How long it may give nothing back while something is asked.
    on_lost
        Told once why the connection is no more, and whether the server was silent.
    """

    def __init__(self, where: str, timeout_s: float, on_lost: Callable[[StoreError, bool], None]) -> None:
        self._where, self._timeout_s, self._on_lost = where, timeout_s, on_lost
        self._parser = new_parser()
        self._asked: deque[_Question] = deque()
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._heard_at = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._is_lost = False

    def ask(self, commands: bytes, n_commands: int, on_replies: OnReplies) -> GiveUp:
        """Send commands, and tell when all of their replies are there, or the connection is lost."""
        if self._transport is None or self._is_lost:
            raise StoreError("the connection is closed", where=self._where)
        question = _Question(n_commands, on_replies, self._loop.time())
        self._asked.append(question)
        self._transport.write(commands)
        if self._watch is None:
            self._watch = self._loop.call_later(self._timeout_s, self._look)
        return question.give_up

    def lose(self, problem: str, *, is_silent: bool = False) -> None:
        """Close the connection, and fail what is under way."""
        if self._is_lost:
            return
        self._is_lost = True
        if self._watch is not None:
            self._watch.cancel()
        if self._transport is not None:
            self._transport.abort()
        error = StoreError(problem, where=self._where)
        asked, self._asked = self._asked, deque()
        self._on_lost(error, is_silent)
        for question in asked:
            question.on_replies(error)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is written to."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Read replies, and tell who asked for them."""
        self._heard_at = self._loop.time()
        self._parser.feed(data)
        try:
            while (reply := self._parser.gets()) is not False:
                self._reply(reply)
        except Exception as error:  # noqa: BLE001 - what isn't the protocol, and faults of who is told
            self.lose(f"its replies can't be read ({error!r:.100})")

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what is under way."""
        self.lose(f"the connection broke ({exc or 'closed by the server'})")

    def _reply(self, reply: object) -> None:
        if not self._asked:
            raise StoreError("a reply that nobody asked for", where=self._where)
        question = self._asked[0]
        question.replies.append(reply)
        question.n_left -= 1
        if not question.n_left:
            self._asked.popleft()
            failed = next((one for one in question.replies if isinstance(one, Exception)), None)
            question.on_replies(question.replies if failed is None else self._refused(failed))

    def _refused(self, error: Exception) -> StoreError:
        return StoreError(f"it refused a command ({error!s:.200})", where=self._where)

    def _look(self) -> None:
        """Give a connection up that gave nothing back though something is asked."""
        self._watch = None
        if not self._asked:
            return
        quiet_s = self._loop.time() - max(self._heard_at, self._asked[0].sent_at)
        if quiet_s >= self._timeout_s:
            self.lose(f"no reply within {1_000 * self._timeout_s:,.0f} ms", is_silent=True)
        else:
            self._watch = self._loop.call_later(self._timeout_s - quiet_s, self._look)


def new_parser() -> "hiredis.Reader":
    """Return what reads replies; a ServingConfigError says how to install it where it isn't."""
    try:
        import hiredis  # noqa: PLC0415 - an extra
    except ImportError:
        remedy = "install it: pip install 'interest-graph[redis]'"
        raise ServingConfigError("a store of the kind redis needs the package hiredis", remedy=remedy) from None
    return hiredis.Reader()


def _ignore(_replies: Replies | Exception) -> None:
    """Tell nobody."""
