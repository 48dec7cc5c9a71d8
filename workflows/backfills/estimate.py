"""What a backfill may take, from dates that are there: an estimate, which says what it rests on.

A date's time is that between the first and the last of its manifests, so that a date which was interrupted looks
slower than it is; the median of the last few is taken. Both grow with the bytes of raw input.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from storage_tiers.versioned.manifest import Manifest

_MOST_DATES = 7
_MINUTE_S, _HOUR_S = 60, 3600
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class DayBefore:
    """What a date that is there took: per byte of raw input."""

    seconds_a_byte: float
    bytes_a_byte: float

    @staticmethod
    def of(manifests: Sequence[Manifest]) -> "DayBefore | None":
        """Return what a date took by its manifests; None where they don't tell."""
        raw = {files.table: files.n_bytes for manifest in manifests for files in manifest.raw_files}
        raw_bytes = sum(raw.values())
        if not raw_bytes:
            return None
        times = [manifest.created_at for manifest in manifests]
        seconds = (max(times) - min(times)).total_seconds()
        return DayBefore(seconds / raw_bytes, sum(manifest.n_bytes for manifest in manifests) / raw_bytes)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the dates to run may take, as far as it can be told."""

    raw_bytes: int
    seconds: float | None = None
    n_bytes: int | None = None
    rests_on: int = 0

    def __str__(self) -> str:
        raw = f"{self.raw_bytes / _MB:,.1f} MB of raw input"
        if self.seconds is None or self.n_bytes is None:
            return f"{raw}; time and size can't be told, as no date before was built whole"
        dates = "1 date that is" if self.rests_on == 1 else f"the last {self.rests_on} dates that are"
        return (
            f"{raw}; about {said_time(self.seconds)} and {self.n_bytes / _MB:,.1f} MB of Parquet, tiers aside, "
            f"going by {dates} there"
        )


def estimate(raw_bytes: int, before: Iterable[DayBefore], n_jobs: int) -> Estimate:
    """Estimate what raw input takes, going by the last dates that are there."""
    known = [*before][-_MOST_DATES:]
    if not known:
        return Estimate(raw_bytes)
    seconds = statistics.median(one.seconds_a_byte for one in known) * raw_bytes / n_jobs
    n_bytes = int(statistics.median(one.bytes_a_byte for one in known) * raw_bytes)
    return Estimate(raw_bytes, seconds, n_bytes, len(known))


def said_time(seconds: float) -> str:
    """Return a duration in words that don't promise more than is known.

    Examples
    --------
    >>> [said_time(seconds) for seconds in (4.2, 100, 9000)]
    ['4 s', '1.7 min', '2.5 h']
    """
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE_S:.1f} min" if seconds < _HOUR_S else f"{seconds / _HOUR_S:.1f} h"
