"""The random access tier: one LMDB environment a version.

``<root>/_random_access/<dataset>/date=YYYY-MM-DD/iteration=N/`` holds a version. It is encoded, merged and looked up in
a scratch folder and made visible with one rename; then the pointer moves to it. A load that dies leaves the version
that served before, and a scratch folder that the next one removes. Readers of an older version keep it until they look
again. Under a budget the most important rows are loaded, and hashes of the other keys beside them.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from joins.engine.step import OnDone
from storage_tiers.budget import NO_BUDGET, Budget, Trimmed
from storage_tiers.embedded import EmbeddedTier
from storage_tiers.errors import DamagedVersionError
from storage_tiers.guards.file_checks import check_published, digest_lately
from storage_tiers.guards.leases import is_leased, unless_leased
from storage_tiers.random_access.environments import DATA_NAME
from storage_tiers.random_access.keys import check_one_row_a_key
from storage_tiers.random_access.loaded_version import (
    TIER_NAME,
    LoadedVersion,
    check_bytes,
    open_loaded,
    read_loaded,
    write_loaded,
)
from storage_tiers.random_access.loading import Loading, write_environment
from storage_tiers.random_access.values import ValueLayout, value_layout
from storage_tiers.random_access.version_reader import VersionReader
from storage_tiers.tier import TierVersion
from storage_tiers.trimming.trimmed_keys import TRIMMED_NAME
from storage_tiers.versioned.asked_version import newest_of
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.dated_folders import dates_in
from storage_tiers.versioned.given_version import DateLike, IterationLike
from storage_tiers.versioned.on_disk.open_staging import whole_move
from storage_tiers.versioned.parts import OnBytes, file_digest, fsync, ignore_bytes
from storage_tiers.versioned.staging import staging_folder
from storage_tiers.versioned.versions import Variant, Version, versions_under


class RandomAccessTier(EmbeddedTier):
    """The random access tier; see `storage_tiers.tier.Tier`."""

    name: ClassVar[str] = "random_access"
    short_name: ClassVar[str] = "random"
    title: ClassVar[str] = "random access"
    variant: ClassVar[Variant] = "light"
    copies: ClassVar[bool] = True

    def load(self, dataset: Dataset, on_done: OnDone | None = None, budget: Budget = NO_BUDGET) -> TierVersion:
        """Load a version with unique keys; every row is two steps, one encoded and one written or left out.

        Of a full variant every field is stored. Two loaders at once are fine: the first to finish wins.
        """
        check_one_row_a_key(dataset)
        self.take_back(dataset.name, dataset.version)
        layout = value_layout(dataset.schema, dataset.manifest.key, dataset.place.variant)
        if not self._is_loaded(dataset, layout, budget):
            check_published(dataset)
            with staging_folder(self.root, f"{self.name}-{dataset.name}") as scratch:
                folder = scratch / "loading"
                folder.mkdir()
                loading = Loading(dataset, layout, folder, self.name, self.options.n_threads, budget)
                self._install(loading, write_environment(loading, _told(on_done, 2 * dataset.n_rows)))
        return self.validate(dataset.name, dataset.version)

    def validate(self, name: str, version: Version) -> TierVersion:
        """Check the file's size and number of rows."""
        folder = self.version_folder(name, version)
        loaded = self.loaded(name, version)
        open_loaded(folder, loaded).close()
        return loaded.as_tier_version(folder, is_current=self.is_current(name, version))

    def verify(self, name: str, version: Version, on_bytes: OnBytes = ignore_bytes) -> TierVersion:
        """Check every byte of the rows as well."""
        check_bytes(self.version_folder(name, version), self.loaded(name, version), on_bytes)
        return self.validate(name, version)

    def check_before_switch(self, name: str, version: Version, on_bytes: OnBytes = ignore_bytes) -> TierVersion:
        """Check every byte of the rows, unless that was done a moment ago."""
        loaded = self.loaded(name, version)
        if loaded.digest:  # versions of earlier releases have none
            check_bytes(self.version_folder(name, version), loaded, on_bytes, digest_lately)
        return self.validate(name, version)

    def versions(self, name: str) -> list[Version]:
        """Return the loaded versions of a dataset, oldest first."""
        return versions_under(self.folder(name), TIER_NAME)

    def find(self, name: str, date: dt.date | None = None, iteration: int | None = None) -> Version | None:
        """Return the newest version that matches; of the folders of dates those are looked at that it takes."""
        folder = self.folder(name)
        dates = dates_in(folder) if date is None else [date]
        found = (newest_of(versions_under(folder, TIER_NAME, day), day, iteration) for day in reversed(dates))
        return next(filter(None, found), None)

    def version_folder(self, name: str, version: Version) -> Path:
        """Return the folder of a loaded version."""
        return self.folder(name) / version.folder

    def loaded(self, name: str, version: Version) -> LoadedVersion:
        """Read what was written about a loaded version, with its layout."""
        try:
            return read_loaded(self.version_folder(name, version))
        except FileNotFoundError:
            raise self.not_loaded(name, str(version)) from None

    def reader(self, name: str, date: DateLike | None = None, iteration: IterationLike | None = None) -> VersionReader:
        """Open a version for reading by key, the current one by default; `RandomAccess` follows the pointer."""
        version = self.select(name, date, iteration)
        return VersionReader(self.version_folder(name, version), self.loaded(name, version))

    def _is_loaded(self, dataset: Dataset, layout: ValueLayout, budget: Budget) -> bool:
        if not self.holds(dataset.name, dataset.version):
            return False
        try:
            there = self.loaded(dataset.name, dataset.version)
            self.verify(dataset.name, dataset.version)
        except DamagedVersionError:  # loading it again repairs it
            return False
        is_same = (there.source_digest, there.layout) == (dataset.manifest.digest, layout)
        return is_same and budget.would_make(there.n_bytes_in_all, there.trimmed)

    def _install(self, loading: Loading, trimmed: Trimmed | None) -> None:
        """Move the loaded folder to its place; a version loaded from other content makes room first."""
        dataset, layout, folder = loading.dataset, loading.layout, loading.folder
        loaded = LoadedVersion(
            dataset=dataset.name,
            version=dataset.version,
            source_digest=dataset.manifest.digest,
            n_rows=trimmed.n_rows if trimmed else dataset.n_rows,
            n_bytes=(folder / DATA_NAME).stat().st_size,
            key_is_integer=dataset.manifest.key_is_integer,
            schema_id=layout.schema_id,
            layout=layout,
            digest=file_digest(folder / DATA_NAME),
            variant=dataset.place.variant,
            trimmed=trimmed,
            trimmed_digest=file_digest(folder / TRIMMED_NAME) if trimmed else "",
        )
        write_loaded(loaded, folder)
        final = self.version_folder(dataset.name, dataset.version)
        with self.locked():
            final.parent.mkdir(parents=True, exist_ok=True)
            if self._is_loaded(dataset, layout, loading.budget):  # by another loader meanwhile
                return
            with whole_move():
                if final.exists():
                    final.rename(folder.with_name("replaced"))
                folder.rename(final)
            fsync(final.parent)

    def is_being_read(self, name: str, version: Version) -> bool:
        """Return whether a process on this machine has the version open."""
        return is_leased(self.version_folder(name, version) / DATA_NAME)

    def _remove(self, name: str, version: Version) -> bool:
        folder = self.version_folder(name, version)
        with staging_folder(self.root, f"{self.name}-{name}") as scratch, unless_leased(folder / DATA_NAME) as is_free:
            if is_free:
                folder.rename(scratch / "dropped")  # gone with the scratch folder
                with suppress(OSError):  # other iterations of the date are in it
                    folder.parent.rmdir()
        return is_free


def _told(on_done: OnDone | None, n_steps: int) -> Callable[[int], None]:
    """Return what counts steps and tells how many of how many are done."""
    n_done = 0

    def on_rows(n_rows: int) -> None:
        nonlocal n_done
        n_done += n_rows
        if on_done:
            on_done(n_done, n_steps)

    return on_rows
