"""Which dates a backfill is about: from start to stop, both included, as people count days."""

import datetime as dt
from dataclasses import dataclass

from workflows.luigi_cfg import SettingsError

MOST_DATES = 3_660  # ten years


@dataclass(frozen=True, slots=True)
class AskedDates:
    """The dates from `start` to `stop`, both of them included; Luigi's RangeDaily leaves the last one out.

    Examples
    --------
    >>> print(AskedDates(dt.date(2026, 11, 1), dt.date(2026, 11, 30)))
    2026-11-01 to 2026-11-30, both included: 30 dates
    """

    start: dt.date
    stop: dt.date

    def __post_init__(self) -> None:
        self.refuse_reversed(self.start, self.stop)
        if len(self) > MOST_DATES:
            raise SettingsError(
                f"{self.start} to {self.stop} are {len(self):,} dates; at most {MOST_DATES:,} are done at once",
                remedy="look for a mistyped year, or do them one part after the other",
            )

    @staticmethod
    def refuse_reversed(start: dt.date, stop: dt.date) -> None:
        """Raise SettingsError if the first date is later than the last."""
        if start > stop:
            raise SettingsError(f"start {start} is later than stop {stop}", remedy="swap them; both dates are included")

    def __len__(self) -> int:
        return (self.stop - self.start).days + 1

    def __str__(self) -> str:
        return f"{self.start} to {self.stop}, both included: {said_dates(len(self))}"

    def days(self) -> list[dt.date]:
        """Return the dates, ascending."""
        return [self.start + dt.timedelta(days=number) for number in range(len(self))]

    def refuse_coming(self, today: dt.date) -> None:
        """Refuse dates after today: their input can't be complete.

        Raises SettingsError.
        """
        if self.stop > today:
            raise SettingsError(
                f"stop {self.stop} is still to come: today is {today} in UTC",
                remedy=f"give --stop {today} at the latest",
            )


def said_dates(n_dates: int, kind: str = "") -> str:
    """Return the words for so many dates.

    Examples
    --------
    >>> [said_dates(1), said_dates(3_000, "stale ")]
    ['1 date', '3,000 stale dates']
    """
    return f"1 {kind}date" if n_dates == 1 else f"{n_dates:,} {kind}dates"
