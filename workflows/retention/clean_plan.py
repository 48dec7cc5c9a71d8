"""What may be removed: what a rule lets go, but for what serves, is pinned, is being read, or is needed by what stays.

Old dates go whole: a date goes with all its versions, or stays with all of them where one serves in a tier, or where it
is the newest that is complete. By numbers of dates and iterations each version is weighed by itself. In both cases what
anything that stays was made from stays, too; so do the pictures' tables, as the groups of later dates go on from them,
and what no run makes. What is removed is decided by names, and by what manifests say of inputs; a manifest that can't
be read names none, and inputs of other dates than its own are the pictures' alone.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import msgspec

from storage_tiers.bounded_files import UNREADABLE, read_bounded
from storage_tiers.guards.leases import is_version_leased
from storage_tiers.stores.address import Root
from storage_tiers.tier import Tier
from storage_tiers.versioned.manifest import InputVersion
from storage_tiers.versioned.removal import PublishedVersion, needed_versions
from storage_tiers.versioned.versions import (
    VARIANTS,
    Listing,
    Variant,
    Version,
    VersionPlace,
    described_names,
    listed_versions,
)
from workflows.catalog import DERIVATIONS
from workflows.picture_catalog import PICTURE_DATASETS
from workflows.reports.report_places import written_reports
from workflows.retention.rules import Rule
from workflows.retention.staying import BEING_READ, Staying, what_stays
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


Listings = Mapping[tuple[str, Variant], Listing]
_NEEDS = msgspec.json.Decoder(Needs)


@dataclass(frozen=True, slots=True)
class CleanPlan:
    """What is to be removed, in order, from datasets and from tiers; and what stays of what the rule lets go."""

    rule: Rule
    removed: dict[PublishedVersion, int]  # with its bytes
    loaded: dict[str, dict[str, list[Version]]]  # by tier and dataset
    kept: dict[str, list[PublishedVersion]]  # by reason
    kept_loaded: dict[tuple[str, str], list[tuple[str, Version]]]  # datasets and versions by tier and reason
    reports: list[Version]  # pages of which nothing is left to tell
    n_within: int  # versions that the rule keeps

    @property
    def dates(self) -> list[dt.date]:
        """The dates of which something is removed, oldest first."""
        loaded = (one.date for names in self.loaded.values() for versions in names.values() for one in versions)
        return sorted({one.version.date for one in self.removed} | {*loaded})


def clean_plan(output: Root, rule: Rule) -> CleanPlan:
    """Decide what goes of what a rule lets go.

    Raises DamagedVersionError if a tier doesn't know what serves, or it can't be told what is pinned.
    """
    tiers = tiers_in_use(output)
    staying = what_stays(output, tiers, rule)
    listings = {
        (name, variant): listed_versions(output, name, variant)
        for name in described_names(output)
        for variant in VARIANTS
    }
    published = dict(_published(output, listings))
    old = sorted(_let_go(rule, listings), key=_order)
    kept = {one: why for one in old if (why := _why_kept(output, one, published[one], staying))}
    needed = needed_versions(set(old) - kept.keys(), published)
    kept |= dict.fromkeys(needed, _made_from_them(needed.values()))
    by_reason: dict[str, list[PublishedVersion]] = defaultdict(list)
    for one in old:
        if one in kept:
            by_reason[kept[one]].append(one)
    removed = {one: published[one].n_bytes for one in old if one not in kept}
    there = {(one.dataset, one.version) for one in published} - {(one.dataset, one.version) for one in removed}
    loaded, kept_loaded = _out_of_tiers(tiers, rule, staying, there)
    left = {version for _, version in there}
    reports = [version for version in written_reports(output) if version not in left]
    return CleanPlan(rule, removed, loaded, dict(by_reason), kept_loaded, reports, len(published) - len(old))


def _published(output: Root, listings: Listings) -> Iterator[tuple[PublishedVersion, Needs]]:
    for (name, variant), listing in listings.items():
        for version in listing.there:
            place = VersionPlace(output, name, variant, version)
            yield PublishedVersion(name, variant, version), _needs_of(place)


def _needs_of(place: VersionPlace) -> Needs:
    try:
        return _NEEDS.decode(read_bounded(place.found_manifest))
    except UNREADABLE:
        return Needs(is_known=False)


def _let_go(rule: Rule, listings: Listings) -> Iterator[PublishedVersion]:
    for (name, variant), listing in listings.items():
        sound = {*listing.published} - listing.marked
        yield from (PublishedVersion(name, variant, version) for version in rule.lets_go(listing.there, sound, name))


def _why_kept(output: Root, one: PublishedVersion, needs: Needs, staying: Staying) -> str:
    if why := staying.why(one.dataset, one.version):
        return why
    if one.dataset not in _MADE:
        return "no run makes it, so that none could make it again"
    if one.dataset in _SHARED and (needs.n_rows or not needs.is_known):
        return "the groups of later pictures go on from it"
    if is_version_leased(VersionPlace(output, one.dataset, one.variant, one.version)):
        return BEING_READ
    return ""


def _made_from_them(makers: Iterable[PublishedVersion]) -> str:
    """Return why what something was made from stays; one reason for all of them."""
    ordered = sorted({*map(str, makers)})
    if len(ordered) > 1:
        return f"{len(ordered):,} versions that stay were made from them, {ordered[0]} among these"
    return f"{''.join(ordered)} was made from it"


def _out_of_tiers(
    tiers: Sequence[Tier], rule: Rule, staying: Staying, there: AbstractSet[tuple[str, Version]]
) -> tuple[dict[str, dict[str, list[Version]]], dict[tuple[str, str], list[tuple[str, Version]]]]:
    """Return what leaves the tiers, by tier and dataset, and what stays of what the rule lets go, by tier and reason.

    What was published and goes leaves the tiers that read it; where old dates go whole, what stays published stays
    loaded.
    """
    loaded: dict[str, dict[str, list[Version]]] = {}
    kept: dict[tuple[str, str], list[tuple[str, Version]]] = defaultdict(list)
    for tier in tiers:
        of_tier = loaded.setdefault(tier.name, {})
        for name in (name for name in tier.datasets() if name in _MADE):
            versions = tier.versions(name)
            let_go = rule.lets_go(versions, versions, name, tier.name)
            if not tier.copies:
                let_go |= {version for version in versions if (name, version) not in there}
            elif staying.keeps_dates_whole:
                let_go = {version for version in let_go if (name, version) not in there}
            of_tier[name] = []
            for version in sorted(let_go):
                why = staying.why(name, version) or (BEING_READ if tier.is_being_read(name, version) else "")
                if why:
                    kept[tier.title, why].append((name, version))
                else:
                    of_tier[name].append(version)
    return loaded, dict(kept)


def _order(one: PublishedVersion) -> tuple[dt.date, int, int, str]:
    """Order by date, and within one what was made last before what it was made from."""
    return one.version.date, -_MADE.get(one.dataset, 0), -one.version.iteration, one.variant
