"""Datasets that a date lost whole, with their manifests, so that nothing of them is left to be told of.

What was made from a version names it as an input. Where neither a folder nor a manifest of it is there, it was removed
or lost. It was lost if something with rows was made from it on the same date: removals keep what others were made from,
but for inputs without rows, and the datasets that are looked for here have rows where what is made from them has.
"""

import datetime as dt
from collections.abc import Iterable, Iterator

from storage_tiers.errors import DamagedVersionError
from storage_tiers.stores.address import Root
from storage_tiers.versioned.manifest import InputVersion, Manifest, manifest_there
from storage_tiers.versioned.versions import VARIANTS, Version, VersionPlace, all_places
from workflows.catalog import REPIN_EDGES
from workflows.picture_catalog import IMAGE_SIGNATURES, PICTURE_DATASETS
from workflows.tasks.faults import Fault, places_of

_MAY_BE_EMPTY = {spec.name for spec in (*PICTURE_DATASETS, IMAGE_SIGNATURES, REPIN_EDGES)}


def lost_datasets(output: Root, date: dt.date | None = None) -> Iterator[Fault]:
    """Yield the versions of datasets of which a date has none left, though others of the date were made from them.

    Parameters
    ----------
    output
        The output folder.
    date
        The date to look at; all by default.

    Yields
    ------
    Fault
        One for each version that is named, with the first that names it.
    """
    places = places_of(output, date)
    there = {(place.dataset, place.version.date) for place in places}
    told: set[tuple[str, Version]] = set()
    for place, made in _described(places):
        for given in made.inputs if made.n_rows else ():
            is_there = (given.dataset, given.date) in there or (given.dataset, given.version) in told
            if is_there or given.date != made.date or given.dataset in _MAY_BE_EMPTY:
                continue
            told.add((given.dataset, given.version))
            lost = VersionPlace(output, given.dataset, given.variant, given.version)
            if giving_up_mark(lost).exists() or _is_there_by_now(output, given):
                continue
            problem = f"it is gone with its manifest, and {place} was made from it"
            error = DamagedVersionError(problem, where=str(lost), remedy=lost.how_to_repair)
            yield Fault(error, given.dataset, given.version)


def giving_up_mark(place: VersionPlace) -> Root:
    """Return what a person renames the manifest to, to do without a version that can't be made again."""
    return place.manifest.with_suffix(".given_up")


def _is_there_by_now(output: Root, given: InputVersion) -> bool:
    """Return whether a run has published it since its folder was looked into, and then what is made from it."""
    return any(all_places(output, given.dataset, variant, given.date) for variant in VARIANTS)


def _described(places: Iterable[VersionPlace]) -> Iterator[tuple[VersionPlace, Manifest]]:
    for place in places:
        manifest = manifest_there(place)
        if manifest:
            yield place, manifest
