"""The kinds of checks that are declared: no row breaks a rule, two totals are equal, a sum is one.

Each says what a worker must look at in every partition, and judges the version by what all partitions add up to. A
check of another kind is one more class with the same three fields and two methods (`DeclaredCheck`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.manifest import Manifest
from storage_tiers.versioned.staging import DatasetSpec
from workflows.checks.staged import StagedDataset, differing_row
from workflows.checks.summaries import FaultsOf, Summary, Total

Level = Literal["error", "warn"]
ROWS = "rows"  # the total that every manifest has
ROUNDING = 1e-6  # by which sums of importance, which are 1 at most, may differ


class Judgement(NamedTuple):
    """Whether a version passes a check, and what was seen of it; ``level`` where it differs from what is declared."""

    passed: bool
    detail: str
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What the settings allow; see section ``[checks]``."""

    row_count_factor: float = 2.0
    row_count_error_factor: float = 0.0
    null_share_change: float = 0.2
    rank_tolerance: float = ROUNDING


@dataclass(frozen=True, slots=True)
class Situation:
    """What a version is judged by: what was noted of it, what it was made from, and the days before, newest first."""

    spec: DatasetSpec
    summary: Summary
    made_from: Mapping[str, Dataset] = field(default_factory=dict)
    before: Callable[[], Sequence[Manifest]] = tuple
    limits: Limits = field(default_factory=Limits)
    staged: StagedDataset | None = None  # to look for an example where a check has failed


class DeclaredCheck(Protocol):
    """A check as the table of declared checks has it."""

    @property
    def name(self) -> str:
        """What manifests, errors and the setting ``warn_only`` call it."""

    @property
    def level(self) -> Level:
        """Whether a version that fails it is published."""

    @property
    def meaning(self) -> str:
        """What must hold, as part of a sentence."""

    def faults(self, spec: DatasetSpec, made_from: Mapping[str, Dataset]) -> FaultsOf | None:
        """Return what a worker must look for, if anything."""

    def judge(self, situation: Situation) -> Judgement:
        """Judge a version."""


@dataclass(frozen=True, slots=True)
class NoFaults:
    """No row breaks a rule, which workers look for."""

    name: str
    finds: FaultsOf
    meaning: str
    level: Level = "error"

    def faults(self, _spec: DatasetSpec, _made_from: Mapping[str, Dataset]) -> FaultsOf:
        """Return the rule."""
        return self.finds

    def judge(self, situation: Situation) -> Judgement:
        """Judge by what was found."""
        return judged_faults(self.name, situation, self.meaning)


@dataclass(frozen=True, slots=True)
class EqualTotals:
    """A total of the version equals one of what it was made from, or another one of its own.

    ``of`` names the dataset that the other total is of; empty: of the version itself. Fingerprints aren't shown. Where
    parts of one number hold the same keys, ``columns`` are compared for an example.
    """

    name: str
    total: str
    of: str
    other: str
    meaning: str
    tolerance: float = 0.0
    is_fingerprint: bool = False
    columns: tuple[str, ...] = ()
    level: Level = "error"

    def faults(self, _spec: DatasetSpec, _made_from: Mapping[str, Dataset]) -> None:
        """Return nothing: totals are enough."""

    def judge(self, situation: Situation) -> Judgement:
        """Judge by both totals; what an earlier release published has none to compare with."""
        seen = total_of(situation.summary, self.total)
        if not self.of:
            expected, whose = total_of(situation.summary, self.other), situation.spec.name
        else:
            dataset = situation.made_from.get(self.of)
            expected, whose = (_recorded(dataset.manifest, self.other) if dataset else None), self.of
        if seen is None or expected is None:
            return Judgement(passed=True, detail=f"{whose} doesn't tell {self.other}: an earlier release published it")
        passed = abs(seen - expected) <= self.tolerance
        if self.is_fingerprint:
            detail = f"{self.total} are {'' if passed else 'not '}those of {whose}"
        else:
            detail = f"{self.total} is {shown(seen)}, {self.other} of {whose} is {shown(expected)}"
        return Judgement(passed, detail if passed else f"{detail}{self._example(situation)}; {self.meaning}")

    def _example(self, situation: Situation) -> str:
        other = situation.made_from.get(self.of)
        if not (self.columns and situation.staged and other):
            return ""
        row = differing_row(situation.staged, other, self.columns)
        return f" (first: {row})" if row else ""


@dataclass(frozen=True, slots=True)
class SumsToOne:
    """A total is one, as far as ranks are exact; of no rows it is nothing."""

    name: str
    total: str
    meaning: str
    level: Level = "error"

    def faults(self, _spec: DatasetSpec, _made_from: Mapping[str, Dataset]) -> None:
        """Return nothing: the total is enough."""

    def judge(self, situation: Situation) -> Judgement:
        """Judge by how far the total is from one."""
        seen, n_rows = situation.summary.totals[self.total], situation.summary.n_rows
        allowed = max(ROUNDING, situation.limits.rank_tolerance)
        passed = abs(seen - 1.0) <= allowed if n_rows else seen == 0
        detail = f"{self.total} adds up to {shown(seen)} over {n_rows:,} rows"
        return Judgement(passed, detail if passed else f"{detail}; it must be 1, give or take {allowed:g}")


def judged_faults(name: str, situation: Situation, meaning: str) -> Judgement:
    """Judge by the rows that break the rule of a check."""
    found = situation.summary.faults.get(name)
    if found is None or not found.n:
        return Judgement(passed=True, detail=f"{situation.summary.n_rows:,} rows")
    return Judgement(passed=False, detail=f"{found} of {situation.summary.n_rows:,}; {meaning}")


def total_of(summary: Summary, name: str) -> Total | None:
    """Return a total of a version that isn't published yet."""
    return summary.n_rows if name == ROWS else summary.totals.get(name)


def shown(total: Total) -> str:
    """Return a total for people.

    Examples
    --------
    >>> shown(12345), shown(0.98)
    ('12,345', '0.98')
    """
    return f"{total:,}" if isinstance(total, int) else f"{total:.12g}"


def _recorded(manifest: Manifest, name: str) -> Total | None:
    return manifest.n_rows if name == ROWS else manifest.totals.get(name)
