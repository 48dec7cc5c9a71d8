"""How much of a tier a dataset may take, and what became of it: its most important rows until the budget is full.

The importance of a row is the field that the schema's metadata names ``importance``. Of rows that are equally important
those of smaller keys come first, so that equal inputs are trimmed alike. What was trimmed away is told from what never
was: a tier keeps `key_hashes` of the keys that it left out, eight bytes each, and these count into the budget.
"""

from dataclasses import dataclass
from typing import Literal

OnOverBudget = Literal["trim", "fail"]
BYTES_OF_A_TRIMMED_KEY = 8


@dataclass(frozen=True, slots=True)
class Budget:
    """How many bytes a dataset may take in a tier, and whether it is trimmed or refused if it would take more."""

    n_bytes: int | None = None  # None: as many as it takes
    on_over: OnOverBudget = "trim"


NO_BUDGET = Budget()


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What was kept of a version that is larger than its budget."""

    budget_bytes: int
    n_rows_before: int
    n_rows: int  # that were kept
    importance_share: float  # of the rows that were kept in that of all; 0 to 1
    cut_off: float  # the least importance that was kept

    def __str__(self) -> str:
        rows = f"{self.n_rows:,} of {self.n_rows_before:,} rows"
        kept = f"{self.importance_share:.1%} of all importance, down to {self.cut_off:.4g}"
        return f"trimmed to {self.budget_bytes / 1e6:,.1f} MB: {rows}, {kept}"
