"""Publishing a version: stage beside the datasets, then rename the folder and its manifest into place.

Parts are written below ``<output>/_staging/<dataset>-<variant>-<random>/``, so that a glob over a dataset never
meets an unfinished file; everything is synced to disk, and one rename makes the folder visible whole
(`storage_tiers.versioned.on_disk.installing`). A run that dies leaves its staging folder, and the next publication
removes it: each folder has a lock file beside it, held by its writer, and a lock that can be taken belongs to nobody
alive.

What goes to a store is staged in the local folder that this machine has for it, and uploaded from there
(`storage_tiers.versioned.on_stores.publishing`).
"""

import datetime as dt
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from joins.arrow.fields import meanings_by_path
from joins.arrow.hashing import HASH_NAME
from storage_tiers.errors import DatasetError
from storage_tiers.stores.address import Root
from storage_tiers.stores.local_home import local_home
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.manifest import Check, InputVersion, Manifest, Parameter, Part, RawFiles
from storage_tiers.versioned.on_disk.installing import install
from storage_tiers.versioned.on_disk.lock_files import is_held, locked, take_lock, wait_for_holder
from storage_tiers.versioned.on_disk.open_staging import note_closed, note_open, whole_move
from storage_tiers.versioned.on_stores.clearing import STAGING_FOLDER, leftovers, remove_below, remove_leftovers
from storage_tiers.versioned.on_stores.publishing import publish_in_store
from storage_tiers.versioned.parts import UNFINISHED, PartWriter, fsync
from storage_tiers.versioned.row_groups import FOR_LOOKUPS, FOR_SCANS
from storage_tiers.versioned.versions import SUCCESS_NAME, Variant, Version, VersionPlace

_LOCK_ENDING = ".lock"


@dataclass(frozen=True, slots=True)
class DatasetSpec:
    """What is fixed about a dataset before a row is known.

    ``key`` is the column that names a row's part and sorts it; ``key_is_unique`` is false for facts and for
    other datasets that hold several rows a key. ``meaning`` says what it holds, for the data dictionary.
    """

    name: str
    schema: pa.Schema
    key: str
    key_is_unique: bool = True
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a version was made from and how; all of it ends in the manifest."""

    inputs: Sequence[InputVersion] = ()
    raw_files: Sequence[RawFiles] = ()
    parameters: Mapping[str, Parameter] | None = None
    counts: Mapping[str, int] | None = None
    checks: Sequence[Check] = ()
    code_version: str = ""
    nulls: Mapping[str, int] | None = None
    totals: Mapping[str, int | float] | None = None


@dataclass(frozen=True, slots=True)
class Staging:
    """A local folder where one version of one dataset is being written, or the place in a store where it will lie."""

    root: Root
    folder: Root
    spec: DatasetSpec
    variant: Variant
    version: Version

    @property
    def writer(self) -> PartWriter:
        """The writer of this version's parts; it may travel to worker processes. Light rows are there to be scanned."""
        bounds = FOR_SCANS if self.variant == "light" else FOR_LOOKUPS
        return PartWriter(self.folder, self.spec.schema, self.spec.key, bounds)

    def publish(self, parts: Sequence[Part], provenance: Provenance) -> Manifest:
        """Make the version visible, and its manifest after it.

        A version that someone else published meanwhile is accepted when it holds the same parts.

        Raises DatasetError if a check failed, or another run published different parts under the same version.
        """
        manifest = self._manifest(parts, provenance)
        self._check_numbers(manifest.parts)
        failed = [check for check in provenance.checks if not check.passed and check.level == "error"]
        if failed:
            raise DatasetError(f"it is not published: {failed[0].name}: {failed[0].detail}", where=str(self.place))
        if isinstance(self.folder, StorePath):
            return publish_in_store(None, self.place, manifest)
        for stray in self.folder.glob(f"{UNFINISHED}*"):  # of an attempt that died, and was made again
            stray.unlink()
        if isinstance(self.root, StorePath):
            return publish_in_store(self.folder, self.place, manifest)
        (self.folder / SUCCESS_NAME).touch()
        for path in (self.folder / SUCCESS_NAME, self.folder):
            fsync(path)
        with publications_locked(self.root), whole_move():
            install(self.folder, self.place, manifest)
        return manifest

    @property
    def place(self) -> VersionPlace:
        """Where the version is going to lie."""
        return VersionPlace(self.root, self.spec.name, self.variant, self.version)

    def _manifest(self, parts: Sequence[Part], provenance: Provenance) -> Manifest:
        return Manifest(
            dataset=self.spec.name,
            variant=self.variant,
            date=self.version.date,
            iteration=self.version.iteration,
            key=self.spec.key,
            key_is_unique=self.spec.key_is_unique,
            partition_hash=HASH_NAME,
            parts=tuple(sorted(parts, key=lambda part: part.number)),
            schema={field.name: str(field.type) for field in self.spec.schema},
            fields=meanings_by_path(self.spec.schema),
            inputs=tuple(provenance.inputs),
            raw_files=tuple(provenance.raw_files),
            parameters=dict(provenance.parameters or {}),
            counts=dict(provenance.counts or {}),
            checks=tuple(provenance.checks),
            nulls=dict(provenance.nulls or {}),
            totals=dict(provenance.totals or {}),
            code_version=provenance.code_version,
            created_at=dt.datetime.now(dt.UTC),
        )

    def _check_numbers(self, parts: Sequence[Part]) -> None:
        """Refuse gaps: a key's hash modulo the number of parts names its part, so one would hide keys."""
        numbers = [part.number for part in parts]
        if not numbers or numbers != list(range(len(numbers))):
            raise DatasetError(
                f"it is not published: its parts are {numbers}",
                remedy="they must be numbered from 0 without gaps, at least one",
                where=str(self.place),
            )


