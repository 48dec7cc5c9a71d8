import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import cast

import pytest

from serving.answering import answer_of
from serving.edge_types import Objects
from serving.errors import OverloadedError, StoreError, TooLateError
from serving.plans.compiled_plan import CompiledPlan
from serving.processor import Result
from serving.request import Request
from serving.scheduling.inline_run import run_inline
from serving.scheduling.waiting_run import run_waiting
from serving.scheduling.watch import FinishedRun, Missed
from storage_tiers.errors import DatasetError
from tests.serving.scheduling.made_plans import Made, joined, later, numbers, plan_of, request


def gives(*values: int) -> Made:
    return Made(lambda _previous: numbers(*values))


def gives_later(delay_s: float, *values: int) -> Made:
    return Made(later(lambda _previous: numbers(*values), delay_s), "remote")


def fails(error: Exception, waits: str = "never") -> Made:
    def fail(_previous: Sequence[Objects | None]) -> Result:
        raise error

    return Made(later(fail), "remote") if waits == "remote" else Made(fail)


def run(plan: CompiledPlan, asked: Request) -> FinishedRun:
    return asyncio.run(run_waiting(plan, asked))


BOTH_WAYS = pytest.mark.parametrize("run", [run_inline, run], ids=["inline", "waiting"])


@BOTH_WAYS
def test_each_step_is_given_what_the_steps_before_it_came_to_in_the_order_of_its_inputs(run: object) -> None:
    plan = plan_of(
        {
            "a": (gives(1), []),
            "b": (gives(2, 3), []),
            "both": (Made(joined), ["b", "a"]),
        }
    )
    assert run(plan, request()).results == [numbers(1), numbers(2, 3), numbers(2, 3, 1)]  # type: ignore[operator]


@BOTH_WAYS
def test_a_port_gives_its_part_alone(run: object) -> None:
    split = Made(lambda _previous: {"odd": numbers(1, 3), "even": numbers(2)})
    plan = plan_of({"split": (split, []), "even": (Made(joined), ["split.even"])}, ["even", "split.odd"])
    finished = run(plan, request())  # type: ignore[operator]
    assert [one.objects for one in answer_of(finished, request()).lists] == [numbers(2), numbers(1, 3)]


@BOTH_WAYS
def test_what_stands_on_a_failed_step_is_missing_and_the_rest_is_answered(run: object) -> None:
    plan = plan_of(
        {
            "gone": (fails(StoreError("the store is away")), []),
            "behind": (Made(joined), ["gone"]),
            "there": (gives(7), []),
        },
        ["behind", "there"],
    )
    answer = answer_of(run(plan, request()), request())  # type: ignore[operator]
    assert [(one.name, one.objects, one.partial) for one in answer.lists] == [
        ("behind", [], True),
        ("there", numbers(7), False),
    ]
    assert answer.partial
    assert [(one.step, one.reason, one.problem) for one in answer.missing] == [
        ("gone", "failed", "the store is away"),
        ("behind", "not run", "the store is away"),
    ]


@BOTH_WAYS
def test_a_step_that_takes_missing_inputs_is_run_and_its_list_is_marked(run: object) -> None:
    merge = Made(joined, takes_missing=True)
    plan = plan_of(
        {"gone": (fails(StoreError("away")), []), "there": (gives(7), []), "all": (merge, ["gone", "there"])}
    )
    (named,) = answer_of(run(plan, request()), request()).lists  # type: ignore[operator]
    assert (named.objects, named.partial) == (numbers(7), True)


@BOTH_WAYS
def test_a_step_that_takes_missing_inputs_is_missing_where_all_are(run: object) -> None:
    merge = Made(joined, takes_missing=True)
    plan = plan_of(
        {"a": (fails(StoreError("away")), []), "b": (fails(StoreError("gone")), []), "all": (merge, ["b", "a"])}
    )
    with pytest.raises(StoreError, match=r"^away$"):
        answer_of(run(plan, request()), request())  # type: ignore[operator]


@BOTH_WAYS
def test_where_nothing_came_of_it_the_first_error_is_raised(run: object) -> None:
    plan = plan_of({"a": (fails(OverloadedError("too much")), []), "b": (Made(joined), ["a"])})
    with pytest.raises(OverloadedError, match=r"^too much$"):
        answer_of(run(plan, request()), request())  # type: ignore[operator]


@BOTH_WAYS
def test_what_a_tier_raises_is_an_error_of_its_store(run: object) -> None:
    plan = plan_of({"a": (fails(DatasetError("torn", where="pin_joins", remedy="load it again")), [])})
    with pytest.raises(StoreError, match=r"^pin_joins: torn; load it again$"):
        answer_of(run(plan, request()), request())  # type: ignore[operator]


