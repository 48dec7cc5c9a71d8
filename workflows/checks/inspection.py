"""What a task does to a version between writing and publishing it: it judges every check that is declared for it.

The declared ones go by what workers noted of each partition, a configuration's own read the staged files. A check that
fails and is an error ends the publication: nothing of the version becomes visible, and what is published stays.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from joins.arrow.fields import is_unset_in_light
from storage_tiers.errors import DatasetError
from storage_tiers.stores.address import Root
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.manifest import Check, Manifest
from storage_tiers.versioned.staging import DatasetSpec, Staging
from storage_tiers.versioned.versions import Version, VersionPlace
from workflows.checks.check_kinds import Limits, Situation
from workflows.checks.declared import Declared, declared_for
from workflows.checks.history.days_before import manifests_before
from workflows.checks.inspecting_writer import InspectedPart, InspectingWriter, summary_of
from workflows.checks.own.configured import own_checks
from workflows.checks.own.queries import Machine
from workflows.checks.staged import StagedDataset
from workflows.checks.summaries import Measures, Summary


class CheckFailedError(DatasetError):
    """A version fails a check whose level is ``error``; it is not published."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What the manifest of a version says of its checks, and what later days are compared with."""

    checks: tuple[Check, ...]
    summary: Summary

    def nulls(self, spec: DatasetSpec, variant: str) -> dict[str, int]:
        """Return how many nulls a column has, in the full or the light variant."""
        unset = {each.name for each in spec.schema if variant == "light" and is_unset_in_light(each)}
        return {name: self.summary.n_rows if name in unset else n for name, n in self.summary.nulls.items()}


@dataclass(frozen=True)
class Inspection:
    """Inspects one version of a dataset.

    ``given`` are checks that the task made itself; ``warn_only`` names those that only warn, as ``check:dataset``.
    """

    root: Root
    spec: DatasetSpec
    version: Version
    made_from: Sequence[Dataset] = ()
    given: Sequence[Check] = ()
    limits: Limits = field(default_factory=Limits)
    n_days_before: int = 7
    warn_only: Sequence[str] = ()
    machine: Machine = field(default_factory=Machine)

    def writer(self, full: Staging, light: Staging | None) -> InspectingWriter:
        """Return what writes the partitions and looks at each."""
        found = {check.name: check.faults(self.spec, self._by_name) for check in self._declared.checks}
        measures = Measures(self._declared.totals, {name: faults for name, faults in found.items() if faults})
        return InspectingWriter(full.writer, light.writer if light else None, measures)

    def findings(self, written: Sequence[InspectedPart], staging: Staging) -> Findings:
        """Judge what was written.

        Raises CheckFailedError if a check fails that is an error.
        """
        summary = summary_of(written)
        own_to_make = own_checks(self.spec.name)
        staged = self._staged(written, staging, self._before() if own_to_make else None)
        declared = [self._lowered(check) for check in [*self._judged(summary, staged), *self.given]]
        own = [check.outcome(staged, self.machine) for check in own_to_make]
        checks = (*declared, *own)
        failed = [check for check in checks if not check.passed and check.level == "error"]
        if failed:
            raise self._error(failed, is_own=failed[0] in own)
        return Findings(checks, summary)

    def _staged(self, written: Sequence[InspectedPart], staging: Staging, before: Dataset | None) -> StagedDataset:
        made_from: dict[str, list[Dataset]] = {}
        for dataset in self.made_from:
            made_from.setdefault(dataset.name, []).append(dataset)
        parts = tuple(one.full for one in written)
        return StagedDataset(staging.folder, self.spec, self.version, parts, made_from, before)

    def _judged(self, summary: Summary, staged: StagedDataset) -> Iterator[Check]:
        before = partial(self._manifests_before, self.n_days_before)
        situation = Situation(self.spec, summary, self._by_name, before, self.limits, staged)
        for check in self._declared.checks:
            passed, detail, level = check.judge(situation)
            yield Check(check.name, passed, detail, level or check.level)

    def _lowered(self, check: Check) -> Check:
        """Return a check as a warning where ``warn_only`` names it."""
        if check.level == "warn" or f"{check.name}:{self.spec.name}" not in self.warn_only:
            return check
        said = "" if check.passed else " (an error, if warn_only didn't name it)"
        return replace(check, level="warn", detail=f"{check.detail}{said}")

    def _error(self, failed: Sequence[Check], *, is_own: bool) -> CheckFailedError:
        first, *others = failed
        more = f" (failed, too: {', '.join(check.name for check in others)})" if others else ""
        how = (
            f"write level = warn in [check {first.name}] of luigi.cfg"
            if is_own
            else f"write warn_only = {first.name}:{self.spec.name} in [checks] of luigi.cfg"
        )
        return CheckFailedError(
            f"it is not published: {first.name}: {first.detail}{more}",
            where=str(VersionPlace(self.root, self.spec.name, "full", self.version)),
            remedy=f"mend what it is made from; to publish it as it is, {how}",
        )

    @property
    def _declared(self) -> Declared:
        return declared_for(self.spec)

    @cached_property
    def _by_name(self) -> Mapping[str, Dataset]:
        """What it was made from, by name; what other dates or iterations have of the same dataset is left out."""
        return {each.name: each for each in self.made_from if each.name != self.spec.name}

    def _manifests_before(self, n_days: int) -> list[Manifest]:
        return manifests_before(self.root, self.spec.name, self.version.date, n_days)

    def _before(self) -> Dataset | None:
        """Return the newest whole version of an earlier date."""
        for manifest in self._manifests_before(1):
            return Dataset(VersionPlace(self.root, self.spec.name, "full", manifest.version), manifest)
        return None
