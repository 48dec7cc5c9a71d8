"""What the tiers share that read the published files themselves, without a copy: SQL batch, Hive batch, debugging.

Every published version is known to them, and the newest is current until one is made current: from then on the
pointer decides, which a load moves on. Dropping a version hides it; its files stay.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import ClassVar

import pyarrow as pa

from joins.engine.step import OnDone
from storage_tiers.budget import NO_BUDGET, Budget
from storage_tiers.embedded import EmbeddedTier
from storage_tiers.errors import DatasetError
from storage_tiers.guards.file_checks import check_published
from storage_tiers.guards.leases import version_leased
from storage_tiers.stores.listing_cache import cached_listings
from storage_tiers.stores.store_path import StorePath
from storage_tiers.tier import TierVersion
from storage_tiers.versioned.asked_version import newest_published
from storage_tiers.versioned.datasets import Dataset, open_version
from storage_tiers.versioned.dated_folders import dates_in
from storage_tiers.versioned.given_version import DateLike, IterationLike
from storage_tiers.versioned.parts import OnBytes, ignore_bytes
from storage_tiers.versioned.versions import MANIFESTS_FOLDER, Variant, Version, VersionPlace, published_versions


class PublishedFilesTier(EmbeddedTier):
    """A tier over the published files; see `Tier`."""

    copies: ClassVar[bool] = False

    def load(self, dataset: Dataset, on_done: OnDone | None = None, budget: Budget = NO_BUDGET) -> TierVersion:
        """Make a version known; it must be published under the tier's own output folder. There is no budget."""
        if budget.n_bytes is not None:
            raise DatasetError(
                f"{self.title} reads the published files and copies nothing, so a budget would save nothing",
                where=f"{dataset.name} {dataset.version}",
                remedy=f"leave the budget out for the tier {self.name}",
            )
        check_published(dataset)
        self.take_back(dataset.name, dataset.version)
        known = self.validate(dataset.name, dataset.version)
        if known.source_digest != dataset.manifest.digest:
            raise DatasetError(
                f"digest here={known.source_digest[:12]} != given={dataset.manifest.digest[:12]}",
                where=f"{dataset.name} {dataset.version}",
                remedy=f"{self.title} reads the {self.variant_of(dataset.name)} files under {self.root}: load those",
            )
        if on_done:
            on_done(1, 1)
        return known

    def validate(self, name: str, version: Version) -> TierVersion:
        """Check the manifest and the size of every part."""
        with cached_listings():
            dataset = self._opened(name, version)
            is_current = self.is_current(name, version)
        manifest = dataset.manifest
        return TierVersion(
            name,
            version,
            manifest.digest,
            manifest.n_rows,
            manifest.n_bytes,
            manifest.created_at,
            is_current,
            variant=dataset.place.variant,
        )

    def verify(self, name: str, version: Version, on_bytes: OnBytes = ignore_bytes) -> TierVersion:
        """Check every byte of every part as well."""
        for fault in self._opened(name, version).faults(every_byte=True, on_bytes=on_bytes):
            raise fault
        return self.validate(name, version)

    def check_before_switch(self, name: str, version: Version, on_bytes: OnBytes = ignore_bytes) -> TierVersion:
        """Check every byte of every part, rows, columns and a sample of keys."""
        check_published(self._opened(name, version), on_bytes)
        return self.validate(name, version)

    def versions(self, name: str) -> list[Version]:
        """Return the published versions that weren't dropped, oldest first."""
        dropped = self.dropped(name)
        return [found for found in published_versions(self.root, name, self.variant_of(name)) if found not in dropped]

    def find(self, name: str, date: dt.date | None = None, iteration: int | None = None) -> Version | None:
        """Return the newest version that matches; of the folders of dates those are looked at that it takes."""
        return newest_published(self.root, name, self.variant_of(name), date, iteration, self.dropped(name))

    def current(self, name: str) -> Version | None:
        """Return the version that the pointer names, else the newest."""
        return self.pointed(name) or self.find(name)

    def open(self, name: str, date: DateLike | None = None, iteration: IterationLike | None = None) -> Dataset:
        """Open a version, the current one by default."""
        with cached_listings():
            return self._opened(name, self.select(name, date, iteration))

    def scan(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        date: DateLike | None = None,
        iteration: IterationLike | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a version, the current one by default, part after part and sorted by key in each."""
        dataset = self.open(name, date, iteration)
        with version_leased(dataset.place):
            for part in dataset.iter_parts(columns):
                yield from part.to_batches()

    def _opened(self, name: str, version: Version) -> Dataset:
        if not self.holds(name, version):
            raise self.not_loaded(name, str(version))
        return open_version(self.place(name, version))

    def place(self, name: str, version: Version) -> VersionPlace:
        """Return where the files of a version lie that the tier reads."""
        return VersionPlace(self.root, name, self.variant_of(name), version)

    def variant_of(self, name: str) -> Variant:
        """Return the tier's variant, or full for a dataset that has no other."""
        home = self.root / name  # of a variant that was lost the manifests are left: the other is no substitute
        if isinstance(home, StorePath):  # where manifests alone are looked at, in one listing
            return self.variant if published_versions(self.root, name, self.variant) else "full"
        is_there = dates_in(home / MANIFESTS_FOLDER / self.variant, home / self.variant)
        return self.variant if is_there else "full"

    def _remove(self, name: str, version: Version) -> bool:  # noqa: ARG002 - nothing is removed
        """Leave the files; that the version is hidden is all."""
        return True
