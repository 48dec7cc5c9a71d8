"""Compiling a plan: whether it can run at all, in which order, and how much it may come to.

A plan is refused here, before any request runs it, where it has a cycle, names a step, port, processor or setting that
there isn't, gives a processor objects that it can't work on, or may come to more than the limits allow. What a step
can do with its inputs is known by its processor alone, which is made here and checks it.

A step that nobody takes from is refused as well. It would cost every request its reads, and nobody could see why; in
most plans it is a slip: the answer, or a step behind it, should name it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NoReturn

from joins.shown_text import count_text
from serving.edge_types import Edge
from serving.errors import PlanError
from serving.plans.compiled_plan import AnswerList, CompiledPlan, CompiledStep, StepInput
from serving.plans.limits import LIMITS, Limits
from serving.plans.plan_values import converted, shown_value, unknown
from serving.plans.step_order import check_step_named, check_uses, sorted_steps
from serving.plans.written_plan import WrittenPlan, WrittenStep
from serving.processor import Processor, StepPlace
from serving.stores.source import Sources

Processors = Mapping[str, type[Processor]]

_MOST_SHOWN: Final = 5  # steps that a message names


def compile_plan(
    name: str, written: WrittenPlan, sources: Sources, limits: Limits = LIMITS, processors: Processors | None = None
) -> CompiledPlan:
    """Return a plan that can be run.

    Parameters
    ----------
    name
        What it is called, in answers and messages.
    written
        The plan as it was read.
    sources
        The datasets that it may read.
    limits
        The most that it may take.
    processors
        What its steps may be, by the name that plans have for it; all that the project has by default.

    Raises
    ------
    PlanError
        If it can't run; the message names the step.

    Notes
    -----
    The order of the steps depends on the plan alone: of those whose inputs are done, the first in the file comes next.
    """
    if processors is None:
        from serving.processors.registry import PROCESSORS  # noqa: PLC0415 - with processors of one's own, none of ours

        processors = PROCESSORS
    where = f"plan {name}"
    _check_numbers(written, limits, where)
    by_name = {step.name: step for step in written.steps}
    _check_names(by_name, processors, limits, where)
    order = sorted_steps(by_name, where)
    check_uses(written, by_name, where)
    made = _made_steps(order, StepPlace(where, (), written.parameters, sources, limits), processors)
    n_reads = sum(step.processor.n_reads for step in made)
    if n_reads > limits.reads:
        costs = sorted(((step.processor.n_reads, step.name) for step in made), reverse=True)
        dearest = ", ".join(f"{step} {reads:,}" for reads, step in costs[:_MOST_SHOWN] if reads)
        _refuse(
            f"its steps may read {n_reads:,} rows; at most {limits.reads:,} are allowed; they read: {dearest}", where
        )
    return CompiledPlan(
        name=name,
        about=written.about,
        parameters=written.parameters,
        steps=tuple(made),
        lists=tuple(_answer_lists(written, made, where)),
        addresses=tuple(sorted({address for step in made for address in step.processor.addresses})),
        n_reads=n_reads,
        deadline_ms=written.deadline_ms,
        slow_steps=tuple(step.name for step in made if step.processor.is_slow),
    )


def _refuse(problem: str, where: str, remedy: str = "") -> NoReturn:
    raise PlanError(problem, where=where, remedy=remedy)


def _check_numbers(written: WrittenPlan, limits: Limits, where: str) -> None:
    for what, number in (("steps", len(written.steps)), ("lists in its answer", len(written.answer))):
        if number < 1:
            _refuse(f"it has no {what}; at least one is needed", where)
        if number > limits.steps:
            _refuse(f"it has {number:,} {what}; at most {limits.steps:,} are allowed", where)


def _check_names(by_name: Mapping[str, WrittenStep], processors: Processors, limits: Limits, where: str) -> None:
    """Refuse steps of processors, or behind steps, that aren't there, and those of the wrong number of inputs."""
    for step in by_name.values():
        at_step = f"{where}, step {step.name}"
        if step.do not in processors:
            _refuse(unknown("processor", step.do, sorted(processors)), at_step)
        for taken in step.takes_from:
            check_step_named(taken, by_name, at_step)
        processor, number = processors[step.do], len(step.takes_from)
        least, most = processor.least_inputs, min(processor.most_inputs, limits.fan_out)
        if not least <= number <= most:
            allowed = count_text(most, "step") if least == most else f"{least:,} to {count_text(most, 'step')}"
            _refuse(f"{step.do} takes from {allowed}, and `from` names {number:,}", at_step)


