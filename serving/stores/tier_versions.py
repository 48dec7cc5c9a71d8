"""Versions of the tiers under an output folder: LMDB, and the slow ones that read the published files."""

import asyncio
from abc import abstractmethod
from collections.abc import Mapping, Sequence

from serving.stores.lmdb_source import LmdbSource
from serving.stores.versioned_store import ClosableSource, VersionedStore
from storage_tiers.embedded import EmbeddedTier
from storage_tiers.random_access.lmdb_tier import RandomAccessTier
from storage_tiers.random_access.warming import warm
from storage_tiers.stores.address import root_of
from storage_tiers.versioned.versions import Version


class TierVersions(VersionedStore):
    """Versions of one tier under an output folder.

    Parameters
    ----------
    name, datasets
        See `VersionedStore`.
    tier
        The tier.
    """

    def __init__(self, name: str, datasets: Sequence[str], tier: EmbeddedTier) -> None:
        super().__init__(name, datasets)
        self._tier, self.place = tier, str(tier.root)
        self._seen = self.named  # the datasets whose pointers are looked at

    async def stamp(self) -> object:
        """Return the stamps of the pointers: two looks at a file each."""
        return tuple((name, self._tier.pointer_stamp(name)) for name in self._seen)

    async def pointed(self) -> Mapping[str, Version | None]:
        """Return what the pointers name."""
        return await asyncio.to_thread(self._pointed)

    async def held(self) -> Mapping[str, Sequence[Version]]:
        """Return the versions that can be read."""
        return await asyncio.to_thread(lambda: {name: self._tier.versions(name) for name in self._datasets()})

    async def loaded(self) -> Sequence[str]:
        """Return the names of all datasets that are there."""
        return await asyncio.to_thread(self._tier.datasets)

    async def identity(self, dataset: str, version: Version) -> object:
        """Return what was written about a version when it was loaded."""
        return await asyncio.to_thread(self._identity, dataset, version)

    async def open(self, dataset: str, version: Version, address: str) -> ClosableSource:
        """Open a version in a thread, as files are read from start to end."""
        return await asyncio.to_thread(self._opened, dataset, version, address)

    def _datasets(self) -> tuple[str, ...]:
        return self.named or tuple(self._tier.datasets())

    def _pointed(self) -> Mapping[str, Version | None]:
        names = self._seen = self._datasets()
        together = self._tier.pointed_together(names)
        return {name: together.get(name) or self._tier.current(name) for name in names}

    @abstractmethod
    def _identity(self, dataset: str, version: Version) -> object:
        """Return what is equal as long as a version holds what it holds."""

    @abstractmethod
    def _opened(self, dataset: str, version: Version, address: str) -> ClosableSource:
        """Open a version."""


class LmdbVersions(TierVersions):
    """Versions in LMDB; a file is read into memory, and compared with its digest, before anybody is sent there."""

    def __init__(self, name: str, datasets: Sequence[str], output: str) -> None:
        self._lmdb = RandomAccessTier(root_of(output))
        super().__init__(name, datasets, self._lmdb)
        self._is_open = True

    async def close(self) -> None:
        """Give up what is being warmed."""
        self._is_open = False

    def _identity(self, dataset: str, version: Version) -> object:
        return self._lmdb.loaded(dataset, version)

    def _opened(self, dataset: str, version: Version, address: str) -> ClosableSource:
        reader = self._lmdb.reader(dataset, version.date, version.iteration)
        try:
            warm(self._lmdb.version_folder(dataset, version), reader.loaded, lambda: self._is_open)
            return LmdbSource(address, reader)
        except BaseException:
            reader.close()
            raise
