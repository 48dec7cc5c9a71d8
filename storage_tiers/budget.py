"""How much of a tier a dataset may take, and what became of it: its most important rows until the budget is full.

The importance of a row is the field that the schema's metadata names ``importance``. Of rows that are equally important
those of smaller keys come first, so that equal inputs are trimmed alike. What was trimmed away is told from what never
was: a tier keeps hashes of the keys that it left out (`storage_tiers.trimming.trimmed_keys`), which count as well.
"""

from dataclasses import dataclass
from typing import Literal

OnOverBudget = Literal["trim", "fail"]
BYTES_OF_A_TRIMMED_KEY = 8
_UNITS = {"TB": 10**12, "GB": 10**9, "MB": 10**6, "kB": 10**3}


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What was kept of a version that is larger than its budget."""

    budget_bytes: int
    n_rows_before: int
    n_rows: int  # that were kept
    importance_share: float  # of the rows that were kept in that of all; 0 to 1
    cut_off: float | None  # the least importance that was kept; None where rows without any were kept

    @property
    def n_left_out(self) -> int:
        """Rows that were left out."""
        return self.n_rows_before - self.n_rows

    def __str__(self) -> str:
        rows = f"{self.n_rows:,} of {self.n_rows_before:,} rows"
        least = "rows without importance" if self.cut_off is None else f"{self.cut_off:.4g}"
        kept = f"{self.importance_share:.1%} of all importance, down to {least}"
        return f"trimmed to {in_units(self.budget_bytes)}: {rows}, {kept}"


@dataclass(frozen=True, slots=True)
class Budget:
    """How many bytes a dataset may take in a tier, and whether it is trimmed or refused if it would take more."""

    n_bytes: int | None = None  # None: as many as it takes
    on_over: OnOverBudget = "trim"

    def would_make(self, n_bytes: int, trimmed: Trimmed | None) -> bool:
        """Return whether a load under this budget would make what is loaded, which takes so many bytes.

        Examples
        --------
        >>> [Budget(limit).would_make(500, None) for limit in (None, 500, 499)]
        [True, True, False]
        """
        if trimmed:
            return self.on_over == "trim" and self.n_bytes == trimmed.budget_bytes
        return self.n_bytes is None or n_bytes <= self.n_bytes


NO_BUDGET = Budget()


def in_units(n_bytes: int) -> str:
    """Return a number of bytes as people read it, in decimal units.

    Examples
    --------
    >>> in_units(900), in_units(41_472), in_units(2_500_000_000)
    ('900 B', '41.5 kB', '2.5 GB')
    """
    for unit, size in _UNITS.items():
        if n_bytes >= size:
            return f"{n_bytes / size:,.1f} {unit}"
    return f"{n_bytes} B"
