"""Related: what many short random walks from some objects come by most often; see `random_walk`."""

from collections.abc import Awaitable, Sequence
from inspect import isawaitable
from typing import ClassVar

from serving.edge_types import Edge, Objects, ObjectType
from serving.errors import TooLateError
from serving.processor import Processor, Settings, StepPlace, Waits
from serving.processors.field_paths import asked_type, found_only, keys_at, values_at, with_field
from serving.processors.given_values import given_number, given_seed
from serving.processors.reading.random_walk import Ask, Found, Key, KeysOf, Side, Walk, WalkBounds, visits
from serving.request import Request
from serving.stores.source import Source

VISITS = "visits"
_WAITS: Sequence[Waits] = ("never", "remote", "blocking")
_MOST_WALKERS = 1_000


class Way(Settings, frozen=True):
    """From the objects of a dataset to those of the other: the dataset that is read, and where keys stand in it."""

    dataset: str
    path: str


class RelatedSettings(Settings, frozen=True):
    """What `Related` is told.

    Parameters
    ----------
    there
        From start objects to their neighbours: the dataset of the start objects, ``pin_joins``, and the path where the
        keys of neighbours stand, ``boards.board_id``.
    back
        From these to objects of the start's dataset: ``board_joins``, and ``pin_joins.image_signature``.
    most
        How many objects at most; a number, or ``"$name"``.
    fields
        What each of them has, beside its key and its ``visits``.
    steps
        Steps of all walkers together; a number, or ``"$name"``.
    walkers
        How many walk at once. Rows of a round are read together, so there are steps / walkers rounds, two reads each.
    restart
        How likely a walker goes back to its start before a step.
    seed
        Another seed, another walk; a number, or ``"$name"``.
    reads
        Rows that the walk reads at most; twice the steps by default.
    """

    there: Way
    back: Way
    most: int | str
    fields: list[str]
    steps: int | str = 1_000
    walkers: int = 100
    restart: float = 0.5
    seed: int | str = 0
    reads: int | None = None


class Related(Processor):
    """Give objects of the start objects' own dataset, those with most visits first; without the start objects.

    Those with equal visits come in the order of their keys.

    Notes
    -----
    A step takes about 3 us of a processor beside what rows take to be read, so a walk of 1,000 steps some milliseconds.
    """

    do: ClassVar[str] = "related"
    settings_type: ClassVar[type[Settings]] = RelatedSettings

    def __init__(self, settings: RelatedSettings, place: StepPlace) -> None:
        (edge,) = place.inputs
        there = place.sources.named(settings.there.dataset, place.where)
        back = place.sources.named(settings.back.dataset, place.where)
        if edge.objects.name != there.object_type.name:
            place.refuse(
                f"it takes {edge.objects.name}, and there.dataset is {settings.there.dataset}",
                "walks begin at objects of the dataset that they come back to",
            )
        self._addresses: dict[Side, str] = {"there": settings.there.dataset, "back": settings.back.dataset}
        keys_at(there.object_type, settings.there.path, back.object_type, place, "there.path")
        keys_at(back.object_type, settings.back.path, there.object_type, place, "back.path")
        self._asked: dict[Side, tuple[str, ...]] = {"there": (settings.there.path,), "back": (settings.back.path,)}
        self._keys_of: dict[Side, KeysOf] = {
            "there": values_at(there.object_type, settings.there.path),
            "back": values_at(back.object_type, settings.back.path),
        }
        self._most, self._seed = given_number(settings.most, place, "most"), given_seed(settings.seed, place, "seed")
        self._bound_walk(settings, place)
        self._gives(settings, place, there.object_type)
        self.addresses, self.is_slow = tuple(self._addresses.values()), there.is_slow or back.is_slow
        self.waits = max(there.waits, back.waits, key=_WAITS.index)
        self._key = there.object_type.key

    def process(self, request: Request, previous: Sequence[Objects | None]) -> Objects | Awaitable[Objects]:
        """Return the related objects; an awaitable of them where a store waits."""
        starts = list(dict.fromkeys([row[self._key] for row in previous[0] or ()]))
        bounds = WalkBounds(self._steps.of(request.parameters), self._walkers, self._restart, self._reads)
        walk = visits(starts, bounds, self._keys_of, self._seed.of(request.parameters))  # type: ignore[arg-type] # keys
        return self._at_once(request, walk) if self.waits == "never" else self._later(request, walk)

    def _at_once(self, request: Request, walk: Walk) -> Objects:
        sources = self._sources(request)
        try:
            ask = next(walk)
            while True:
                side, keys = ask
                ask = walk.send(sources[side].get_many(keys, self._asked[side]))  # type: ignore[arg-type] # it is there
                _check_time(request)
        except StopIteration as ended:
            reached = self._first(request, ended.value)
        rows = sources["there"].get_many(list(reached), self._fields) if reached else []
        return self._with_visits(rows, reached)  # type: ignore[arg-type] # as above

    async def _later(self, request: Request, walk: Walk) -> Objects:
        sources = self._sources(request)
        try:
            ask = next(walk)
            while True:
                ask = walk.send(await _rows(sources, ask, self._asked[ask[0]]))
                _check_time(request)
        except StopIteration as ended:
            reached = self._first(request, ended.value)
        rows = await _rows(sources, ("there", list(reached)), self._fields) if reached else []
        return self._with_visits(rows, reached)

    def _bound_walk(self, settings: RelatedSettings, place: StepPlace) -> None:
        self._steps = given_number(settings.steps, place, "steps", most=place.limits.reads)
        if not 1 <= settings.walkers <= _MOST_WALKERS:
            place.refuse(f"walkers is {settings.walkers:,}; 1 to {_MOST_WALKERS:,} is allowed")
        if not 0 <= settings.restart <= 1:
            place.refuse(f"restart is {settings.restart}; 0 to 1 is allowed")
        self._walkers, self._restart = settings.walkers, settings.restart
        at_most = 2 * self._steps.most
        self._reads = at_most if settings.reads is None else min(settings.reads, at_most)
        if self._reads < 0:
            place.refuse(f"reads is {self._reads:,}; 0 or more is allowed")
        self.n_reads = self._reads + self._most.most

    def _gives(self, settings: RelatedSettings, place: StepPlace, objects: ObjectType) -> None:
        given, self._fields = asked_type(objects, settings.fields, place)
        self.gives = Edge(given.with_fields(with_field(given, VISITS, place, "the field of visits")), self._most.most)

    def _sources(self, request: Request) -> dict[Side, Source]:
        return {side: request.release.source_of[address] for side, address in self._addresses.items()}

    def _first(self, request: Request, n_visits: dict[Key, float]) -> dict[Key, float]:
        """Return the objects with most visits, in order."""
        in_order = sorted(sorted(n_visits.items()), key=lambda item: item[1], reverse=True)
        return dict(in_order[: self._most.of(request.parameters)])

    def _with_visits(self, rows: Found, reached: dict[Key, float]) -> Objects:
        found = found_only(list(rows))
        return [{**row, VISITS: reached[row[self._key]]} for row in found]  # type: ignore[index] # its key


async def _rows(sources: dict[Side, Source], ask: Ask, fields: Sequence[str]) -> Found:
    side, keys = ask
    rows = sources[side].get_many(keys, fields)
    return await rows if isawaitable(rows) else rows


def _check_time(request: Request) -> None:
    if request.left_s() < 0:
        raise TooLateError("its time was over in the middle of a walk", remedy="give it fewer steps, or more time")
