"""What an import read as something else than it seems: texts as missing, times cut off, times that are unlikely."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa

from joins.raw.schemas import TIMESTAMP
from joins.raw.values import TimeCounts, count_times


@dataclass(slots=True)
class ValueTally:
    """Counts by raw field, as ``pins.created_at``, in the order in which they came up.

    Without a ``date`` nobody can tell which times are unlikely, and none are counted.

    Examples
    --------
    >>> tally = ValueTally()
    >>> tally.add("pins.parent_pin_id", pa.array([7, None, None]), 0, Counter({"nan": 2}))
    >>> tally.lines()
    ["pins.parent_pin_id: 2 'nan' read as missing"]
    """

    date: dt.date | None = None
    n_missing: dict[str, Counter[str]] = field(default_factory=dict)  # by field and text
    n_cut: Counter[str] = field(default_factory=Counter)  # times that lost a fraction of a millisecond
    n_replaced: Counter[str] = field(default_factory=Counter)  # texts in which U+FFFD stands for half a character
    times: dict[str, TimeCounts] = field(default_factory=dict)

    def add(self, name: str, values: pa.Array, n_cut: int, n_missing: Counter[str]) -> None:
        """Count the values of a field: how many times were cut, and which texts were read as missing."""
        if n_missing:
            self.n_missing[name] = self.n_missing.get(name, Counter()) + n_missing
        if n_cut:
            self.n_cut[name] += n_cut
        if self.date is not None and values.type == TIMESTAMP:
            self.times[name] = self.times.get(name, TimeCounts()) + count_times(values, self.date)

    def absorb(self, other: "ValueTally") -> None:
        """Add what another tally counted."""
        for name, counts in other.n_missing.items():
            self.n_missing[name] = self.n_missing.get(name, Counter()) + counts
        self.n_cut += other.n_cut
        for name, times in other.times.items():
            self.times[name] = self.times.get(name, TimeCounts()) + times

    def counts(self, table: str) -> dict[str, int]:
        """Return the counts of a table's fields that aren't 0, for a manifest, as ``created_at_cut_to_ms``.

        Examples
        --------
        >>> ValueTally(n_cut=Counter({"pins.created_at": 3})).counts("pins")
        {'created_at_cut_to_ms': 3}
        """
        counted: Counter[str] = Counter()
        for name, counts in self.n_missing.items():
            counted[f"{name}_read_as_missing"] = counts.total()
        for name, n in self.n_cut.items():
            counted[f"{name}_cut_to_ms"] = n
        for name, times in self.times.items():
            counted[f"{name}_before_1990"], counted[f"{name}_after_date"] = times.n_before_1990, times.n_after_date
        return {name.removeprefix(f"{table}."): n for name, n in sorted(counted.items()) if n}

    def lines(self) -> list[str]:
        """Say what was read as something else, a line for each field."""
        missing = [
            f"{name}: {', '.join(f'{n:,} {text!r}' for text, n in counts.most_common())} read as missing"
            for name, counts in self.n_missing.items()
        ]
        cut = [f"{name}: {n:,} times cut to the millisecond" for name, n in self.n_cut.items()]
        replaced = [f"{name}: {n:,} texts held half a character, now U+FFFD" for name, n in (+self.n_replaced).items()]
        return missing + cut + replaced

    def warnings(self) -> list[str]:
        """Say of which fields most times are unlikely, a line for each."""
        date = self.date
        if date is None:
            return []
        said = (counts.warning(name, date) for name, counts in self.times.items())
        return [warning for warning in said if warning]
