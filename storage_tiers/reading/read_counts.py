"""What a reader counts: found, missing, trimmed, failed, and how long each lookup took.

Times go into buckets, sixteen for each doubling, so a quantile is at most 6 % above the true one, and nothing grows
with the number of lookups. Each thread counts in a reader of its own; `ReadCounts.plus` adds them up.
"""

from dataclasses import dataclass, field

_FINE_BITS = 4
_FINE = 1 << _FINE_BITS  # buckets for each doubling
_MOST_BITS = 40  # 18 minutes, in nanoseconds
_N_BUCKETS = (_MOST_BITS - _FINE_BITS + 1) * _FINE


@dataclass(slots=True)
class ReadCounts:
    """Counts of the lookups of one reader; of a handle, errors are also switches that failed.

    Examples
    --------
    >>> counts = ReadCounts()
    >>> for took_ns in (1_000, 2_000, 50_000):
    ...     counts.found += 1
    ...     counts.note_time(took_ns)
    >>> 1.9 < counts.quantile_us(0.5) < 2.2
    True
    """

    found: int = 0
    missing: int = 0
    trimmed: int = 0
    errors: int = 0
    buckets: list[int] = field(default_factory=lambda: [0] * _N_BUCKETS)

    @property
    def n_lookups(self) -> int:
        """Keys that were asked for, and what failed."""
        return self.found + self.missing + self.trimmed + self.errors

    def note_time(self, took_ns: int, n_lookups: int = 1) -> None:
        """Count the time of a lookup, or of so many that took this long each."""
        shift = took_ns.bit_length() - _FINE_BITS - 1
        bucket = shift * _FINE + (took_ns >> shift) if shift > 0 else took_ns
        self.buckets[bucket if bucket < _N_BUCKETS else -1] += n_lookups

    def quantile_us(self, share: float) -> float | None:
        """Return the time in microseconds that this share of the lookups took at most; None before the first."""
        wanted, seen = share * sum(self.buckets), 0
        for bucket, n_lookups in enumerate(self.buckets):
            seen += n_lookups
            if n_lookups and seen >= wanted:
                return _end_of(bucket) / 1_000
        return None

    def plus(self, other: "ReadCounts") -> "ReadCounts":
        """Return the counts of two readers as one."""
        return ReadCounts(
            self.found + other.found,
            self.missing + other.missing,
            self.trimmed + other.trimmed,
            self.errors + other.errors,
            [mine + theirs for mine, theirs in zip(self.buckets, other.buckets, strict=True)],
        )

    def __str__(self) -> str:
        times = ", ".join(f"{name} {self._shown(share)}" for name, share in _QUANTILES)
        return (
            f"{self.found:,} found, {self.missing:,} missing, {self.trimmed:,} trimmed, {self.errors:,} failed; {times}"
        )

    def _shown(self, share: float) -> str:
        took = self.quantile_us(share)
        return "-" if took is None else f"{took:,.1f} us"


def _end_of(bucket: int) -> int:
    """Return the time in nanoseconds that a bucket's times are below."""
    shift = max(0, bucket // _FINE - 1)
    return (bucket - shift * _FINE + 1) << shift


_QUANTILES = (("P50", 0.5), ("P99", 0.99), ("P99.9", 0.999))
