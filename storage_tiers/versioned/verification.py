"""What is wrong with published versions: a manifest, a folder or a part that is lost or damaged, a file too many.

By sizes that takes a look at each file, which every reader and every run affords; by every byte it reads all of them.
Nobody is kept from publishing meanwhile. So what looks wrong is looked at again when the publication or removal of that
moment is over: between its two renames a sound version lacks its manifest.
"""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec

from storage_tiers.bounded_files import UNREADABLE, read_bounded
from storage_tiers.errors import DamagedVersionError, DatasetError
from storage_tiers.stores.address import Root, on_disk, root_of
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.manifest import manifest_there, read_manifest, write_manifest
from storage_tiers.versioned.parts import OnBytes, fsync, ignore_bytes, replace_text
from storage_tiers.versioned.staging import wait_for_publications
from storage_tiers.versioned.versions import (
    MANIFESTS_FOLDER,
    Listing,
    Variant,
    Version,
    VersionPlace,
    all_places,
    version_of_folder,
)


class _Size(msgspec.Struct):
    name: str
    n_bytes: int


class _Parts(msgspec.Struct):
    """What a glance reads of a manifest."""

    parts: list[_Size]


_PARTS = msgspec.json.Decoder(_Parts)


def faults_of(
    place: VersionPlace, *, every_byte: bool = False, on_bytes: OnBytes = ignore_bytes
) -> Iterator[DamagedVersionError]:
    """Yield what is wrong with the version that lies in a place; nothing where it is sound.

    `on_bytes` is told of the bytes that were read for it.
    """
    yield from _lasting(place.root, partial(_faults_now, place, every_byte=every_byte, on_bytes=on_bytes))


def faults_at_a_glance(
    root: Root, name: str, variant: Variant, listing: Listing, *, by_names: bool = False
) -> Iterator[tuple[Version, DamagedVersionError]]:
    """Yield each version of a dataset that isn't whole, with the first thing that is wrong with it.

    Each manifest is read, but only for the names and sizes of parts, which takes 50 µs a version; what looks odd is
    looked at as `faults_of` does. With `by_names` none is read: what is told are lost folders, lost manifests, and
    marks of damage.
    """
    whole = {*listing.published} - listing.marked
    for version in listing.there:
        if version not in whole or not (by_names or _seems_sound(root_of(root), name, variant, version)):
            place = VersionPlace(root, name, variant, version)
            fault = next(faults_of(place), None)
            if fault and is_there(place):
                yield version, fault


def is_there(place: VersionPlace) -> bool:
    """Return whether anything of a version is there; one that was listed may have been removed since."""
    return place.folder.exists() or place.found_manifest.exists()


def settle(place: VersionPlace, on_bytes: OnBytes = ignore_bytes) -> list[DamagedVersionError]:
    """Mend what needs no building, mark what does, and return what is wrong; every byte is read.

    A manifest that an earlier release put into the folder moves to its place, where it needs a digest of itself. The
    mark goes from a version that is sound, and comes to one that isn't, so that nobody takes it for complete.
    """
    if place.found_manifest == place.inner_manifest:
        _move_to_its_place(place)
    lost = _lasting(place.root, partial(_losses, place, every_byte=True, on_bytes=on_bytes))
    if lost:
        replace_text(place.damage_mark, "; ".join(fault.problem for fault in lost))
    elif place.damage_mark.exists():  # what can't be written to may be looked at
        place.damage_mark.unlink(missing_ok=True)
    return lost


def _move_to_its_place(place: VersionPlace) -> None:
    """Move the manifest of an earlier release; one that can't be read moves as it is, and is told there."""
    manifest, inner, final = manifest_there(place), on_disk(place.inner_manifest), on_disk(place.manifest)
    if manifest:
        unfinished = inner.with_name(f".{inner.name}")
        write_manifest(manifest, unfinished)
        fsync(unfinished)
        unfinished.replace(inner)
    final.parent.mkdir(parents=True, exist_ok=True)
    inner.rename(final)


