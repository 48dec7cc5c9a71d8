"""The random access tier: one LMDB environment a version, and its reader.

``<root>/_random_access/<dataset>/date=YYYY-MM-DD/iteration=N/`` holds a version. It is encoded, merged and looked up in
a scratch folder and made visible with one rename; then the pointer moves to it. A load that dies leaves the version
that served before, and a scratch folder that the next one removes. Readers of an older version keep it until they look
again.
"""

import datetime as dt
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from joins.engine.step import OnDone
from storage_tiers.budget import NO_BUDGET, Budget
from storage_tiers.embedded import EmbeddedTier
from storage_tiers.errors import DamagedVersionError, DatasetError
from storage_tiers.random_access.environments import DATA_NAME
from storage_tiers.random_access.keys import encode_key
from storage_tiers.random_access.loaded_version import (
    TIER_NAME,
    LoadedVersion,
    check_bytes,
    damaged,
    open_loaded,
    read_loaded,
    write_loaded,
)
from storage_tiers.random_access.loading import write_environment
from storage_tiers.random_access.values import ValueLayout, row_decoder, value_layout
from storage_tiers.reading import KeyReader, Row
from storage_tiers.stores.address import Root
from storage_tiers.tier import TierVersion
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

    def load(self, dataset: Dataset, on_done: OnDone | None = None, budget: Budget = NO_BUDGET) -> TierVersion:  # noqa: ARG002 - TODO of this branch
        """Load a version with unique keys; every row is two steps, one encoded and one written.

        Fields marked ``light=unset`` are left out in any case. Two loaders at once are fine: the first to finish wins.
        """
        if not dataset.manifest.key_is_unique:
            raise DatasetError(
                f"{dataset.name} {dataset.version} holds several rows a {dataset.manifest.key}; "
                "random access needs unique keys",
                remedy="use the SQL or the debugging tier",
            )
        self.take_back(dataset.name, dataset.version)
        layout = value_layout(dataset.schema, dataset.manifest.key)
        if not self._is_loaded(dataset, layout):
            with staging_folder(self.root, f"{self.name}-{dataset.name}") as scratch:
                loading = scratch / "loading"
                loading.mkdir()
                self._write(dataset, layout, loading, on_done)
                self._install(dataset, layout, loading)
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

    def reader(self, name: str, date: DateLike | None = None, iteration: IterationLike | None = None) -> "RandomAccess":
        """Open a version for reading by key, the current one by default."""
        return RandomAccess(self.root, name, date, iteration)

    def _is_loaded(self, dataset: Dataset, layout: ValueLayout) -> bool:
        if not self.holds(dataset.name, dataset.version):
            return False
        try:
            there = self.loaded(dataset.name, dataset.version)
            self.verify(dataset.name, dataset.version)
        except DamagedVersionError:  # loading it again repairs it
            return False
        return (there.source_digest, there.layout) == (dataset.manifest.digest, layout)

    def _write(self, dataset: Dataset, layout: ValueLayout, loading: Path, on_done: OnDone | None) -> None:
        n_done = 0

        def on_rows(n_rows: int) -> None:
            nonlocal n_done
            n_done += n_rows
            if on_done:
                on_done(n_done, 2 * dataset.n_rows)

        write_environment(dataset, layout, loading, self.options.n_threads, on_rows)

    def _install(self, dataset: Dataset, layout: ValueLayout, loading: Path) -> None:
        """Move the loaded folder to its place; a version loaded from other content makes room first."""
        loaded = LoadedVersion(
            dataset=dataset.name,
            version=dataset.version,
            source_digest=dataset.manifest.digest,
            n_rows=dataset.n_rows,
            n_bytes=(loading / DATA_NAME).stat().st_size,
            key_is_integer=dataset.manifest.key_is_integer,
            schema_id=layout.schema_id,
            layout=layout,
            digest=file_digest(loading / DATA_NAME),
        )
        write_loaded(loaded, loading)
        final = self.version_folder(dataset.name, dataset.version)
        with self.locked():
            final.parent.mkdir(parents=True, exist_ok=True)
            if self._is_loaded(dataset, layout):  # by another loader meanwhile
                return
            with whole_move():
                if final.exists():
                    final.rename(loading.with_name("replaced"))
                loading.rename(final)
            fsync(final.parent)

    def _remove(self, name: str, version: Version) -> None:
        with staging_folder(self.root, f"{self.name}-{name}") as scratch:  # gone with it; open readers keep their map
            folder = self.version_folder(name, version)
            folder.rename(scratch / "dropped")
            with suppress(OSError):  # other iterations of the date are in it
                folder.parent.rmdir()


class RandomAccess(KeyReader):
    """Reads rows of one loaded version by key.

    Parameters
    ----------
    root
        The output folder.
    dataset_name
        The dataset, e.g. ``pin_joins``.
    date, iteration
        A loaded version; the one that serves where neither is given.

    Raises
    ------
    VersionNotFoundError
        If it isn't loaded; the message lists what is.
    DamagedVersionError
        If its files aren't what was loaded.

    Notes
    -----
    Give each thread its own: they share one memory map. Open it after a fork, not before.

    Examples
    --------
    ``with RandomAccess("output", "board_joins") as boards: boards.get(8812)``
    """

    def __init__(
        self,
        root: str | Root,
        dataset_name: str,
        date: DateLike | None = None,
        iteration: IterationLike | None = None,
    ) -> None:
        self._tier = RandomAccessTier(root)
        self._name = dataset_name
        self._pinned = (date, iteration)
        self._open(self._selected())

    def _selected(self) -> LoadedVersion:
        return self._tier.loaded(self._name, self._tier.select(self._name, *self._pinned))

    def _open(self, loaded: LoadedVersion) -> None:
        self._environment = open_loaded(self._tier.version_folder(self._name, loaded.version), loaded)
        self._loaded = loaded
        self._first_byte = loaded.schema_id
        self._decode = row_decoder(loaded.layout)

    @property
    def version(self) -> Version:
        """The version that is read."""
        return self._loaded.version

    def get(self, key: int | str) -> Row | None:
        """Return the row of a key, every field of the schema in order; None if there is no such row."""
        loaded = self._loaded
        typed, encoded = encode_key(self._name, loaded.layout.key, key, is_integer=loaded.key_is_integer)
        value = self._environment.get(encoded)
        if value is None:
            return None
        if value[0] != self._first_byte:
            folder = self._tier.version_folder(self._name, self.version)
            raise damaged(folder, f"the value of {key!r} has schema id {value[0]}, not {self._first_byte}")
        return self._decode(typed, value)

    def refresh(self) -> bool:
        """Look at the pointer and move to the version that serves now; return whether there was one to move to.

        Call it once a batch of requests: it costs about 0.1 ms.
        """
        selected = self._selected()
        if selected == self._loaded:
            return False
        previous = self._environment
        self._open(selected)
        previous.close()
        return True

    def close(self) -> None:
        """Give the memory map back; closing twice is harmless."""
        self._environment.close()

    def __len__(self) -> int:
        return self._environment.n_entries
