"""Removing published versions: which of them others were made from, and the rename that takes a version away whole.

A version is immutable and can be built on, so it may go only when no other version names it as an input. An input
without rows gave nothing, and is none here.
"""

import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from storage_tiers.stores.address import Root, on_disk, root_of
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.dated_folders import dated_names
from storage_tiers.versioned.manifest import InputVersion
from storage_tiers.versioned.on_stores.clearing import finish_withdrawal, withdraw
from storage_tiers.versioned.parts import fsync
from storage_tiers.versioned.staging import publications_locked, staging_folder
from storage_tiers.versioned.versions import (
    MANIFESTS_FOLDER,
    VARIANTS,
    Variant,
    Version,
    VersionPlace,
    described_names,
    version_named,
)


class MadeFrom(Protocol):
    """What a manifest says that decides what stays: rows, and the versions that it was made from."""

    @property
    def n_rows(self) -> int:
        """Rows over all parts."""

    @property
    def inputs(self) -> tuple[InputVersion, ...]:
        """The versions that it was made from."""


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """One version of one dataset and variant."""

    dataset: str
    variant: Variant
    version: Version

    def __str__(self) -> str:
        return f"{self.dataset}{'' if self.variant == 'full' else '/light'} {self.version}"


OnRemoved = Callable[[PublishedVersion], None]


def say_nothing(_version: PublishedVersion) -> None:
    """Don't mind which versions are removed."""


def needed_versions(
    wanted: Iterable[PublishedVersion],
    manifests: Mapping[PublishedVersion, MadeFrom],
    stands_alone: Callable[[Version], bool] = lambda _version: False,
) -> dict[PublishedVersion, PublishedVersion]:
    """Return which of some versions that are to be removed can't be, each with one that was made from it.

    Parameters
    ----------
    wanted
        To be removed.
    manifests
        Of everything that is published.
    stands_alone
        Says of a version that it holds a copy of what it was made from, so that its inputs may go.

    Notes
    -----
    What was made from a version that stays keeps its inputs, too: they go together or not at all.
    """
    removable = set(wanted)
    needed: dict[PublishedVersion, PublishedVersion] = {}
    staying = [made for made in manifests if made not in removable and not stands_alone(made.version)]
    while staying:
        made = staying.pop()
        for given in manifests[made].inputs:
            source = PublishedVersion(given.dataset, given.variant, given.version)
            if source in removable and source in manifests and manifests[source].n_rows:
                removable.remove(source)
                needed[source] = made
                staying.append(source)
    return needed


def remove_versions(root: Root, versions: Iterable[PublishedVersion], on_removed: OnRemoved = say_nothing) -> None:
    """Remove published versions, one after the other, and what is left of such as were lost; `on_removed` is told each.

    Who dies meanwhile leaves each published whole or not at all, and at most one whose folder is still there, with its
    mark; `finish_removals` goes on with that. Whoever has files of a removed version open can read them to the end.
    """
    if isinstance(root, StorePath):
        for one in versions:
            withdraw(VersionPlace(root, one.dataset, one.variant, one.version))
            on_removed(one)
        return
    with staging_folder(root, "removed") as scratch:
        for number, one in enumerate(versions):
            place = VersionPlace(root, one.dataset, one.variant, one.version)
            with publications_locked(root):
                if _mark(place):
                    _take_away(place, scratch / str(number))
            shutil.rmtree(scratch / str(number), ignore_errors=True)  # now, so that a full disk gets room soon
            on_removed(one)


def finish_removals(root: Root) -> None:
    """Take away the folders, or what lies in a store, of versions whose removal was begun."""
    listed = ((name, variant) for name in described_names(root) for variant in VARIANTS)
    begun = [
        VersionPlace(root, name, variant, version)
        for name, variant in listed
        for version in sorted(_removals_begun(root, name, variant))
    ]
    if isinstance(root, StorePath):
        for place in begun:
            finish_withdrawal(place)
    elif begun:
        with staging_folder(root, "removed") as scratch, publications_locked(root):
            for number, place in enumerate(begun):
                _take_away(place, scratch / str(number))


def _removals_begun(root: Root, name: str, variant: Variant) -> set[Version]:
    """Return the versions whose removal was begun; their folders are not looked at."""
    dated = dated_names(root_of(root) / name / MANIFESTS_FOLDER / variant)
    begun = (
        (day, entry.removesuffix(".removed")) for day, names in dated for entry in names if entry.endswith(".removed")
    )
    return {version for day, stem in begun if (version := version_named(day, stem))}


def _mark(place: VersionPlace) -> bool:
    """Rename the manifest, from when on the version isn't published; return whether there is anything to take away."""
    place.manifest.parent.mkdir(parents=True, exist_ok=True)
    try:
        on_disk(place.found_manifest).rename(on_disk(place.removal_mark))
    except FileNotFoundError:  # another run was faster, or only its folder was left
        if not place.folder.is_dir():
            _remove_empty(place)
            return False
        place.removal_mark.touch()
    fsync(on_disk(place.manifest.parent))
    return True


def _take_away(place: VersionPlace, scratch: Path) -> None:
    """Move the folder of a marked version away, with its marks; the caller holds the lock of publications."""
    with suppress(FileNotFoundError):  # where another run was faster, or the folder was lost
        if place.removal_mark.exists() and not place.manifest.exists():
            place.damage_mark.unlink(missing_ok=True)
            folder = on_disk(place.folder)
            folder.rename(scratch)
            fsync(folder.parent)
    place.removal_mark.unlink(missing_ok=True)
    _remove_empty(place)


def _remove_empty(place: VersionPlace) -> None:
    """Remove the folders of a date that holds nothing any more, or each look at all dates would look into them."""
    for folder in map(on_disk, (place.manifest.parent, place.folder.parent)):
        with suppress(OSError):  # something is in it
            folder.rmdir()
