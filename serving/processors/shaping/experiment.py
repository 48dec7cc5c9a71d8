"""Experiment: each request goes one of several ways, the same one each time.

Which way is decided by a hash of a parameter, a user's id for one, and of the experiment's name: two experiments with
equal shares part users independently of each other. The other ways have no objects, so steps behind them do nothing.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from itertools import accumulate
from typing import ClassVar

from serving.edge_types import Edge, Objects
from serving.plans.plan_values import name_problem
from serving.processor import Processor, Settings, StepPlace
from serving.processors.given_values import parameter_named
from serving.request import Request

_MOST_SHARE = 1e9
_BITS = 53  # of a hash, as many as a float has


class ExperimentSettings(Settings, frozen=True):
    """What `Experiment` is told.

    Parameters
    ----------
    name
        The experiment's name; another name parts requests anew.
    arms
        Its arms, which are the step's ports, with their shares: ``arms = {old = 9, new = 1}``.
    by
        The parameter that decides, ``"$user_id"``; by default it is the id of the request, so at random.
    """

    name: str
    arms: dict[str, float]
    by: str | None = None


class Experiment(Processor):
    """Give all objects at the port of one arm, and none at the others."""

    do: ClassVar[str] = "experiment"
    settings_type: ClassVar[type[Settings]] = ExperimentSettings

    def __init__(self, settings: ExperimentSettings, place: StepPlace) -> None:
        (edge,) = place.inputs
        if not settings.name:
            place.refuse("name is empty", "name the experiment; requests are parted by a hash of it")
        if not settings.arms:
            place.refuse("arms is empty", "name them with their shares, such as arms = {old = 9, new = 1}")
        for arm, share in settings.arms.items():
            if problem := name_problem(arm, "an arm"):
                place.refuse(problem)
            if not 0 <= share <= _MOST_SHARE:  # what is no number neither
                place.refuse(f"the share of arm {arm} is {share}", "0 to 1e9 is allowed; they needn't add up to 1")
        total = sum(settings.arms.values())
        if total == 0:
            place.refuse("all shares are 0", "give one arm a share")
        self._name, self._arms = settings.name, tuple(settings.arms)
        self._ends = [end / total for end in accumulate(settings.arms.values())][:-1]
        self._by = None if settings.by is None else self._parameter(settings.by, place)
        self.gives: Mapping[str, Edge] = dict.fromkeys(self._arms, edge)

    def process(self, request: Request, previous: Sequence[Objects | None]) -> Mapping[str, Objects]:
        """Return the objects by arm."""
        parts: dict[str, Objects] = {arm: [] for arm in self._arms}
        parts[self.arm_of(request)] = previous[0] or []
        return parts

    def arm_of(self, request: Request) -> str:
        """Return the arm that a request goes to."""
        decides = request.request_id if self._by is None else request.parameters[self._by]
        hashed = blake2b(f"{self._name}\0{decides}".encode(errors="surrogatepass"), digest_size=8)
        return self._arms[bisect_right(self._ends, (int.from_bytes(hashed.digest()) >> (64 - _BITS)) / 2**_BITS)]

    def _parameter(self, written: str, place: StepPlace) -> str:
        name, parameter = parameter_named(written, place, "by")
        if parameter.list:
            place.refuse(f"by is {written}, which is a list", "one value decides")
        return name
