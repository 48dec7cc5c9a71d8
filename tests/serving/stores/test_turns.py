"""Turns: who asks a store, who waits, who is refused; and copies of which the first that answers counts."""

import asyncio
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.errors import OverloadedError, StoreError
from serving.stores.hedging import OnAnswer, ask_in_turn
from serving.stores.source import Rows
from serving.stores.turns import GiveUp, Turn, Turns


class Asking:
    """Questions to a store whose answers a test gives."""

    def __init__(self, most_at_once: int, most_waiting: int, random: Random) -> None:
        self.turns = Turns("store s", most_at_once, most_waiting, 60)
        self.begun: list[Turn] = []
        self.answers: list[asyncio.Future[Rows]] = []
        self._most_at_once, self._most_waiting, self._random = most_at_once, most_waiting, random

    def begin(self, turn: Turn) -> GiveUp:
        self.begun.append(turn)
        return lambda: None

    def ask(self) -> None:
        """Ask, or be refused where it is full."""
        if (self.turns.n_running, self.turns.n_waiting) == (self._most_at_once, self._most_waiting):
            with pytest.raises(OverloadedError):
                self.turns.ask(self.begin)
        else:
            self.answers.append(self.turns.ask(self.begin))

    def do(self, step: str) -> None:
        if step == "ask":
            self.ask()
        elif step == "cancel" and self.answers:
            self._random.choice(self.answers).cancel()
        elif self.begun and step == "give":
            self._random.choice(self.begun).give([])
        elif self.begun and step == "fail":
            self._random.choice(self.begun).fail(StoreError("no"))

    def check(self) -> None:
        assert self.turns.n_running <= self._most_at_once
        assert self.turns.n_waiting <= self._most_waiting
        assert not self.turns.n_waiting or self.turns.n_running == self._most_at_once


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 3),
    st.integers(0, 3),
    st.lists(st.sampled_from(["ask", "ask", "give", "fail", "cancel"]), max_size=40),
    st.randoms(use_true_random=False),
)
def test_never_do_more_ask_or_wait_than_may_and_every_question_ends(
    most_at_once: int, most_waiting: int, steps: list[str], random: Random
) -> None:
    async def whole() -> None:
        asking = Asking(most_at_once, most_waiting, random)
        for step in steps:
            asking.do(step)
            await asyncio.sleep(0)
            asking.check()
        while any(not answer.done() for answer in asking.answers):
            for turn in asking.begun:
                turn.give([])
            await asyncio.sleep(0)
        await asyncio.gather(*asking.answers, return_exceptions=True)
        assert (asking.turns.n_running, asking.turns.n_waiting) == (0, 0)

    asyncio.run(whole())


def test_a_thousand_questions_that_fail_as_they_begin_end_one_by_one() -> None:
    async def whole() -> None:
        turns = Turns("store s", 1, 2_000, 60)
        held: list[Turn] = []

        def hold(turn: Turn) -> GiveUp:
            held.append(turn)
            return lambda: None

        def fail(turn: Turn) -> None:
            turn.fail(StoreError("it is down"))

        first = turns.ask(hold)
        others = [turns.ask(fail) for _ in range(1_000)]
        held[0].give([])
        assert await first == []
        failed = await asyncio.gather(*others, return_exceptions=True)
        assert {str(one) for one in failed} == {"it is down"}

    asyncio.run(whole())


class Copy:
    """A copy of a store that answers when a test lets it."""

    def __init__(self) -> None:
        self.told: OnAnswer | None = None
        self.is_given_up = False

    def ask(self, on_answer: OnAnswer) -> GiveUp:
        self.told = on_answer
        return self.give_up

    def give_up(self) -> None:
        self.is_given_up = True


def hedged(body: Callable[[list[Copy], list[Rows | Exception], GiveUp], object], after_s: float | None) -> None:
    async def whole() -> None:
        copies, answers = [Copy(), Copy(), Copy()], list[Rows | Exception]()
        give_up = ask_in_turn([copy.ask for copy in copies], after_s, answers.append)
        await asyncio.sleep(0.02)
        body(copies, answers, give_up)
        give_up()

    asyncio.run(whole())


def test_the_first_answer_counts_and_the_others_are_given_up() -> None:
    def body(copies: list[Copy], answers: list[Rows | Exception], _give_up: GiveUp) -> None:
        assert copies[1].told is not None
        copies[1].told([{"n": 2}])
        assert copies[0].is_given_up
        assert copies[0].told is not None
        copies[0].told([{"n": 1}])
        assert answers == [[{"n": 2}]]

    hedged(body, 0.001)


def test_where_one_fails_the_next_is_asked_and_the_last_failure_is_told() -> None:
    def body(copies: list[Copy], answers: list[Rows | Exception], _give_up: GiveUp) -> None:
        for number, copy in enumerate(copies):
            assert all(other.told is None for other in copies[number + 1 :])
            assert copy.told is not None
            copy.told(StoreError(f"no {number}"))
        assert [str(one) for one in answers] == ["no 2"]

    hedged(body, None)


def test_what_is_given_up_is_told_nobody() -> None:
    def body(copies: list[Copy], answers: list[Rows | Exception], give_up: GiveUp) -> None:
        give_up()
        assert copies[0].told is not None
        copies[0].told(StoreError("no"))
        assert answers == []
        assert copies[1].told is None

    hedged(body, None)
