"""What scheduling takes: a plan of five processors that do nothing is run inline, in microseconds of processor time.

The floor beside it is calling the five processors, one after the other, and no more.
"""

from collections.abc import Callable, Sequence
from statistics import median
from time import monotonic, process_time_ns
from typing import ClassVar

from serving.edge_types import Objects
from serving.plans.compiled_plan import AnswerList, CompiledPlan, CompiledStep, StepInput
from serving.processor import Processor, Settings
from serving.request import Request
from serving.scheduling.inline_run import run_inline
from serving.stores.source import Release, Sources

N_PROCESSORS = 5
_BATCHES, _CALLS = 25, 2_000
_LONG_S = 3_600.0


class Nothing(Processor):
    """Gives what it takes."""

    do: ClassVar[str] = "nothing"
    settings_type: ClassVar[type[Settings]] = Settings

    def __init__(self) -> None:
        """Check nothing."""

    def process(self, request: Request, previous: Sequence[Objects | None]) -> Objects:
        """Return the objects of the first input."""
        del request
        return previous[0] or [] if previous else []


def scheduling_us(n_batches: int = _BATCHES) -> tuple[float, float]:
    """Return what a run of the plan takes, and what its processors alone do; medians of batches."""
    plan = plan_of_nothing()
    request = Request("1", {}, Release(Sources({}, ""), {}), monotonic() + _LONG_S)
    processors = [step.processor for step in plan.steps]

    def bare() -> None:
        objects: Objects = []
        for processor in processors:
            processor.process(request, [objects])

    return cpu_us(lambda: run_inline(plan, request), n_batches), cpu_us(bare, n_batches)


def plan_of_nothing() -> CompiledPlan:
    """Return the plan: each processor takes from the one before it."""
    steps = [
        CompiledStep(f"step_{number}", Nothing(), (StepInput(number - 1),) if number else ())
        for number in range(N_PROCESSORS)
    ]
    last = AnswerList("objects", StepInput(N_PROCESSORS - 1), "nothing")
    return CompiledPlan("nothing", "", {}, tuple(steps), (last,), (), 0)


def cpu_us(call: Callable[[], object], n_batches: int = _BATCHES, n_calls: int = _CALLS) -> float:
    """Return the processor time of a call: the median of some batches."""
    took = []
    for _ in range(n_batches):
        began = process_time_ns()
        for _ in range(n_calls):
            call()
        took.append((process_time_ns() - began) / n_calls / 1_000)
    return median(took)
