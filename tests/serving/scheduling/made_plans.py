"""Plans put together by hand of small processors, which wait, fail or add up what they are given."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

from serving.edge_types import Edge, Objects, ObjectType
from serving.plans.compiled_plan import AnswerList, CompiledPlan, CompiledStep, StepInput
from serving.processor import Processor, Result, Waits
from serving.request import Request
from serving.stores.source import Release, Sources

NUMBERS = Edge(ObjectType("numbers", "n", True, {}), 1_000)
RELEASE = Release(Sources({}, "none"), {})


class Made(Processor):
    """A processor that does what a test says."""

    do = "made"
    least_inputs, most_inputs = 0, 100

    def __init__(
        self,
        does: Callable[[Sequence[Objects | None]], Result | Awaitable[Result]],
        waits: Waits = "never",
        *,
        takes_missing: bool = False,
    ) -> None:
        self.gives, self.waits = NUMBERS, waits
        self.takes_missing = takes_missing  # type: ignore[misc]
        self._does = does

    def process(self, request: Request, previous: Sequence[Objects | None]) -> Result | Awaitable[Result]:  # noqa: ARG002 - it reads nothing
        return self._does(previous)


def numbers(*values: int) -> Objects:
    return [{"n": value} for value in values]


def joined(previous: Sequence[Objects | None]) -> Objects:
    """Return all that is given, in the order of the inputs."""
    return [one for objects in previous for one in objects or []]


def later(
    does: Callable[[Sequence[Objects | None]], Result], delay_s: float = 0.0
) -> Callable[[Sequence[Objects | None]], Awaitable[Result]]:
    """Return what does the same some time later."""

    async def wait(previous: Sequence[Objects | None]) -> Result:
        await asyncio.sleep(delay_s)
        return does(previous)

    return wait


def plan_of(steps: dict[str, tuple[Processor, list[str]]], lists: Sequence[str] = ()) -> CompiledPlan:
    """Return a plan of steps, in an order in which each comes behind its inputs, "name" or "name.port"."""
    places = {name: number for number, name in enumerate(steps)}

    def from_(text: str) -> StepInput:
        name, _, port = text.partition(".")
        return StepInput(places[name], port or None)

    compiled: list[CompiledStep] = [
        CompiledStep(name, processor, tuple(map(from_, inputs)), n_waits=_n_waits(name, steps))
        for name, (processor, inputs) in steps.items()
    ]
    asked = lists or list(steps)[-1:]
    named = tuple(AnswerList(one, from_(one), "numbers") for one in asked)
    return CompiledPlan("made", "", {}, tuple(compiled), named, (), 0)


def request(time_s: float = 5.0) -> Request:
    return Request("test", {}, RELEASE, monotonic() + time_s)


def _n_waits(name: str, steps: dict[str, tuple[Processor, list[str]]]) -> int:
    behind = [other for other, (_, inputs) in steps.items() if name in {one.partition(".")[0] for one in inputs}]
    own = steps[name][0].waits != "never"
    return own + max((_n_waits(one, steps) for one in behind), default=0)
