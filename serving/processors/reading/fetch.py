"""Fetch: the rows of some keys, which the plan has or the request gives."""

from collections.abc import Awaitable, Sequence
from typing import ClassVar

from serving.edge_types import Edge, Objects
from serving.processor import Processor, Settings, StepPlace
from serving.processors.field_paths import asked_type, found_only
from serving.processors.given_values import given_keys
from serving.request import Request
from serving.stores.source import Rows


class FetchSettings(Settings, frozen=True):
    """What `Fetch` is told.

    Parameters
    ----------
    dataset
        Whose rows: ``pin_joins``, or ``cache/pin_joins`` of the store ``cache``.
    keys
        ``"$name"`` of a parameter that is a key or a list of keys, or the keys themselves.
    fields
        What each object has, beside its key; ``boards.board_id`` takes that part of the boards alone.
    """

    dataset: str
    keys: int | str | list[int | str]
    fields: list[str]


class Fetch(Processor):
    """Give the rows of keys, in their order, each once; for a key without a row there is no object."""

    do: ClassVar[str] = "fetch"
    settings_type: ClassVar[type[Settings]] = FetchSettings
    least_inputs: ClassVar[int] = 0
    most_inputs: ClassVar[int] = 0

    def __init__(self, settings: FetchSettings, place: StepPlace) -> None:
        source = place.sources.named(settings.dataset, place.where)
        objects, self._fields = asked_type(source.object_type, settings.fields, place)
        self._address, self._keys = settings.dataset, given_keys(settings.keys, source.object_type, place)
        self._one = None if self._keys.is_list else self._keys.parameter
        self.gives = Edge(objects, self._keys.most)
        self.n_reads, self.waits = self._keys.most, source.waits
        self.addresses, self.is_slow = (settings.dataset,), source.is_slow
        self._at_once = source.waits == "never"

    def process(self, request: Request, previous: Sequence[Objects | None]) -> Objects | Awaitable[Objects]:
        """Return the rows that are there; an awaitable of them where the store waits."""
        del previous
        one = self._one
        keys = (request.parameters[one],) if one is not None else self._keys.of(request.parameters)
        rows = request.release.source_of[self._address].get_many(keys, self._fields)  # type: ignore[arg-type] # checked
        return found_only(rows) if self._at_once else found_later(rows)  # type: ignore[arg-type] # by `waits`


async def found_later(rows: Awaitable[Rows]) -> Objects:
    """Return the rows that are there when they have come."""
    return found_only(await rows)
