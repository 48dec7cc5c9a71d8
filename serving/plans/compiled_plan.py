"""A plan that was checked and compiled: its steps in an order in which each comes behind those that it takes from."""

from collections.abc import Mapping
from dataclasses import dataclass

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

    @property
    def waits(self) -> bool:
        """Whether any of its steps waits for something."""
        return any(step.processor.waits != "never" for step in self.steps)
