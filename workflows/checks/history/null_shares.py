"""Shares of rows without a value against the days before: a column that is suddenly empty, or suddenly full.

A share is odd if it moved from the median of these days by more than the settings allow and is beyond all of them, or
if a column that had values every day has none at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from joins.arrow.fields import meaning_of
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.manifest import Manifest
from storage_tiers.versioned.staging import DatasetSpec
from workflows.checks.check_kinds import Judgement, Level, Situation
from workflows.checks.history.row_counts import FEW_ROWS


@dataclass(frozen=True, slots=True)
class NullShares:
    """Columns that may be null are so about as often as in the days before.

    With ``derived_only`` raw columns are left out: the dataset that they were accepted into has told of them.
    """

    derived_only: bool = False
    name: str = "null_shares"
    meaning: str = "columns are null about as often as in the days before, give or take `null_share_change`"
    level: Level = "warn"

    def faults(self, _spec: DatasetSpec, _made_from: Mapping[str, Dataset]) -> None:
        """Return nothing: nulls are counted anyway."""

    def judge(self, situation: Situation) -> Judgement:
        """Judge by the manifests of the days before that tell how many nulls there were."""
        before = [manifest for manifest in situation.before() if manifest.nulls and manifest.n_rows >= FEW_ROWS]
        if not before or situation.summary.n_rows < FEW_ROWS:
            return Judgement(passed=True, detail=f"no earlier day of {FEW_ROWS} rows or more to compare with")
        odd = list(self._odd(situation, before))
        columns = list(self._columns(situation.spec))
        if not odd:
            return Judgement(passed=True, detail=f"{len(columns)} columns")
        more = f"; so are {', '.join(name for name, _ in odd[1:])}" if odd[1:] else ""
        return Judgement(passed=False, detail=f"{odd[0][1]}{more}")

    def _odd(self, situation: Situation, before: Sequence[Manifest]) -> Iterator[tuple[str, str]]:
        summary = situation.summary
        for name in self._columns(situation.spec):
            shares = [each.nulls[name] / each.n_rows for each in before if name in each.nulls]
            share = summary.nulls.get(name, 0) / summary.n_rows
            if shares and is_odd_share(share, shares, situation.limits.null_share_change):
                usual = _percent(min(shares), max(shares))
                yield name, f"{name} is null in {_percent(share)} of the rows; in the days before in {usual}"

    def _columns(self, spec: DatasetSpec) -> Iterator[str]:
        for declared in spec.schema:
            said = meaning_of(declared)
            if declared.nullable and not (self.derived_only and said and said.source == "raw"):
                yield declared.name


def is_odd_share(share: float, shares: Sequence[float], change: float) -> bool:
    """Say whether a share of nulls is far from some others.

    Examples
    --------
    >>> is_odd_share(0.5, [0.1, 0.1], 0.2), is_odd_share(0.5, [0.1, 0.6], 0.2), is_odd_share(1.0, [0.95, 0.95], 0.2)
    (True, False, True)
    """
    if share == 1.0 and max(shares) < 1.0:
        return True
    return abs(share - median(shares)) > change and not min(shares) <= share <= max(shares)


def _percent(low: float, high: float | None = None) -> str:
    if high is None or f"{low:.1%}" == f"{high:.1%}":
        return f"{low:.1%}"
    return f"{low:.1%} to {high:.1%}"
