"""The loaded versions of the random access tier, and the pointer that says which one serves.

``<root>/_random_access/<dataset>/date=YYYY-MM-DD/iteration=N/`` holds ``data.mdb`` and ``_tier.json``; the pointer
``_CURRENT`` beside the dates names one of them and is replaced whole, so that going back is one small write.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import msgspec

from storage_tiers.errors import DamagedVersionError, VersionNotFoundError
from storage_tiers.random_access.values import ValueLayout
from storage_tiers.versioned.parts import fsync
from storage_tiers.versioned.staging import locked
from storage_tiers.versioned.versions import Version, version_of_folder, versions_under

RANDOM_ACCESS_FOLDER = "_random_access"
TIER_NAME = "_tier.json"
DATA_NAME = "data.mdb"
LOCK_NAME = ".lock"
_CURRENT_NAME = "_CURRENT"


@dataclass(frozen=True, slots=True)
class RandomAccessVersion:
    """What one loaded version holds; ``source_digest`` is that of the dataset it was loaded from."""

    dataset: str
    version: Version
    source_digest: str
    n_rows: int
    n_bytes: int  # of data.mdb
    key_is_integer: bool
    schema_id: int
    layout: ValueLayout


def random_access_folder(root: Path, name: str) -> Path:
    """Return the folder of a dataset's loaded versions, whether it exists or not."""
    return root / RANDOM_ACCESS_FOLDER / name


def loaded_versions(root: Path, name: str) -> list[Version]:
    """Return the loaded versions of a dataset, oldest first."""
    return versions_under(random_access_folder(root, name), TIER_NAME)


def current_version(root: Path, name: str) -> Version | None:
    """Return the version that the pointer names; None where nothing was loaded yet."""
    try:
        named = (random_access_folder(root, name) / _CURRENT_NAME).read_text().strip()
    except FileNotFoundError:
        return None
    return version_of_folder(Path(named))


def make_current(root: Path, name: str, version: Version) -> None:
    """Let a loaded version serve, an older one as well: this is how to roll back.

    Raises
    ------
    VersionNotFoundError
        If that version isn't loaded; the message lists what is.
    """
    if version not in loaded_versions(root, name):
        raise not_loaded(root, name, str(version))
    with locked(random_access_folder(root, name) / LOCK_NAME):
        write_pointer(root, name, version)


def write_pointer(root: Path, name: str, version: Version) -> None:
    """Replace the pointer; the caller holds the dataset's lock."""
    folder = random_access_folder(root, name)
    unfinished = folder / f".{_CURRENT_NAME}"
    unfinished.write_text(f"{version.folder.as_posix()}\n")
    fsync(unfinished)
    unfinished.replace(folder / _CURRENT_NAME)
    fsync(folder)


def select_version(root: Path, name: str, date: dt.date | None, iteration: int | None) -> Version:
    """Return the version that serves, or the newest loaded one that matches a given date or iteration."""
    if date is None and iteration is None:
        current = current_version(root, name)
        if current is None:
            raise not_loaded(root, name, "of any version")
        return current
    for version in reversed(loaded_versions(root, name)):
        if date in (None, version.date) and iteration in (None, version.iteration):
            return version
    raise not_loaded(root, name, f"date={date or 'any'} iteration={'any' if iteration is None else iteration}")


def write_tier(loaded: RandomAccessVersion, folder: Path) -> None:
    """Write ``_tier.json``, whose presence says that the load was finished."""
    content = msgspec.json.format(msgspec.json.encode(loaded), indent=1)
    (folder / TIER_NAME).write_bytes(content + b"\n")


def read_tier(root: Path, name: str, version: Version) -> RandomAccessVersion:
    """Read ``_tier.json`` and compare the data file's size with it.

    Raises
    ------
    VersionNotFoundError
        If that version isn't loaded; the message lists what is.
    DamagedVersionError
        If ``_tier.json`` can't be read, or the data file is missing or has another size than was loaded.
    """
    folder = random_access_folder(root, name) / version.folder
    try:
        loaded = msgspec.json.decode((folder / TIER_NAME).read_bytes(), type=RandomAccessVersion)
        n_bytes = (folder / DATA_NAME).stat().st_size if (folder / DATA_NAME).exists() else 0
    except FileNotFoundError:
        raise not_loaded(root, name, str(version)) from None
    except msgspec.MsgspecError as error:
        raise damaged(folder, f"{TIER_NAME} can't be read ({error})") from error
    if n_bytes != loaded.n_bytes:
        raise damaged(folder, f"bytes of {DATA_NAME} current={n_bytes} != loaded={loaded.n_bytes}")
    return loaded


def damaged(folder: Path, what: str) -> DamagedVersionError:
    """Return the error of a loaded version that isn't what was loaded."""
    return DamagedVersionError(f"{folder}: {what}; load the version again")


def not_loaded(root: Path, name: str, asked: str) -> VersionNotFoundError:
    """Return the error of a version that isn't loaded, listing what is."""
    versions = loaded_versions(root, name)
    if versions:
        there = f"{len(versions)} loaded (newest: {', '.join(map(str, versions[:-4:-1]))})"
    else:
        folders = sorted(path.name for path in (root / RANDOM_ACCESS_FOLDER).glob("*"))
        there = f"datasets loaded: {', '.join(folders) or 'none; run DailyDiscovery first'}"
    return VersionNotFoundError(f"{name} {asked} is not loaded for random access under {root}; {there}")
