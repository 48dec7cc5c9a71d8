"""Dedupe: of objects that are equal in something, the first stays."""

from collections.abc import Sequence
from typing import Any, ClassVar

from serving.edge_types import Objects
from serving.processor import Processor, Settings, StepPlace
from serving.processors.field_paths import scalar_named, value_at
from serving.request import Request


class DedupeSettings(Settings, frozen=True):
    """What `Dedupe` is told.

    Parameters
    ----------
    by
        The field in which objects are compared; their key by default, so that an object is there once.
    """

    by: str | None = None


class Dedupe(Processor):
    """Give the first of all objects that have a value, in their order.

    Null is equal to nothing: objects that have none there stay.
    """

    do: ClassVar[str] = "dedupe"
    settings_type: ClassVar[type[Settings]] = DedupeSettings

    def __init__(self, settings: DedupeSettings, place: StepPlace) -> None:
        (self.gives,) = place.inputs
        objects = self.gives.objects
        self._key = objects.key if settings.by is None else settings.by
        scalar_named(objects, self._key, place, "by")
        self._value_of = value_at(self._key)

    def process(self, request: Request, previous: Sequence[Objects | None]) -> Objects:
        """Return the objects that are the first with their value."""
        del request
        value_of, seen = self._value_of, set[Any]()
        first: Objects = []
        for row in previous[0] or ():
            value = value_of(row)
            if value is None:
                first.append(row)
            elif value not in seen:
                seen.add(value)
                first.append(row)
        return first
