"""What no clean removes, whatever the rule: what serves, what is newest and complete, what is pinned or worked on.

Where old dates go whole these hold for a whole date, and else for the one version of the one dataset. What anything
that stays was made from stays as well, which the plan sees to (`workflows.retention.clean_plan`).
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from storage_tiers.stores.address import Root
from storage_tiers.tier import Tier
from storage_tiers.versioned.versions import VARIANTS, Version, published_versions
from workflows.catalog import JOIN_DATASETS
from workflows.operations.run_lock import held_dates, holder_of
from workflows.retention.pins import HeldPin, held_pins, pin_covering
from workflows.retention.rules import OldDates, Rule

BEING_READ = "it is being read"


@dataclass(frozen=True, slots=True)
class Staying:
    """What stays, each with why: dates with all their versions, versions of single datasets, and what is pinned."""

    dates: Mapping[dt.date, str]
    versions: Mapping[tuple[str, Version], str]
    pins: list[HeldPin]
    keeps_dates_whole: bool

    def why(self, dataset: str, version: Version) -> str:
        """Return why a version of a dataset stays; empty where it may go."""
        if version.date in self.dates:
            return f"date={version.date}: {self.dates[version.date]}"
        held = pin_covering(self.pins, dataset, version)
        return f"it is pinned by {held}" if held else self.versions.get((dataset, version), "")


def what_stays(output: Root, tiers: Sequence[Tier], rule: Rule) -> Staying:
    """Look at what serves in the tiers, at pins, and at the dates that are worked on.

    Raises DamagedVersionError if a tier doesn't know what serves, or it can't be told what is pinned.
    """
    keeps_dates_whole = isinstance(rule, OldDates)
    newest = newest_complete(output)
    versions = {(spec.name, newest): "it is the newest complete version" for spec in JOIN_DATASETS if newest}
    for name, version, why in _serving(tiers):
        versions.setdefault((name, version), why)
    dates: dict[dt.date, str] = {}
    if keeps_dates_whole:
        if newest:
            dates[newest.date] = "it is the newest complete date"
        for (_, version), why in versions.items():
            dates.setdefault(version.date, why)
    for date in held_dates(output):
        dates[date] = f"it is being worked on by {holder_of(output, date)}"
    return Staying(dates, versions, held_pins(output), keeps_dates_whole)


def newest_complete(output: Root) -> Version | None:
    """Return the newest version of which all joins are there, full and light; None where none is complete."""
    held = [{*published_versions(output, spec.name, variant)} for spec in JOIN_DATASETS for variant in VARIANTS]
    return max(set.intersection(*held), default=None)


def _serving(tiers: Sequence[Tier]) -> Iterator[tuple[str, Version, str]]:
    for tier in tiers:
        for name in tier.datasets():
            current = tier.current(name)
            if current:
                yield name, current, f"it serves in {tier.title}"
