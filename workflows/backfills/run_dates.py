"""Runs the dates of a plan: ascending, side by side as far as that changes no byte.

Dates depend on each other by their pictures alone. What a date finds of them goes by the groups of all earlier dates,
so a date is begun when the pictures of every earlier one are published; the rest of both is built side by side. A date
that is built under another base is waited for to its end: what later dates read of it changes only then. So the bytes
are those of one date after the other.
"""

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from joins.errors import DiscoveryError
from joins.raw.conform import unsigned_images
from joins.raw.schemas import PICTURE_FIELDS, RAW_PINS
from workflows.backfills.children import DateChild, end_all
from workflows.backfills.outcomes import Outcome, Result, held_back
from workflows.backfills.plan import Plan, PlannedDate
from workflows.daily import DailyDiscovery
from workflows.luigi_cfg import ALREADY_RUNNING
from workflows.operations.interruption import last_words
from workflows.operations.run_lock import held_dates
from workflows.picture_catalog import IMAGE_SIGNATURES
from workflows.staleness.published import Published
from workflows.staleness.stale import day_of
from workflows.tasks.raw_input.raw_snapshot import RawSnapshot, raw_shards

_POLL_S = 0.05
_RESULTS: dict[int, Result] = {0: "complete", ALREADY_RUNNING: "running"}  # any other code is a failure
_GOES_ON = "the same command goes on from there"
OnOutcome = Callable[[Outcome], None]


class DateRunner:
    """Keeps as many dates going as the plan says; a date that fails stops none that doesn't depend on it."""

    def __init__(self, plan: Plan, any_day: DailyDiscovery, logs: Path, on_outcome: OnOutcome) -> None:
        self._plan, self._any_day, self._logs, self._on_outcome = plan, any_day, logs, on_outcome
        self._waiting = deque(plan.to_do)
        self._running: list[DateChild] = []
        self._open_pictures = [one.date for one in plan.dates if one.state == "running"]
        self._open_pictures += [date for date in held_dates(any_day.root) if date < plan.asked.start]
        self._bases = Published(any_day.root)
        self._is_stopped = False

    def run(self) -> None:
        """Run all dates; whatever ends this process ends theirs."""
        with last_words(self._stop):
            try:
                while self._waiting or self._running:
                    self._collect()
                    while self._waiting and self._may_begin():
                        self._begin(self._waiting.popleft())
                    time.sleep(_POLL_S)
            finally:
                end_all(self._running)

    def stopped(self, code: int) -> list[Outcome]:
        """Return the outcomes of the dates that run, and of those that wait, of a run that is interrupted."""
        self._is_stopped = True
        found = [_outcome(child, "interrupted", code, _GOES_ON) for child in self._running]
        why = f"it was not begun; {_GOES_ON}"
        return found + [Outcome(one.date, one.state, "interrupted", code, why=why) for one in self._waiting]

    def _stop(self, _code: int, _say: object) -> None:
        """End the dates that run; none is begun, and none that ends by this counts as failed."""
        self._is_stopped = True
        end_all(self._running)

    def _may_begin(self) -> bool:
        if self._is_stopped:
            return False
        is_room = len(self._running) < self._plan.sharing.n_jobs
        return is_room and all(self._has_pictures_settled(child.planned) for child in self._running)

    def _has_pictures_settled(self, planned: PlannedDate) -> bool:
        """Return whether later dates can go by the pictures of a date that is being built."""
        day = day_of(self._any_day, planned.date, self._bases)
        return not planned.holds_later and day.target(IMAGE_SIGNATURES, day.raw_version()).exists()

    def _begin(self, planned: PlannedDate) -> None:
        day = day_of(self._any_day, planned.date, self._bases)
        open_before = [date for date in self._open_pictures if date < planned.date]
        if open_before and has_pictures(day):
            why = f"its pictures go by those of {open_before[0]}, which aren't there"
            self._settle(planned, held_back(planned, why))
            return
        log = self._logs / f"{planned.date}.log"
        self._running.append(DateChild(planned, day, self._plan.sharing.cores_each, log))

    def _collect(self) -> None:
        ended = [child for child in self._running if child.code() is not None]
        for child in ended if not self._is_stopped else []:
            self._running.remove(child)
            child.let_go()
            code = child.code() or 0
            result = _RESULTS.get(code, "failed")
            self._settle(child.planned, _outcome(child, result, code, child.first_error() if code else ""))

    def _settle(self, planned: PlannedDate, outcome: Outcome) -> None:
        if outcome.code and not self._has_pictures_settled(planned):
            self._open_pictures.append(planned.date)
        self._on_outcome(outcome)


def _outcome(child: DateChild, result: Result, code: int, why: str) -> Outcome:
    planned, seconds = child.planned, round(child.seconds, 1)
    return Outcome(planned.date, planned.state, result, code, seconds, why=why, log=str(child.log))


def has_pictures(day: DailyDiscovery) -> bool:
    """Return whether any pin of a date brings a picture in place of a signature; False if that can't be read."""
    try:
        contents = day.sibling(RawSnapshot, table=RAW_PINS.name).output().contents()
        shards = raw_shards(contents, RAW_PINS, PICTURE_FIELDS, with_values_of="image")
        return any(len(unsigned_images(shards(number))) for number in range(len(shards)))
    except DiscoveryError:  # the date's own run says so
        return False
