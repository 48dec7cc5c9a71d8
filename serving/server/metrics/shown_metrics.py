"""Metrics of all processes of a service, in Prometheus' own words, whichever process is asked for them.

Each process writes what it counted into a file of the service's own folder, every second and when it ends. The one
that is asked adds up what the others have written, with its own counts as they are. What a process had counted that is
gone stays, so no sum ever falls: Prometheus would take that for a start from nothing. A process that is killed takes
its last second along.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from serving.server.metrics.counts import (
    BOUNDS_S,
    N_REFUSED,
    PLAN_SECONDS,
    STEP_SECONDS,
    WIRE_SECONDS,
    Counted,
    Counts,
    StoreCounted,
    added_up,
    by_version,
)
from storage_tiers.bounded_files import UNREADABLE, read_bounded

_PREFIX = "interest_graph_serving"
_SUFFIX, _ENDED = ".counts", "ended.counts"
_MOST_REMEMBERED = 1_000  # names of processes that ended: those whose own file may not have been removed yet
_FAMILIES = {
    PLAN_SECONDS: ("plan_seconds", "time of a run of a plan, by how it ended", ("plan", "outcome")),
    STEP_SECONDS: ("step_seconds", "time of a step, waiting included", ("plan", "step", "dataset", "outcome")),
    WIRE_SECONDS: ("request_seconds", "time of a request in the server", ("protocol", "status")),
}
_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Counted)


class SharedCounts:
    """The counts of a process beside those of the others.

    Parameters
    ----------
    counts
        Those of this process.
    folder
        Where processes write theirs; None: this one is alone.
    name
        What this process is called among them.
    """

    def __init__(self, counts: Counts, folder: Path | None, name: str) -> None:
        self._counts, self._folder, self._name = counts, folder, name
        self._written = b""
        self.versions: Mapping[str, str] = {}
        self.is_ready = False
        self.in_flight = 0
        self.stores: Mapping[str, StoreCounted] = {}
        self.n_problems = 0

    def own(self) -> Counted:
        """Return what this process counted."""
        series = self._counts.all_series()
        now = (dict(self.versions), self.is_ready, self.in_flight, dict(self.stores), self.n_problems)
        return Counted(series, [self._name], 0, *now)

    def write(self) -> None:
        """Write what this process counted, if that has changed."""
        if self._folder is None:
            return
        counted = _encoder.encode(self.own())
        if counted != self._written:
            _replace(self._folder / f"{self._name}{_SUFFIX}", counted)
            self._written = counted

    def shown(self, accept: str) -> tuple[bytes, str]:
        """Return the metrics of all processes, and their Content-Type."""
        others = [] if self._folder is None else [*_read(self._folder, without=self._name)]
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Families([self.own(), *others]))
        encode, content_type = choose_encoder(accept)
        return encode(registry), content_type


def keep_of_ended(folder: Path, name: str) -> None:
    """Add what a process had counted that has ended to that of the others that ended, and remove its file."""
    own = folder / f"{name}{_SUFFIX}"
    parts = [counted for path in (folder / _ENDED, own) if (counted := _read_file(path)) is not None]
    ended = added_up(parts)
    ended.n_ended += 1
    ended.of = ended.of[-_MOST_REMEMBERED:]
    _replace(folder / _ENDED, _encoder.encode(ended))
    own.unlink(missing_ok=True)


class _Families(Collector):
    """What prometheus_client writes out."""

    def __init__(self, parts: list[Counted]) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        families = {
            what: HistogramMetricFamily(f"{_PREFIX}_{name}", about, labels=labels)
            for what, (name, about, labels) in _FAMILIES.items()
        }
        refused = CounterMetricFamily(
            f"{_PREFIX}_refused", "requests that ended with an error", labels=("plan", "error")
        )
        together = added_up(self._parts)
        for series in together.series:
            what, *labels = series.labels
            if what == N_REFUSED:
                refused.add_metric(labels, sum(series.buckets))
            else:
                families[what].add_metric(labels, [*_cumulative(series.buckets)], series.sum_ns / 1e9)
        yield from (*families.values(), refused)
        yield from self._gauges()
        yield from _of_stores(together.stores)

    def _gauges(self) -> Iterator[Metric]:
        there = [part for part in self._parts if not part.n_ended]
        version = GaugeMetricFamily(
            f"{_PREFIX}_version_processes", "processes that serve a version", labels=("dataset", "version")
        )
        for labels, n_processes in by_version(there).items():
            version.add_metric(labels, n_processes)
        yield version
        ready = sum(part.is_ready for part in there)
        yield GaugeMetricFamily(f"{_PREFIX}_ready_processes", "processes that can answer", value=ready)
        in_flight = sum(part.in_flight for part in there)
        yield GaugeMetricFamily(f"{_PREFIX}_in_flight", "requests that are being answered", value=in_flight)
        problems = max((part.n_problems for part in there), default=0)
        yield GaugeMetricFamily(f"{_PREFIX}_problems", "plans and stores that something is wrong with", value=problems)
        ended = sum(part.n_ended for part in self._parts)
        yield CounterMetricFamily(f"{_PREFIX}_processes_ended", "processes that ended", value=ended)


def _of_stores(stores: Mapping[str, StoreCounted]) -> Iterator[Metric]:
    """Yield what is counted of stores."""
    questions = GaugeMetricFamily(
        f"{_PREFIX}_store_questions", "questions to a store that are under way, or wait", labels=("store", "state")
    )
    unanswered = CounterMetricFamily(
        f"{_PREFIX}_store_unanswered", "questions that were refused, or had no answer in time", labels=("store", "why")
    )
    for name, store in sorted(stores.items()):
        questions.add_metric((name, "running"), store.n_running)
        questions.add_metric((name, "waiting"), store.n_waiting)
        unanswered.add_metric((name, "refused"), store.n_refused)
        unanswered.add_metric((name, "late"), store.n_late)
    yield questions
    yield unanswered


def _cumulative(buckets: Iterable[int]) -> Iterator[tuple[str, float]]:
    n_counted = 0
    for bound, n_in_bucket in zip((*map(str, BOUNDS_S), "+Inf"), buckets, strict=True):
        n_counted += n_in_bucket
        yield bound, n_counted


def _read(folder: Path, without: str) -> Iterator[Counted]:
    """Yield what the other processes have written; one whose counts are among those that ended is left out."""
    ended = _read_file(folder / _ENDED)
    if ended is not None:
        yield ended
    left_out = {without, *(ended.of if ended else ())}
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        if path.name != _ENDED and path.stem not in left_out and (counted := _read_file(path)) is not None:
            yield counted


def _read_file(path: Path) -> Counted | None:
    try:
        return _decoder.decode(read_bounded(path))
    except UNREADABLE:  # it isn't there any more, or not yet
        return None


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_suffix(".new")
    beside.write_bytes(content)
    os.replace(beside, path)  # noqa: PTH105 - one call, atomic
