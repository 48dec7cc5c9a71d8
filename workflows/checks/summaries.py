"""What is noted of a partition while it is written, so that checks of the whole version read nothing again.

A worker has the table of its partition in memory. It counts rows and nulls, adds up columns (*totals*) and looks for
rows that may not be there (*faults*); all of that adds up over partitions, and is small. Keys are hash partitioned, so
what holds in each partition of a key holds in the version.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pyarrow as pa

from joins.shown_text import count_text
from storage_tiers.errors import DatasetError

Total = int | float
Noted = TypeVar("Noted")
TotalOf = Callable[[pa.Table], Total]


@dataclass(frozen=True, slots=True)
class Faults:
    """How many rows of a table break a rule, and one of them, to be shown."""

    n: int = 0
    example: str = ""

    def __add__(self, other: "Faults") -> "Faults":
        return Faults(self.n + other.n, self.example or other.example)

    def __str__(self) -> str:
        rows = count_text(self.n, "row")
        return f"{rows} (first: {self.example})" if self.example else rows


FaultsOf = Callable[[pa.Table], Faults]


@dataclass(frozen=True, slots=True)
class Measures:
    """What a worker notes of a partition beside rows and nulls: picklable functions of its table, by name."""

    totals: Mapping[str, TotalOf] = field(default_factory=dict)
    faults: Mapping[str, FaultsOf] = field(default_factory=dict)

    def of(self, table: pa.Table) -> "Summary":
        """Return what is noted of the table of a partition."""
        return Summary(
            table.num_rows,
            {name: table[name].null_count for name in table.column_names},
            {name: total(table) for name, total in self.totals.items()},
            {name: faults(table) for name, faults in self.faults.items()},
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """What was noted of a partition, or of several together."""

    n_rows: int = 0
    nulls: Mapping[str, int] = field(default_factory=dict)  # by column
    totals: Mapping[str, Total] = field(default_factory=dict)
    faults: Mapping[str, Faults] = field(default_factory=dict)

    @property
    def lasting(self) -> dict[str, Total]:
        """The totals that a manifest can hold: JSON knows no infinity, and nothing that is no number."""
        return {name: total for name, total in self.totals.items() if math.isfinite(total)}


def add_up(summaries: Iterable[Summary]) -> Summary:
    """Return the summary of several partitions together; floats are added without rounding, so in any order.

    Examples
    --------
    >>> add_up([Summary(2, {"name": 1}, {"rank": 0.5}), Summary(1, {"name": 0}, {"rank": 0.25})])
    Summary(n_rows=3, nulls={'name': 1}, totals={'rank': 0.75}, faults={})
    """
    parts = list(summaries)
    return Summary(
        sum(part.n_rows for part in parts),
        {name: sum(counts) for name, counts in _by_name([part.nulls for part in parts]).items()},
        {name: _sum(numbers) for name, numbers in _by_name([part.totals for part in parts]).items()},
        {name: sum(found, Faults()) for name, found in _by_name([part.faults for part in parts]).items()},
    )


def refuse_nulls(table: pa.Table, key: str) -> None:
    """Refuse a table with a null in a column that has none by its schema: no file can hold that.

    Raises DatasetError, naming the column and the key of the first such row.
    """
    for declared in table.schema:
        n_nulls = 0 if declared.nullable else table[declared.name].null_count
        if n_nulls:
            row = table[declared.name].is_null().index(value=True).as_py()
            raise DatasetError(
                f"{n_nulls:,} of {table.num_rows:,} rows have no {declared.name}, which is never null "
                f"(first: {key} {table[key][row].as_py()!r})",
                remedy="mend the function that builds it",
            )


def _sum(numbers: list[Total]) -> Total:
    if all(isinstance(number, int) for number in numbers):
        return sum(numbers)
    return math.fsum(numbers) if all(map(math.isfinite, numbers)) else sum(numbers)


def _by_name(parts: Sequence[Mapping[str, Noted]]) -> dict[str, list[Noted]]:
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: [part[name] for part in parts if name in part] for name in names}
