"""Removing old versions as a plan says: out of the tiers first, then the datasets, then what died runs left behind.

Whoever dies in between leaves every version whole or gone; the next clean goes on, as it plans anew from what is there.
What somebody began to read since the plan was made stays. Nobody pins meanwhile: who does waits, and then finds its
version there or gone. A run that begins meanwhile on a date that goes finds its inputs gone, and says so.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from storage_tiers.errors import DatasetError
from storage_tiers.guards.leases import is_version_leased
from storage_tiers.registry import announce_anew
from storage_tiers.stores.address import Root
from storage_tiers.tier import Tier
from storage_tiers.versioned.removal import PublishedVersion, finish_removals, remove_versions
from storage_tiers.versioned.staging import remove_abandoned
from storage_tiers.versioned.versions import Version, VersionPlace, check_root
from workflows.luigi_cfg import SettingsError
from workflows.operations.run_lock import holder_of
from workflows.progress import progress_of
from workflows.retention.clean_plan import CleanPlan, clean_plan
from workflows.retention.pins import pins_locked
from workflows.retention.rules import NewestOnes, OldDates, Rule, first_of
from workflows.retention.staying import BEING_READ, newest_complete
from workflows.settings.of_retention import KEEP_DATES, KEEP_ITERATIONS, Kept
from workflows.tasks.faults import refuse, sorted_obstacles
from workflows.tasks.tiers import ReceiptTarget
from workflows.tiers_in_use import opened_tier


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was removed, or would be: the plan, as far as it was done."""

    plan: CleanPlan
    loaded_bytes: int
    n_abandoned: int
    abandoned_bytes: int
    is_done: bool

    @property
    def n_bytes(self) -> int:
        """Bytes that are free again."""
        return sum(self.plan.removed.values()) + self.loaded_bytes + self.abandoned_bytes


def clean(
    output: Root,
    *,
    keep_days: int | None = None,
    before: dt.date | None = None,
    keep_dates: Kept | None = None,
    keep_iterations: Kept | None = None,
    only_plan: bool = False,
) -> Cleaned:
    """Remove what isn't to be kept, or only say what would go.

    Kept are so many days up to the newest complete date; or the dates from one on; or so many dates of each dataset
    and iterations of each date, where what isn't given is as the settings say.

    Raises SettingsError if it isn't said in one way what is kept: nothing is removed by default.
    """
    by_number = NewestOnes(
        KEEP_DATES.value() if keep_dates is None else keep_dates,
        KEEP_ITERATIONS.value() if keep_iterations is None else keep_iterations,
    )
    ways = [keep_days is not None, before is not None, keep_dates is not None or keep_iterations is not None]
    if sum(ways) > 1 or (not any(ways) and by_number.keeps_all):
        raise SettingsError(
            "it must be said what is kept, and in one way",
            where="clean",
            remedy="give --keep-days N (up to the newest complete date), or --before YYYY-MM-DD, or --keep-dates N and "
            "--keep-iterations N, which [retention] of luigi.cfg may say as well; --dry-run only says what would go",
        )
    check_root(output)
    refuse(sorted_obstacles(output)[0])
    if only_plan:
        plan = clean_plan(output, _rule(output, keep_days, before, by_number))
        return Cleaned(plan, _loaded_bytes(output, plan), *remove_abandoned(output, only_look=True), is_done=False)
    with pins_locked(output):
        finish_removals(output)
        plan = clean_plan(output, _rule(output, keep_days, before, by_number))
        done, loaded_bytes = _out_of_tiers(output, plan)
        done = _out_of_datasets(output, done)
        _remove_reports(output, done)
        cleaned = Cleaned(done, loaded_bytes, *remove_abandoned(output), is_done=True)
        announce_anew(output)  # though nothing was removed: a clean that was killed may have left that to this one
        return cleaned


def _rule(output: Root, keep_days: int | None, before: dt.date | None, by_number: NewestOnes) -> Rule:
    if before is not None:
        return OldDates(before)
    if keep_days is not None:
        newest = newest_complete(output)
        return OldDates(first_of(keep_days, newest.date) if newest else dt.date.min)
    return by_number


