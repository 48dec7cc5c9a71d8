"""The bases of a date: each time that it was built anew from its raw input.

What is read off the raw input is published under the iteration of its base, which is 0 at first; the iterations that
are derived from it count from there. A date that is rebuilt gets another base, above everything that is published of
it, so that nothing is overwritten and readers, who take the newest version, come to the rebuilt one.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from storage_tiers.versioned.versions import (
    VARIANTS,
    Variant,
    Version,
    dataset_names,
    described_places,
    published_versions,
)
from workflows.catalog import DERIVATIONS, FACTS, JOIN_DATASETS

_ONCE = tuple(spec.name for derivation in DERIVATIONS if derivation.when == "once" for spec in derivation.outputs)


@dataclass(frozen=True, slots=True)
class Base:
    """A base of a date, with what is published of it.

    ``finished`` are the iterations whose joins are all there, in ascending order; a base without any is unfinished.
    """

    iteration: int
    has_facts: bool
    finished: tuple[int, ...]


def bases_of(root: Path, date: dt.date) -> list[Base]:
    """Return the bases of a date, oldest first, as they lie under an output folder."""
    return _bases_by_date(root).get(date, [])


def newest_base(root: Path, date: dt.date) -> int:
    """Return the base that a run of the date goes on from: the newest with facts or joins, 0 where there is none."""
    return max((base.iteration for base in bases_of(root, date) if base.has_facts or base.finished), default=0)


def base_below(root: Path, version: Version) -> int:
    """Return the base that a derived version belongs to: the newest below it, 0 where there is none."""
    below = (base.iteration for base in bases_of(root, version.date) if base.iteration < version.iteration)
    return max(below, default=0)


def newest_iteration(root: Path, date: dt.date) -> int | None:
    """Return the newest iteration of a date under which anything is published, None where nothing is."""
    return max((version.iteration for _, _, version in versions_of(root, date)), default=None)


def versions_of(root: Path, date: dt.date) -> Iterator[tuple[str, Variant, Version]]:
    """Yield everything that is published of a date: dataset, variant and version."""
    for name in dataset_names(root):
        for variant in VARIANTS:
            for version in published_versions(root, name, variant):
                if version.date == date:
                    yield name, variant, version


def serving_versions(root: Path, name: str) -> list[Version]:
    """Return the version of each date that other dates read of a dataset made once a date, oldest first.

    It is that of the newest finished base that has the dataset. Where no such base is finished, it is the newest.
    """
    bases = _bases_by_date(root)
    serving: dict[dt.date, Version] = {}
    for version in published_versions(root, name):
        finished = {base.iteration for base in bases.get(version.date, []) if base.finished}
        before = serving.get(version.date)
        if before is None or version.iteration in finished or before.iteration not in finished:
            serving[version.date] = version
    return list(serving.values())


def _bases_by_date(root: Path) -> dict[dt.date, list[Base]]:
    started = _iterations_by_date(root, *((name, "full") for name in _ONCE))
    with_facts = _iterations_by_date(root, (FACTS.name, "full"))
    joins = [_iterations_by_date(root, (spec.name, variant)) for spec in JOIN_DATASETS for variant in VARIANTS]
    return {
        date: list(_bases(numbers, with_facts[date], set.intersection(*(made[date] for made in joins))))
        for date, numbers in started.items()
    }


def _iterations_by_date(root: Path, *datasets: tuple[str, Variant]) -> dict[dt.date, set[int]]:
    found: dict[dt.date, set[int]] = defaultdict(set)
    for name, variant in datasets:
        for place in described_places(root, name, variant):  # a lost folder changes no base
            found[place.version.date].add(place.version.iteration)
    return found


def _bases(started: AbstractSet[int], with_facts: AbstractSet[int], finished: AbstractSet[int]) -> Iterator[Base]:
    starts = sorted(started)
    for iteration, following in zip(starts, [*starts[1:], None], strict=True):
        mine = (number for number in sorted(finished) if iteration < number <= (following or number))
        yield Base(iteration, iteration in with_facts, tuple(mine))
