"""Which times of a snapshot are unlikely, and how many: long before there were such sites, or after the snapshot.

If most are unlikely, they were read wrongly, and nothing else would ever say so. The first like 1956 or 9999 stand for
something else than when a thing was saved: a filler, a slip of the hand, the date of the work that a picture shows.
"""

import datetime as dt
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.values.instants import time_text

FIRST_LIKELY = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
_DAY = dt.timedelta(days=1)
_SLACK_MS = 2 * 86_400_000  # the snapshot's own day, and one more for clocks and time zones
_MOST_UNLIKELY_SHARE = 0.5
_CAUSES = (
    "one unit was taken for another (seconds for milliseconds), day and month stand the other way round in the format, "
    "or years have two digits (%y)"
)


@dataclass(frozen=True, slots=True)
class TimeCounts:
    """Times of one field: how many there are, how many of them are unlikely, and the first of those."""

    n: int = 0
    n_before_1990: int = 0
    n_after_date: int = 0
    example: str = ""  # the first unlikely one, in ISO form

    def __add__(self, other: "TimeCounts") -> "TimeCounts":
        """Return the counts of both."""
        return TimeCounts(
            self.n + other.n,
            self.n_before_1990 + other.n_before_1990,
            self.n_after_date + other.n_after_date,
            self.example or other.example,
        )

    def warning(self, field: str, date: dt.date) -> str:
        """Say that most times of ``field`` are unlikely in a snapshot of ``date``; empty if they aren't.

        Examples
        --------
        >>> TimeCounts(4, n_before_1990=3, example="1970-01-19").warning("pins.created_at", dt.date(2026, 11, 20))[:69]
        'warning: pins.created_at: 3 of 4 times (75 %) lie before 1990, such a'
        """
        n_unlikely = self.n_before_1990 + self.n_after_date
        if n_unlikely <= _MOST_UNLIKELY_SHARE * self.n:
            return ""
        late = f"after {last_likely_day(date)}"
        sides = [side for n, side in ((self.n_before_1990, "before 1990"), (self.n_after_date, late)) if n]
        return (
            f"warning: {field}: {n_unlikely:,} of {self.n:,} times ({100 * n_unlikely / self.n:.0f} %) lie "
            f"{' or '.join(sides)}, such as {self.example}; often {_CAUSES}"
        )


def last_likely_day(date: dt.date) -> dt.date:
    """Return the last day whose times are likely in a snapshot of ``date``: the one that follows, for clocks and zones.

    Examples
    --------
    >>> last_likely_day(dt.date(2026, 11, 20)).isoformat()
    '2026-11-21'
    """
    return date + _DAY if date < dt.date.max else date  # no calendar of Python has a later one


def count_times(times: pa.Array | pa.ChunkedArray, date: dt.date) -> TimeCounts:
    """Count the times, timestamp[ms, UTC], that are unlikely in a snapshot of ``date``; nulls don't count.

    Examples
    --------
    >>> from joins.raw.schemas import TIMESTAMP
    >>> times = pa.array(["1970-01-19", "2011-01-02", "2030-01-01", None]).cast(pa.timestamp("ms")).cast(TIMESTAMP)
    >>> count_times(times, dt.date(2026, 11, 20))
    TimeCounts(n=3, n_before_1990=1, n_after_date=1, example='1970-01-19 00:00:00.000Z')
    """
    early, late = unlikely_times(times, date)
    n_early, n_late = (pc.sum(found).as_py() or 0 for found in (early, late))
    example = ""
    if n_early or n_late:
        first = pc.index(pc.or_(early, late), pa.scalar(value=True)).as_py()
        example = time_text(times.slice(first, 1))
    return TimeCounts(len(times) - times.null_count, n_early, n_late, example)


def unlikely_times(times: pa.Array | pa.ChunkedArray, date: dt.date) -> tuple[pa.Array, pa.Array]:
    """Return which times, timestamp[ms, UTC], lie before 1990, and which after `last_likely_day`; null of null.

    Examples
    --------
    >>> from joins.raw.schemas import TIMESTAMP
    >>> times = pa.array(["1956-03-01", "1995-03-01", "2026-11-21", "9999-12-31", None]).cast(pa.timestamp("ms"))
    >>> early, late = unlikely_times(times.cast(TIMESTAMP), dt.date(2026, 11, 20))
    >>> early.to_pylist(), late.to_pylist()
    ([True, False, False, False, None], [False, False, False, True, None])
    """
    counts = pc.cast(times, pa.int64())
    end = dt.datetime.combine(date, dt.time(), dt.UTC)
    return pc.less(counts, _ms(FIRST_LIKELY)), pc.greater_equal(counts, _ms(end) + _SLACK_MS)


def _ms(time: dt.datetime) -> int:
    return int(time.timestamp()) * 1_000
