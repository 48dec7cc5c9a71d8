"""Running a plan whose steps never wait: one after the other, where the caller stands.

This is what most requests are, so nothing is made for it but lists: a plan of five steps takes a few microseconds
beside what its processors take. The steps of `serving.scheduling.waiting_run` are run by the same functions.
"""

import logging
from collections.abc import Awaitable, Sequence
from time import monotonic, perf_counter_ns

from joins.errors import DiscoveryError
from serving.edge_types import Objects
from serving.errors import ServingError, TooLateError
from serving.plans.compiled_plan import CompiledPlan, CompiledStep
from serving.processor import Result
from serving.request import Request
from serving.scheduling.watch import FinishedRun, Missed, missed_by

_Previous = list[Objects | None]

_log = logging.getLogger(__name__)


def run_inline(plan: CompiledPlan, request: Request) -> FinishedRun:
    """Run a plan in which no step waits.

    A step is not begun where the request's time is over, and is missing then, as are steps that stand on a missing one.

    Notes
    -----
    It never raises for what a step comes to: that is told by the run's `results`.
    """
    results: list[Result | Missed] = []
    began = before = perf_counter_ns()
    step_began, step_took = [], []
    any_missed = False
    for step in plan.steps:
        result = come_to(step, results, request)
        if isinstance(result, Missed):
            any_missed = True
        results.append(result)  # type: ignore[arg-type] # no step of the plan waits
        now = perf_counter_ns()
        step_began.append(before - began)
        step_took.append(now - before)
        before = now
    return FinishedRun(plan, results, began, step_began, step_took, before - began, any_missed)


def come_to(
    step: CompiledStep, results: Sequence[Result | Missed], request: Request
) -> Result | Awaitable[Result] | Missed:
    """Return what a step comes to, or what will be it, given what the steps before it came to."""
    previous: _Previous = []
    missed: Missed | None = None
    for place, port in step.inputs_as_pairs:
        given = results[place]
        if isinstance(given, Missed):
            missed = missed or given
            previous.append(None)
        else:
            previous.append(given if port is None else given[port])  # type: ignore[arg-type,call-overload]
    if missed is not None and not (step.processor.takes_missing and any(one is not None for one in previous)):
        return Missed("not run", missed.error)
    if monotonic() > request.deadline:
        return late(step)
    try:
        return step.processor.process(request, previous)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this step's; others go on
        return missed_as(step, error)


def late(step: CompiledStep) -> Missed:
    """Return that a step is missing as its time was over."""
    return missed_by(TooLateError("its time was over", where=f"step {step.name}"))


def missed_as(step: CompiledStep, error: BaseException) -> Missed:
    """Return that a step is missing as it raised an error; a fault of ours is logged, with its place."""
    if isinstance(error, DiscoveryError):
        return missed_by(error)
    _log.error("step %s (%s) has a fault", step.name, step.processor.do, exc_info=error)
    return missed_by(ServingError(f"a fault, {type(error).__name__}: {error}", where=f"step {step.name}"))
