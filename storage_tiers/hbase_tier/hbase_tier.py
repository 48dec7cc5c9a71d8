"""The production random access tier on HBase: rows by key, a table a version.

A version is loaded into a table of its own, counted and read back in part, and then recorded in the one row that holds
all records and pointers (`pointer_row`). Switching, going back and dropping change that row, all at once or not at all.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from joins.engine.step import OnDone
from storage_tiers.budget import NO_BUDGET, Budget
from storage_tiers.errors import DamagedVersionError, DatasetError
from storage_tiers.guards.file_checks import check_published
from storage_tiers.hbase_tier.loaded_table import LoadedTable, read_record, table_in
from storage_tiers.hbase_tier.noted_versions import DROPPED, Change, Noted
from storage_tiers.hbase_tier.wire.hbase_address import read_address
from storage_tiers.random_access.keys import check_one_row_a_key
from storage_tiers.random_access.values import ValueLayout, value_layout
from storage_tiers.reading import KeyReader
from storage_tiers.tier import Tier, TierVersion
from storage_tiers.versioned.asked_version import newer
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.given_version import DateLike, IterationLike
from storage_tiers.versioned.parts import OnBytes, ignore_bytes
from storage_tiers.versioned.versions import Variant, Version, how_to_repair, version_of_folder

if TYPE_CHECKING:
    from storage_tiers.hbase_tier.hbase_store import HBaseStore


class HBaseTier(Tier):
    """The tier on HBase; see `storage_tiers.tier.Tier`. Its address is read by `hbase_address`."""

    name: ClassVar[str] = "hbase"
    short_name: ClassVar[str] = "hbase"
    title: ClassVar[str] = "HBase"
    variant: ClassVar[Variant] = "light"
    copies: ClassVar[bool] = True
    on_server: ClassVar[bool] = True

    @cached_property
    def store(self) -> "HBaseStore":
        """The cluster that the address names; the driver is an extra, and imported here for the first time."""
        address = read_address(self.options.address)
        try:
            from storage_tiers.hbase_tier.hbase_store import HBaseStore  # noqa: PLC0415 - an extra
        except ModuleNotFoundError as error:
            remedy = "pip install 'interest-graph[hbase]'"
            raise DatasetError(
                f"the tier hbase needs hbase-driver, and {error.name} isn't installed", remedy=remedy
            ) from None
        return HBaseStore(address)

    def load(self, dataset: Dataset, on_done: OnDone | None = None, budget: Budget = NO_BUDGET) -> TierVersion:
        """Load a version with unique keys into a table of its own. Two loaders at once are fine: the first wins."""
        check_one_row_a_key(dataset)
        layout = value_layout(dataset.schema, dataset.manifest.key, dataset.place.variant)
        if not self._is_loaded(dataset, layout, budget):
            check_published(dataset)
            self.store.load(dataset, layout, budget, self.options.n_threads, on_done)
        return self.validate(dataset.name, dataset.version)

    def validate(self, name: str, version: Version) -> TierVersion:
        """Check that the record can be read and that its table is served."""
        loaded = self.loaded(name, version)
        self.check_served(loaded)
        return loaded.as_tier_version(is_current=self._current_if_sound(name) == version)

    def verify(self, name: str, version: Version, on_bytes: OnBytes = ignore_bytes) -> TierVersion:
        """Read all rows back and compare their digest as well."""
        loaded = self.loaded(name, version)
        self.check_served(loaded)
        of_rows, of_trimmed = self.store.digests(loaded.table, on_bytes)
        if of_rows.n_rows != loaded.n_rows:
            raise self._damaged(loaded, f"rows current={of_rows.n_rows:,} != loaded={loaded.n_rows:,}")
        if (of_rows.hex(), of_trimmed.hex()) != (loaded.digest, loaded.trimmed_digest):
            raise self._damaged(loaded, "the rows that are there aren't those that were loaded")
        return self.validate(name, version)

    def check_serving(self, name: str, *, every_byte: bool = False) -> None:
        """Check that the pointer names a version that is there."""
        version = self.current(name)
        if version is None:
            raise DamagedVersionError(
                "it is missing", where=self._pointer_of(name), remedy=self._how_to_load_again(name)
            )
        (self.verify if every_byte else self.validate)(name, version)

    def versions(self, name: str) -> list[Version]:
        """Return the loaded versions of a dataset, oldest first."""
        return sorted(self.store.pointers.look().loaded(name))

    def datasets(self) -> list[str]:
        """Return the names of the datasets that have a pointer or a loaded version, sorted."""
        return self.store.pointers.look().datasets()

    def dropped(self, name: str) -> set[Version]:
        """Return the versions that were dropped and not loaded again."""
        return self.store.pointers.look().dropped(name)

    def current(self, name: str) -> Version | None:
        """Return the version that the pointer names; None where there is no pointer."""
        return self.pointed_in(self.store.pointers.look_at(name), name)

    def make_current(self, chosen: Mapping[str, Version]) -> None:
        """Let loaded versions serve, older ones as well; all pointers move at once."""
        for name, version in chosen.items():
            self.check_before_switch(name, version)

        def plan(noted: Noted) -> Change | None:
            self._check_held(noted, chosen)
            return self._moved(noted, chosen)

        self.store.pointers.change(plan)

    def advance(self, chosen: Mapping[str, Version]) -> None:
        """Let loaded versions serve, except where a newer one does; all pointers move at once."""
        for name, version in chosen.items():  # their loads read every row back
            self.validate(name, version)

        def plan(noted: Noted) -> Change | None:
            self._check_held(noted, chosen)
            serving = {name: self._sound_pointer(noted, name) for name in chosen}
            wanted = {name: newer(one, serving[name], noted.loaded(name)) for name, one in chosen.items()}
            return self._moved(noted, wanted)

        self.store.pointers.change(plan)

    def drop(self, name: str, version: Version) -> None:
        """Remove a version, except the current one: first its record, then its table."""
        table = [""]

        def plan(noted: Noted) -> Change | None:
            self._check_held(noted, {name: version})
            if self._sound_pointer(noted, name) == version:
                raise self.serves(name, version)
            table[0] = table_in(noted.records[name, version])
            return Change(records={(name, version): DROPPED})

        self.store.pointers.change(plan)
        if table[0]:
            self.store.remove(table[0])

    def reader(self, name: str, date: DateLike | None = None, iteration: IterationLike | None = None) -> KeyReader:
        """Open a version for reading by key, the current one by default."""
        from storage_tiers.hbase_tier.table_reader import TableReader  # noqa: PLC0415 - an extra

        return TableReader(self, name, date, iteration)

    def loaded(self, name: str, version: Version) -> LoadedTable:
        """Read the record of a loaded version."""
        record = self.store.pointers.look_at(name, version).loaded(name).get(version)
        if record is None:
            raise self.not_loaded(name, str(version))
        return read_record(record, f"{name} {version} in {self.store.address}", how_to_repair(self.root, version.date))

    def check_served(self, loaded: LoadedTable) -> None:
        """Raise DamagedVersionError if the table of a loaded version isn't there or isn't served."""
        from storage_tiers.hbase_tier.wire.region_map import TableGoneError  # noqa: PLC0415 - an extra

        try:
            self.store.check_served(loaded.table)
        except TableGoneError as error:
            raise self._damaged(loaded, error.problem) from error

    def pointed_in(self, noted: Noted, name: str) -> Version | None:
        """Return the version that a pointer names; DamagedVersionError if it names none at all."""
        written = noted.pointers.get(name)
        if written is None:
            return None
        version = version_of_folder(Path(written))
        if version is None:
            what = f"{written[:40]!r} is no version; it must be like date=2026-11-20/iteration=2"
            raise DamagedVersionError(what, where=self._pointer_of(name), remedy=self._how_to_load_again(name))
        return version

    def _is_loaded(self, dataset: Dataset, layout: ValueLayout, budget: Budget) -> bool:
        if not self.holds(dataset.name, dataset.version):
            return False
        try:
            there = self.loaded(dataset.name, dataset.version)
            self.verify(dataset.name, dataset.version)
        except DamagedVersionError:  # loading it again repairs it
            return False
        return there.is_of(dataset.manifest.digest, layout, budget)

    def _check_held(self, noted: Noted, chosen: Mapping[str, Version]) -> None:
        for name, version in chosen.items():
            if version not in noted.loaded(name):
                raise self.not_loaded(name, str(version))

    @staticmethod
    def _moved(noted: Noted, chosen: Mapping[str, Version]) -> Change | None:
        """Return how pointers move; None where all are where they shall be."""
        moved = {name: version for name, version in chosen.items() if noted.pointers.get(name) != version.path}
        return Change(pointers=moved) if moved else None

    def _sound_pointer(self, noted: Noted, name: str) -> Version | None:
        written = noted.pointers.get(name)
        return version_of_folder(Path(written)) if written else None

    def _current_if_sound(self, name: str) -> Version | None:
        return self._sound_pointer(self.store.pointers.look_at(name), name)

    def _pointer_of(self, name: str) -> str:
        return f"the pointer of {name} in {self.store.pointers.rows.table} of {self.store.address}"

    def _how_to_load_again(self, name: str) -> str:
        newest = self.find(name)
        return how_to_repair(self.root, newest.date) if newest else "run the day again"

    def _damaged(self, loaded: LoadedTable, what: str) -> DamagedVersionError:
        where = f"{loaded.dataset} {loaded.version} in {self.store.address}"
        return DamagedVersionError(
            f"table {loaded.table}: {what}", where=where, remedy=how_to_repair(self.root, loaded.version.date)
        )
