"""The one interface of all processors: the steps that execution plans are made of.

A processor is made once, when a plan is compiled: then it checks its settings against what its inputs give, and says
what it gives itself, how much at most, and whether it waits for something. From then on `process` is called once a
request, perhaps for many requests at once, so it keeps nothing between two calls.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, NoReturn

import msgspec

from serving.edge_types import Edge, Objects, ObjectType, common_fields
from serving.errors import PlanError
from serving.plans.limits import Limits
from serving.plans.parameters import Parameter
from serving.request import Request
from serving.stores.source import Sources

Waits = Literal["never", "remote", "blocking"]
# What a step comes to: a list of objects, or one a port where a processor has several outputs (`split`).
Result = Objects | Mapping[str, Objects]


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Base of what a step is told in its plan, beside ``do`` and ``from``; msgspec checks the types of its fields."""


@dataclass(frozen=True, slots=True)
class StepPlace:
    """Where a processor stands in its plan, and what it may go by.

    Parameters
    ----------
    where
        Plan and step, for messages: ``plan related_pins, step boards``.
    inputs
        What the steps give that it takes from, in the order in which the plan names them.
    parameters
        What requests may give, by name.
    sources
        The datasets that can be read.
    limits
        What a plan may take.
    """

    where: str
    inputs: Sequence[Edge]
    parameters: Mapping[str, Parameter]
    sources: Sources
    limits: Limits

    def refuse(self, problem: str, remedy: str = "") -> NoReturn:
        """Raise the PlanError that this step can't run."""
        raise PlanError(problem, where=self.where, remedy=remedy)


class Processor(ABC):
    """One step of a compiled plan.

    Attributes
    ----------
    do
        What plans call it: ``do = "fetch"``.
    settings_type
        What it is told.
    least_inputs, most_inputs
        From how many steps it takes.
    takes_missing
        Whether it is run though an input is missing, as a step before it failed or was late: it is given None in its
        place. Others are missing then, too.
    gives
        What it gives; by port where it has several outputs.
    n_reads
        How many rows it reads of stores at most, for one request.
    waits
        Whether a request waits for it: for something remote, or for a client that blocks its thread. It says so of its
        source; `process` returns an awaitable then, and else never.
    is_slow
        Whether it reads a tier that is no store for serving.
    addresses
        Of the datasets that it reads.
    """

    do: ClassVar[str]
    settings_type: ClassVar[type[Settings]]
    least_inputs: ClassVar[int] = 1
    most_inputs: ClassVar[int] = 1
    takes_missing: ClassVar[bool] = False

    gives: Edge | Mapping[str, Edge]
    n_reads: int = 0
    waits: Waits = "never"
    is_slow: bool = False
    addresses: Sequence[str] = ()

    @abstractmethod
    def __init__(self, settings: Any, place: StepPlace) -> None:  # noqa: ANN401 - each has settings of its own type
        """Check the settings against what the inputs give.

        Raises
        ------
        PlanError
            If it can't be run like this.
        """

    @abstractmethod
    def process(self, request: Request, previous: Sequence[Objects | None]) -> Result | Awaitable[Result]:
        """Return what the step comes to for one request, or what will be it.

        Parameters
        ----------
        request
            Its parameters, its deadline, and the release whose rows it reads.
        previous
            What the inputs came to, in their order. Other steps may be given the same lists and objects, so nothing in
            them is changed: a processor makes new ones.
        """


def object_type_of(edges: Sequence[Edge], place: StepPlace) -> ObjectType:
    """Return the one type of objects that several inputs give; of fields, and of what is inside, it has what all have.

    Raises PlanError if they are rows of different datasets.
    """
    shared = edges[0].objects
    for edge in edges[1:]:
        other = edge.objects
        if (other.name, other.key, other.key_is_integer) != (shared.name, shared.key, shared.key_is_integer):
            place.refuse(
                f"its inputs give objects of different types: {shared.name} and {other.name}",
                "merge lists of one type; an answer may have lists of different types side by side",
            )
        fields = common_fields(shared.fields, other.fields)
        shared = replace(shared, fields=fields, unset=shared.unset | other.unset)
    return shared
