"""The bases of a date: each time that it was built anew from its raw input.

What is read off the raw input is published under the iteration of its base, which is 0 at first; the iterations that
are derived from it count from there. A date that is rebuilt gets another base, above everything that is published of
it, so that nothing is overwritten and readers, who take the newest version, come to the rebuilt one.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import zip_longest

from storage_tiers.stores.address import Root
from storage_tiers.versioned.versions import (
    VARIANTS,
    Variant,
    Version,
    dataset_names,
    described_places,
    published_versions,
)
from workflows.catalog import DERIVATIONS, FACTS, JOIN_DATASETS

# Datasets that are made once a date, under its base; all others are made every iteration, or on request.
ONCE = tuple(spec.name for derivation in DERIVATIONS if derivation.when == "once" for spec in derivation.outputs)


@dataclass(frozen=True, slots=True)
class Base:
    """A base of a date, with what is published of it.

    ``finished`` are the iterations whose joins are all there, in ascending order; a base without any is unfinished.
    """

    iteration: int
    has_facts: bool
    finished: tuple[int, ...]


def bases_of(root: Root, date: dt.date) -> list[Base]:
    """Return the bases of a date, oldest first, as they lie under an output folder."""
    started = _iterations(root, date, *((name, "full") for name in ONCE))
    with_facts = _iterations(root, date, (FACTS.name, "full"))
    joins = [_iterations(root, date, (spec.name, variant)) for spec in JOIN_DATASETS for variant in VARIANTS]
    return bases_among(started, with_facts, set.intersection(*joins))


def bases_among(started: AbstractSet[int], with_facts: AbstractSet[int], finished: AbstractSet[int]) -> list[Base]:
    """Return the bases of a date, oldest first.

    They are known by the iterations under which something is published that is made once a date, those that have facts
    among them, and those whose joins are all there.
    """
    starts = sorted(started)
    bases = []
    for iteration, following in zip_longest(starts, starts[1:]):
        mine = (number for number in sorted(finished) if iteration < number <= (following or number))
        bases.append(Base(iteration, iteration in with_facts, tuple(mine)))
    return bases


def newest_base(root: Root, date: dt.date) -> int:
    """Return the base that a run of the date goes on from."""
    return newest_among(bases_of(root, date))


def newest_among(bases: Sequence[Base]) -> int:
    """Return the base of a date that its runs go on from: the newest with facts or joins, 0 where there is none."""
    return max((base.iteration for base in bases if base.has_facts or base.finished), default=0)


def base_below(root: Root, version: Version) -> int:
    """Return the base that a derived version belongs to: the newest below it, 0 where there is none."""
    below = (base.iteration for base in bases_of(root, version.date) if base.iteration < version.iteration)
    return max(below, default=0)


def newest_iteration(root: Root, date: dt.date) -> int | None:
    """Return the newest iteration of a date under which anything is published, None where nothing is."""
    return max((version.iteration for _, _, version in versions_of(root, date)), default=None)


def versions_of(root: Root, date: dt.date) -> Iterator[tuple[str, Variant, Version]]:
    """Yield everything that is published of a date: dataset, variant and version."""
    for name in dataset_names(root):
        for variant in VARIANTS:
            for version in published_versions(root, name, variant, date):
                yield name, variant, version


def serving_versions(root: Root, name: str) -> list[Version]:
    """Return the version of each date that other dates read of a dataset made once a date, oldest first.

    It is that of the newest finished base that has the dataset. Where no such base is finished, it is the newest.
    """
    by_date: dict[dt.date, list[Version]] = defaultdict(list)
    for version in published_versions(root, name):
        by_date[version.date].append(version)
    return [_serving(root, versions) for versions in by_date.values()]


def _serving(root: Root, versions: Sequence[Version]) -> Version:
    """Return the version that others read among those of one date; few dates have more than one."""
    if len(versions) == 1:
        return versions[0]
    finished = {base.iteration for base in bases_of(root, versions[0].date) if base.finished}
    return max(versions, key=lambda version: (version.iteration in finished, version.iteration))


def _iterations(root: Root, date: dt.date, *datasets: tuple[str, Variant]) -> set[int]:
    """Return the iterations of a date that any of some datasets has a manifest of; a lost folder changes no base."""
    places = (place for name, variant in datasets for place in described_places(root, name, variant, date))
    return {place.version.iteration for place in places}
