"""Sort and top: objects in the order of some fields, all of them or the first few.

Nulls come last, whichever way is sorted, as does what is no number. Objects that are equal in all fields come in the
order of their keys, so the order doesn't depend on that in which they came.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from serving.edge_types import Edge, Objects, ObjectType
from serving.processor import Processor, Settings, StepPlace
from serving.processors.field_paths import scalar_named, value_at
from serving.processors.given_values import given_number
from serving.request import Request
from storage_tiers.reading import Row

_ValueOf = Callable[[Row], Any]


class SortSettings(Settings, frozen=True):
    """What `Sort` is told.

    Parameters
    ----------
    by
        A field, or several: the first counts most.
    descending
        Whether the largest comes first; of each field, where it is a list.
    """

    by: str | list[str]
    descending: bool | list[bool] = False


class Sort(Processor):
    """Give all objects in the order of some fields."""

    do: ClassVar[str] = "sort"
    settings_type: ClassVar[type[Settings]] = SortSettings

    def __init__(self, settings: SortSettings, place: StepPlace) -> None:
        (self.gives,) = place.inputs
        self._order = Order(settings.by, settings.descending, self.gives.objects, place)

    def process(self, request: Request, previous: Sequence[Objects | None]) -> Objects:
        """Return the objects in order."""
        del request
        return self._order.sorted(previous[0] or [])


class TopSettings(Settings, frozen=True):
    """What `Top` is told.

    Parameters
    ----------
    n
        How many at most; a number, or ``"$name"``.
    by
        A field, or several: the first counts most. Without it objects stay in the order in which they come.
    descending
        Whether the largest comes first; of each field, where it is a list.
    """

    n: int | str
    by: str | list[str] = ""
    descending: bool | list[bool] = True


class Top(Processor):
    """Give the first objects in the order of some fields, or in that in which they come."""

    do: ClassVar[str] = "top"
    settings_type: ClassVar[type[Settings]] = TopSettings

    def __init__(self, settings: TopSettings, place: StepPlace) -> None:
        (edge,) = place.inputs
        self._n = given_number(settings.n, place, "n")
        self._order = Order(settings.by, settings.descending, edge.objects, place) if settings.by else None
        self.gives = Edge(edge.objects, min(edge.most, self._n.most))

    def process(self, request: Request, previous: Sequence[Objects | None]) -> Objects:
        """Return the first objects."""
        objects = previous[0] or []
        in_order = objects if self._order is None else self._order.sorted(objects)
        return in_order[: self._n.of(request.parameters)]


class Order:
    """An order of objects by some fields, then by their keys.

    Raises PlanError if there is no such field, or it can't be ordered.
    """

    def __init__(
        self, by: str | list[str], descending: bool | list[bool], objects: ObjectType, place: StepPlace
    ) -> None:
        names = [by] if isinstance(by, str) else by
        ways = [descending] * len(names) if isinstance(descending, bool) else descending
        if len(ways) != len(names):
            place.refuse(f"descending has {len(ways)} values, and by has {len(names)} fields", "give one for each")
        if not names:
            place.refuse("by names no field", "name one, or several")
        for name in names:
            if scalar_named(objects, name, place, "by").type == "null":
                place.refuse(f"by names {name!r}, which is null in all objects")
        self._levels = [(value_at(name), way) for name, way in zip(names, ways, strict=True)]
        self._key: _ValueOf = value_at(objects.key)

    def sorted(self, objects: Objects) -> Objects:
        """Return objects in this order."""
        in_order = sorted(objects, key=self._key)
        for value_of, descending in reversed(self._levels):
            in_order = _sorted_by(value_of, in_order, descending=descending)
        return in_order


def _sorted_by(value_of: _ValueOf, objects: Objects, *, descending: bool) -> Objects:
    """Return objects in the order of one value; equal ones stay as they are, and nulls are last."""
    values = [value_of(row) for row in objects]
    known = [place for place, value in enumerate(values) if value is not None and value == value]  # noqa: PLR0124 - NaN
    known.sort(key=values.__getitem__, reverse=descending)
    in_order = [objects[place] for place in known]
    if len(known) < len(objects):
        there = set(known)
        in_order += [row for place, row in enumerate(objects) if place not in there]
    return in_order
