"""One loaded version: its folder holds ``data.mdb`` and ``_tier.json``, which is written last and describes it.

Where rows were left out under a budget, ``trimmed.keys`` has the hashes of their keys.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import lmdb
import msgspec

from storage_tiers.bounded_files import UNREADABLE, read_bounded, words_of_unreadable
from storage_tiers.budget import BYTES_OF_A_TRIMMED_KEY, Trimmed
from storage_tiers.errors import DamagedVersionError, VersionNotFoundError
from storage_tiers.random_access.environments import DATA_NAME, SharedEnvironment
from storage_tiers.random_access.values import ValueLayout
from storage_tiers.tier import TierVersion
from storage_tiers.trimming.trimmed_keys import TRIMMED_NAME
from storage_tiers.versioned.parts import OnBytes, file_digest, fsync, ignore_bytes
from storage_tiers.versioned.versions import Variant, Version, how_to_repair, version_of_folder

TIER_NAME = "_tier.json"
_WRITTEN_TOGETHER = {"variant", "trimmed", "trimmed_digest"}  # none of them by earlier releases


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
    variant: Variant = "light"
    trimmed: Trimmed | None = None
    trimmed_digest: str = ""  # of trimmed.keys, where there is one

    @property
    def field_names(self) -> tuple[str, ...]:
        """All fields of a row, in the order of the schema."""
        return self.layout.names

    @property
    def files(self) -> list[tuple[str, int, str]]:
        """The name, size and digest of each file that was loaded."""
        files = [(DATA_NAME, self.n_bytes, self.digest)]
        if self.trimmed:
            files.append((TRIMMED_NAME, BYTES_OF_A_TRIMMED_KEY * self.trimmed.n_left_out, self.trimmed_digest))
        return files

    @property
    def n_bytes_in_all(self) -> int:
        """Bytes of all files that were loaded, which count for the budget."""
        return sum(n_bytes for _, n_bytes, _ in self.files)

    def as_tier_version(self, folder: Path, *, is_current: bool) -> TierVersion:
        """Return what every tier says of a version."""
        return TierVersion(
            self.dataset,
            self.version,
            self.source_digest,
            self.n_rows,
            self.n_bytes_in_all,
            dt.datetime.fromtimestamp((folder / TIER_NAME).stat().st_mtime, dt.UTC),
            is_current,
            self.trimmed,
            self.variant,
        )


def write_loaded(loaded: LoadedVersion, folder: Path) -> None:
    """Write ``_tier.json``, whose presence says that the load was finished."""
    content = msgspec.json.format(msgspec.json.encode(loaded), indent=1)
    (folder / TIER_NAME).write_bytes(content + b"\n")
    fsync(folder / TIER_NAME)
    fsync(folder)


def read_loaded(folder: Path) -> LoadedVersion:
    """Read ``_tier.json`` and compare the sizes of the files with it.

    Raises FileNotFoundError if there is no ``_tier.json``. Raises DamagedVersionError if it can't be read, or a file is
    missing or has another size than was loaded.
    """
    try:
        loaded = msgspec.json.decode(read_bounded(folder / TIER_NAME), type=LoadedVersion)
    except FileNotFoundError:
        raise
    except UNREADABLE as error:
        raise damaged(folder, f"{TIER_NAME} can't be read ({words_of_unreadable(error)})") from error
    if (loaded.dataset, loaded.version) != (folder.parents[1].name, version_of_folder(folder)):
        raise damaged(folder, f"it is {loaded.dataset} {loaded.version} that lies there, by its {TIER_NAME}")
    for name, n_loaded, _ in loaded.files:
        n_bytes = (folder / name).stat().st_size if (folder / name).exists() else 0
        if n_bytes != n_loaded:
            raise damaged(folder, f"bytes of {name} current={n_bytes} != loaded={n_loaded}")
    return loaded


def open_loaded(folder: Path, loaded: LoadedVersion) -> SharedEnvironment:
    """Open the rows of a loaded version and compare their number.

    Raises DamagedVersionError if the file isn't what was loaded.
    """
    try:
        environment = SharedEnvironment(folder)
    except FileNotFoundError as error:
        problem = f"{loaded.dataset} {loaded.version} was dropped at this moment"
        raise VersionNotFoundError(problem, where=str(folder)) from error
    except lmdb.Error as error:
        raise damaged(folder, f"{DATA_NAME} can't be opened ({error})") from error
    if environment.n_entries != loaded.n_rows:
        environment.close()
        raise damaged(folder, f"rows current={environment.n_entries} != loaded={loaded.n_rows}")
    return environment


def check_bytes(
    folder: Path,
    loaded: LoadedVersion,
    on_bytes: OnBytes = ignore_bytes,
    digest_of: Callable[[Path, OnBytes], str] = file_digest,
) -> None:
    """Recompute the digests of the files of a loaded version, before anybody opens them.

    Raises DamagedVersionError if they aren't what was loaded, or if no digest was kept to know by.
    """
    digests = [(name, _digest(folder, name, on_bytes, digest_of), digest) for name, _, digest in loaded.files]
    if loaded.layout.schema_id != loaded.schema_id:
        raise damaged(folder, f"the layout in {TIER_NAME} isn't that of schema id {loaded.schema_id}")
    for name, current, digest in digests:
        if not digest:
            raise damaged(folder, f"an earlier release loaded it and kept no digest of {name} to check it by")
        if current != digest:
            raise damaged(folder, f"digest of {name} current={current[:12]} != loaded={digest[:12]}")
    if loaded.trimmed and loaded.trimmed.n_rows != loaded.n_rows:
        raise damaged(folder, f"rows loaded={loaded.n_rows} != kept of those before={loaded.trimmed.n_rows}")
    said = msgspec.json.decode(read_bounded(folder / TIER_NAME), type=dict[str, object])
    written = msgspec.json.decode(msgspec.json.encode(loaded), type=dict[str, object])
    others = [name for name, value in said.items() if name in written and written[name] != value]
    others += sorted(_WRITTEN_TOGETHER - said.keys() if _WRITTEN_TOGETHER & said.keys() else ())
    if others:  # a name that is misspelt further down reads as a value that was left out
        raise damaged(folder, f"{TIER_NAME} says of {', '.join(others)} what no load writes")


def _digest(folder: Path, name: str, on_bytes: OnBytes, digest_of: Callable[[Path, OnBytes], str]) -> str:
    try:
        return digest_of(folder / name, on_bytes)
    except OSError as error:
        raise damaged(folder, f"{name} can't be read ({error.strerror})") from error


def damaged(folder: Path, what: str) -> DamagedVersionError:
    """Return the error about the folder of a loaded version, which names the way to load it again."""
    version = version_of_folder(folder)
    root = folder.parents[3]  # <root>/_random_access/<dataset>/date=.../iteration=...
    remedy = how_to_repair(root, version.date) if version else "load the version again"
    return DamagedVersionError(what, where=str(folder), remedy=remedy)
