"""In which order the steps of a plan come, and which of them its answer needs: what is seen without any processor.

The order depends on the plan alone: each step comes behind those that it takes from, and of several that can come
next, the first in the file does. A cycle is named arrow by arrow, ``a -> b -> a``, as objects would go round it.
"""

import heapq
from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Final

from serving.errors import PlanError
from serving.plans.plan_values import unknown
from serving.plans.written_plan import WrittenPlan, WrittenStep

_MOST_SHOWN: Final = 5  # steps that a message names
_USE_THEM: Final = "name such steps in `answer` or in `from` of another step, or take them out"


def sorted_steps(by_name: Mapping[str, WrittenStep], where: str) -> list[WrittenStep]:
    """Return the steps, each behind those that it takes from; of several that can come next, the first of the file."""
    sorter = TopologicalSorter({step.name: steps_of(step.takes_from) for step in by_name.values()})
    try:
        sorter.prepare()
    except CycleError as error:
        cycle = _from_first_of_file(error.args[1], list(by_name))
        problem = f"its steps take from each other in a cycle: {' -> '.join(cycle)}"
        raise PlanError(problem, where=where, remedy="take one of these arrows out") from None
    place_of = {name: place for place, name in enumerate(by_name)}
    names, order = list(by_name), []
    ready: list[int] = []
    while sorter.is_active():
        for name in sorter.get_ready():
            heapq.heappush(ready, place_of[name])
        name = names[heapq.heappop(ready)]
        order.append(by_name[name])
        sorter.done(name)
    return order


def steps_of(taken: Sequence[str]) -> list[str]:
    """Return the steps that are named, of some of which a port is.

    Examples
    --------
    >>> steps_of(["picture", "cut.kept"])
    ['picture', 'cut']
    """
    return [one.partition(".")[0] for one in taken]


def _from_first_of_file(cycle: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return a cycle, which ends where it begins, so that it begins with that of its steps which is first in the file.

    Examples
    --------
    >>> _from_first_of_file(["b", "c", "a", "b"], ["a", "b", "c"])
    ['a', 'b', 'c', 'a']
    """
    around = cycle[:-1]
    first = min(range(len(around)), key=lambda place: names.index(around[place]))
    return [*around[first:], *around[:first], around[first]]


def check_uses(written: WrittenPlan, by_name: Mapping[str, WrittenStep], where: str) -> None:
    """Refuse an answer of steps that aren't there, and steps from which nothing comes to the answer."""
    for _, taken in written.answer:
        check_step_named(taken, by_name, f"{where}, its answer")
    used = {*steps_of([taken for _, taken in written.answer])}
    waiting = list(used)
    while waiting:
        found = set(steps_of(by_name[waiting.pop()].takes_from)) - used
        used |= found
        waiting += sorted(found)
    unused = [name for name in by_name if name not in used]
    if unused:
        more = f" and {len(unused) - _MOST_SHOWN:,} more" if len(unused) > _MOST_SHOWN else ""
        problem = f"its answer needs nothing of the steps {', '.join(unused[:_MOST_SHOWN])}{more}"
        raise PlanError(problem, where=where, remedy=_USE_THEM)


def check_step_named(taken: str, by_name: Mapping[str, WrittenStep], where: str) -> None:
    """Refuse a step, or a port of a step, that isn't there."""
    step = taken.partition(".")[0]
    if step not in by_name:
        raise PlanError(unknown("step", step, by_name), where=where)
