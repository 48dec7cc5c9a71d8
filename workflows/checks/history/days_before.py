"""The days that a version is compared with: the last complete ones before its date, by their manifests alone.

A date counts where its joins are there, so that no run that was cut off does. Of its versions the newest counts that
can be read and isn't known to be damaged. A date that is built late is compared with what was before it, as any other.
"""

import datetime as dt
from collections.abc import Iterator
from itertools import groupby, islice
from pathlib import Path

from storage_tiers.stores.address import Root
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.manifest import Manifest, manifest_there
from storage_tiers.versioned.versions import VersionPlace, listed_versions, published_versions, version_of_folder
from workflows.catalog import JOIN_DATASETS


def manifests_before(root: Root, name: str, date: dt.date, n_days: int) -> list[Manifest]:
    """Return the manifests of a dataset of the last so many complete dates before one, newest first.

    One folder is listed, whatever the number of dates, and as many manifests are read as are returned. In a store one
    listing each is asked for of the dataset and the joins.
    """
    if isinstance(root, StorePath):
        return list(islice(_newest_in_store(root, name, date), n_days))
    found = (_newest(root, name, folder) for folder in _dates_before(root, name, date) if _is_complete(root, folder))
    return list(islice(filter(None, found), n_days))


def _newest_in_store(root: StorePath, name: str, date: dt.date) -> Iterator[Manifest]:
    """Yield the manifest of the newest sound version of each earlier complete date, newest first."""
    joined = (published_versions(root, spec.name) for spec in JOIN_DATASETS)
    complete = set.intersection(*({version.date for version in versions} for versions in joined))
    listing = listed_versions(root, name, "full")
    versions = sorted(listing.described - listing.marked, reverse=True)
    for day, of_day in groupby(versions, lambda version: version.date):
        if day < date and day in complete:
            read = (manifest_there(VersionPlace(root, name, "full", version)) for version in of_day)
            yield from islice(filter(None, read), 1)


def _dates_before(root: Path, name: str, date: dt.date) -> list[str]:
    """Return the names of a dataset's folders of earlier dates, newest first; one listing, however many there are."""
    home = root / name / "full"
    folders = (path.name for path in home.iterdir()) if home.is_dir() else iter(())
    today = f"date={date.isoformat()}"  # such names sort as their dates do
    return sorted((folder for folder in folders if folder.startswith("date=") and folder < today), reverse=True)


def _is_complete(root: Path, folder: str) -> bool:
    return all((root / spec.name / "full" / folder).is_dir() for spec in JOIN_DATASETS)


def _newest(root: Path, name: str, folder: str) -> Manifest | None:
    """Return the manifest of the newest version of a date that is whole; None where none is."""
    read = (manifest_there(place) for place in _places(root, name, folder))
    return next((manifest for manifest in read if manifest is not None), None)


def _places(root: Path, name: str, folder: str) -> Iterator[VersionPlace]:
    iterations = (root / name / "full" / folder).iterdir()
    versions = sorted(filter(None, map(version_of_folder, iterations)), reverse=True)
    for version in versions:
        place = VersionPlace(root, name, "full", version)
        if not place.damage_mark.exists():
            yield place