@BOTH_WAYS
def test_a_fault_of_a_processor_is_logged_with_its_place_and_takes_nothing_else_along(
    run: object, caplog: pytest.LogCaptureFixture
) -> None:
    plan = plan_of({"wrong": (fails(KeyError("x")), []), "there": (gives(7), [])}, ["wrong", "there"])
    with caplog.at_level(logging.ERROR):
        answer = answer_of(run(plan, request()), request())  # type: ignore[operator]
    assert answer.lists[1].objects == numbers(7)
    assert answer.missing[0].problem == "step wrong: a fault, KeyError: 'x'"
    assert "raise error" in caplog.text


@BOTH_WAYS
def test_no_step_is_begun_when_time_is_over(run: object) -> None:
    begun: list[int] = []

    def begin(_previous: Sequence[Objects | None]) -> Objects:
        begun.append(1)
        return []

    finished = run(plan_of({"a": (Made(begin), [])}), request(-1.0))  # type: ignore[operator]
    assert not begun
    assert cast("Missed", finished.results[0]).reason == "late"


def test_steps_that_wait_wait_side_by_side() -> None:
    there = asyncio.Event()

    async def first(_previous: Sequence[Objects | None]) -> Result:
        await there.wait()
        return numbers(1)

    async def second(_previous: Sequence[Objects | None]) -> Result:
        there.set()
        return numbers(2)

    plan = plan_of(
        {"a": (Made(first, "remote"), []), "b": (Made(second, "remote"), []), "c": (Made(joined), ["a", "b"])}
    )
    assert run(plan, request()).results[2] == numbers(1, 2)


def test_a_step_that_stalls_is_late_and_what_does_not_stand_on_it_is_answered() -> None:
    plan = plan_of(
        {"stalls": (gives_later(60), []), "quick": (gives_later(0, 5), []), "behind": (Made(joined), ["quick"])},
        ["stalls", "behind"],
    )
    answer = answer_of(run(plan, request(0.1)), request())
    assert [(one.objects, one.partial) for one in answer.lists] == [([], True), (numbers(5), False)]
    assert [(one.step, one.reason) for one in answer.missing] == [("stalls", "late")]


def test_a_step_that_stalls_leaves_the_steps_behind_it_their_share_of_the_time() -> None:
    merge = Made(later(joined), "remote", takes_missing=True)
    plan = plan_of({"stalls": (gives_later(60), []), "quick": (gives(5), []), "then": (merge, ["stalls", "quick"])})
    finished = run(plan, request(0.2))
    assert cast("Missed", finished.results[0]).reason == "late"
    assert finished.results[2] == numbers(5)


def test_a_merge_of_steps_that_do_not_wait_still_has_time_where_a_store_stalls_until_the_deadline() -> None:
    merge = Made(joined, takes_missing=True)
    plan = plan_of(
        {"stalls": (gives_later(60), []), "quick": (gives(5), []), "either": (merge, ["stalls", "quick"])},
    )
    asked = request(0.5)
    answer = answer_of(run(plan, asked), asked)
    assert (answer.lists[0].objects, answer.partial, [one.step for one in answer.missing]) == (
        numbers(5),
        True,
        ["stalls"],
    )
    assert asked.left_s() > 0


def test_what_is_late_is_cancelled_and_so_is_everything_when_the_caller_goes_away() -> None:
    ended: list[str] = []

    async def stall(name: str, _previous: Sequence[Objects | None]) -> Result:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append(name)
            raise
        return []

    async def go_away() -> None:
        plan = plan_of({"a": (Made(partial(stall, "a"), "remote"), []), "b": (Made(partial(stall, "b"), "remote"), [])})
        task = asyncio.create_task(run_waiting(plan, request()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)

    asyncio.run(go_away())
    assert sorted(ended) == ["a", "b"]


def test_an_error_that_comes_after_its_step_was_late_bothers_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async def too_late() -> None:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        shielded = Made(lambda _previous: asyncio.shield(future), "remote")
        finished = await run_waiting(plan_of({"a": (shielded, [])}), request(0.02))
        assert isinstance(cast("Missed", finished.results[0]).error, TooLateError)
        future.set_exception(StoreError("too late to matter"))
        await asyncio.sleep(0)
        future.exception()

    with caplog.at_level(logging.ERROR):
        asyncio.run(too_late())


def test_the_trace_tells_when_each_step_began_and_how_long_it_took() -> None:
    plan = plan_of({"a": (gives_later(0.02, 1, 2), []), "b": (Made(joined), ["a"])})
    asked = request()
    first, second = answer_of(run(plan, asked), asked, trace=True).steps
    assert (first.step, first.n_objects, second.step, second.n_objects) == ("a", 2, "b", 2)
    assert first.took_us >= 20_000
    assert second.began_us >= first.took_us
