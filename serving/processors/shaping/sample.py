"""Sample: some objects, chosen at random, and the same ones each time.

Each object has a number that is a hash of the seed and its key, and those with the smallest numbers are taken. So an
object that is taken stays taken while others come and go, and the order in which they come changes nothing.
"""

from collections.abc import Sequence
from hashlib import blake2b
from heapq import nsmallest
from typing import ClassVar

from serving.edge_types import Edge, Objects
from serving.processor import Processor, Settings, StepPlace
from serving.processors.field_paths import value_at
from serving.processors.given_values import given_number, given_seed, parameter_named
from serving.request import Request


class SampleSettings(Settings, frozen=True):
    """What `Sample` is told.

    Parameters
    ----------
    n
        How many objects at most; a number, or ``"$name"``.
    seed
        Another seed, another sample; a number, or ``"$name"``.
    by
        A parameter, ``"$user_id"``, of which each value has a sample of its own.
    """

    n: int | str
    seed: int | str = 0
    by: str | None = None


class Sample(Processor):
    """Give some of the objects, each as likely as another, in the order in which they come."""

    do: ClassVar[str] = "sample"
    settings_type: ClassVar[type[Settings]] = SampleSettings

    def __init__(self, settings: SampleSettings, place: StepPlace) -> None:
        (edge,) = place.inputs
        self._n = given_number(settings.n, place, "n")
        self._seed = given_seed(settings.seed, place, "seed")
        self._by = None if settings.by is None else parameter_named(settings.by, place, "by")[0]
        self._key_of = value_at(edge.objects.key)
        self.gives = Edge(edge.objects, min(edge.most, self._n.most))

    def process(self, request: Request, previous: Sequence[Objects | None]) -> Objects:
        """Return the objects that are taken."""
        objects, n = previous[0] or [], self._n.of(request.parameters)
        if len(objects) <= n:
            return objects
        by = "" if self._by is None else request.parameters[self._by]
        start = blake2b(f"{self._seed.of(request.parameters)}\0{by}\0".encode(errors="surrogatepass"), digest_size=8)
        numbers = []
        for place, row in enumerate(objects):
            of_key = start.copy()
            of_key.update(str(self._key_of(row)).encode(errors="surrogatepass"))
            numbers.append((of_key.digest(), place))
        taken = sorted(place for _, place in nsmallest(n, numbers))
        return [objects[place] for place in taken]
