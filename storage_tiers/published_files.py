"""What the tiers share that read the published files themselves, without a copy: SQL batch, Hive batch, debugging.

Every published version is known to them, and the newest is current until one is made current: from then on the
pointer decides, which a load moves on. Dropping a version hides it (``_DROPPED`` lists those); its files stay.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from joins.engine.step import OnDone
from storage_tiers.embedded import EmbeddedTier
from storage_tiers.errors import DatasetError
from storage_tiers.tier import TierVersion
from storage_tiers.versioned.datasets import Dataset, open_dataset
from storage_tiers.versioned.parts import replace_text
from storage_tiers.versioned.versions import MANIFEST_NAME, Variant, Version, published_versions, version_of_folder

_DROPPED_NAME = "_DROPPED"


class PublishedFilesTier(EmbeddedTier):
    """A tier over the published files; see `Tier`."""

    copies: ClassVar[bool] = False

    def load(self, dataset: Dataset, on_done: OnDone | None = None) -> TierVersion:
        """Make a version known; it must be published under the tier's own output folder."""
        with self.locked():
            self._hide(dataset.name, self.dropped(dataset.name) - {dataset.version})
        known = self.validate(dataset.name, dataset.version)
        if known.source_digest != dataset.manifest.digest:
            raise DatasetError(
                f"digest here={known.source_digest[:12]} != given={dataset.manifest.digest[:12]}",
                where=f"{dataset.name} {dataset.version}",
                remedy=f"{self.title} reads the {self._variant(dataset.name)} files under {self.root}: load those",
            )
        if on_done:
            on_done(1, 1)
        return known

    def validate(self, name: str, version: Version) -> TierVersion:
        """Check the manifest and the size of every part."""
        dataset = self._opened(name, version)
        manifest = dataset.manifest
        is_current = self.is_current(name, version)
        return TierVersion(
            name, version, manifest.digest, manifest.n_rows, manifest.n_bytes, manifest.created_at, is_current
        )

    def versions(self, name: str) -> list[Version]:
        """Return the published versions that weren't dropped, oldest first."""
        dropped = self.dropped(name)
        return [found for found in published_versions(self.root, name, self._variant(name)) if found not in dropped]

    def current(self, name: str) -> Version | None:
        """Return the version that the pointer names, else the newest."""
        return super().current(name) or next(reversed(self.versions(name)), None)

    def dropped(self, name: str) -> set[Version]:
        """Return the versions that are hidden."""
        try:
            lines = (self.folder(name) / _DROPPED_NAME).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return set()
        return {version for line in lines if (version := version_of_folder(Path(line)))}

    def open(self, name: str, date: dt.date | None = None, iteration: int | None = None) -> Dataset:
        """Open a version, the current one by default."""
        return self._opened(name, self.select(name, date, iteration))

    def scan(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        date: dt.date | None = None,
        iteration: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a version, the current one by default, part after part and sorted by key in each."""
        for part in self.open(name, date, iteration).iter_parts(columns):
            yield from part.to_batches()

    def opened(self, name: str) -> dict[Version, Dataset]:
        """Open all versions, oldest first."""
        variant = self._variant(name)
        return {
            version: open_dataset(self.root, name, variant, version.date, version.iteration)
            for version in self.versions(name)
        }

    def _opened(self, name: str, version: Version) -> Dataset:
        if version not in self.versions(name):
            raise self.not_loaded(name, str(version))
        return open_dataset(self.root, name, self._variant(name), version.date, version.iteration)

    def _variant(self, name: str) -> Variant:
        """Return the tier's variant, or full for a dataset that has no other."""
        return self.variant if any((self.root / name / self.variant).glob(f"*/*/{MANIFEST_NAME}")) else "full"

    def _remove(self, name: str, version: Version) -> None:
        self._hide(name, self.dropped(name) | {version})
        self._announce({})

    def _hide(self, name: str, dropped: AbstractSet[Version]) -> None:
        path = self.folder(name) / _DROPPED_NAME
        if dropped:
            replace_text(path, "".join(f"{version.folder.as_posix()}\n" for version in sorted(dropped)))
        else:
            path.unlink(missing_ok=True)
