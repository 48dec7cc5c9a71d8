"""Removing from a store: whole versions, and what publications left that died.

A removal has three steps. The content of the manifest is put again as a mark that a removal has begun. The manifest is
deleted, which ends the version. The parts are deleted, and then the mark. So a removal that was cut off can be told
from a publication that was cut off, and is finished. Only parts are deleted that are older than the mark: younger ones
belong to a publication that goes on.

A publication that died leaves parts that no manifest names, claims and trials. One that is alive may upload for hours,
so only what is a day old counts as left. If an upload takes longer than that, its parts are deleted; it misses them
when it lists them after its commit, and puts them again.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

from storage_tiers.stores.address import in_store
from storage_tiers.stores.listing_cache import cached_listings, forget_listings, uncached_listings
from storage_tiers.stores.object_store import StoredObject
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.manifest import manifest_there
from storage_tiers.versioned.on_stores.claims import CLAIMS_FOLDER
from storage_tiers.versioned.on_stores.committing import TRIALS_FOLDER
from storage_tiers.versioned.versions import (
    SUCCESS_NAME,
    VARIANTS,
    Variant,
    Version,
    VersionPlace,
    dataset_names,
    listed_versions,
    version_of_folder,
)

STAGING_FOLDER = "_staging"  # of tables that workers hand to each other
LEFT_AFTER = dt.timedelta(days=1)
_READ_AT_ONCE = 8


def withdraw(place: VersionPlace) -> None:
    """Remove a version, whether it is whole or not; nothing happens where nothing is there."""
    manifest, mark = in_store(place.manifest), in_store(place.removal_mark)
    with _uncached(place):
        try:
            mark.write_bytes(manifest.read_bytes())
        except FileNotFoundError:
            if not in_store(place.folder).listed():
                mark.unlink(missing_ok=True)
                return
            mark.touch()
        manifest.unlink(missing_ok=True)
        finish_withdrawal(place)


def finish_withdrawal(place: VersionPlace) -> None:
    """Finish a removal that was begun, if one was; of a version that was published since, only the mark is deleted.

    The times of mark and parts both come from listings: asked about one object, some stores cut its time to a second.
    """
    mark = in_store(place.removal_mark)
    with _uncached(place):
        begun = next((found for found in mark.parent.listed() if found.key == mark.key), None)
        if begun is None:
            return
        if not place.manifest.exists():
            folder = in_store(place.folder)
            old = [found.key for found in folder.listed() if found.changed_at <= begun.changed_at]
            folder.store.delete(old)
            place.damage_mark.unlink(missing_ok=True)
        mark.unlink(missing_ok=True)


def _uncached(place: VersionPlace) -> AbstractContextManager[None]:
    """Remember no listing of a dataset for a block, which changes it."""
    dataset = in_store(place.root) / place.dataset
    return uncached_listings(dataset.scheme, dataset.bucket, dataset.key)


def leftovers(root: StorePath, older_than: dt.timedelta = LEFT_AFTER) -> list[StoredObject]:
    """Return the objects that belong to no version and are so old that nobody is still at work on them."""
    latest = dt.datetime.now(dt.UTC) - older_than
    with cached_listings():
        found = [one for name in dataset_names(root) for variant in VARIANTS for one in _unnamed(root, name, variant)]
        found += [one for folder in (CLAIMS_FOLDER, TRIALS_FOLDER, STAGING_FOLDER) for one in (root / folder).listed()]
    return [one for one in found if one.changed_at <= latest]


def remove_leftovers(root: StorePath, left: Sequence[StoredObject]) -> None:
    """Delete what `leftovers` found."""
    root.store.delete(one.key for one in left)
    forget_listings(root.scheme, root.bucket, root.key)


def remove_below(place: StorePath) -> None:
    """Delete all objects below a place."""
    place.store.delete([found.key for found in place.store.listed(place.key)])
    forget_listings(place.scheme, place.bucket, place.key)


def _unnamed(root: StorePath, name: str, variant: Variant) -> Iterator[StoredObject]:
    """Yield the objects in the folders of a dataset's versions that no manifest names."""
    listing = listed_versions(root, name, variant)
    below: dict[Version, list[StoredObject]] = {}
    for found in (root / name / variant).listed():
        version = version_of_folder(StorePath(root.scheme, root.bucket, found.key).parent)
        if version and version not in listing.removed:  # whose removal is finished as such
            below.setdefault(version, []).append(found)
    described = [version for version in below if version in listing.described]
    with ThreadPoolExecutor(_READ_AT_ONCE) as threads:
        places = [VersionPlace(root, name, variant, version) for version in described]
        manifests = dict(zip(described, threads.map(manifest_there, places), strict=True))
    for version, objects in below.items():
        manifest = manifests.get(version)
        if version in manifests and manifest is None:
            continue  # its manifest is damaged: which parts it names can't be told
        names = {part.name for part in manifest.parts} | {SUCCESS_NAME} if manifest else set()
        yield from (one for one in objects if one.name not in names)
