"""What is done to a service under load: versions switched, its store stopped, killed and slowed, processes killed.

Each trial has rows for the table, and says whether all that it saw was right. Times are those from outside: of a
request from when it is sent until its answer has been read and checked. So they hold what the machine itself keeps a
process waiting; how much that is, is told by the plan that waits for nothing, and by how long an asker overslept.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.drills.serving.asker import LOST
from benchmarks.drills.serving.asking import CONNECTIONS, N_ASKERS, Asking, Seen, asking, last_failed_by_store, seen_of
from benchmarks.drills.serving.drilled_service import (
    DEADLINE_MS,
    MOST_DEADLINE_MS,
    N_WORKERS,
    OF_BOTH,
    OF_CACHE,
    OF_LMDB,
    DrilledService,
    ServiceError,
)
from benchmarks.drills.serving.joined_versions import drop_all_but, load_version, make_current
from storage_tiers import Tier
from tests.servers.redis_server import RunningRedis

PATIENT_MS = MOST_DEADLINE_MS  # where no deadline is tried
SLACK_MS = 50.0  # beyond its deadline, and what the machine keeps others waiting
_KEPT = 3  # versions in a tier
_STOPPED_S, _RUNNING_S = 0.3, 0.04  # of a store that answers late, in turn
_SETTLE_S = 1.0
_RECOVERED_S = 2.0  # of whole answers alone
_POLL_S = 0.001
_LATE = {"TooLateError", "OverloadedError"}
_REFUSALS = {"StoreError", "TooLateError", "OverloadedError"}


@dataclass(frozen=True, slots=True)
class Trial:
    """What was seen of one trial, by plan, with a line about what else it came to."""

    name: str
    seen: dict[str, Seen]
    told: str
    faults: list[str]
    late: str = ""  # what came later than it must

    @property
    def is_right(self) -> bool:
        """Whether all was as it must be, and in time."""
        return not (self.faults or self.late)


def switches(
    service: DrilledService,
    tiers: Sequence[Tier],
    folder: Path,
    n_rows: int,
    n_switches: int,
    n_rollbacks: int,
    seed: int,
) -> Trial:
    """Load and switch version after version, back at times; after each all processes must answer from what serves."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    goes_back = set(chance.sample(range(2, n_switches + 2), n_rollbacks))  # after these switches
    took_s: list[float] = []
    with asking(service, folder, n_rows, PATIENT_MS) as askers:
        askers.wait_until(lambda: len(askers.workers_at(1)) == N_WORKERS, "an answer of each process")
        for iteration in range(2, n_switches + 2):
            load_version(tiers, iteration, n_rows)
            took_s.append(_switched(askers, tiers, iteration))
            if iteration in goes_back:
                took_s.append(_switched(askers, tiers, iteration - 1))
            drop_all_but(tiers, _KEPT)
    seen = {plan: seen_of(askers.told, plan) for plan in service.plans}
    faults = [
        f"{plan}: {one.failures}, {one.n_partial} partial, {one.n_wrong} wrong"
        for plan, one in seen.items()
        if not _all_whole(one)
    ]
    told = (
        f"{len(took_s)} switches; all processes there after median {1_000 * median(took_s):,.0f} ms, "
        f"worst {1_000 * max(took_s):,.0f} ms"
    )
    return Trial("switches", seen, told, faults)


def stopped_store(service: DrilledService, redis: RunningRedis, folder: Path, n_rows: int, seconds: float) -> Trial:
    """Stop the store as a machine that hangs does, and let it go on."""

    @contextmanager
    def stopped() -> Iterator[None]:
        _signal(redis, signal.SIGSTOP)
        yield
        _signal(redis, signal.SIGCONT)

    return _without_store("store stopped", service, folder, n_rows, seconds, stopped)


def killed_store(service: DrilledService, redis: RunningRedis, folder: Path, n_rows: int, seconds: float) -> Trial:
    """Kill the store, and start it again with what it keeps on disk."""

    @contextmanager
    def killed() -> Iterator[None]:
        redis.kill()
        yield
        redis.start()

    return _without_store("store killed", service, folder, n_rows, seconds, killed)


def late_store(service: DrilledService, redis: RunningRedis, folder: Path, n_rows: int, seconds: float) -> Trial:
    """Stop the store again and again, for longer than a request may take."""
    is_over = threading.Event()

    def stop_and_go() -> None:
        while not is_over.is_set():
            _signal(redis, signal.SIGSTOP)
            time.sleep(_STOPPED_S)
            _signal(redis, signal.SIGCONT)
            time.sleep(_RUNNING_S)

    @contextmanager
    def late() -> Iterator[None]:
        stopping = threading.Thread(target=stop_and_go)
        stopping.start()
        try:
            yield
        finally:
            is_over.set()
            stopping.join()

    return _without_store("store late", service, folder, n_rows, seconds, late)


