"""Running a plan of which some steps wait: for another machine, or for a client that blocks a thread.

Steps that don't wait are run inline as soon as what they take is there. What a waiting step comes to is a future, whose
end settles the step and begins those behind it: futures are chained and merged by the plan's edges, and nobody polls.
Each waiting step has a share of the time that is left: the n-th part, where n steps that wait lie on the longest way
from it to an end, of all but a little. So one slow store can't use up the time of what comes after it: a fallback still
gives what another store had.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable
from functools import partial
from time import perf_counter_ns

from serving.plans.compiled_plan import CompiledPlan
from serving.processor import Result
from serving.request import Request
from serving.scheduling.inline_run import come_to, late, missed_as
from serving.scheduling.watch import FinishedRun, Missed

_WAITING_SHARE = 0.85  # of the time that is left; the rest is for steps that don't wait, and for the answer
_NOT_YET = Missed("not run", None)  # type: ignore[arg-type] # stands where nothing is yet, and is never given out


async def run_waiting(plan: CompiledPlan, request: Request) -> FinishedRun:
    """Run a plan; it ends when every step has come to something, or by the request's deadline.

    Where the caller is cancelled, what it waits for is cancelled too.

    Notes
    -----
    It never raises for what a step comes to: that is told by the run's `results`. What they are doesn't depend on the
    order in which waiting steps end.
    """
    run = _Run(plan, request)
    try:
        run.go_on()
        if run.n_left:
            await run.is_over
    finally:
        run.give_up()
    return run.finished()


class _Run:
    """A run while it lasts."""

    def __init__(self, plan: CompiledPlan, request: Request) -> None:
        n_steps = len(plan.steps)
        self.n_left = n_steps
        self._plan, self._request = plan, request
        self._loop = asyncio.get_running_loop()
        self.is_over: asyncio.Future[None] = self._loop.create_future()
        self._results: list[Result | Missed] = [_NOT_YET] * n_steps
        self._behind: list[list[int]] = [[] for _ in range(n_steps)]
        self._n_unmet = [len(step.inputs) for step in plan.steps]
        for number, step in enumerate(plan.steps):
            for one in step.inputs:
                self._behind[one.step].append(number)
        self._ready = deque(number for number, n_unmet in enumerate(self._n_unmet) if not n_unmet)
        self._waiting: dict[int, tuple[asyncio.Future[Result], asyncio.TimerHandle]] = {}
        self._began = perf_counter_ns()
        self._step_began, self._step_took = [0] * n_steps, [0] * n_steps

    def go_on(self) -> None:
        """Begin every step that can be begun, and settle those that don't wait."""
        while self._ready:
            number = self._ready.popleft()
            self._step_began[number] = perf_counter_ns() - self._began
            step = self._plan.steps[number]
            result = come_to(step, self._results, self._request)
            if step.processor.waits != "never" and isinstance(result, Awaitable):
                self._wait(number, result)
            else:
                self._settle(number, result)  # type: ignore[arg-type] # it doesn't wait

    def give_up(self) -> None:
        """Let go of whatever is still waited for."""
        for future, timer in self._waiting.values():
            timer.cancel()
            future.cancel()
        self._waiting.clear()

    def finished(self) -> FinishedRun:
        """Return what all of it came to."""
        any_missed = any(isinstance(result, Missed) for result in self._results)
        took = perf_counter_ns() - self._began
        return FinishedRun(self._plan, self._results, self._began, self._step_began, self._step_took, took, any_missed)

    def _wait(self, number: int, result: Awaitable[Result]) -> None:
        """Wait for what a step comes to, as long as its share of the time lasts."""
        share_s = _WAITING_SHARE * self._request.left_s() / max(1, self._plan.steps[number].n_waits)
        future = asyncio.ensure_future(result)
        timer = self._loop.call_later(max(0.0, share_s), self._on_late, number)
        self._waiting[number] = future, timer
        future.add_done_callback(partial(self._on_done, number))

    def _on_done(self, number: int, future: "asyncio.Future[Result]") -> None:
        there = self._waiting.pop(number, None)
        if there is None:  # it was late, or nobody waits for the run any more
            if not future.cancelled():
                future.exception()  # looked at, so that asyncio has nothing to complain about
            return
        there[1].cancel()
        step = self._plan.steps[number]
        if future.cancelled():
            self._settle(number, late(step))
        elif (error := future.exception()) is not None:
            self._settle(number, missed_as(step, error))
        else:
            self._settle(number, future.result())
        self.go_on()

    def _on_late(self, number: int) -> None:
        future, _ = self._waiting.pop(number)
        future.cancel()
        self._settle(number, late(self._plan.steps[number]))
        self.go_on()

    def _settle(self, number: int, result: Result | Missed) -> None:
        self._results[number] = result
        self._step_took[number] = perf_counter_ns() - self._began - self._step_began[number]
        self.n_left -= 1
        for behind in self._behind[number]:
            self._n_unmet[behind] -= 1
            if not self._n_unmet[behind]:
                self._ready.append(behind)
        if not self.n_left and not self.is_over.done():
            self.is_over.set_result(None)
