"""What may be removed: dates are weighed whole, and what anything that stays was made from stays, too.

A date goes with all its versions, or stays with all of them where one serves in a tier, or where it is the newest that
is complete. The pictures' tables stay always, as the groups of later dates go on from them; so does what no run makes.
What is removed is decided by names, and by what manifests say of inputs; a manifest that can't be read names none, and
inputs of other dates than its own are the pictures' alone.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import msgspec

from storage_tiers.bounded_files import UNREADABLE, read_bounded
from storage_tiers.stores.address import Root
from storage_tiers.tier import Tier
from storage_tiers.versioned.manifest import InputVersion
from storage_tiers.versioned.removal import PublishedVersion, pinned_versions
from storage_tiers.versioned.versions import (
    VARIANTS,
    Version,
    VersionPlace,
    described_names,
    listed_versions,
    published_versions,
)
from workflows.catalog import DERIVATIONS, JOIN_DATASETS
from workflows.picture_catalog import PICTURE_DATASETS
from workflows.tiers_in_use import tiers_in_use

# In the order in which they are made.
_MADE = {spec.name: number for number, one in enumerate(DERIVATIONS) for spec in one.outputs}
_SHARED = {spec.name for spec in PICTURE_DATASETS}


class _Rows(msgspec.Struct):
    n_rows: int
    n_bytes: int


class Needs(msgspec.Struct):
    """What is read of a manifest: which versions it was made from, its rows and bytes."""

    parts: tuple[_Rows, ...] = ()
    inputs: tuple[InputVersion, ...] = ()
    is_known: bool = True  # whether the manifest could be read

    @property
    def n_rows(self) -> int:
        """Rows over all parts."""
        return sum(part.n_rows for part in self.parts)

    @property
    def n_bytes(self) -> int:
        """Bytes of all parts."""
        return sum(part.n_bytes for part in self.parts)


_NEEDS = msgspec.json.Decoder(Needs)


@dataclass(frozen=True, slots=True)
class CleanPlan:
    """What is to be removed, in order, from datasets and from tiers; and what stays of these dates, each with why."""

    before: dt.date
    removed: dict[PublishedVersion, int]  # with its bytes
    loaded: dict[str, dict[str, list[Version]]]  # by tier and dataset
    kept: dict[str, list[PublishedVersion]]  # by reason

    @property
    def dates(self) -> list[dt.date]:
        """The dates of which something is removed, oldest first."""
        loaded = (one.date for names in self.loaded.values() for versions in names.values() for one in versions)
        return sorted({one.version.date for one in self.removed} | {*loaded})


def clean_plan(output: Root, *, keep_days: int | None = None, before: dt.date | None = None) -> CleanPlan:
    """Decide what goes of the dates before one, or of those that are as many days older than the newest complete one.

    Raises DamagedVersionError if a tier doesn't know what serves.
    """
    newest = newest_complete(output)
    limit = before or (_first_of(keep_days or 1, newest) if newest else dt.date.min)
    tiers = tiers_in_use(output)
    whole_dates = {newest: "it is the newest complete date"} if newest else {}
    for date, why in (serving for tier in tiers for serving in _serving_dates(tier)):
        whole_dates.setdefault(date, why)
    published = dict(_published(output))
    old = sorted((one for one in published if one.version.date < limit), key=_order)
    kept = {one: why for one in old if (why := _why_kept(one, published[one], whole_dates))}
    pinned = pinned_versions(set(old) - kept.keys(), published)
    kept |= {one: f"{made} was made from it" for one, made in pinned.items()}
    by_reason: dict[str, list[PublishedVersion]] = defaultdict(list)
    for one in old:
        if one in kept:
            by_reason[kept[one]].append(one)
    removed = {one: published[one].n_bytes for one in old if one not in kept}
    there = {(one.dataset, one.version) for one in kept}
    loaded = {tier.name: _loaded_to_drop(tier, limit, whole_dates, there) for tier in tiers}
    return CleanPlan(limit, removed, loaded, dict(by_reason))


def _first_of(n_days: int, last: dt.date) -> dt.date:
    """Return the first of so many days up to a date, or the first of the calendar where there aren't so many."""
    return dt.date.fromordinal(max(1, last.toordinal() - n_days + 1))


def newest_complete(output: Root) -> dt.date | None:
    """Return the newest date of which an iteration has all joins, full and light; None where none is complete."""
    held = [{*published_versions(output, spec.name, variant)} for spec in JOIN_DATASETS for variant in VARIANTS]
    return max((version.date for version in set.intersection(*held)), default=None)


def _serving_dates(tier: Tier) -> Iterator[tuple[dt.date, str]]:
    for name in tier.datasets():
        current = tier.current(name)
        if current:
            yield current.date, f"it serves in {tier.title}"


def _published(output: Root) -> Iterator[tuple[PublishedVersion, Needs]]:
    for name in described_names(output):
        for variant in VARIANTS:
            for version in listed_versions(output, name, variant).there:
                place = VersionPlace(output, name, variant, version)
                yield PublishedVersion(name, variant, version), _needs_of(place)


def _needs_of(place: VersionPlace) -> Needs:
    try:
        return _NEEDS.decode(read_bounded(place.found_manifest))
    except UNREADABLE:
        return Needs(is_known=False)


def _why_kept(one: PublishedVersion, needs: Needs, whole_dates: Mapping[dt.date, str]) -> str:
    if one.version.date in whole_dates:
        return f"date={one.version.date}: {whole_dates[one.version.date]}"
    if one.dataset not in _MADE:
        return "no run makes it, so that none could make it again"
    if one.dataset in _SHARED and (needs.n_rows or not needs.is_known):
        return "the groups of later pictures go on from it"
    return ""


def _loaded_to_drop(
    tier: Tier, limit: dt.date, whole_dates: Mapping[dt.date, str], kept: AbstractSet[tuple[str, Version]]
) -> dict[str, list[Version]]:
    """Return what leaves a tier, by dataset: older versions, but for those whose published ones stay."""
    return {
        name: [
            version
            for version in tier.versions(name)
            if version.date < limit and version.date not in whole_dates and (name, version) not in kept
        ]
        for name in tier.datasets()
        if name in _MADE
    }


def _order(one: PublishedVersion) -> tuple[dt.date, int, int, str]:
    """Order by date, and within one what was made last before what it was made from."""
    return one.version.date, -_MADE.get(one.dataset, 0), -one.version.iteration, one.variant
