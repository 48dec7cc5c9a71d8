"""Versions on a Redis or Valkey server: its pointers and records, as `storage_tiers.redis_server` writes them."""

from collections.abc import Mapping, Sequence

from serving.config import RedisStore
from serving.errors import StoreError
from serving.stores.remote.redis_source import RedisCopies, RedisSource
from serving.stores.versioned_store import ClosableSource, VersionedStore
from storage_tiers.errors import DamagedVersionError
from storage_tiers.redis_server.key_names import MARK, read_version, read_version_field, version_field
from storage_tiers.redis_server.raw_commands import packed
from storage_tiers.redis_server.version_record import VersionRecord, read_record
from storage_tiers.versioned.versions import Version


class RedisVersions(VersionedStore):
    """Versions on a server.

    Parameters
    ----------
    name
        What the configuration calls it.
    store
        How it is configured.
    """

    def __init__(self, name: str, store: RedisStore) -> None:
        super().__init__(name, store.datasets)
        self._copies = RedisCopies(name, store)
        self.place = self._copies.place
        self.turns = self._copies.turns
        self._keys = self._copies.keys

    @property
    def problem(self) -> str:
        """What is wrong with the server or a copy."""
        return self._copies.problem

    async def stamp(self) -> object:
        """Return the pointers and the records that they name."""
        pointers = await self._read_pointers()
        fields = [f"{name}/{said.decode(errors='replace')}".encode() for name, said in sorted(pointers.items())]
        if not fields:
            return ()
        (records,) = await self._copies.asked(packed(b"HMGET", self._keys.records.encode(), *fields))
        return tuple(zip(fields, records, strict=True))

    async def pointed(self) -> Mapping[str, Version | None]:
        """Return what the pointers name, all at one moment."""
        pointers = await self._read_pointers()
        names = self.named or sorted(pointers)
        return {name: read_version(pointers[name]) if name in pointers else None for name in names}

    async def held(self) -> Mapping[str, Sequence[Version]]:
        """Return the versions that have a record."""
        found: dict[str, list[Version]] = {name: [] for name in self.named}
        for name, version in await self._recorded():
            if not self.named or name in self.named:
                found.setdefault(name, []).append(version)
        return found

    async def loaded(self) -> Sequence[str]:
        """Return the names of all datasets that have a record."""
        return sorted({name for name, _ in await self._recorded()})

    async def identity(self, dataset: str, version: Version) -> object:
        """Return the record of a version."""
        return await self._record(dataset, version)

    async def open(self, dataset: str, version: Version, address: str) -> ClosableSource:
        """Open a version whose rows are all there."""
        record = await self._record(dataset, version)
        rows = self._keys.rows(record.load_number).encode()
        n_fields, mark = await self._copies.asked(packed(b"HLEN", rows), packed(b"HGET", rows, MARK))
        if mark != record.source_digest.encode() or n_fields - 1 != record.n_rows:
            raise DamagedVersionError(
                "its rows aren't what was loaded", where=f"{self._copies.where} {dataset} {version}"
            )
        return RedisSource(address, record, self._copies)

    async def close(self) -> None:
        """Close the connections."""
        self._copies.close()

    async def _read_pointers(self) -> dict[str, bytes]:
        """Return what the pointers of the datasets say that are served."""
        (said,) = await self._copies.asked(packed(b"HGETALL", self._keys.current.encode()))
        pointers = {name.decode(errors="replace"): text for name, text in zip(said[::2], said[1::2], strict=True)}
        return {name: text for name, text in pointers.items() if not self.named or name in self.named}

    async def _recorded(self) -> list[tuple[str, Version]]:
        (fields,) = await self._copies.asked(packed(b"HKEYS", self._keys.records.encode()))
        return [named for field in fields if (named := read_version_field(field))]

    async def _record(self, dataset: str, version: Version) -> VersionRecord:
        field, where = version_field(dataset, version), f"{self._copies.where} {dataset} {version}"
        (content,) = await self._copies.asked(packed(b"HGET", self._keys.records.encode(), field.encode()))
        if content is None:
            raise StoreError("it isn't loaded", where=where)
        try:
            return read_record(content, dataset, version)
        except DamagedVersionError as error:
            raise DamagedVersionError(error.problem, where=where) from None
