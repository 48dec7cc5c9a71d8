"""``RangeDaily``: a day's task for every date of a range. Luigi's own leaves dates out without a word.

Luigi looks back 100 days, forward to this moment in UTC, and takes 50 dates at most, whatever the range says; what lies
beyond counts as done, so a backfill of old dates does nothing and exits 0. Luigi takes the most derived class of a
name, so with ``--module workflows`` this one answers to ``RangeDaily``.
"""

import datetime as dt

import luigi
from luigi.tools import range as luigi_range

from workflows.progress import say

_AS_ASKED = -1
_MOST_DATES = 36_525  # a century


class RangeDaily(luigi_range.RangeDaily):
    """Luigi's RangeDaily, which takes ``start`` and ``stop`` at their word and says which dates it needs."""

    days_back = luigi.IntParameter(
        default=_AS_ASKED, description="look back so many days at most; by default to start, 100 days without one"
    )
    days_forward = luigi.IntParameter(
        default=_AS_ASKED, description="look forward so many days at most; by default to stop, to now without one"
    )
    task_limit = luigi.IntParameter(default=_MOST_DATES, description="most dates that are run at once")

    def moving_start(self, now: dt.datetime) -> dt.datetime:
        """Return the earliest time looked at."""
        if self.days_back == _AS_ASKED:
            return dt.datetime.combine(self.start, dt.time()) if self.start else now - dt.timedelta(days=100)
        return now - dt.timedelta(days=self.days_back)

    def moving_stop(self, now: dt.datetime) -> dt.datetime:
        """Return the time at which looking ends."""
        if self.days_forward == _AS_ASKED:
            return dt.datetime.combine(self.stop, dt.time()) if self.stop else now
        return now + dt.timedelta(days=self.days_forward)

    def requires(self) -> list[luigi.Task]:
        """Need the task of every date that isn't complete, and say which."""
        is_first_time = not hasattr(self, "_cached_requires")
        required: list[luigi.Task] = super().requires()  # type: ignore[no-untyped-call]
        if is_first_time:
            say(self._as_line([task.param_kwargs[self._param_name] for task in required]))
        return required

    def _as_line(self, dates: list[dt.date]) -> str:
        which = f", {min(dates)} to {max(dates)}" if dates else ""
        rest = ", as many as task_limit allows; run it again for others" if len(dates) == self.task_limit else ""
        exclusive = f"; {self.stop} itself is not part of it" if self.stop else ""
        asked = f"RangeDaily from {self.start or 'the earliest'} to before {self.stop or 'now'}"
        return f"{asked}: {len(dates):,} dates to run{which}{rest}{exclusive}"
