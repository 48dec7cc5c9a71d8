"""The tier of SQL batch on a server: PostgreSQL, a table a version, and a view a dataset.

In the schema that the address names, ``board_joins_2026_11_20_iteration_2`` is a version, and ``board_joins`` shows the
one that serves. A version is loaded by one transaction under a name of its own, looked into, and takes its place at the
end; several datasets are switched by another one. Whatever dies in between, the server takes back, so that nothing is
to be cleaned up: its lock is that of the session, and goes with it.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar

import pyarrow as pa

from joins.engine.step import OnDone
from storage_tiers.budget import NO_BUDGET, Budget
from storage_tiers.errors import DamagedVersionError
from storage_tiers.guards.file_checks import check_published
from storage_tiers.postgresql.answers import arrow_answer
from storage_tiers.postgresql.budgeted_loading import load_under
from storage_tiers.postgresql.columns.column_types import check_name, create_table_sql
from storage_tiers.postgresql.key_reader import PostgresqlRows
from storage_tiers.postgresql.records import Record, Records
from storage_tiers.postgresql.sessions import Session, opened_session, read_address
from storage_tiers.postgresql.switching import (
    beside_readers,
    drop,
    has_table,
    put_in_place,
    shows,
    switch,
    table_of,
    view_of,
)
from storage_tiers.postgresql.table_copying import digest_of, table_bytes
from storage_tiers.sql_batch import view_name
from storage_tiers.sql_batch.sql_views import quoted_name
from storage_tiers.stores.address import Root
from storage_tiers.tier import Tier, TierOptions, TierVersion
from storage_tiers.versioned.asked_version import newer
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.given_version import DateLike, IterationLike
from storage_tiers.versioned.parts import OnBytes, ignore_bytes
from storage_tiers.versioned.versions import Variant, Version, how_to_repair

_DEFAULTS = TierOptions()


class PostgresqlTier(Tier):
    """SQL batch on a server; see `storage_tiers.tier.Tier`."""

    name: ClassVar[str] = "postgresql"
    short_name: ClassVar[str] = "pg"
    title: ClassVar[str] = "PostgreSQL"
    variant: ClassVar[Variant] = "light"
    copies: ClassVar[bool] = True
    on_server: ClassVar[bool] = True

    def __init__(self, root: str | Root, options: TierOptions = _DEFAULTS) -> None:
        super().__init__(root, options)

    def load(self, dataset: Dataset, on_done: OnDone | None = None, budget: Budget = NO_BUDGET) -> TierVersion:
        """Load a version. Of two loaders of one version the second waits, and finds it loaded."""
        table = view_name(dataset.name, dataset.version)
        check_name(table, "table")
        create_table_sql(table, dataset.schema)  # what can't be held is told before anything is sent
        with self._session() as session:
            Records(session).make_home()
            with session.transaction():
                session.lock("load", table)
                if self._is_loaded(session, dataset, budget):
                    Records(session).take_back(dataset.name, dataset.version)
                else:
                    check_published(dataset)
                    self._load(session, dataset, budget, on_done)
        return self.validate(dataset.name, dataset.version)

    def validate(self, name: str, version: Version) -> TierVersion:
        """Check that the table is there and as large as it was."""
        with self._session() as session:
            record = self._checked(session, name, version)
            return record.as_tier_version(is_current=Records(session).current_if_sound(name) == version)

    def verify(self, name: str, version: Version, on_bytes: OnBytes = ignore_bytes) -> TierVersion:
        """Check every row as well, by the sum of their digests that the server computes."""
        with self._session() as session:
            record = self._checked(session, name, version)
            there = digest_of(session, table_of(session, name, version))
            if there != (record.n_rows, record.rows_digest):
                raise self._damaged(session, record, f"rows and digest current={there} != loaded={_digest(record)}")
            on_bytes(record.heap_bytes)
            return record.as_tier_version(is_current=Records(session).current_if_sound(name) == version)

    def check_serving(self, name: str, *, every_byte: bool = False) -> None:
        """Check that the dataset's view shows the version that serves."""
        version = self.select(name)
        (self.verify if every_byte else self.validate)(name, version)
        with self._session() as session:
            if not shows(session, name, version):
                view, remedy = view_of(session, name), how_to_repair(self.root, version.date)
                raise DamagedVersionError(
                    f"the view {view} doesn't show {version}, which serves", where=str(session.address), remedy=remedy
                )

    def make_current(self, chosen: Mapping[str, Version]) -> None:
        """Let loaded versions serve, older ones as well, by one transaction."""
        for name, version in chosen.items():
            self.check_before_switch(name, version)
        self._switch(chosen, lambda _records, _name, version: version)

    def advance(self, chosen: Mapping[str, Version]) -> None:
        """Let loaded versions serve, except where a newer one does."""
        self._switch(chosen, _newer)

    def current(self, name: str) -> Version | None:
        """Return the version that serves."""
        with self._session() as session:
            return Records(session).current(name)

    def versions(self, name: str) -> list[Version]:
        """Return the loaded versions of a dataset, oldest first."""
        with self._session() as session:
            return Records(session).versions(name)

    def datasets(self) -> list[str]:
        """Return the names of the datasets that were loaded, sorted."""
        with self._session() as session:
            return Records(session).datasets()

    def dropped(self, name: str) -> set[Version]:
        """Return the versions that were dropped and not loaded again."""
        with self._session() as session:
            return Records(session).dropped(name)

    def drop(self, name: str, version: Version) -> None:
        """Remove a version, except the current one."""
        if not self.holds(name, version):
            raise self.not_loaded(name, str(version))
        self.drop_all({name: [version]})

    def drop_all(self, chosen: Mapping[str, Iterable[Version]]) -> dict[str, set[Version]]:
        """Remove several versions by one transaction, or none if one is current; readers are waited for."""
        wanted = {name: {*versions} for name, versions in chosen.items()}
        with self._session() as session:
            records = Records(session)

            def change() -> None:
                held = {name: versions & {*records.versions(name)} for name, versions in wanted.items()}
                for name, versions in held.items():
                    serving = records.current_if_sound(name)
                    if serving in versions:
                        raise self.serves(name, serving)
                drop(session, held)

            if records.are_there():
                tables = [table_of(session, name, version) for name, versions in wanted.items() for version in versions]
                beside_readers(session, change, tables)
        return {}

    def sql(self, query: str) -> pa.Table:
        """Return the answer to a query, in which ``board_joins`` is the current version; times are in UTC.

        It can change nothing. Raises DatasetError if PostgreSQL refuses the query, or it has no answer.
        """
        with self._session() as session:
            return arrow_answer(session, query, f"{self.title} at {session.address}")

    def reader(self, name: str, date: DateLike | None = None, iteration: IterationLike | None = None) -> PostgresqlRows:
        """Open a version for reading by key, the current one by default."""
        version = self.select(name, date, iteration)
        with self._session() as session:
            record = self._checked(session, name, version)
        return PostgresqlRows(read_address(self.options.address), record)

    @contextmanager
    def _session(self) -> Iterator[Session]:
        with opened_session(read_address(self.options.address)) as session:
            yield session

    def _load(self, session: Session, dataset: Dataset, budget: Budget, on_done: OnDone | None) -> None:
        """Load a table under a name that nobody knows, and put it in its place."""
        staged = f"_loading_{secrets.token_hex(6)}"
        table = f"{quoted_name(session.schema)}.{quoted_name(staged)}"

        def on_rows(n_rows: int) -> None:
            if on_done:
                on_done(n_rows, dataset.n_rows)

        loaded = load_under(session, table, dataset, budget, self.options.n_threads, on_rows)
        Records(session).put_trimmed_keys(dataset.name, dataset.version, loaded.blocks())
        read = [table_of(session, dataset.name, dataset.version), view_of(session, dataset.name)]
        beside_readers(session, lambda: put_in_place(session, loaded.record, staged), read)

    def _is_loaded(self, session: Session, dataset: Dataset, budget: Budget) -> bool:
        record = Records(session).get(dataset.name, dataset.version)
        if record is None or record.source_digest != dataset.manifest.digest:
            return False
        table = table_of(session, dataset.name, dataset.version)
        if not budget.would_make(record.n_bytes, record.trimmed) or not has_table(session, table):
            return False
        return digest_of(session, table) == _digest(record)

    def _checked(self, session: Session, name: str, version: Version) -> Record:
        """Return the record of a version whose table is there and as large as it was."""
        record = Records(session).get(name, version)
        if record is None:
            raise self.not_loaded(name, str(version))
        table = table_of(session, name, version)
        if not has_table(session, table):
            raise self._damaged(session, record, "it is missing")
        _, heap_bytes = table_bytes(session, table)
        if heap_bytes != record.heap_bytes:  # it was changed, or only written anew, as VACUUM FULL does
            n_rows = session.value(f"SELECT count(*) FROM {table}")  # noqa: S608 - the name is quoted
            if n_rows != record.n_rows:
                raise self._damaged(session, record, f"rows current={n_rows} != loaded={record.n_rows}")
        return record

    def _damaged(self, session: Session, record: Record, what: str) -> DamagedVersionError:
        table = table_of(session, record.dataset, record.version)
        where = f"{record.dataset} {record.version}, table {table} at {session.address}"
        return DamagedVersionError(what, where=where, remedy=how_to_repair(self.root, record.version.date))

    def _switch(self, chosen: Mapping[str, Version], which: Callable[[Records, str, Version], Version]) -> None:
        with self._session() as session:
            records = Records(session)
            if not records.are_there() and chosen:
                raise self.not_loaded(*next((name, str(version)) for name, version in chosen.items()))

            def change() -> None:
                wanted = {name: which(records, name, version) for name, version in chosen.items()}
                for name, version in wanted.items():
                    self._checked(session, name, version)
                switch(session, wanted)

            if chosen:
                beside_readers(session, change, [view_of(session, name) for name in chosen])


def _newer(records: Records, name: str, version: Version) -> Version:
    return newer(version, records.current_if_sound(name), records.versions(name))


def _digest(record: Record) -> tuple[int, int]:
    return record.n_rows, record.rows_digest