def _seems_sound(root: Root, name: str, variant: Variant, version: Version) -> bool:
    """Return whether a manifest can be read and its parts are there, as large as they were published."""
    if isinstance(root, StorePath):
        return next(faults_of(VersionPlace(root, name, variant, version)), None) is None
    home = f"{root}/{name}"
    try:
        parts = _PARTS.decode(read_bounded(f"{home}/{MANIFESTS_FOLDER}/{variant}/{version.path}.json")).parts
        folder = f"{home}/{variant}/{version.path}"
        return all(os.stat(f"{folder}/{part.name}").st_size == part.n_bytes for part in parts)  # noqa: PTH116
    except (*UNREADABLE, ValueError):  # a name that no file can have
        return False


def _lasting(root: Root, look: Callable[[], Iterator[DamagedVersionError]]) -> list[DamagedVersionError]:
    """Return what a look finds wrong, and still finds when the publication or removal of that moment is over."""
    found = list(look())
    if found:
        wait_for_publications(root)
        found = list(look())
    return found


def _faults_now(place: VersionPlace, *, every_byte: bool, on_bytes: OnBytes) -> Iterator[DamagedVersionError]:
    is_sound, problem = True, ""
    for loss in _losses(place, every_byte=every_byte, on_bytes=on_bytes):
        is_sound = False
        yield loss
    if every_byte and is_sound and place.damage_mark.exists():
        problem = f"{place.damage_mark} says that it is damaged, which it isn't any more"
    elif every_byte and place.found_manifest == place.inner_manifest:
        problem = (
            f"an earlier release put {place.inner_manifest.name} into its folder, which Polars refuses to read; "
            "where that has no manifest_digest, nobody can tell whether it was edited"
        )
    if problem:
        yield DamagedVersionError(problem, where=str(place), remedy=place.how_to_repair)


def _losses(place: VersionPlace, *, every_byte: bool, on_bytes: OnBytes) -> Iterator[DamagedVersionError]:
    try:
        manifest = read_manifest(place)
    except DamagedVersionError as error:
        yield error
        return
    if isinstance(place.root, StorePath) or place.folder.is_dir():
        yield from Dataset(place, manifest).faults(every_byte=every_byte, on_bytes=on_bytes)
    else:
        remedy = f"{place.how_to_repair}; or, if it was removed on purpose, remove {place.found_manifest} as well"
        yield DamagedVersionError(f"{place.folder} is missing", where=str(place), remedy=remedy)


def strangers(root: Root, name: str, variant: Variant) -> Iterator[tuple[Root, DatasetError]]:
    """Yield the files among those of a dataset that no version knows, each with the error that says so.

    Engines read such a file as rows of the dataset, or refuse the whole folder for it. Empty files are markers.
    """
    found = _unknown_files(root, name, variant)
    if found:
        wait_for_publications(root)
        found &= _unknown_files(root, name, variant)
    for path in sorted(found, key=str):
        version = version_of_folder(path.parent)
        if version and VersionPlace(root, name, variant, version).removal_mark.exists():
            remedy = "the next interest-graph clean or run goes on with it"
            yield path, DatasetError(f"{path} is left of a removal that was cut off", remedy=remedy)
            continue
        remedy = "move it away: engines that read the folder take it for rows, or refuse the folder"
        yield path, DatasetError(f"{path} belongs to no version", remedy=remedy)


def _unknown_files(root: Root, name: str, variant: Variant) -> set[Root]:
    known = {path for place in all_places(root, name, variant) for path in _files_of(place)}
    return {path for path in _filled_files(root / name / variant) if path not in known}


def _filled_files(folder: Root) -> list[Root]:
    """Return the files below a folder that aren't empty, by their paths."""
    if isinstance(folder, StorePath):
        return [StorePath(folder.scheme, folder.bucket, one.key) for one in folder.listed() if one.n_bytes]
    return [path for path in sorted(folder.rglob("*")) if _is_file_with_content(path)]


def _is_file_with_content(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size > 0
    except FileNotFoundError:  # removed meanwhile
        return False


def _files_of(place: VersionPlace) -> set[Root]:
    """Return the files that a version has in its folder; without a manifest, all Parquet files."""
    manifest = manifest_there(place)
    if manifest is None:
        inside = {path for path in _filled_files(place.folder) if path.parent == place.folder}
        return {path for path in inside if path.suffix == ".parquet"} | {place.inner_manifest}
    return {*(place.folder / part.name for part in manifest.parts), place.inner_manifest}
