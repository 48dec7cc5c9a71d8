"""``rebuild --replace``: takes away the older versions of a date that was rebuilt, where nothing else needs them.

First they leave the tiers, then their folders go, what was made last before what it was made from. Whoever dies in
between leaves every version whole or gone, and the same command goes on.
"""

from collections.abc import Mapping

from joins.errors import DiscoveryError
from storage_tiers.errors import DamagedVersionError
from storage_tiers.guards.leases import is_version_leased
from storage_tiers.registry import announce_anew
from storage_tiers.tier import Tier
from storage_tiers.versioned.manifest import Manifest, read_manifest
from storage_tiers.versioned.removal import PublishedVersion, needed_versions, remove_versions
from storage_tiers.versioned.versions import VARIANTS, Version, VersionPlace, dataset_names, described_places
from workflows.catalog import DERIVATIONS
from workflows.daily import DailyDiscovery
from workflows.progress import say
from workflows.retention.pins import command_of_unpin, held_pins, pin_covering
from workflows.retention.staying import BEING_READ
from workflows.tiers_in_use import tiers_in_use

# In the order in which they are made. What is made on request, no rebuild makes again.
_REMADE = [spec.name for derivation in DERIVATIONS if derivation.when != "on request" for spec in derivation.outputs]


class NeededVersionError(DiscoveryError, RuntimeError):
    """Versions that are to be removed, and that others were made from."""


class PinnedVersionError(DiscoveryError, RuntimeError):
    """Versions that are to be removed, and that a person has pinned."""


def refuse_needed(day: DailyDiscovery) -> None:
    """Refuse to rebuild a date whose older versions could not be removed afterwards.

    Raises NeededVersionError, naming a version that was made from one of them.
    """
    why = why_needed(day)
    if why:
        raise NeededVersionError(
            f"its older versions can't be removed: {why}",
            where=f"date={day.date}",
            remedy="leave out --replace to keep them beside the rebuilt one, or rebuild that date with --replace first",
        )


def refuse_pinned(day: DailyDiscovery) -> None:
    """Refuse to rebuild a date in place of versions that a person has pinned.

    Raises PinnedVersionError, naming the pin.
    """
    pins = held_pins(day.root)
    for one in (one for one in _manifests(day) if _is_older(day, one)):
        held = pin_covering(pins, one.dataset, one.version)
        if held:
            raise PinnedVersionError(
                f"its older versions can't be removed: {one} is pinned by {held}",
                where=f"date={day.date}",
                remedy="leave out --replace to keep them beside the rebuilt one, or take the pin away: "
                f"{command_of_unpin(held.pin)}",
            )


def why_needed(day: DailyDiscovery) -> str:
    """Return why versions of a date below its base can't all be removed, nothing if they can."""
    needed = _needed(day, _manifests(day))
    for one, made in needed.items():
        more = f" (and {len(needed) - 1:,} more are needed so)" if len(needed) > 1 else ""
        return f"{made} was made from {one}{more}"
    return ""


def remove_older(day: DailyDiscovery) -> None:
    """Remove the older versions of a date from tiers and datasets; say what stays and why."""
    manifests = _manifests(day)
    older = [one for one in manifests if _is_older(day, one)]
    stays = {one: f"{made} was made from it" for one, made in _needed(day, manifests).items()}
    pins = held_pins(day.root)  # since the rebuild began
    stays |= {one: f"it is pinned by {held}" for one in older if (held := pin_covering(pins, one.dataset, one.version))}
    older_places = {one: VersionPlace(day.root, one.dataset, one.variant, one.version) for one in older}
    stays |= {one: BEING_READ for one, place in older_places.items() if is_version_leased(place)}
    tiers = tiers_in_use(day.root)
    for tier in tiers:
        for name, version in _dropped_from(day, tier, {(one.dataset, one.version) for one in stays}):
            needed = [one for one in older if (one.dataset, one.version) == (name, version)]
            stays |= dict.fromkeys(needed, f"it is the current version for {tier.title}")
    gone = [one for one in older if one not in stays]
    remove_versions(day.root, sorted(gone, key=lambda one: _REMADE.index(one.dataset), reverse=True))
    announce_anew(day.root)
    say(f"{len(gone):,} older versions of date={day.date} were removed, {day.version} stands for the date")
    for one, reason in stays.items():
        say(f"  kept: {one}; {reason}")


def _dropped_from(day: DailyDiscovery, tier: Tier, staying: set[tuple[str, Version]]) -> list[tuple[str, Version]]:
    """Drop the older versions of a date from a tier, but for those that stay; return what can't be, as it serves.

    What is being read stays in the tier alone.
    """
    serving = []
    for name in set(tier.datasets()).intersection(_REMADE):
        for version in tier.versions(name):
            if not _is_older(day, PublishedVersion(name, "full", version)) or (name, version) in staying:
                continue
            if version == tier.current(name):
                serving.append((name, version))
            else:
                for reading in tier.drop_all({name: [version]}).values():
                    say(f"  kept in {tier.title}: {name} {', '.join(map(str, reading))}; {BEING_READ}")
    return serving


def _needed(
    day: DailyDiscovery, manifests: Mapping[PublishedVersion, Manifest]
) -> dict[PublishedVersion, PublishedVersion]:
    """Return the older versions that others were made from; what is rebuilt holds a copy of what it took over."""
    older = [one for one in manifests if _is_older(day, one)]
    return needed_versions(older, manifests, lambda version: version.date == day.date and version.iteration >= day.base)


def _is_older(day: DailyDiscovery, one: PublishedVersion) -> bool:
    return one.dataset in _REMADE and one.version.date == day.date and one.version.iteration < day.base


def _manifests(day: DailyDiscovery) -> dict[PublishedVersion, Manifest]:
    """Read the manifests of everything that is published or lost, but for what another rebuild removes meanwhile."""
    found = {}
    names = dataset_names(day.root)
    places = (place for name in names for variant in VARIANTS for place in described_places(day.root, name, variant))
    for place in places:
        try:
            found[PublishedVersion(place.dataset, place.variant, place.version)] = read_manifest(place)
        except DamagedVersionError:
            if place.found_manifest.exists():
                raise
    return found
