"""Putting a staged version in its place, so that it is there whole or not at all, whoever dies in between.

The folder is renamed first, the manifest after it; both are on disk by then, and the first rename before the second.
What a process that dies leaves behind is told by what is there:

- neither: nothing was published;
- a folder alone: its publication was cut off, or the manifest was lost; the next publication replaces the folder;
- a manifest alone: the folder was lost, for a manifest never comes first; the next publication must have its digest;
- both: published. Where a part is missing or was cut, or the version is marked as damaged, the next publication of the
  same digest replaces the folder and leaves the manifest.

A folder that is replaced is moved into the staging folder, which is removed at the end.
"""

from pathlib import Path

from storage_tiers.errors import DatasetError
from storage_tiers.stores.address import on_disk
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.manifest import Manifest, manifest_there, write_manifest
from storage_tiers.versioned.parts import fsync
from storage_tiers.versioned.versions import VersionPlace


def install(staged: Path, place: VersionPlace, manifest: Manifest) -> None:
    """Move a staged folder to its place, with its manifest; the caller holds the lock of publications.

    A version that someone else published meanwhile is accepted when it holds the same parts.

    Raises DatasetError if other parts were published as this version, or files that aren't ours lie in the way.
    """
    there = manifest_there(place)  # one that can't be read is replaced
    if there and there.digest != manifest.digest:
        raise other_content(place, there, manifest)
    if there and not next(Dataset(place, there).faults(), None):
        return
    root, folder, manifest_path = map(on_disk, (place.root, place.folder, place.manifest))
    if folder.exists():
        _refuse_strangers(place)
        folder.rename(staged.with_name("replaced"))
    folder.parent.mkdir(parents=True, exist_ok=True)
    staged.rename(folder)
    place.removal_mark.unlink(missing_ok=True)
    _sync_folders(folder, root)
    # An earlier release's manifest went with the folder; one that was copied from a store names its parts otherwise.
    if there is None or not manifest_path.exists() or there.parts != manifest.parts:
        described = staged.with_name("manifest.json")
        write_manifest(manifest, described)
        fsync(described)
        manifest_path.parent.mkdir(parents=True, exist_ok=True)
        described.replace(manifest_path)
    place.damage_mark.unlink(missing_ok=True)
    _sync_folders(manifest_path, root)


def other_content(place: VersionPlace, there: Manifest, manifest: Manifest) -> DatasetError:
    """Return the error of a version that is there with other content, whole or not."""
    if next(Dataset(place, there).faults(), None):
        problem = "what was lost or damaged can't be made again as it was: digest before"
        why = "its input or a setting changed since"
    else:
        problem = "it was published by another run with other content: digest there"
        why = "its input or a setting is another now"
    return DatasetError(
        f"{problem}={there.digest[:12]} != ours={manifest.digest[:12]}; {why}",
        where=str(place),
        remedy=f"bring that back, or see 'interest-graph rebuild'; to publish anew what nothing was made from, remove "
        f"{place.found_manifest} first",
    )


def _refuse_strangers(place: VersionPlace) -> None:
    """Raise DatasetError if anything but Parquet files and markers lies where the folder is to be replaced."""
    inside = [path.name for path in place.folder.iterdir()] if place.folder.is_dir() else [place.folder.name]
    strangers = [name for name in inside if not (name.endswith(".parquet") or name[0] in "_.")]
    if strangers:
        raise DatasetError(
            f"it is not published: {place.folder} is no published version and holds {min(strangers)}",
            where=str(place),
            remedy="remove what lies there",
        )


def _sync_folders(path: Path, root: Path) -> None:
    for folder in path.relative_to(root).parents:
        fsync(root / folder)
