"""Asking a store of which there are copies: one of them, then the next where the first is slow or fails.

The first answer wins, and what else is under way is given up. This bounds how late the slowest requests are by how
often two copies are slow at once (Dean and Barroso, "The Tail at Scale", 2013), for a few more questions.
"""

import asyncio
from collections.abc import Callable, Sequence

from serving.errors import StoreError
from serving.stores.source import Rows
from serving.stores.turns import GiveUp

OnAnswer = Callable[[Rows | Exception], None]  # called once, with what came, or what went wrong
Ask = Callable[[OnAnswer], GiveUp]  # asks one copy, and returns what gives that up


def ask_in_turn(asks: Sequence[Ask], hedge_after_s: float | None, on_answer: OnAnswer) -> GiveUp:
    """Ask copies of a store until one answers.

    Parameters
    ----------
    asks
        What asks each copy; at least one.
    hedge_after_s
        How long the last one that was asked may take before the next is asked as well; None: only where one fails.
    on_answer
        Told of the first answer, or of the last failure where all fail.

    Returns
    -------
    callable
        What gives up whatever is under way.
    """
    if len(asks) == 1:
        return asks[0](on_answer)
    hedge = _Hedge(asks, hedge_after_s, on_answer)
    hedge.ask_next()
    return hedge.give_up


class _Hedge:
    """The copies that were asked, and those that are left."""

    def __init__(self, asks: Sequence[Ask], hedge_after_s: float | None, on_answer: OnAnswer) -> None:
        self._left = list(reversed(asks))
        self._hedge_after_s, self._on_answer = hedge_after_s, on_answer
        self._under_way: list[GiveUp] = []
        self._n_unanswered = 0
        self._is_over = False
        self._timer: asyncio.TimerHandle | None = None

    def ask_next(self) -> bool:
        """Ask the next copy; return whether there was one."""
        self._stop_timer()
        if self._is_over or not self._left:
            return False
        ask = self._left.pop()
        self._n_unanswered += 1
        if self._left and self._hedge_after_s is not None:
            self._timer = asyncio.get_running_loop().call_later(self._hedge_after_s, self.ask_next)
        self._under_way.append(ask(self._answered))
        return True

    def give_up(self) -> None:
        """Give up what is under way."""
        self._is_over = True
        self._stop_timer()
        under_way, self._under_way = self._under_way, []
        for give_up in under_way:
            give_up()

    def _answered(self, answer: Rows | Exception) -> None:
        if self._is_over:
            return
        self._n_unanswered -= 1
        if isinstance(answer, Exception) and (self.ask_next() or self._n_unanswered):
            return
        self.give_up()
        self._on_answer(answer)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def first_usable(asks: Sequence[tuple[str, Ask]], where: str) -> list[Ask]:
    """Return what asks the copies, those without a known problem first; StoreError where each has one.

    Examples
    --------
    >>> first_usable([("it is down", print), ("", repr)], "store cache") == [repr]
    True
    """
    usable = [ask for problem, ask in asks if not problem]
    if not usable:
        raise StoreError(next(problem for problem, _ in asks), where=where)
    return usable