@contextmanager
def stage_dataset(
    root: Root, spec: DatasetSpec, variant: Variant, version: Version, *, by_workers: bool = False
) -> Iterator[Staging]:
    """Open a staging folder for one version; it is gone afterwards, published or not.

    Parts that are written `by_workers` of other machines go to where they will lie, if that is in a store: nothing is
    seen of them before the manifest is there.
    """
    if by_workers and isinstance(root, StorePath):
        yield Staging(root, VersionPlace(root, spec.name, variant, version).folder, spec, variant, version)
        return
    label = f"{spec.name}-{variant}"
    with staging_folder(root, label) as scratch:
        folder = scratch / label  # beside it is room for what it replaces
        folder.mkdir()
        yield Staging(root, folder, spec, variant, version)


@contextmanager
def publications_locked(root: Root) -> Iterator[None]:
    """Hold for the block what nobody on this machine publishes without."""
    with locked(local_home(root) / STAGING_FOLDER / _LOCK_ENDING):
        yield


@contextmanager
def staging_place(root: Root, label: str) -> Iterator[Root]:
    """Open a place under the root's ``_staging`` that workers of other machines see; it is empty at the end.

    In a store it has the name of a local staging folder, and what a process that died left there is removed with that.
    """
    with staging_folder(root, label, is_noted=not isinstance(root, StorePath)) as folder:
        if not isinstance(root, StorePath):
            yield folder
            return
        place = root / STAGING_FOLDER / folder.name
        try:
            yield place
        finally:
            remove_below(place)


@contextmanager
def staging_folder(root: Root, label: str, *, is_noted: bool = True) -> Iterator[Path]:
    """Open a locked scratch folder under the root's ``_staging`` and remove it at the end, whatever happened.

    Those that are noted are removed when a signal ends the process, too; others by the next publication.
    """
    folder = local_home(root) / STAGING_FOLDER / f"{label}-{secrets.token_hex(6)}"
    lock_path = _lock_of(folder)
    with publications_locked(root):  # or another run could take a new lock for an abandoned one
        _remove_abandoned(root)
        with whole_move():
            lock = take_lock(lock_path, fcntl.LOCK_EX)
            folder.mkdir()
            if is_noted:
                note_open(folder, lock_path)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock_path.unlink(missing_ok=True)
        note_closed(folder)
        os.close(lock)


def remove_unused_staging(root: Root) -> None:
    """Remove ``<root>/_staging`` if nobody stages anything there: below input, where nothing else of ours lies.

    What runs that died left there goes with it.
    """
    staging = local_home(root) / STAGING_FOLDER
    if not staging.is_dir():
        return
    with publications_locked(root):
        _remove_abandoned(root)
        if [path.name for path in staging.iterdir()] == [_LOCK_ENDING]:
            (staging / _LOCK_ENDING).unlink()
            staging.rmdir()


def wait_for_publications(root: Root) -> None:
    """Wait until whoever is publishing or removing a version at this moment has done so."""
    wait_for_holder(local_home(root) / STAGING_FOLDER / _LOCK_ENDING)


def remove_abandoned(root: Root, *, only_look: bool = False) -> tuple[int, int]:
    """Remove what runs that died left; return how many folders that are, or objects in a store, and how many bytes.

    With `only_look` nothing is removed. What belongs to somebody alive stays.
    """
    n_left, left_bytes = 0, 0
    if isinstance(root, StorePath):
        left = leftovers(root)
        n_left, left_bytes = len(left), sum(one.n_bytes for one in left)
        if not only_look:
            remove_leftovers(root, left)
    staging = local_home(root) / STAGING_FOLDER
    if not staging.is_dir():
        return n_left, left_bytes
    with publications_locked(root):  # nobody makes a folder meanwhile
        folders = [path for path in staging.iterdir() if path.is_dir() and not is_held(_lock_of(path))]
        n_bytes = sum(path.lstat().st_size for folder in folders for path in folder.rglob("*") if not path.is_dir())
        if not only_look:
            _remove_abandoned(root)
            for folder in folders:  # those as well that have lost their lock
                shutil.rmtree(folder, ignore_errors=True)
    return n_left + len(folders), left_bytes + n_bytes


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + _LOCK_ENDING)


def _remove_abandoned(root: Root) -> None:
    for lock_path in (local_home(root) / STAGING_FOLDER).glob(f"?*{_LOCK_ENDING}"):
        try:
            lock = take_lock(lock_path, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # its writer is alive
            continue
        folder = lock_path.with_suffix("")
        if isinstance(root, StorePath):
            remove_below(root / STAGING_FOLDER / folder.name)
        shutil.rmtree(folder, ignore_errors=True)
        lock_path.unlink(missing_ok=True)
        os.close(lock)
