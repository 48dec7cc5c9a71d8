"""Which versions a report is about: those of an iteration, and of its base what was read off the raw input once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa

from storage_tiers.errors import DamagedVersionError, VersionNotFoundError
from storage_tiers.stores.address import Root
from storage_tiers.versioned.asked_version import newest_published
from storage_tiers.versioned.datasets import Dataset, open_version
from storage_tiers.versioned.given_version import DateLike, IterationLike, read_asked
from storage_tiers.versioned.manifest import Manifest, read_manifest
from storage_tiers.versioned.versions import Variant, Version, VersionPlace, check_root, published_versions
from workflows.catalog import BOARD_FEATURES, FACTS
from workflows.origins.bases import base_below, newest_iteration, versions_of

Named = tuple[str, Variant]


@dataclass(frozen=True)
class DayVersions:
    """The published versions that belong to one date and iteration, by dataset and variant.

    ``unreadable`` says of those whose manifest can't be read why.
    """

    root: Root
    version: Version
    base: int
    manifests: Mapping[Named, Manifest]
    unreadable: Sequence[str] = field(default_factory=tuple)

    def manifest(self, name: str) -> Manifest | None:
        """Return the manifest of a full dataset; None where it isn't there."""
        return self.manifests.get((name, "full"))

    def dataset(self, name: str) -> Dataset:
        """Open a full dataset.

        Raises VersionNotFoundError if it isn't there, DamagedVersionError if a part is lost.
        """
        manifest = self.manifest(name)
        if manifest is None:
            raise VersionNotFoundError(f"{name} is not published of {self.version}")
        return open_version(VersionPlace(self.root, name, "full", manifest.version))

    def parts(self, name: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Yield some columns of a full dataset, part after part."""
        return self.dataset(name).iter_parts(columns)

    @cached_property
    def before(self) -> Version | None:
        """The version to compare with: the newest of an earlier date, else the iteration before; None for the first."""
        found = published_versions(self.root, BOARD_FEATURES.name)
        earlier = [one for one in found if one.date < self.version.date]
        return max(earlier or [one for one in found if one < self.version], default=None)


def asked_report(root: Root, date: DateLike | None, iteration: IterationLike | None) -> Version:
    """Return the version that a report is asked for: the newest date and iteration where these aren't given.

    Raises VersionNotFoundError if nothing of it is published.
    """
    check_root(root)
    day, number = read_asked(date, iteration)
    if day is None:
        newest = newest_published(root, BOARD_FEATURES.name, iteration=number)
        newest = newest or newest_published(root, FACTS.name, iteration=number)
        day = newest.date if newest else None
    found = sorted({version.iteration for _, _, version in versions_of(root, day)}) if day else []
    if day is None or not found or number not in (None, *found):
        asked = " ".join(filter(None, (f"date={day}" if day else "", "" if number is None else f"iteration={number}")))
        there = f"iterations of this date: {', '.join(map(str, found))}" if found else "interest-graph status lists all"
        raise VersionNotFoundError(f"nothing is published of {asked or 'any date'}", where=str(root), remedy=there)
    newest_number = newest_iteration(root, day)
    return Version(day, number if number is not None else newest_number or 0)


def day_versions(root: Root, version: Version) -> DayVersions:
    """Read the manifests of all versions that belong to a date and iteration."""
    base = base_below(root, version)
    manifests, unreadable = dict[Named, Manifest](), list[str]()
    for name, variant, found in sorted(versions_of(root, version.date)):
        if found.iteration in (base, version.iteration):  # sorted, so that of both the later one stays
            try:
                manifests[name, variant] = read_manifest(VersionPlace(root, name, variant, found))
            except DamagedVersionError as error:
                unreadable.append(str(error))
    return DayVersions(root, version, base, manifests, unreadable)
