"""One loaded version: its folder holds ``data.mdb`` and ``_tier.json``, which is written last and describes it."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import lmdb
import msgspec

from storage_tiers.bounded_files import UNREADABLE, read_bounded, words_of_unreadable
from storage_tiers.errors import DamagedVersionError
from storage_tiers.random_access.environments import DATA_NAME, SharedEnvironment
from storage_tiers.random_access.values import ValueLayout
from storage_tiers.tier import TierVersion
from storage_tiers.versioned.parts import OnBytes, file_digest, fsync, ignore_bytes
from storage_tiers.versioned.versions import Version, how_to_repair, version_of_folder

TIER_NAME = "_tier.json"


@dataclass(frozen=True, slots=True)
class LoadedVersion:
    """What one loaded version holds; ``source_digest`` is that of the dataset it was loaded from."""

    dataset: str
    version: Version
    source_digest: str
    n_rows: int
    n_bytes: int  # of data.mdb
    key_is_integer: bool
    schema_id: int
    layout: ValueLayout
    digest: str = ""  # of data.mdb; versions that an earlier release loaded have none

    def as_tier_version(self, folder: Path, *, is_current: bool) -> TierVersion:
        """Return what every tier says of a version."""
        loaded_at = dt.datetime.fromtimestamp((folder / TIER_NAME).stat().st_mtime, dt.UTC)
        return TierVersion(
            self.dataset, self.version, self.source_digest, self.n_rows, self.n_bytes, loaded_at, is_current
        )


def write_loaded(loaded: LoadedVersion, folder: Path) -> None:
    """Write ``_tier.json``, whose presence says that the load was finished."""
    content = msgspec.json.format(msgspec.json.encode(loaded), indent=1)
    (folder / TIER_NAME).write_bytes(content + b"\n")
    fsync(folder / TIER_NAME)
    fsync(folder)


def read_loaded(folder: Path) -> LoadedVersion:
    """Read ``_tier.json`` and compare the data file's size with it.

    Raises FileNotFoundError if there is no ``_tier.json``. Raises DamagedVersionError if it can't be read, or the data
    file is missing or has another size than was loaded.
    """
    try:
        loaded = msgspec.json.decode(read_bounded(folder / TIER_NAME), type=LoadedVersion)
    except FileNotFoundError:
        raise
    except UNREADABLE as error:
        raise damaged(folder, f"{TIER_NAME} can't be read ({words_of_unreadable(error)})") from error
    n_bytes = (folder / DATA_NAME).stat().st_size if (folder / DATA_NAME).exists() else 0
    if n_bytes != loaded.n_bytes:
        raise damaged(folder, f"bytes of {DATA_NAME} current={n_bytes} != loaded={loaded.n_bytes}")
    return loaded


def open_loaded(folder: Path, loaded: LoadedVersion) -> SharedEnvironment:
    """Open the rows of a loaded version and compare their number.

    Raises DamagedVersionError if the file isn't what was loaded.
    """
    try:
        environment = SharedEnvironment(folder)
    except lmdb.Error as error:
        raise damaged(folder, f"{DATA_NAME} can't be opened ({error})") from error
    if environment.n_entries != loaded.n_rows:
        environment.close()
        raise damaged(folder, f"rows current={environment.n_entries} != loaded={loaded.n_rows}")
    return environment


def check_bytes(folder: Path, loaded: LoadedVersion, on_bytes: OnBytes = ignore_bytes) -> None:
    """Recompute the digest of the rows of a loaded version, before anybody opens them.

    Raises DamagedVersionError if they aren't what was loaded, or if no digest was kept to know by.
    """
    try:
        digest = file_digest(folder / DATA_NAME, on_bytes)
    except OSError as error:
        raise damaged(folder, f"{DATA_NAME} can't be read ({error.strerror})") from error
    if loaded.layout.schema_id != loaded.schema_id:
        raise damaged(folder, f"the layout in {TIER_NAME} isn't that of schema id {loaded.schema_id}")
    if not loaded.digest:
        raise damaged(folder, f"an earlier release loaded it and kept no digest of {DATA_NAME} to check it by")
    if digest != loaded.digest:
        raise damaged(folder, f"digest of {DATA_NAME} current={digest[:12]} != loaded={loaded.digest[:12]}")
    said = msgspec.json.decode(read_bounded(folder / TIER_NAME), type=dict[str, object])
    written = msgspec.json.decode(msgspec.json.encode(loaded), type=dict[str, object])
    others = [name for name, value in said.items() if name in written and written[name] != value]
    if others:  # a name that is misspelt further down reads as a value that was left out
        raise damaged(folder, f"{TIER_NAME} says of {', '.join(others)} what no load writes")


def damaged(folder: Path, what: str) -> DamagedVersionError:
    """Return the error about the folder of a loaded version, which names the way to load it again."""
    version = version_of_folder(folder)
    root = folder.parents[3]  # <root>/_random_access/<dataset>/date=.../iteration=...
    remedy = how_to_repair(root, version.date) if version else "load the version again"
    return DamagedVersionError(what, where=str(folder), remedy=remedy)
