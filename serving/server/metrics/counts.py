"""What a process counts while it answers: how many requests and steps ended how, and what each took.

Counting is on the path of every request, so a count is a list index and an addition: prometheus_client, which writes
the numbers out, would take ten times as long to take them in, and more between processes.
"""

from bisect import bisect_left
from collections.abc import Mapping
from itertools import chain, repeat

import msgspec

from serving.errors import ServingError, UnknownPlanError
from serving.plans.compiled_plan import CompiledPlan
from serving.processor import Processor
from serving.scheduling.watch import FinishedRun, Missed

BOUNDS_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_BOUNDS_NS = tuple(int(bound * 1e9) for bound in BOUNDS_S)
PLAN_SECONDS, STEP_SECONDS, WIRE_SECONDS, N_REFUSED = "plan", "step", "wire", "refused"
OF_REQUESTS = "(of requests)"  # the plan of all requests that bring their own
_MOST_SERIES = 10_000
_OTHER = "(other)"


class Series(msgspec.Struct, array_like=True, gc=False):
    """One histogram: what was counted under one set of labels."""

    labels: tuple[str, ...]  # the first says of what
    buckets: list[int]
    sum_ns: int = 0

    def add(self, took_ns: int) -> None:
        """Count one."""
        self.buckets[bisect_left(_BOUNDS_NS, took_ns)] += 1
        self.sum_ns += took_ns


class StoreCounted(msgspec.Struct, array_like=True):
    """How much a store has to do at this moment, and what came of questions to it so far."""

    n_running: int = 0
    n_waiting: int = 0
    n_refused: int = 0
    n_late: int = 0


class Counted(msgspec.Struct, array_like=True):
    """What one process, or several together, have counted, and what they serve."""

    series: list[Series] = []
    of: list[str] = []  # the processes
    n_ended: int = 0  # how many of them are gone; either none or all
    versions: dict[str, str] = {}  # by dataset; of a process that is there
    is_ready: bool = False
    in_flight: int = 0
    stores: dict[str, StoreCounted] = {}  # those that are waited for
    n_problems: int = 0  # of plans and stores, at this moment


class Counts:
    """The counts of this process; it watches a service."""

    def __init__(self) -> None:
        self._series: dict[tuple[str, ...], Series] = {}
        self._of_plans: dict[str, tuple[CompiledPlan, Series, tuple[Series, ...]]] = {}

    def series(self, *labels: str) -> Series:
        """Return the series of some labels, of which the first says of what; made at its first use."""
        found = self._series.get(labels)
        if found is None:
            if len(self._series) >= _MOST_SERIES:  # names of plans come and go; memory is bounded
                labels = (labels[0], *repeat(_OTHER, len(labels) - 1))
            found = self._series.setdefault(labels, Series(labels, [0] * (len(BOUNDS_S) + 1)))
        return found

    def all_series(self) -> list[Series]:
        """Return every series."""
        return list(self._series.values())

    def on_run(self, run: FinishedRun) -> None:
        """Count a run that came to an answer, whole or partial, and each of its steps."""
        if run.any_missed:
            self._count_partial(run)
            return
        plan = run.plan
        known = self._of_plans.get(plan.name)
        if known is None or known[0] is not plan:
            known = self._known(plan)
        _, whole, steps = known
        whole.add(run.took_ns)
        for series, took_ns in zip(steps, run.step_took_ns, strict=True):
            series.buckets[bisect_left(_BOUNDS_NS, took_ns)] += 1  # as `add`, without five calls a request
            series.sum_ns += took_ns

    def on_refused(self, plan: str, error: ServingError) -> None:
        """Count a request that ended with an error; what it took is told by the server alone (`WIRE_SECONDS`)."""
        named = "" if isinstance(error, UnknownPlanError) else self._name_of(plan)
        self.series(N_REFUSED, named, type(error).__name__).add(0)

    def _known(self, plan: CompiledPlan) -> tuple[CompiledPlan, Series, tuple[Series, ...]]:
        name = self._name_of(plan.name)
        steps = tuple(self.series(STEP_SECONDS, *labels, "ok") for labels in _step_labels(plan, name))
        known = plan, self.series(PLAN_SECONDS, name, "ok"), steps
        if len(self._of_plans) >= _MOST_SERIES:
            self._of_plans.clear()
        self._of_plans[plan.name] = known
        return known

    def _count_partial(self, run: FinishedRun) -> None:
        name = self._name_of(run.plan.name)
        self.series(PLAN_SECONDS, name, "partial").add(run.took_ns)
        for labels, result, took_ns in zip(_step_labels(run.plan, name), run.results, run.step_took_ns, strict=True):
            outcome = result.reason if isinstance(result, Missed) else "ok"
            self.series(STEP_SECONDS, *labels, outcome).add(took_ns)

    def _name_of(self, plan: str) -> str:
        return OF_REQUESTS if plan.startswith("(") else plan


def _step_labels(plan: CompiledPlan, name: str) -> list[tuple[str, str, str]]:
    """Return plan, step and dataset of each step. Steps that a request brings have no names: they'd be without end."""
    if name == OF_REQUESTS:
        return [(name, step.processor.do, _address_of(step.processor)) for step in plan.steps]
    return [(name, step.name, _address_of(step.processor)) for step in plan.steps]


def _address_of(processor: Processor) -> str:
    """Return the dataset that a processor reads, of which store; empty if it reads none."""
    return ",".join(processor.addresses)


def added_up(parts: list[Counted]) -> Counted:
    """Return what several processes have counted together.

    Examples
    --------
    >>> one = Series(("wire", "http", "200"), [1] * 16, 5)
    >>> added_up([Counted([one], ["a"]), Counted([one], ["b"])]).series[0].sum_ns
    10
    """
    sums: dict[tuple[str, ...], Series] = {}
    for series in chain.from_iterable(part.series for part in parts):
        found = sums.setdefault(series.labels, Series(series.labels, [0] * len(series.buckets)))
        found.buckets = [a + b for a, b in zip(found.buckets, series.buckets, strict=True)]
        found.sum_ns += series.sum_ns
    n_ended = sum(part.n_ended for part in parts)
    names = [name for part in parts for name in part.of]
    return Counted(list(sums.values()), names, n_ended, stores=_stores_of(parts))


def _stores_of(parts: list[Counted]) -> dict[str, StoreCounted]:
    """Return what several processes count of each store; those that are gone have nothing under way."""
    found: dict[str, StoreCounted] = {}
    for part in parts:
        for name, one in part.stores.items():
            store = found.setdefault(name, StoreCounted())
            store.n_refused += one.n_refused
            store.n_late += one.n_late
            if not part.n_ended:
                store.n_running += one.n_running
                store.n_waiting += one.n_waiting
    return found


def by_version(parts: list[Counted]) -> Mapping[tuple[str, str], int]:
    """Return how many processes serve each version of each dataset."""
    found: dict[tuple[str, str], int] = {}
    for part in parts:
        for pair in part.versions.items():
            found[pair] = found.get(pair, 0) + 1
    return found
