"""Random access on a Redis or Valkey server: the light rows of a version by key, in the server's memory.

Nothing of it lies under the output folder. Pointers, records and rows are keys on the server (`key_names`); what
belongs together changes in one transaction, so that readers see a switch of several datasets at one moment, and going
back is the same. A load that dies leaves rows that nobody knows of, which the next one removes.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from joins.engine.step import OnDone
from storage_tiers.budget import NO_BUDGET, Budget, in_units
from storage_tiers.errors import DamagedVersionError, VersionNotFoundError
from storage_tiers.guards.file_checks import check_published
from storage_tiers.random_access.keys import check_one_row_a_key
from storage_tiers.random_access.values import ValueLayout, value_layout
from storage_tiers.redis_server.held_versions import TITLE, HeldVersions
from storage_tiers.redis_server.key_names import read_version, version_field
from storage_tiers.redis_server.loading.load_lease import LoadLease, remove_leftovers
from storage_tiers.redis_server.loading.redis_memory import check_takes_loads
from storage_tiers.redis_server.loading.version_load import VersionLoad
from storage_tiers.redis_server.redis_connection import RedisServer
from storage_tiers.redis_server.redis_reader import RedisReader
from storage_tiers.redis_server.version_record import VersionRecord
from storage_tiers.stores.address import Root
from storage_tiers.tier import Tier, TierOptions, TierVersion
from storage_tiers.versioned.asked_version import newer
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.given_version import DateLike, IterationLike
from storage_tiers.versioned.parts import OnBytes, ignore_bytes
from storage_tiers.versioned.versions import Variant, Version

if TYPE_CHECKING:
    from redis.client import Pipeline


_NO_SERVER = TierOptions()


class RedisTier(Tier):
    """Random access on a server; see `storage_tiers.tier.Tier`."""

    name: ClassVar[str] = "redis"
    short_name: ClassVar[str] = "redis"
    title: ClassVar[str] = TITLE
    variant: ClassVar[Variant] = "light"
    copies: ClassVar[bool] = True
    on_server: ClassVar[bool] = True

    def __init__(self, root: str | Root, options: TierOptions = _NO_SERVER) -> None:
        super().__init__(root, options)
        self._opened: RedisServer | None = None

    def load(self, dataset: Dataset, on_done: OnDone | None = None, budget: Budget = NO_BUDGET) -> TierVersion:
        """Load a version with unique keys, under keys of its own; what another load left that died is removed.

        Two loads at once are fine: the first to finish wins.
        """
        check_one_row_a_key(dataset)
        server, layout = self._server, value_layout(dataset.schema, dataset.manifest.key, dataset.place.variant)
        server.check_output(self.root, claim=True)
        field = version_field(dataset.name, dataset.version)
        server.ask(("SREM", server.keys.dropped, field))  # it is loaded again
        if not self._is_loaded(dataset, layout, budget):
            check_published(dataset)
            check_takes_loads(server)
            remove_leftovers(server)
            self._load(dataset, layout, budget, on_done)
            remove_leftovers(server)  # of a load that died just before this one, whose lease has ended meanwhile
        return self.validate(dataset.name, dataset.version)

    def validate(self, name: str, version: Version) -> TierVersion:
        """Check the record, the number of rows, and what they were loaded from."""
        record = self._held.record(name, version)
        self._held.check(record)
        return record.as_tier_version(is_current=self._pointed(name) == version)

    def verify(self, name: str, version: Version, on_bytes: OnBytes = ignore_bytes) -> TierVersion:
        """Read every row back as well."""
        known, record = self.validate(name, version), self._held.record(name, version)
        self._held.check_every_row(record, on_bytes)
        return known

    def check_serving(self, name: str, *, every_byte: bool = False) -> None:  # noqa: ARG002 - nothing else is kept
        """Check that the pointer names a version that is there."""
        version = self.current(name)
        where = f"{self._server.address} {self._server.keys.current} {name}"
        remedy = f"load it again: interest-graph run --repair --date {version.date if version else '...'}"
        if version is None:
            raise DamagedVersionError("the pointer is missing", where=where, remedy=remedy)
        if not self.holds(name, version):
            missing = self.not_loaded(name, str(version))
            problem = f"the pointer names a version that isn't there: {missing}"
            raise DamagedVersionError(problem, where=where, remedy=remedy)

    def make_current(self, chosen: Mapping[str, Version]) -> None:
        """Let loaded versions serve, older ones as well; all pointers move in one transaction."""
        for name, version in chosen.items():
            self.check_before_switch(name, version)
        keys = self._server.keys

        def decide(pipeline: "Pipeline") -> None:
            for name, version in chosen.items():
                if not pipeline.hexists(keys.records, version_field(name, version)):  # dropped since
                    raise self.not_loaded(name, str(version))
            pipeline.multi()
            for name, version in chosen.items():
                pipeline.hset(keys.current, name, version.path)

        self._server.change(decide, keys.records, keys.current)

    def advance(self, chosen: Mapping[str, Version]) -> None:
        """Let loaded versions serve, except where a newer one does; all pointers move in one transaction."""
        for name, version in chosen.items():  # their loads read every row back
            self.validate(name, version)
        keys = self._server.keys

        def decide(pipeline: "Pipeline") -> None:
            held, pointed = self._held.versions(), self._held.pointed()
            pipeline.multi()
            for name, version in chosen.items():
                current = read_version(pointed[name]) if name in pointed else None
                pipeline.hset(keys.current, name, newer(version, current, held.get(name, [])).path)

        self._server.change(decide, keys.records, keys.current)

    def current(self, name: str) -> Version | None:
        """Return the version that the pointer names; None where there is none."""
        return self._held.current(name)

    def versions(self, name: str) -> list[Version]:
        """Return the versions of a dataset that have a record, oldest first."""
        return self._held.versions().get(name, [])

    def datasets(self) -> list[str]:
        """Return the names of the datasets that have a version or a pointer, sorted."""
        return sorted({*self._held.versions(), *self._held.pointed()})

    def dropped(self, name: str) -> set[Version]:
        """Return the versions that were dropped and not loaded again."""
        return self._held.dropped(name)

    def drop(self, name: str, version: Version) -> None:
        """Remove a version, except the current one."""
        if not self.holds(name, version):
            raise self.not_loaded(name, str(version))
        self.drop_all({name: [version]})

    def drop_all(self, chosen: Mapping[str, Iterable[Version]]) -> dict[str, set[Version]]:
        """Remove several versions in one transaction, or none if one is current; memory is freed in the background.

        None stays: a reader of one that is gone looks at the pointer again.
        """
        keys = self._server.keys
        wanted = {version_field(name, version) for name, versions in chosen.items() for version in versions}

        def decide(pipeline: "Pipeline") -> None:
            held, pointed = self._held.versions(), self._held.pointed()
            there = {version_field(name, one): (name, one) for name, versions in held.items() for one in versions}
            fields = wanted & there.keys()
            for name, version in sorted(there[field] for field in fields):
                if pointed.get(name) == version.path.encode():
                    raise self.serves(name, version)
            numbers = [self._load_number(*there[field]) for field in fields]
            filled = [key for number in numbers if number is not None for key in keys.of_load(number)]
            pipeline.multi()
            if fields:
                pipeline.hdel(keys.records, *sorted(fields))
                pipeline.sadd(keys.dropped, *sorted(fields))
            if filled:
                pipeline.unlink(*filled)

        self._server.change(decide, keys.records, keys.current)
        return {}

    def reader(self, name: str, date: DateLike | None = None, iteration: IterationLike | None = None) -> RedisReader:
        """Open a version for reading by key, the current one by default; without one it follows the pointer."""
        self.select(name, date, iteration)
        return RedisReader(self.options.address, name, date, iteration, password_file=self.options.password_file)

    def not_loaded(self, name: str, asked: str) -> VersionNotFoundError:
        """Return the error of a version that isn't loaded; it lists what is."""
        return self._held.not_loaded(name, asked)

    @property
    def _server(self) -> RedisServer:
        """The server; a namespace of another output is refused at the first look."""
        if self._opened is None:
            server = RedisServer(self.options.address, self.options.password_file)
            server.check_output(self.root)
            self._opened = server
        return self._opened

    @property
    def _held(self) -> HeldVersions:
        return HeldVersions(self._server)

    def _pointed(self, name: str) -> Version | None:
        """Return the current version; None where the pointer names none, which the next switch mends."""
        said = self._held.pointed().get(name)
        return None if said is None else read_version(said)

    def _is_loaded(self, dataset: Dataset, layout: ValueLayout, budget: Budget) -> bool:
        if not self.holds(dataset.name, dataset.version):
            return False
        try:
            record = self._held.record(dataset.name, dataset.version)
            self.verify(dataset.name, dataset.version)
        except DamagedVersionError:  # loading it again repairs it
            return False
        return record.is_of(dataset.manifest.digest, layout, budget)

    def _load(self, dataset: Dataset, layout: ValueLayout, budget: Budget, on_done: OnDone | None) -> None:
        n_done = 0

        def on_rows(n_rows: int) -> None:
            nonlocal n_done
            n_done += n_rows
            if on_done:
                on_done(n_done, dataset.n_rows)

        def is_same(record: VersionRecord) -> bool:
            return record.is_of(dataset.manifest.digest, layout, budget)

        before = self._load_number(dataset.name, dataset.version)
        with LoadLease(self._server, f"{dataset.name} {dataset.version}") as lease:
            load = VersionLoad(
                self._server, lease, dataset, layout, self.name, self.options.n_threads, self._what_could_go()
            )
            lease.finish(load(budget, on_rows), before, is_same)

    def _what_could_go(self) -> str:
        """Return words for the versions that don't serve, with what they take."""
        found = []
        for name, versions in self._held.versions().items():
            pointed = self._pointed(name)
            for version in versions:
                if version != pointed:
                    n_bytes = self._held.record(name, version).n_bytes
                    found.append(f"{name} {version} ({in_units(n_bytes)})")
        return f"drop what doesn't serve ({', '.join(found[:3])}), " if found else ""

    def _load_number(self, name: str, version: Version) -> int | None:
        """Return which load a version is of; None where there is none, or its record is damaged: its rows are left."""
        try:
            return self._held.record(name, version).load_number
        except (VersionNotFoundError, DamagedVersionError):
            return None
