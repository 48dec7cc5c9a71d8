"""Any graph of steps ends, and what comes of it doesn't depend on the order in which steps that are ready are run."""

import asyncio
import random
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from serving.edge_types import Objects
from serving.errors import StoreError
from serving.processor import Processor, Result
from serving.scheduling.inline_run import run_inline
from serving.scheduling.waiting_run import run_waiting
from serving.scheduling.watch import FinishedRun, Missed
from tests.serving.scheduling.made_plans import Made, joined, later, plan_of, request

_Graph = list[tuple[list[int], bool, bool, bool]]  # of each step: its inputs, whether it waits, fails, takes missing


@st.composite
def graphs(draw: st.DrawFn) -> _Graph:
    graph: _Graph = []
    for number in range(draw(st.integers(1, 12))):
        inputs = draw(st.lists(st.integers(0, number - 1), max_size=4)) if number else []
        graph.append((inputs, draw(st.booleans()), draw(st.integers(0, 5)) == 0, draw(st.booleans())))
    return graph


def steps_of(graph: _Graph, order: Sequence[int], *, with_waits: bool) -> dict[str, tuple[Processor, list[str]]]:
    delays = random.Random(len(order))  # noqa: S311 - other orders of ends, no secret
    steps: dict[str, tuple[Processor, list[str]]] = {}
    for number in order:
        inputs, waits, fails, takes_missing = graph[number]

        def does(previous: Sequence[Objects | None], number: int = number, fails: bool = fails) -> Result:
            if fails:
                raise StoreError(f"{number} fails")
            return [{"n": number}, *joined(previous)][:50]

        is_waiting = waits and with_waits
        made = Made(
            later(does, delays.random() / 500) if is_waiting else does,
            "remote" if is_waiting else "never",
            takes_missing=takes_missing,
        )
        steps[str(number)] = made, [str(one) for one in inputs]
    return steps


def came_to(finished: FinishedRun) -> dict[str, object]:
    pairs = zip(finished.plan.steps, finished.results, strict=True)
    return {step.name: result.reason if isinstance(result, Missed) else result for step, result in pairs}


@given(graphs(), st.randoms(use_true_random=False))
def test_any_order_that_the_edges_allow_comes_to_the_same(graph: _Graph, chance: random.Random) -> None:
    in_order = list(range(len(graph)))
    expected = came_to(run_inline(plan_of(steps_of(graph, in_order, with_waits=False)), request()))
    placed: list[int] = []
    while len(placed) < len(graph):
        placed.append(
            chance.choice([one for one in in_order if one not in placed and set(graph[one][0]) <= set(placed)])
        )
    assert came_to(run_inline(plan_of(steps_of(graph, placed, with_waits=False)), request())) == expected
    plan = plan_of(steps_of(graph, placed, with_waits=True))
    assert came_to(asyncio.run(run_waiting(plan, request()))) == expected
