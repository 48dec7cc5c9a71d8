"""What was begun of a date and left before its facts: a refused or replaced input must leave nothing behind.

The tables of pictures are published before the raw input is accepted, because a pin is accepted by its picture. If the
input is refused then, and another one is brought, these tables are of files that nobody means any more. Nothing was
derived from them in this date, so that the next run takes them away and begins anew. Where another date has gone on
from them, as groups of pictures do, they stay, and the date is rebuilt beside them.
"""

from collections.abc import Iterator, Sequence

from storage_tiers.versioned.manifest import Manifest, manifest_there
from storage_tiers.versioned.removal import PublishedVersion, needed_versions, remove_versions
from storage_tiers.versioned.versions import VersionPlace, described_places
from workflows.catalog import DERIVATIONS, FACTS
from workflows.daily import DailyDiscovery
from workflows.origins.bases import newest_iteration
from workflows.origins.differences import Difference
from workflows.picture_catalog import PICTURE_DERIVATIONS
from workflows.progress import say
from workflows.retention.pins import held_pins, pin_covering

# In the order in which they are made.
_BEGUN_WITH = [spec.name for derivation in DERIVATIONS if derivation.when == "once" for spec in derivation.outputs]
_READ_BY_OTHER_DATES = [spec.name for derivation in PICTURE_DERIVATIONS for spec in derivation.outputs]


def discard_begun(day: DailyDiscovery, differences: Sequence[Difference]) -> bool:
    """Take away what was begun of a date with other input or settings, where nothing came of it; say so.

    Returns whether the date can begin anew. It can't if it has facts or anything derived, if another date was made
    from what would go, or if that is pinned.
    """
    begun = list(_begun(day))
    if not begun or _came_to_something(day):
        return False
    manifests = dict(_manifests(day, begun))
    pins = held_pins(day.root)
    is_pinned = any(pin_covering(pins, one.dataset, one.version) for one in begun)
    if is_pinned or needed_versions(begun, manifests, lambda version: version.date == day.date):
        return False
    remove_versions(day.root, reversed(begun))
    say("\n".join(dict.fromkeys(str(difference) for difference in differences)))
    names = ", ".join(one.dataset for one in begun)
    say(f"no facts had come of it, so that it begins anew; taken away: {names} of {day.raw_version()}")
    return True


def _begun(day: DailyDiscovery) -> Iterator[PublishedVersion]:
    """Yield what is there of the base of a date, in the order in which it was made."""
    for name in _BEGUN_WITH:
        one = PublishedVersion(name, "full", day.raw_version())
        if VersionPlace(day.root, name, "full", one.version).found_manifest.exists():
            yield one


def _came_to_something(day: DailyDiscovery) -> bool:
    has_facts = VersionPlace(day.root, FACTS.name, "full", day.raw_version()).found_manifest.exists()
    newest = newest_iteration(day.root, day.date)
    return has_facts or (newest is not None and newest > day.base)


def _manifests(day: DailyDiscovery, begun: Sequence[PublishedVersion]) -> Iterator[tuple[PublishedVersion, Manifest]]:
    """Yield the manifests of what was begun, and of what other dates may have made from it."""
    for one in begun:
        manifest = manifest_there(VersionPlace(day.root, one.dataset, one.variant, one.version))
        if manifest:
            yield one, manifest
    for name in _READ_BY_OTHER_DATES:
        for place in described_places(day.root, name, "full"):
            manifest = manifest_there(place) if place.version.date != day.date else None
            if manifest:
                yield PublishedVersion(name, "full", place.version), manifest
