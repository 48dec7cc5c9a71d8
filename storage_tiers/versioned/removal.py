"""Removing published versions: which of them others were made from, and the rename that takes a version away whole.

A version is immutable and can be built on, so it may go only when no other version names it as an input. An input
without rows gave nothing, and is none here.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from storage_tiers.versioned.manifest import Manifest
from storage_tiers.versioned.parts import fsync
from storage_tiers.versioned.staging import publications_locked, staging_folder
from storage_tiers.versioned.versions import (
    MANIFESTS_FOLDER,
    VARIANTS,
    Variant,
    Version,
    VersionPlace,
    version_of_folder,
)


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """One version of one dataset and variant."""

    dataset: str
    variant: Variant
    version: Version

    def __str__(self) -> str:
        return f"{self.dataset}{'' if self.variant == 'full' else '/light'} {self.version}"


def pinned_versions(
    wanted: Iterable[PublishedVersion],
    manifests: Mapping[PublishedVersion, Manifest],
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
    pinned: dict[PublishedVersion, PublishedVersion] = {}
    staying = [made for made in manifests if made not in removable and not stands_alone(made.version)]
    while staying:
        made = staying.pop()
        for given in manifests[made].inputs:
            source = PublishedVersion(given.dataset, given.variant, given.version)
            if source in removable and source in manifests and manifests[source].n_rows:
                removable.remove(source)
                pinned[source] = made
                staying.append(source)
    return pinned


def remove_versions(root: Path, versions: Iterable[PublishedVersion]) -> None:
    """Remove published versions, one after the other.

    Who dies meanwhile leaves each published whole or not at all, and at most one whose folder is still there, with its
    mark; `finish_removals` goes on with that.
    """
    for one in versions:
        place = VersionPlace(root, one.dataset, one.variant, one.version)
        with suppress(FileNotFoundError):  # where another run was faster
            place.manifest.parent.mkdir(parents=True, exist_ok=True)
            place.found_manifest.rename(place.removal_mark)  # from now on it isn't published
            fsync(place.manifest.parent)
        finish_removals(root)


def finish_removals(root: Path) -> None:
    """Take away the folders of versions whose removal was begun."""
    marks = sorted(root.glob(f"*/{MANIFESTS_FOLDER}/*/date=*/iteration=*.removed"))
    if not marks:
        return
    with staging_folder(root, "removed") as folder, publications_locked(root):
        for number, mark in enumerate(marks):
            variant, version = mark.parents[1].name, version_of_folder(mark.with_suffix(""))
            if version is None or variant not in VARIANTS:
                continue
            place = VersionPlace(root, mark.parents[3].name, variant, version)
            with suppress(FileNotFoundError):  # where another run was faster
                if mark.exists() and not place.manifest.exists():
                    place.damage_mark.unlink(missing_ok=True)
                    place.folder.rename(folder / str(number))
                    fsync(place.folder.parent)
            mark.unlink(missing_ok=True)
