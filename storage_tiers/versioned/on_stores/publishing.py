"""Publishing into a store: parts first, under names that hold their digests, and the manifest last, if there is none.

Putting the manifest is the commit. Nothing is seen of a version before it, and of several that put it at once one
succeeds. A part's name holds the beginning of its digest: runs that race upload different contents to different names,
and equal contents to the same one. A process that dies leaves parts that no manifest names:

- no manifest: nothing was published; the next publication puts its parts, of which equal ones have the same names;
- a manifest: published. What lies beside its parts was left by a run that died or lost, and the publication that put
  the manifest removes it; what a later loser leaves, it removes itself, or `clean` does.

The loser of a race has succeeded if the winner published the same. After the commit the parts are listed once more.
Somebody may have removed the same version meanwhile; what is missing is put again.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from storage_tiers.errors import DatasetError
from storage_tiers.stores.address import in_store
from storage_tiers.stores.listing_cache import uncached_listings
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.manifest import Manifest, Part, manifest_bytes, manifest_there, part_name
from storage_tiers.versioned.on_disk.installing import other_content
from storage_tiers.versioned.on_stores.clearing import finish_withdrawal
from storage_tiers.versioned.on_stores.committing import commit
from storage_tiers.versioned.on_stores.stored_parts import named_in_store
from storage_tiers.versioned.versions import SUCCESS_NAME, VersionPlace

UPLOADS_AT_ONCE = 4
_MOST_CHECKS = 3  # that all parts are there, while somebody removes them


def publish_in_store(staged: Path | None, place: VersionPlace, manifest: Manifest) -> Manifest:
    """Upload the staged parts of a version, and put its manifest; return that, as it lies in the store.

    Nothing is uploaded where ``staged`` is None: workers have put the parts already.

    Raises DatasetError if other parts were published as this version.
    """
    if staged:
        manifest = replace(manifest, parts=tuple(named_in_store(staged, part) for part in manifest.parts))
    ours = manifest
    dataset = in_store(place.root) / place.dataset
    with uncached_listings(dataset.scheme, dataset.bucket, dataset.key):
        _publish(staged, place, ours)
    return ours


def _publish(staged: Path | None, place: VersionPlace, ours: Manifest) -> None:
    folder = in_store(place.folder)
    there = manifest_there(place)
    if there is None:
        finish_withdrawal(place)
        if staged:
            upload(staged, folder, ours.parts)
        (folder / SUCCESS_NAME).touch()
        there = commit(place, manifest_bytes(ours)) or ours
    if there.digest != ours.digest:
        _remove_own(folder, ours, there)
        raise other_content(place, there, ours)
    _make_whole(staged, Dataset(place, there))


def upload(staged: Path, folder: StorePath, parts: Iterable[Part]) -> None:
    """Put staged parts under their names in the store, several at once."""

    def put(part: Part) -> None:
        path = folder / part.name
        path.store.put_file(path.key, staged / part_name(part.number))

    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as threads:
        list(threads.map(put, parts))


def _remove_own(folder: StorePath, ours: Manifest, winner: Manifest) -> None:
    """Delete the parts that lost the race, but for those that the winner has as well."""
    names = {part.name for part in ours.parts} - {part.name for part in winner.parts}
    folder.store.delete((folder / name).key for name in sorted(names))


def _make_whole(staged: Path | None, published: Dataset) -> None:
    """Put again what is missing or damaged of a published version, and delete what isn't part of it.

    What else lies there was left by a run that died, or belongs to one that is about to lose.

    Raises DatasetError if parts vanish again and again.
    """
    folder, mark = in_store(published.folder), in_store(published.place.damage_mark)
    lost: Sequence[Part] = ()
    if mark.exists():
        if staged:
            upload(staged, folder, published.manifest.parts)
        mark.unlink(missing_ok=True)
    for _ in range(_MOST_CHECKS):
        sizes = {found.name: found.n_bytes for found in folder.listed()}
        lost = [part for part in published.manifest.parts if sizes.get(part.name) != part.n_bytes]
        if not lost:
            known = {SUCCESS_NAME, *(part.name for part in published.manifest.parts)}
            folder.store.delete((folder / name).key for name in sorted(sizes.keys() - known))
            return
        if staged is None:
            break
        upload(staged, folder, lost)
    problem = f"{len(lost)} of its parts vanish as soon as they are there (first: {lost[0].name})"
    raise DatasetError(problem, where=str(published.place), remedy="see who else removes there, and run it again")
