"""Removing old dates as a plan says: out of the tiers first, then the datasets, then what died runs left behind.

Whoever dies in between leaves every version whole or gone; the next clean goes on, as it plans anew from what is there.
Readers keep what they have open. A run beside it is of a newer date, or finds its inputs gone and says so.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from storage_tiers.errors import DatasetError
from storage_tiers.registry import announce_anew
from storage_tiers.stores.address import Root
from storage_tiers.versioned.removal import finish_removals, remove_versions
from storage_tiers.versioned.staging import remove_abandoned
from storage_tiers.versioned.versions import check_root
from workflows.luigi_cfg import SettingsError
from workflows.progress import progress_of
from workflows.retention.clean_plan import CleanPlan, clean_plan
from workflows.tasks.faults import refuse, sorted_obstacles
from workflows.tasks.tiers import ReceiptTarget
from workflows.tiers_in_use import opened_tier

_MB = 1e6


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was removed, or would be."""

    plan: CleanPlan
    loaded_bytes: int
    n_abandoned: int
    abandoned_bytes: int
    is_done: bool

    @property
    def n_bytes(self) -> int:
        """Bytes that are free again."""
        return sum(self.plan.removed.values()) + self.loaded_bytes + self.abandoned_bytes

    def lines(self) -> Iterator[str]:
        """Yield what was removed, what stayed and why, and the bytes."""
        removed, dates = self.plan.removed, self.plan.dates
        verb = "removed" if self.is_done else "to be removed"
        n_loaded = sum(len(versions) for names in self.plan.loaded.values() for versions in names.values())
        if dates:
            span = f"{len(dates):,} dates, {dates[0]} to {dates[-1]}" if dates[1:] else f"1 date, {dates[0]}"
            n_datasets = len({one.dataset for one in removed})
            what = f"{len(removed):,} versions of {n_datasets:,} datasets, {n_loaded:,} in tiers"
            yield f"{verb}: {span}: {what}"
        else:
            yield f"nothing is older than {self.plan.before} that may go"
        if self.n_abandoned:
            yield f"{verb}: {self.n_abandoned:,} folders that died runs left in _staging"
        for why, kept in self.plan.kept.items():
            first, *others = sorted({one.dataset for one in kept})
            names = first + (f" and {len(others):,} other datasets" if others else "")
            versions = "1 version" if len(kept) == 1 else f"{len(kept):,} versions"
            yield f"kept: {versions} ({names}); {why}"
        freed = "freed" if self.is_done else "would be free; nothing was changed"
        yield f"{self.n_bytes / _MB:,.1f} MB {freed}"


def clean(
    output: Root, *, keep_days: int | None = None, before: dt.date | None = None, only_plan: bool = False
) -> Cleaned:
    """Remove the dates before one, or all but so many days up to the newest complete date; or only say what would go.

    Raises SettingsError unless one of both is given: nothing is removed by default.
    """
    if (keep_days is None) == (before is None):
        raise SettingsError(
            "it must be said what is kept, and in one way",
            where="clean",
            remedy="give --keep-days N (up to the newest complete date), or --before YYYY-MM-DD; --plan only says what",
        )
    check_root(output)
    refuse(sorted_obstacles(output)[0])
    if not only_plan:
        finish_removals(output)
    plan = clean_plan(output, keep_days=keep_days, before=before)
    loaded_bytes = _loaded_bytes(output, plan)
    if not only_plan:
        _remove(output, plan)
    n_abandoned, abandoned_bytes = remove_abandoned(output, only_look=only_plan)
    return Cleaned(plan, loaded_bytes, n_abandoned, abandoned_bytes, is_done=not only_plan)


def _remove(output: Root, plan: CleanPlan) -> None:
    for tier_name, names in plan.loaded.items():
        tier = opened_tier(tier_name, output)
        tier.drop_all(names)
        for name, versions in names.items():
            for version in versions:
                receipt = Path(ReceiptTarget(tier, name, version).path)
                receipt.unlink(missing_ok=True)
                with suppress(OSError):  # receipts of other iterations are in it, or none was
                    receipt.parent.rmdir()
    if plan.removed:
        with progress_of(None, "removing", len(plan.removed), "versions") as progress:
            n_removed = 0

            def count(_version: object) -> None:
                nonlocal n_removed
                n_removed += 1
                progress(n_removed)

            remove_versions(output, plan.removed, count)
        announce_anew(output)


def _loaded_bytes(output: Root, plan: CleanPlan) -> int:
    """Return the bytes of what leaves the tiers that copy, as far as it can be read."""
    n_bytes = 0
    for tier in (tier for name in plan.loaded if (tier := opened_tier(name, output)).copies):
        for name, versions in plan.loaded[tier.name].items():
            for version in versions:
                with suppress(DatasetError):
                    n_bytes += tier.validate(name, version).n_bytes
    return n_bytes
