"""Limits of one store: how many questions it is asked at one time, how many wait for their turn, and how long.

Each store has limits of its own, so one that stalls keeps its own questions, and nothing of what others need. What
comes when its queue is full is refused at once: an answer that comes too late helps nobody, and costs as much.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from serving.errors import OverloadedError, StoreError, TooLateError
from serving.stores.source import Rows

GiveUp = Callable[[], None]
# Begins what a turn is for; it tells the turn what came of it. What it returns is called when nobody waits any more,
# and ends the turn; where it returns None it can't be given up, and the turn lasts until it says what came of it.
Begin = Callable[["Turn"], GiveUp | None]


class Turns:
    """Who is asking a store at this moment, and who waits to.

    Parameters
    ----------
    where
        The store, for messages.
    most_at_once, most_waiting
        How many ask, and how many wait.
    timeout_s
        How long a question may take, with the time that it waits for its turn.

    Attributes
    ----------
    n_running
        How many ask at this moment.
    n_refused, n_late
        How many were refused so far as the store had enough to do, and how many had no answer in time.
    problem
        Why the last question that ended had no answer; empty where it had one.
    """

    def __init__(self, where: str, most_at_once: int, most_waiting: int, timeout_s: float) -> None:
        self.where, self.timeout_s = where, timeout_s
        self.n_running = self.n_refused = self.n_late = 0
        self.problem = ""
        self._most_at_once, self._most_waiting = most_at_once, most_waiting
        self._waiting: dict[Turn, None] = {}
        self._is_going_on = False

    @property
    def n_waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def ask(self, begin: Begin) -> "asyncio.Future[Rows]":
        """Begin something when it has its turn, and return what will come of it.

        Raises
        ------
        OverloadedError
            If as many wait as may.
        """
        is_full = self.n_running >= self._most_at_once
        if is_full and len(self._waiting) >= self._most_waiting:
            self.n_refused += 1
            raise OverloadedError(
                f"{self.n_running:,} questions are under way and {len(self._waiting):,} wait, and no more may",
                where=self.where,
                remedy="ask again in a moment",
            )
        turn = Turn(self, begin)
        self._waiting[turn] = None
        self._go_on()
        return turn.answer

    def over(self, turn: "Turn", *, had_begun: bool) -> None:
        """Let the next one have its turn."""
        if had_begun:
            self.n_running -= 1
        else:
            self._waiting.pop(turn, None)
        self._go_on()

    def _go_on(self) -> None:
        if self._is_going_on:  # one that ends as soon as it is begun: the loop further up goes on
            return
        self._is_going_on = True
        try:
            while self._waiting and self.n_running < self._most_at_once:
                turn = next(iter(self._waiting))
                del self._waiting[turn]
                self.n_running += 1
                turn.begin()
        finally:
            self._is_going_on = False


class Turn:
    """One question to a store: what it comes to is told to `give` or `fail`, once."""

    __slots__ = ("_begin", "_give_up", "_has_begun", "_is_over", "_timer", "_turns", "answer")

    def __init__(self, turns: Turns, begin: Begin) -> None:
        loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[Any] = loop.create_future()
        self._turns, self._begin = turns, begin
        self._give_up: GiveUp | None = None
        self._has_begun = self._is_over = False
        self._timer = loop.call_later(turns.timeout_s, self._late)
        self.answer.add_done_callback(self._answered)

    def begin(self) -> None:
        """Begin what it is for."""
        self._has_begun = True
        try:
            self._give_up = self._begin(self)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this question's
            self.fail(error)

    def give(self, rows: Rows) -> None:
        """Tell what came of it."""
        self._turns.problem = ""
        self._end()
        if not self.answer.done():
            self.answer.set_result(rows)

    def fail(self, error: BaseException) -> None:
        """Tell why nothing came of it."""
        self._turns.problem = str(error)
        self._end()
        if not self.answer.done():
            is_told = isinstance(error, Exception) and not isinstance(error, StopIteration)
            self.answer.set_exception(error if is_told else StoreError(repr(error), where=self._turns.where))

    def _late(self) -> None:
        turns = self._turns
        if not self.answer.done():
            turns.n_late += 1
            turns.problem = f"no answer within {1_000 * turns.timeout_s:,.0f} ms"
            self.answer.set_exception(TooLateError(turns.problem, where=turns.where))

    def _answered(self, _answer: "asyncio.Future[Rows]") -> None:
        """Give up what nobody waits for any more: it was late, or who asked was."""
        self._timer.cancel()
        if self._is_over:
            return
        if not self._has_begun:
            self._end()
        elif self._give_up is not None:
            self._give_up()
            self._end()

    def _end(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._turns.over(self, had_begun=self._has_begun)