def killed_workers(service: DrilledService, folder: Path, n_rows: int, n_kills: int) -> Trial:
    """Kill one process of the service after another; each time requests that it had may fail, and no others."""
    killed, back_s = list[tuple[float, float]](), list[float]()
    with asking(service, folder, n_rows, PATIENT_MS) as askers:
        for _ in range(n_kills):
            time.sleep(_SETTLE_S)
            before = {*service.workers()}
            victim = min(before)
            killed_at = time.monotonic()
            os.kill(victim, signal.SIGKILL)
            askers.wait_until(lambda gone=victim: _is_dead(gone), "the end of a process")  # type: ignore[misc]
            killed.append((killed_at, time.monotonic()))
            n_known = len(_known_workers(askers))
            back_s.append(askers.wait_until(lambda n=n_known: len(_known_workers(askers)) > n, "another process"))  # type: ignore[misc]
        time.sleep(_SETTLE_S)
    lost = [one for each in askers.told for one in each.asked if one.outcome == LOST]
    most = N_ASKERS * CONNECTIONS * n_kills
    later = [one for one in lost if not any(began <= one.ended and one.opened <= ended for began, ended in killed)]
    seen = {plan: seen_of(askers.told, plan) for plan in service.plans}
    faults = [f"{len(later)} requests failed that no killed process had"] if later or len(lost) > most else []
    faults += [f"{plan}: {one.failures}, {one.n_wrong} wrong" for plan, one in seen.items() if not _but_late(one)]
    n_late = sum(one.n_partial + sum(one.failures.get(kind, 0) for kind in _LATE) for one in seen.values())
    if len(service.workers()) != N_WORKERS:
        faults.append("a process is missing")
    told = (
        f"{n_kills} killed: {len(lost)} requests were lost, {n_late} late; another process answered after median "
        f"{1_000 * median(back_s):,.0f} ms, worst {1_000 * max(back_s):,.0f} ms"
    )
    return Trial("process killed", seen, told, faults)


def _without_store(
    name: str,
    service: DrilledService,
    folder: Path,
    n_rows: int,
    seconds: float,
    disturbed: Callable[[], "contextmanager[None]"],  # type: ignore[valid-type] # what it makes is one
) -> Trial:
    with asking(service, folder, n_rows) as askers:
        time.sleep(_SETTLE_S)
        with disturbed():  # type: ignore[attr-defined]
            began = time.monotonic()
            time.sleep(seconds)
            ended = time.monotonic()
        askers.wait_until(lambda: askers.whole_since(ended, service.plans), "a whole answer of each plan")
        askers.wait_until(lambda: askers.only_whole_for(_RECOVERED_S), "whole answers alone")
    seen = {plan: seen_of(askers.told, plan, began, ended) for plan in service.plans}
    back_s = max(0.0, last_failed_by_store(askers.told, ended) - ended)
    noise_ms = max(seen[OF_LMDB].longest_ms, *(one.kept_ms for one in seen.values()))
    over_ms = max(seen[plan].longest_ms for plan in (OF_CACHE, OF_BOTH)) - DEADLINE_MS
    is_late = over_ms > noise_ms + SLACK_MS
    told = (
        f"deadline {DEADLINE_MS} ms, longest {over_ms + DEADLINE_MS:,.0f} ms, the machine's noise {noise_ms:,.0f} ms; "
        f"all whole again after {1_000 * back_s:,.0f} ms"
    )
    late = f"an answer came {over_ms:,.0f} ms after its deadline" if is_late else ""
    return Trial(name, seen, told, _faults_of(seen), late)


def _faults_of(seen: dict[str, Seen]) -> list[str]:
    """Return what isn't as it must be while the store is away."""
    faults = []
    if not _all_whole(seen[OF_LMDB]):
        faults.append(f"{OF_LMDB}, which doesn't read the store, is affected: {seen[OF_LMDB].failures}")
    both, cached = seen[OF_BOTH], seen[OF_CACHE]
    if both.n_failed or both.n_wrong or not both.n_partial:
        faults.append(f"{OF_BOTH}: {both.failures}, {both.n_partial} partial, {both.n_wrong} wrong")
    if cached.n_wrong or cached.failures.keys() - _REFUSALS or not cached.n_failed:
        faults.append(f"{OF_CACHE}: {cached.failures}, {cached.n_wrong} wrong")
    return faults


def _all_whole(seen: Seen) -> bool:
    return bool(seen.n_whole) and not (seen.failures or seen.n_partial or seen.n_wrong)


def _but_late(seen: Seen) -> bool:
    """Return whether answers were whole, but for what was lost, or late as the machine was."""
    return bool(seen.n_whole) and not (seen.failures.keys() - {LOST} - _LATE or seen.n_wrong)


def _switched(askers: Asking, tiers: Sequence[Tier], iteration: int) -> float:
    make_current(tiers, iteration)
    return askers.wait_until(lambda: len(askers.workers_at(iteration)) >= N_WORKERS, f"iteration {iteration}")


def _known_workers(askers: Asking) -> set[str]:
    return {path.suffix for path in askers.folder.glob("asker-*.????????")}


def _signal(redis: RunningRedis, number: signal.Signals) -> None:
    if redis.process is None:
        raise ServiceError("the store isn't there")
    redis.process.send_signal(number)


def _is_dead(pid: int) -> bool:
    """Return whether a process has ended with all of its threads, so that its sockets are closed."""
    return not Path(f"/proc/{pid}").exists()
