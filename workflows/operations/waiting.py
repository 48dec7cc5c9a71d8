"""Waiting for the input of a date: says what is missing, tells once that it is late, and gives up in the end."""

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from workflows.operations.readiness import InputNotCompleteError, Rule, TableSeen, Watch
from workflows.progress import say
from workflows.settings import of_daily as settings

_SAY_AGAIN_S = 600.0
_SHORTEST_PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of the day, a time that nobody sets, and a pause."""

    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait: seconds between looks, the moment from which it is late, and when to give up (0: never)."""

    rule: Rule = field(default_factory=Rule)
    poll_s: float = 10.0
    late_from: dt.datetime | None = None
    give_up_after_s: float = 0.0

    @classmethod
    def configured(cls, date: dt.date) -> "Patience":
        """Return what luigi.cfg says for a date."""
        rule = Rule(settings.COMPLETE_WHEN.value(), settings.QUIET_S.value())
        late_from = late_moment(date, settings.LATE_AT.value(), settings.DAYS_AGO.value())
        return cls(rule, settings.POLL_S.value(), late_from, settings.GIVE_UP_AFTER_S.value())


def late_moment(date: dt.date, late_at: str, days_ago: int) -> dt.datetime | None:
    """Return the moment from which the input of a date is late, in UTC; None: never.

    Examples
    --------
    >>> late_moment(dt.date(2026, 11, 20), "06:00", 1)
    datetime.datetime(2026, 11, 21, 6, 0, tzinfo=datetime.timezone.utc)
    """
    if not late_at:
        return None
    try:
        day = date + dt.timedelta(days=days_ago)
    except OverflowError:  # beyond the calendar
        return None
    return dt.datetime.combine(day, dt.time.fromisoformat(late_at), dt.UTC)


def wait_for_input(
    look: Callable[[], Mapping[str, TableSeen]],
    patience: Patience,
    tell_late: Callable[[str], None],
    what: str,
    clock: Clock | None = None,
) -> None:
    """Wait until the input is complete.

    Parameters
    ----------
    look
        Looks at all tables.
    patience
        How long to wait for what.
    tell_late
        Called once, if the input isn't complete at the time from which it is late, with what is missing.
    what
        What is waited for, as part of a sentence.
    clock
        The clocks of this machine where there is none.

    Raises
    ------
    InputNotCompleteError
        If it isn't complete after as long as `patience` has.
    """
    clock = clock or Clock()
    watch, began = Watch(patience.rule), clock.monotonic()
    is_told, said, say_again = False, "", began
    while reasons := watch.why_not(tables := look(), clock.monotonic()):
        missing = "; ".join(f"{table}: {reason}" for table, reason in reasons.items())
        waited_s = clock.monotonic() - began
        if missing != said or clock.monotonic() >= say_again:
            say(f"waiting for {what}{f' for {waited_s:,.0f} s' if waited_s >= 1 else ''}: {missing}")
            said, say_again = missing, clock.monotonic() + _SAY_AGAIN_S
        if not is_told and _is_late(patience, clock.now(), waited_s):
            is_told = True
            tell_late(missing)
        if patience.give_up_after_s and waited_s >= patience.give_up_after_s:
            raise InputNotCompleteError(
                f"it is still not complete after {waited_s:,.0f} s: {missing}",
                where=what,
                remedy=_remedy(tables),
            )
        clock.sleep(_pause_s(patience, clock.monotonic() - began))


def _remedy(tables: Mapping[str, TableSeen]) -> str:
    """Return what to do; a run that doesn't wait is none where a table has no file at all."""
    if all(seen.n_files for seen in tables.values()):
        return "bring the rest and run it again, or take what is there with --no-wait"
    return "bring what is missing and run it again"


def _is_late(patience: Patience, now: dt.datetime, waited_s: float) -> bool:
    """Return whether an input that isn't complete is late; who begins to wait later first sees whether it is quiet."""
    seen_long_enough = waited_s > patience.rule.quiet_s + patience.poll_s
    began_before = patience.late_from is not None and now - dt.timedelta(seconds=waited_s) < patience.late_from
    return patience.late_from is not None and now >= patience.late_from and (began_before or seen_long_enough)


def _pause_s(patience: Patience, waited_s: float) -> float:
    """Return how long to sleep: not beyond the moment of giving up, and no longer than it must be quiet."""
    pause_s = min(patience.poll_s, max(patience.rule.quiet_s, _SHORTEST_PAUSE_S))
    return min(pause_s, max(0.0, patience.give_up_after_s - waited_s)) if patience.give_up_after_s else pause_s
