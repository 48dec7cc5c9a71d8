"""One request while it is answered: what it gives, which release it reads, how long it may take."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

from serving.stores.source import Release


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
