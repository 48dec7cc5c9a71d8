"""What a request is answered with: lists of objects, of different types side by side, and what is missing of them."""

import msgspec

from serving.edge_types import Objects


class ObjectList(msgspec.Struct, gc=False):
    """One list of an answer."""

    name: str  # as the plan's answer names it
    type: str  # of its objects: the dataset
    objects: Objects
    partial: bool = False  # whether a step that it stands on is missing


class Missing(msgspec.Struct, gc=False):
    """A step that came to nothing."""

    step: str
    reason: str  # late, overloaded, failed, or not run as a step before it is missing
    problem: str  # the message, for people


class StepTrace(msgspec.Struct, gc=False):
    """What one step took, where a request asks for it."""

    step: str
    began_us: int  # after the request was begun
    took_us: int  # waiting included
    n_objects: int
    is_slow: bool = False  # it reads a tier that is no store for serving


class Answer(msgspec.Struct, gc=False, omit_defaults=True):
    """The answer to a request."""

    id: str
    plan: str
    versions: dict[str, str]  # of every dataset that the plan reads: date/iteration
    lists: list[ObjectList]
    partial: bool  # whether a step that a list stands on is missing
    took_us: int
    missing: list[Missing] = []
    slow: tuple[str, ...] = ()  # steps that read a tier which is no store for serving
    steps: list[StepTrace] = []  # only where the request asks for a trace
