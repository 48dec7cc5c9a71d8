"""A compiled plan drawn for a terminal: a line a step, at its left the way that objects take.

Each step is a node. A line goes down from it to the steps that take from it, and ends at the last of them. Two lines
meet where one step takes from both; where one only crosses another, there is a gap. A diamond is::

    ●    picture
    ├─●  boards
    ● │  others
    ●─╯  both
"""

from collections.abc import Mapping, Sequence
from typing import Final

from joins.shown_text import count_text
from serving.edge_types import Edge
from serving.plans.compiled_plan import CompiledPlan, CompiledStep, StepInput
from serving.plans.parameters import Parameter, bound_text
from serving.plans.plan_values import shown_value

_NODE: Final = "●"
_DOWN: Final = "│"
_ACROSS: Final = "─"
# The sign of a line that an input comes by: at the left end of what is drawn across, between its ends, at the right.
_GOES_ON: Final = ("├", "┼", "┤")
_ENDS: Final = ("╰", "┴", "╯")
_NOBODY: Final = -1
_HEADER: Final = ("step", "do", "from", "gives at most", "reads at most", "waits")


def drawn_plan(plan: CompiledPlan) -> str:
    """Return a drawing of a plan, of several lines; equal plans have equal drawings.

    Parameters
    ----------
    plan
        The plan. Its steps are drawn in the order in which they run where nothing waits.
    """
    rows = [_HEADER, *(_cells(step, plan) for step in plan.steps)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    drawn = ["", *_ways(plan.steps)]
    width = max(map(len, drawn))
    lines = [
        "  ".join([way.ljust(width), *(cell.ljust(widths[column]) for column, cell in enumerate(row))]).rstrip()
        for way, row in zip(drawn, rows, strict=True)
    ]
    return "\n".join([*_head(plan), "", *lines, "", *_answer(plan)])


def _head(plan: CompiledPlan) -> list[str]:
    about = f": {plan.about}" if plan.about else ""
    deadline = f", in {plan.deadline_ms:,} ms" if plan.deadline_ms is not None else ""
    reads = f"reads at most {count_text(plan.n_reads, 'row')}"
    datasets = f" of {', '.join(plan.addresses)}" if plan.addresses else ""
    lines = [f"plan {plan.name}{about}", f"{count_text(len(plan.steps), 'step')}, {reads}{datasets}{deadline}"]
    return [*lines, *(f"  ${name}: {_said(parameter)}" for name, parameter in plan.parameters.items())]


def _said(parameter: Parameter) -> str:
    """Return in words what a parameter may be."""
    kind = f"list of {parameter.type}, at most {parameter.items:,}" if parameter.list else parameter.type
    least = "" if parameter.least is None else f", at least {bound_text(parameter.least)}"
    most = "" if parameter.most is None else f", at most {bound_text(parameter.most)}"
    default = ", must be given" if parameter.default is None else f", {_default(parameter.default)} by default"
    return kind + least + most + default + (f" ({parameter.about})" if parameter.about else "")


def _default(value: object) -> str:
    return f"[{', '.join(map(shown_value, value))}]" if isinstance(value, list) else shown_value(value)


def _answer(plan: CompiledPlan) -> list[str]:
    width = max(len(one.name) for one in plan.lists)
    lists = [f"  {one.name.ljust(width)}  {one.type}, from {_source(plan, one.source)}" for one in plan.lists]
    return ["answer", *lists]


def _cells(step: CompiledStep, plan: CompiledPlan) -> tuple[str, ...]:
    """Return what is written beside a node."""
    processor = step.processor
    reads = f"{processor.n_reads:,} of {', '.join(processor.addresses)}" if processor.addresses else "-"
    waits = "-"
    if processor.waits != "never":
        waits = f"{processor.waits}, has 1/{step.n_waits} of the time left" if step.n_waits > 1 else processor.waits
    slow = " (slow)" if processor.is_slow else ""
    taken = ", ".join(_source(plan, one) for one in step.inputs) or "-"
    return step.name, processor.do, taken, _given(processor.gives), reads + slow, waits


def _source(plan: CompiledPlan, source: StepInput) -> str:
    name = plan.steps[source.step].name
    return name if source.port is None else f"{name}.{source.port}"


def _given(gives: Edge | Mapping[str, Edge]) -> str:
    if isinstance(gives, Edge):
        return f"{gives.most:,} {gives.objects.name}"
    return ", ".join(f"{port}: {_given(edge)}" for port, edge in gives.items())


def _ways(steps: Sequence[CompiledStep]) -> list[str]:
    """Return for each step its node, with the lines that come to it and those that go by."""
    last_use = {taken.step: number for number, step in enumerate(steps) for taken in step.inputs}
    lanes: list[int] = []  # of each column the step whose line goes down in it
    drawn = [""]
    for number, step in enumerate(steps):
        taken = {lanes.index(one.step) for one in step.inputs}
        ending = {lane for lane in taken if last_use[lanes[lane]] == number}
        own = min(ending) if ending else _free_lane(lanes, drawn[-1])
        lanes += [_NOBODY] * (own + 1 - len(lanes))
        drawn.append(_line(lanes, taken, ending, own))
        for lane in ending:
            lanes[lane] = _NOBODY
        lanes[own] = number if number in last_use else _NOBODY
    return drawn[1:]


def _free_lane(lanes: Sequence[int], above: str) -> int:
    """Return the first column without a line, where nothing stands in the line above that would seem to go on."""
    signs = above.ljust(2 * len(lanes))[::2]
    free = (lane for lane, step in enumerate(lanes) if step == _NOBODY and signs[lane] in (" ", _ACROSS))
    return next(free, len(lanes))


def _line(lanes: Sequence[int], taken: set[int], ending: set[int], own: int) -> str:
    left, right = min({own, *taken}), max({own, *taken})
    drawn = ""
    for lane, step in enumerate(lanes):
        if lane == own:
            sign = _NODE
        elif lane in taken:
            place = 0 if lane == left else 2 if lane == right else 1
            sign = (_ENDS if lane in ending else _GOES_ON)[place]
        elif step != _NOBODY:
            sign = _DOWN
        else:
            sign = _ACROSS if left < lane < right else " "
        drawn += sign + (_ACROSS if left <= lane < right else " ")
    return drawn.rstrip()
