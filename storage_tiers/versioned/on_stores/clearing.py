"""What goes from a store: versions that are removed, and what publications left that died.

The manifest of a version goes first, and what nobody can read any more after it. Before it goes, its content is put
again as the mark of a removal that was begun, so that one that was cut off is told from a publication that was, and can
be finished. Parts are deleted that lay there when the mark was put: what is younger belongs to a publication that goes
on.

A publication that died leaves parts that no manifest names, claims and trials. One that lives uploads for as long as it
takes, so only what is a day old is taken for left. Should one take longer than that, its parts are missing when it
looks for them after its commit, and it puts them again.
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
    VARIANTS,
    Variant,
    Version,
    VersionPlace,
    dataset_names,
    listed_versions,
    version_of_folder,
)

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
    """Go on with a removal that was begun, if one was; where the version is published, only its mark is left over.

    When it was begun is asked of a listing, as the times of the parts are: some stores cut the time to a second when
    they are asked about one object.
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
    """Return the objects that no version has and nobody can be at work on, by their age."""
    latest = dt.datetime.now(dt.UTC) - older_than
    with cached_listings():
        found = [one for name in dataset_names(root) for variant in VARIANTS for one in _unnamed(root, name, variant)]
        found += [one for folder in (CLAIMS_FOLDER, TRIALS_FOLDER) for one in (root / folder).listed()]
    return [one for one in found if one.changed_at <= latest]


def remove_leftovers(root: StorePath, left: Sequence[StoredObject]) -> None:
    """Delete what `leftovers` found."""
    root.store.delete(one.key for one in left)
    forget_listings(root.scheme, root.bucket, root.key)


def _unnamed(root: StorePath, name: str, variant: Variant) -> Iterator[StoredObject]:
    """Yield the objects below the versions of a dataset that are none of their parts."""
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
        names = {part.name for part in manifest.parts} | {"_SUCCESS"} if manifest else set()
        yield from (one for one in objects if one.key.rpartition("/")[2] not in names)
