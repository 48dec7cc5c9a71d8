"""Merge and fallback: one list of several, all of them together, or the first that has anything.

Both are run though a step before them is missing: merge does without its objects, and fallback takes the next.
"""

from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import ClassVar, Literal

from serving.edge_types import Edge, Objects
from serving.processor import Processor, Settings, StepPlace, object_type_of
from serving.processors.given_values import given_number
from serving.request import Request

_MOST_INPUTS = 1_000  # limits say how many are allowed
_GONE = object()


class MergeSettings(Settings, frozen=True):
    """What `Merge` is told.

    Parameters
    ----------
    way
        ``in_order``: all of the first input, then all of the second; ``round_robin``: the first of each, then the
        second of each.
    most
        How many objects at most; a number, or ``"$name"``. All by default.
    """

    way: Literal["in_order", "round_robin"] = "in_order"
    most: int | str | None = None


class Merge(Processor):
    """Give the objects of several steps in one list; an object that two steps give is there twice (see `dedupe`)."""

    do: ClassVar[str] = "merge"
    settings_type: ClassVar[type[Settings]] = MergeSettings
    most_inputs: ClassVar[int] = _MOST_INPUTS
    takes_missing: ClassVar[bool] = True

    def __init__(self, settings: MergeSettings, place: StepPlace) -> None:
        n_objects = sum(edge.most for edge in place.inputs)
        self._most = None if settings.most is None else given_number(settings.most, place, "most")
        if self._most is None and n_objects > place.limits.fan_out:
            place.refuse(
                f"it may give {n_objects:,} objects; {place.limits.fan_out:,} are allowed in a step",
                "say how many it gives, such as most = 100",
            )
        self._in_order = settings.way == "in_order"
        bound = n_objects if self._most is None else min(n_objects, self._most.most)
        self.gives = Edge(object_type_of(place.inputs, place), bound)

    def process(self, request: Request, previous: Sequence[Objects | None]) -> Objects:
        """Return the objects of all inputs that aren't missing."""
        there = [objects for objects in previous if objects]
        if self._in_order:
            merged = list(chain.from_iterable(there))
        else:
            rounds = zip_longest(*there, fillvalue=_GONE)
            merged = [row for several in rounds for row in several if row is not _GONE]  # type: ignore[misc] # rows
        return merged if self._most is None else merged[: self._most.of(request.parameters)]


class FallbackSettings(Settings, frozen=True):
    """What `Fallback` is told: nothing, as the order of its inputs says all."""


class Fallback(Processor):
    """Give the first of several lists that isn't missing and has objects; an empty one where none has.

    All of its inputs are run, as they don't wait for one another.
    """

    do: ClassVar[str] = "fallback"
    settings_type: ClassVar[type[Settings]] = FallbackSettings
    most_inputs: ClassVar[int] = _MOST_INPUTS
    takes_missing: ClassVar[bool] = True

    def __init__(self, settings: FallbackSettings, place: StepPlace) -> None:
        del settings
        self.gives = Edge(object_type_of(place.inputs, place), max(edge.most for edge in place.inputs))

    def process(self, request: Request, previous: Sequence[Objects | None]) -> Objects:
        """Return the first list that has objects."""
        del request
        return next((objects for objects in previous if objects), [])
