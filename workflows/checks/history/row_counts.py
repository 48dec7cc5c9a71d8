"""Row counts against the days before.

A count is odd if it is at least a factor away from the median of these days and beyond all of them: a collection that
rests every Sunday has Sundays among them. Fewer than a hundred rows more or less say nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.staging import DatasetSpec
from workflows.checks.check_kinds import Judgement, Level, Situation

FEW_ROWS = 100


@dataclass(frozen=True, slots=True)
class RowCounts:
    """The number of rows isn't far from that of the days before; a warning, and an error where the settings say so."""

    name: str = "row_counts"
    meaning: str = "rows are as many as in the days before, give or take `row_count_factor`"
    level: Level = "warn"

    def faults(self, _spec: DatasetSpec, _made_from: Mapping[str, Dataset]) -> None:
        """Return nothing: rows are counted anyway."""

    def judge(self, situation: Situation) -> Judgement:
        """Judge by the manifests of the days before."""
        n_rows, limits = situation.summary.n_rows, situation.limits
        counts = [manifest.n_rows for manifest in situation.before()]
        if not counts:
            return Judgement(passed=True, detail=f"{n_rows:,} rows; no earlier day to compare with")
        days = "1 day" if len(counts) == 1 else f"{len(counts)} days"
        detail = f"{n_rows:,} rows; the {days} before had {_range(counts)}"
        if not is_odd(n_rows, counts, limits.row_count_factor):
            return Judgement(passed=True, detail=detail)
        most = limits.row_count_error_factor
        is_error = bool(most) and is_odd(n_rows, counts, most)
        factor = f"at least {most if is_error else limits.row_count_factor:g} times as many or as few"
        return Judgement(passed=False, detail=f"{detail}: {factor}", level="error" if is_error else None)


def is_odd(n_rows: int, counts: Sequence[int], factor: float) -> bool:
    """Say whether a count is far from some others.

    Examples
    --------
    >>> is_odd(250, [1000, 1000, 1000], 2.0), is_odd(250, [1000, 240, 1000], 2.0), is_odd(25, [10], 2.0)
    (True, False, False)
    >>> is_odd(500, [1000, 1000, 1000], 2.0)
    True
    """
    usual = median(counts)
    if abs(n_rows - usual) < FEW_ROWS:
        return False
    is_beyond = n_rows > max(counts) or n_rows < min(counts)
    return is_beyond and (n_rows >= usual * factor or n_rows <= usual / factor)


def _range(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}, half of them {median(counts):,.0f} or more"
