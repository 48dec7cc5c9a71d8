"""All that is published under an output folder, listed once, with each manifest read once and when it is asked for.

Looking at many dates goes through here, so that the work grows with the versions that are there and no faster. What
can't be read counts as not there: `status` and `verify` say what is wrong with it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from storage_tiers.stores.address import Root
from storage_tiers.versioned.manifest import InputVersion, Manifest, manifest_there
from storage_tiers.versioned.versions import VARIANTS, Variant, Version, VersionPlace, dataset_names, described_places
from workflows.catalog import DERIVATIONS, FACTS, JOIN_DATASETS
from workflows.origins.bases import ONCE, bases_among, newest_among

# What a rebuild of a date makes anew.
REMADE = tuple(spec.name for one in DERIVATIONS if one.when != "on request" for spec in one.outputs)
_JOINS = tuple((spec.name, variant) for spec in JOIN_DATASETS for variant in VARIANTS)
_Dataset = tuple[str, Variant]


@dataclass(frozen=True, slots=True)
class Serving:
    """What serves of a date: the versions under its newest base, up to its last iteration."""

    base: int
    last: int
    is_finished: bool  # whether the joins of the last iteration are all there
    newest: int  # iteration of anything of the date

    @property
    def n_iterations(self) -> int:
        """Iterations that are there of the base; 0 where only what is read off the raw input is."""
        return self.last - self.base


class Published:
    """The versions under an output folder by date, as they lie there at this moment."""

    def __init__(self, root: Root) -> None:
        self.root = root
        self._manifests: dict[VersionPlace, Manifest | None] = {}
        self._there: dict[dt.date, dict[_Dataset, set[int]]] = defaultdict(lambda: defaultdict(set))
        for name in dataset_names(root):
            for variant in VARIANTS:
                for place in described_places(root, name, variant):
                    self._there[place.version.date][name, variant].add(place.version.iteration)

    @property
    def dates(self) -> list[dt.date]:
        """All dates of which anything is published, oldest first."""
        return sorted(self._there)

    def serving(self, date: dt.date) -> Serving | None:
        """Return what serves of a date, as a run would go on from; None where nothing is published."""
        there = self._there.get(date)
        if not there:
            return None
        newest = max(max(iterations) for iterations in there.values())
        finished = set.intersection(*(there.get(dataset, set()) for dataset in _JOINS))
        started = set().union(*(there.get((name, "full"), set()) for name in ONCE))
        bases = bases_among(started, there.get((FACTS.name, "full"), set()), finished)
        base = newest_among(bases)
        above = min((one.iteration for one in bases if one.iteration > base), default=newest + 1)
        remade = (number for (name, _), numbers in there.items() if name in REMADE for number in numbers)
        last = max((number for number in remade if base <= number < above), default=base)
        return Serving(base, last, last in finished, newest)

    def places(self, date: dt.date, names: Iterable[str]) -> Iterator[VersionPlace]:
        """Yield the full versions of some datasets of a date, oldest first."""
        there = self._there.get(date, {})
        for name in names:
            for iteration in sorted(there.get((name, "full"), ())):
                yield VersionPlace(self.root, name, "full", Version(date, iteration))

    def served(self, date: dt.date) -> list[Manifest]:
        """Return the manifests of the full versions that serve of a date, iterations before the last among them."""
        serving = self.serving(date)
        if serving is None:
            return []
        places = (place for place in self.places(date, REMADE) if serving.base <= place.version.iteration)
        found = (self.manifest(place) for place in places if place.version.iteration <= serving.last)
        return [manifest for manifest in found if manifest]

    def manifest(self, place: VersionPlace) -> Manifest | None:
        """Return the manifest of a version; None where there is none that can be read."""
        if place not in self._manifests:
            self._manifests[place] = manifest_there(place)
        return self._manifests[place]

    def digest_now(self, given: InputVersion) -> str | None:
        """Return the digest that an input of another version has now; None where it is gone."""
        manifest = self._now(given)
        return manifest.digest if manifest else None

    def n_rows(self, given: InputVersion) -> int | None:
        """Return the rows that an input of another version has now; None where it is gone."""
        manifest = self._now(given)
        return manifest.n_rows if manifest else None

    def _now(self, given: InputVersion) -> Manifest | None:
        if given.iteration not in self._there.get(given.date, {}).get((given.dataset, given.variant), ()):
            return None
        return self.manifest(VersionPlace(self.root, given.dataset, given.variant, given.version))

    def n_bytes(self, date: dt.date) -> int:
        """Return the bytes of what serves of a date, light variants left out."""
        return sum(manifest.n_bytes for manifest in self.served(date))