def _made_steps(order: Sequence[WrittenStep], plan: StepPlace, processors: Processors) -> list[CompiledStep]:
    """Return the steps with their processors, which are made one after the other."""
    number_of = {step.name: number for number, step in enumerate(order)}
    made: list[tuple[WrittenStep, Processor, tuple[StepInput, ...]]] = []
    gives: dict[str, Edge | Mapping[str, Edge]] = {}
    for step in order:
        where = f"{plan.where}, step {step.name}"
        taken = [_input_of(one, number_of, gives, where) for one in step.takes_from]
        place = StepPlace(where, [edge for _, edge in taken], plan.parameters, plan.sources, plan.limits)
        processor = processors[step.do](converted(step.settings, processors[step.do].settings_type, where), place)
        _check_given(processor.gives, plan.limits, where)
        gives[step.name] = processor.gives
        made.append((step, processor, tuple(one for one, _ in taken)))
    n_waits = _waits_ahead([(processor, inputs) for _, processor, inputs in made])
    return [
        CompiledStep(step.name, processor, inputs, waits)
        for (step, processor, inputs), waits in zip(made, n_waits, strict=True)
    ]


def _input_of(
    taken: str, number_of: Mapping[str, int], gives: Mapping[str, Edge | Mapping[str, Edge]], where: str
) -> tuple[StepInput, Edge]:
    """Return the step and port that ``step`` or ``step.port`` names, with what comes from there."""
    name, dot, port = taken.partition(".")
    given = gives[name]
    if isinstance(given, Edge):
        if dot:
            _refuse(f"{shown_value(taken)} names a port, and {name} has none", where, f"write {name!r}")
        return StepInput(number_of[name]), given
    if not dot:
        ports = " or ".join(repr(f"{name}.{one}") for one in given)
        _refuse(f"{name} gives objects at several ports, and {shown_value(taken)} names none", where, f"write {ports}")
    if port not in given:
        _refuse(f"of {name} " + unknown("port", port, given), where)
    return StepInput(number_of[name], port), given[port]


def _check_given(gives: Edge | Mapping[str, Edge], limits: Limits, where: str) -> None:
    for port, edge in _edges_of(gives):
        if edge.most > limits.fan_out:
            at = f" at its port {port}" if port else ""
            problem = f"it may give {edge.most:,} objects{at}; at most {limits.fan_out:,} are allowed"
            _refuse(problem, where, "let it, or a step before it, take fewer")


def _edges_of(gives: Edge | Mapping[str, Edge]) -> Iterator[tuple[str, Edge]]:
    if isinstance(gives, Edge):
        yield "", gives
    else:
        yield from gives.items()


def _waits_ahead(steps: Sequence[tuple[Processor, Sequence[StepInput]]]) -> list[int]:
    """Return how many steps that wait are on the longest way from each step to an end, it among them."""
    behind = [0] * len(steps)
    n_waits = [0] * len(steps)
    for number in range(len(steps) - 1, -1, -1):
        processor, inputs = steps[number]
        n_waits[number] = behind[number] + (processor.waits != "never")
        for taken in inputs:
            behind[taken.step] = max(behind[taken.step], n_waits[number])
    return n_waits


def _answer_lists(written: WrittenPlan, steps: Sequence[CompiledStep], where: str) -> Iterator[AnswerList]:
    number_of = {step.name: number for number, step in enumerate(steps)}
    gives = {step.name: step.processor.gives for step in steps}
    for name, taken in written.answer:
        source, edge = _input_of(taken, number_of, gives, f"{where}, its answer")
        yield AnswerList(name, source, edge.objects.name)
