"""A plan that was checked and compiled: its steps in an order in which each comes behind those that it takes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from serving.plans.parameters import Parameter
from serving.processor import Processor


@dataclass(frozen=True, slots=True)
class StepInput:
    """From which step an input comes, by its place in the order, and from which port where that has several."""

    step: int
    port: str | None = None


@dataclass(frozen=True, slots=True)
class CompiledStep:
    """One step.

    Parameters
    ----------
    name
        What the plan calls it.
    processor
        What it does.
    inputs
        What it takes, in the order in which its plan names them.
    n_waits
        How many steps that wait are on the longest way from here to an end, this one counted if it waits: a step that
        waits has the n-th part of what is left of the time.
    """

    name: str
    processor: Processor
    inputs: tuple[StepInput, ...]
    n_waits: int = 0
    inputs_as_pairs: tuple[tuple[int, str | None], ...] = field(init=False)  # the same, as running them is quicker by

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs_as_pairs", tuple((one.step, one.port) for one in self.inputs))


@dataclass(frozen=True, slots=True)
class AnswerList:
    """A list of the answer: what it is called, and from which step it is."""

    name: str
    source: StepInput
    type: str  # of its objects


@dataclass(frozen=True, slots=True)
class CompiledPlan:
    """A plan that can be run, for any release whose sources have the digest that it was compiled against."""

    name: str
    about: str
    parameters: Mapping[str, Parameter]
    steps: tuple[CompiledStep, ...]
    lists: tuple[AnswerList, ...]
    addresses: tuple[str, ...]  # of the datasets that it reads, sorted
    n_reads: int  # rows of stores, at most
    deadline_ms: int | None = None  # where a request says none
    slow_steps: tuple[str, ...] = ()  # that read a tier which is no store for serving
    waits: bool = field(init=False)  # whether any of its steps waits for something

    def __post_init__(self) -> None:
        object.__setattr__(self, "waits", any(step.processor.waits != "never" for step in self.steps))
