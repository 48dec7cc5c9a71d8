"""What is known of the rows of a raw table when it is taken in: counts, what is odd, one example. Small, and additive.

The rows themselves stay with the workers that judge them.
"""

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from joins.errors import RawInputError
from joins.raw.intake.rejected_rows import HARMLESS_REASONS
from joins.raw.value_tally import ValueTally

MOST_DAMAGE_SAID = 5  # lines a table


@dataclass(slots=True)
class RowCounts:
    """Counts the rows of one raw table.

    Attributes
    ----------
    n_without_column
        Rows whose file lacks a nullable column, which therefore reads as null, by column.
    tally
        What was read as something else than it seems; with a date, times that are unlikely for its snapshot.
    damage
        What can't be read of its files, in words: the first few.
    example
        What the first row said that was rejected for a reason that counts.
    """

    table: str
    tally: ValueTally = field(default_factory=ValueTally)
    n_read: int = 0
    n_accepted: int = 0
    n_without_column: Counter[str] = field(default_factory=Counter)
    by_reason: Counter[str] = field(default_factory=Counter)
    damage: list[str] = field(default_factory=list)
    example: str | None = None

    def add_damage(self, lines: list[str]) -> None:
        """Take down what can't be read, as far as it will be said."""
        self.damage = [*self.damage, *lines][:MOST_DAMAGE_SAID]

    def add_rejected(self, rejected: pa.Table) -> None:
        """Count rejected rows, as `rejected_rows` describes them."""
        for entry in rejected["reason"].value_counts().to_pylist():
            self.by_reason[entry["values"]] += entry["counts"]
        harmless = pc.is_in(rejected["reason"], value_set=pa.array(sorted(HARMLESS_REASONS)))
        first = rejected.filter(pc.invert(harmless))["content"].slice(0, 1).to_pylist()
        self.example = next(iter(first), None) if self.example is None else self.example

    def absorb(self, other: "RowCounts") -> None:
        """Add what was counted of other rows of the same table, which come after these."""
        self.tally.absorb(other.tally)
        self.n_read += other.n_read
        self.n_accepted += other.n_accepted
        self.n_without_column += other.n_without_column
        self.by_reason += other.by_reason
        self.add_damage(other.damage)
        self.example = other.example if self.example is None else self.example

    @property
    def counts_by_reason(self) -> dict[str, int]:
        """Rejected rows by reason, alphabetical."""
        return dict(sorted(self.by_reason.items()))

    @property
    def n_rejected(self) -> int:
        """Rows set aside, for whatever reason."""
        return self.by_reason.total()

    def check_share(self, max_rejected_share: float) -> None:
        """Stop before anything is published if too much of the snapshot is bad.

        Raises
        ------
        RawInputError
            If nothing was read, or more than this share was rejected; copies of accepted rows don't count.
        """
        if not self.n_read:
            raise RawInputError(f"the snapshot of {self.table} is empty", remedy="hand in its rows, or another date")
        bad = {reason: n for reason, n in self.counts_by_reason.items() if reason not in HARMLESS_REASONS}
        if sum(bad.values()) > max_rejected_share * self.n_read:
            reasons = ", ".join(f"{reason} {n:,}" for reason, n in bad.items())
            example = self.damage[0] if self.damage else f"first: {self.example}"
            raise RawInputError(
                f"{sum(bad.values()):,} of {self.n_read:,} {self.table} were rejected ({reasons}), more than the "
                f"share of {max_rejected_share:g} that is allowed; {example}",
                remedy="mend the snapshot, or raise max_rejected_share in luigi.cfg",
            )
