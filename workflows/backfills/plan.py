"""What a backfill would do, date by date, before anything is done."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from workflows.backfills.asked_dates import AskedDates, said_dates
from workflows.backfills.estimate import Estimate
from workflows.backfills.sharing import Sharing

State = Literal["complete", "to build", "to finish", "stale", "no input", "damaged", "running"]
Action = Literal["run", "rebuild", "leave"]


@dataclass(frozen=True, slots=True)
class PlannedDate:
    """What is there of a date and what is done about it; ``why`` says it in words.

    ``holds_later`` dates are built to their end before a later one is begun: what they publish of pictures may change
    until then.
    """

    date: dt.date
    state: State
    action: Action
    why: str = ""
    raw_bytes: int = 0
    holds_later: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The dates that were asked for, ascending, how they share the machine, and what it may take."""

    asked: AskedDates
    output: str
    dates: tuple[PlannedDate, ...]
    sharing: Sharing
    estimate: Estimate
    force_stale: bool = False

    @property
    def to_do(self) -> list[PlannedDate]:
        """The dates that something is done about."""
        return [one for one in self.dates if one.action != "leave"]

    @property
    def has_nothing(self) -> bool:
        """Whether no date is published, and none could be, as there is no raw input."""
        return all(one.state == "no input" for one in self.dates)

    def total(self) -> str:
        """Count the dates by what is to be done."""
        counted = Counter(one.state for one in self.dates)
        return ", ".join(f"{n:,} {state}" for state, n in counted.items())

    def lines_after_table(self) -> Iterator[str]:
        """Say the totals, how the machine is shared, what it may take, and which dates stay stale."""
        yield f"{said_dates(len(self.dates))}: {self.total()}"
        if self.to_do:
            yield f"to run: {said_dates(len(self.to_do))}, {self.sharing}"
            yield str(self.estimate)
        else:
            yield "nothing to run"
        left = [one for one in self.dates if one.state == "stale" and one.action == "leave"]
        if left:
            why = "can't be rebuilt" if self.force_stale else "left alone; rebuilt with --force-stale"
            yield f"{said_dates(len(left), 'stale ')}: {why}"
