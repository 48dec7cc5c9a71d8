"""Expand: from the rows of one dataset to those of another, whose keys stand in them. A join, read by its rows."""

from collections.abc import Awaitable, Sequence
from typing import ClassVar

from serving.edge_types import Edge, Objects
from serving.processor import Processor, Settings, StepPlace
from serving.processors.field_paths import asked_type, found_only, has_lists, keys_at, values_at
from serving.processors.given_values import GivenNumber, given_number
from serving.processors.reading.fetch import found_later
from serving.request import Request


class ExpandSettings(Settings, frozen=True):
    """What `Expand` is told.

    Parameters
    ----------
    path
        Where the keys stand in the objects that it takes: ``boards.board_id``.
    dataset
        Whose rows they are the keys of.
    fields
        What each object has, beside its key.
    most
        How many keys at most are read, of all objects together; a number, or ``"$name"``.
    per_object
        How many of each object; all by default.
    """

    path: str
    dataset: str
    fields: list[str]
    most: int | str
    per_object: int | str | None = None


class Expand(Processor):
    """Give the rows of the keys that objects hold, in the order of the objects, each once."""

    do: ClassVar[str] = "expand"
    settings_type: ClassVar[type[Settings]] = ExpandSettings

    def __init__(self, settings: ExpandSettings, place: StepPlace) -> None:
        (edge,) = place.inputs
        source = place.sources.named(settings.dataset, place.where)
        keys_at(edge.objects, settings.path, source.object_type, place, "path")
        objects, self._fields = asked_type(source.object_type, settings.fields, place)
        self._address, self._keys_of = settings.dataset, values_at(edge.objects, settings.path)
        self._most = given_number(settings.most, place, "most")
        self._per_object: GivenNumber | None = None
        bound = self._most.most
        if settings.per_object is not None:
            self._per_object = given_number(settings.per_object, place, "per_object")
            bound = min(bound, edge.most * self._per_object.most)
        elif not has_lists(edge.objects, settings.path):
            bound = min(bound, edge.most)
        self.gives = Edge(objects, bound)
        self.n_reads, self.waits = bound, source.waits
        self.addresses, self.is_slow = (settings.dataset,), source.is_slow
        self._at_once = source.waits == "never"

    def process(self, request: Request, previous: Sequence[Objects | None]) -> Objects | Awaitable[Objects]:
        """Return the rows that are there; an awaitable of them where the store waits."""
        keys = self._keys(request, previous[0] or [])
        if not keys:  # nothing is asked of a store
            return [] if self._at_once else _nothing()
        rows = request.release.source_of[self._address].get_many(keys, self._fields)
        return found_only(rows) if self._at_once else found_later(rows)  # type: ignore[arg-type] # by `waits`

    def _keys(self, request: Request, objects: Objects) -> list[int | str]:
        most = self._most.of(request.parameters)
        if self._per_object is None:
            return list(dict.fromkeys(self._keys_of(objects)))[:most]
        per_object = self._per_object.of(request.parameters)
        keys = (key for row in objects for key in list(dict.fromkeys(self._keys_of((row,))))[:per_object])
        return list(dict.fromkeys(keys))[:most]


async def _nothing() -> Objects:
    return []