def _out_of_tiers(output: Root, plan: CleanPlan) -> tuple[CleanPlan, int]:
    """Drop what leaves the tiers, with its receipts; return the plan as far as it was done, and the bytes."""
    kept, loaded = dict(plan.kept_loaded), dict(plan.loaded)
    n_bytes = _loaded_bytes(output, plan)
    for tier_name, names in plan.loaded.items():
        tier = opened_tier(tier_name, output)
        noted = _take_receipts(tier, names)  # before they are dropped: who is killed in between plans the same again
        reading = tier.drop_all(names)
        stays = [(name, version) for name, versions in reading.items() for version in sorted(versions)]
        if not stays:
            continue
        for name, version in stays:
            held = tier.validate(name, version)
            n_bytes -= held.n_bytes
            if (name, version) in noted:
                ReceiptTarget(tier, name, version).write(held)
        kept[tier.title, BEING_READ] = [*kept.get((tier.title, BEING_READ), ()), *stays]
        loaded[tier_name] = {
            name: [version for version in versions if (name, version) not in stays] for name, versions in names.items()
        }
    return replace(plan, loaded=loaded, kept_loaded=kept), n_bytes


def _take_receipts(tier: Tier, names: Mapping[str, Iterable[Version]]) -> set[tuple[str, Version]]:
    """Remove the receipts of versions that are about to leave a tier; return which had one."""
    noted = set()
    for name, version in ((name, version) for name, versions in names.items() for version in versions):
        receipt = Path(ReceiptTarget(tier, name, version).path)
        if receipt.exists():
            noted.add((name, version))
        receipt.unlink(missing_ok=True)
        with suppress(OSError):  # receipts of other iterations are in it, or none was
            receipt.parent.rmdir()
    return noted


def _out_of_datasets(output: Root, plan: CleanPlan) -> CleanPlan:
    """Remove published versions; return the plan as far as it was done."""
    if not plan.removed:
        return plan
    gone: dict[PublishedVersion, int] = {}
    with progress_of(None, "removing", len(plan.removed), "versions") as progress:

        def count(one: PublishedVersion) -> None:
            gone[one] = plan.removed[one]
            progress(len(gone))

        remove_versions(output, _still_free(output, plan.removed), count)
    kept = dict(plan.kept)
    stays = [one for one in plan.removed if one not in gone]
    if stays:
        kept[BEING_READ] = [*kept.get(BEING_READ, ()), *stays]
    return replace(plan, removed=gone, kept=kept)


def _remove_reports(output: Root, plan: CleanPlan) -> None:
    """Remove the pages of versions that are gone; of what stays for somebody reads it, the page stays as well."""
    stays = {one.version for kept in plan.kept.values() for one in kept}
    gone = [version for version in plan.reports if version not in stays]
    if gone:
        from workflows.reports.report_files import remove_reports  # noqa: PLC0415 - it loads what makes pages

        remove_reports(output, gone)


def _still_free(output: Root, planned: Iterable[PublishedVersion]) -> Iterator[PublishedVersion]:
    """Yield what nobody reads and no run works on at the moment when its turn comes."""
    for one in planned:
        place = VersionPlace(output, one.dataset, one.variant, one.version)
        if not is_version_leased(place) and not holder_of(output, one.version.date):
            yield one


def _loaded_bytes(output: Root, plan: CleanPlan) -> int:
    """Return the bytes of what leaves the tiers, as far as it can be read."""
    return sum(
        _bytes_in(output, tier_name, name, version)
        for tier_name, names in plan.loaded.items()
        for name, versions in names.items()
        for version in versions
    )


def _bytes_in(output: Root, tier_name: str, name: str, version: Version) -> int:
    """Return the bytes that a version takes in a tier; none where the tier reads the published files."""
    tier = opened_tier(tier_name, output)
    with suppress(DatasetError):
        return tier.validate(name, version).n_bytes if tier.copies else 0
    return 0
