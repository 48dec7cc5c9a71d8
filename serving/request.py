"""A request as it comes over a wire, and while it is answered: what it gives, what it reads, how long it may take."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

import msgspec

from serving.stores.source import Release


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """A request as it comes over a wire.

    Attributes
    ----------
    plan
        The name of a plan, or a plan.
    parameters
        What is given of the plan's parameters.
    deadline_ms
        How long the answer may take; None: as long as the plan says.
    id
        By which it is found in logs and in the answer; empty: the service makes one.
    trace
        Whether the answer shall tell what each step took.
    """

    plan: str | dict[str, object]
    parameters: dict[str, object] = {}
    deadline_ms: int | None = None
    id: str = ""
    trace: bool = False


@dataclass(slots=True)
class Request:
    """One request while it is answered.

    Parameters
    ----------
    request_id
        By which it is found in logs and in the answer.
    parameters
        Every parameter of the plan: what was given, checked, or its default.
    release
        The version of every dataset that it reads, the same from its first step to its last.
    deadline
        When its time is over, by `time.monotonic`.
    """

    request_id: str
    parameters: Mapping[str, object]
    release: Release
    deadline: float

    def left_s(self) -> float:
        """Return how many seconds are left; negative where time is over."""
        return self.deadline - monotonic()
