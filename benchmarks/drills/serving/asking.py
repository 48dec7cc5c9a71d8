"""The askers of a drill: started and stopped as processes, looked at while they ask, and what all of them saw."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import msgspec

from benchmarks.drills.serving.asker import (
    LATE_PART,
    NOT_WHOLE,
    PARTIAL,
    STOP_NAME,
    STORE_FAILED,
    WHOLE,
    Asked,
    Job,
    Overslept,
    Told,
)
from benchmarks.drills.serving.drilled_service import DEADLINE_MS, DrilledService, ServiceError
from benchmarks.harness.contender import REPOSITORY

N_ASKERS, CONNECTIONS = 2, 6
LIMIT_S = 120.0  # until what must come has come
_POLL_S = 0.002
_WRONG = ("mixed", "wrong")


@dataclass(slots=True)
class Asking:
    """Askers that ask."""

    folder: Path
    service: DrilledService
    processes: "list[subprocess.Popen[bytes]]"
    told: list[Told] = field(default_factory=list)

    def workers_at(self, iteration: int) -> set[str]:
        """Return the processes of the service of which the newest answer is of an iteration."""
        newest: dict[str, tuple[int, int]] = {}
        for path in self.folder.glob("asker-*.????????"):
            with suppress(FileNotFoundError, ValueError):  # it is being written
                seen = path.stat().st_mtime_ns, int(path.read_text(encoding="ascii"))
                worker = path.suffix
                newest[worker] = max(newest.get(worker, (0, 0)), seen)
        return {worker for worker, (_, found) in newest.items() if found == iteration}

    def whole_since(self, moment: float, plans: Sequence[str]) -> bool:
        """Return whether each of some plans had a whole answer after a moment."""
        return all(self._last_told(f"whole.{plan}") > moment for plan in plans)

    def only_whole_for(self, seconds: float) -> bool:
        """Return whether the store failed no answer for so long."""
        return time.monotonic() - self._last_told(NOT_WHOLE) > seconds

    def wait_until(self, is_so: Callable[[], bool], what: str) -> float:
        """Wait until something is so, and return how long that took; ServiceError where it doesn't come."""
        began = time.monotonic()
        while not is_so():
            self.service.check_runs()
            if time.monotonic() - began > LIMIT_S or any(one.poll() is not None for one in self.processes):
                raise ServiceError(f"{what} didn't come; the service said: {self.service.log.read_text()[-2_000:]}")
            time.sleep(_POLL_S)
        return time.monotonic() - began

    def _last_told(self, what: str) -> float:
        last = 0.0
        for path in self.folder.glob(f"asker-*.{what}"):
            with suppress(FileNotFoundError, ValueError):
                last = max(last, float(path.read_text(encoding="ascii")))
        return last


@contextmanager
def asking(service: DrilledService, folder: Path, n_rows: int, deadline_ms: int = DEADLINE_MS) -> Iterator[Asking]:
    """Have a service asked for a block; what was seen is in `told` behind it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    jobs = [
        Job(str(folder), f"asker-{number}", service.url, [*service.plans], n_rows, deadline_ms, CONNECTIONS)
        for number in range(N_ASKERS)
    ]
    found = Asking(folder, service, [_start(job) for job in jobs])
    try:
        found.wait_until(lambda: found.whole_since(0.0, service.plans), "a whole answer of each plan")
        yield found
    finally:
        (folder / STOP_NAME).touch()
        exits = [process.wait(LIMIT_S) for process in found.processes]
    if any(exits):
        raise ServiceError("an asker failed")
    found.told = [msgspec.msgpack.decode((folder / f"{job.name}.told").read_bytes(), type=Told) for job in jobs]


def _start(job: Job) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-m", "benchmarks.drills.serving.asker", msgspec.json.encode(job).decode()]
    return subprocess.Popen(words, cwd=REPOSITORY)  # noqa: S603 - our own


@dataclass(frozen=True, slots=True)
class Seen:
    """What all askers saw of a plan in some time.

    Parameters
    ----------
    n_asked, n_whole, n_partial, n_wrong
        Requests, and those of them whose answers were whole, marked partial, and mixed or wrong.
    failures
        How often each other thing came in place of an answer.
    longest_ms
        The longest request.
    pause_ms
        The longest time that an asker went without an answer.
    kept_ms
        The longest time that the machine kept an asker itself from running.
    """

    n_asked: int
    n_whole: int
    n_partial: int
    n_wrong: int
    failures: dict[str, int]
    longest_ms: float
    pause_ms: float
    kept_ms: float

    @property
    def n_failed(self) -> int:
        """How many requests came to no answer."""
        return sum(self.failures.values())


def seen_of(told: Sequence[Told], plan: str = "", began: float = 0.0, ended: float = float("inf")) -> Seen:
    """Return what was seen of a plan, or of all, by requests that began between two moments."""
    asked = [one for each in told for one in each.asked if _is_asked(one, plan, began, ended)]
    outcomes = [one.outcome for one in asked]
    others = sorted({*outcomes} - {WHOLE, PARTIAL, LATE_PART, *_WRONG})
    return Seen(
        len(asked),
        outcomes.count(WHOLE),
        outcomes.count(PARTIAL) + outcomes.count(LATE_PART),
        sum(outcomes.count(one) for one in _WRONG),
        {one: outcomes.count(one) for one in others},
        1_000 * max((one.ended - one.began for one in asked), default=0.0),
        1_000 * max((_longest_pause(each, plan, began, ended) for each in told), default=0.0),
        1_000
        * max((one.seconds for each in told for one in each.overslept if _overlaps(one, began, ended)), default=0.0),
    )


def last_failed_by_store(told: Sequence[Told], moment: float) -> float:
    """Return when the last answer came that the store failed, of requests since a moment; that where there is none."""
    found = [one.ended for each in told for one in each.asked if one.began >= moment and one.outcome in STORE_FAILED]
    return max(found, default=moment)


def _longest_pause(told: Told, plan: str, began: float, ended: float) -> float:
    moments = sorted(
        one.ended
        for one in told.asked
        if _is_asked(one, plan, began, ended) and one.outcome in (WHOLE, PARTIAL, LATE_PART)
    )
    return max((after - before for before, after in pairwise(moments)), default=0.0)


def _is_asked(one: Asked, plan: str, began: float, ended: float) -> bool:
    return began <= one.began <= ended and plan in ("", one.plan)


def _overlaps(one: Overslept, began: float, ended: float) -> bool:
    return one.at <= ended and one.at + one.seconds >= began
