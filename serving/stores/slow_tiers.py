"""The debugging and the SQL tier as stores: for looking into data beside what serves, and marked as slow in answers.

Their clients block, so they are asked by a few threads of the store's own. A question that was begun can't be given up:
its thread is the store's until it is answered, and who waits for it is told in time.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Literal

import pyarrow as pa

from joins.errors import DiscoveryError
from serving.config import DebuggingStore, SqlStore
from serving.errors import StoreError
from serving.stores.object_types import object_type_of_layout
from serving.stores.source import Rows
from serving.stores.tier_versions import TierVersions
from serving.stores.turns import Turn, Turns
from serving.stores.versioned_store import ClosableSource
from storage_tiers.debugging import DatasetReader, DebuggingTier
from storage_tiers.random_access.keys import strict_encoder
from storage_tiers.random_access.values import value_layout
from storage_tiers.reading.nested_fields import asked_fields, asked_part, names_of_schema
from storage_tiers.sql_batch import SqlBatchTier
from storage_tiers.sql_batch.locked_queries import QueryShare
from storage_tiers.sql_batch.sql_views import quoted_name
from storage_tiers.stores.address import root_of
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.versions import Version

ReadRows = Callable[[Sequence[int | str], Sequence[str]], Rows]
_SHARE = QueryShare(memory_mb=1_024, n_threads=1)


class BlockingSource(ClosableSource):
    """A dataset whose reads block a thread of its store.

    Parameters
    ----------
    address
        What plans call it.
    dataset
        The opened version.
    read
        What reads some fields of the rows of keys of the right type, in their order; it blocks.
    pool, turns
        The threads of the store, and who has them.
    """

    waits: Literal["blocking"] = "blocking"
    is_slow = True

    def __init__(self, address: str, dataset: Dataset, read: ReadRows, pool: ThreadPoolExecutor, turns: Turns) -> None:
        manifest = dataset.manifest
        layout = value_layout(dataset.schema, manifest.key, dataset.place.variant)
        self.address, self._version, self._read = address, dataset.version, read
        self.object_type = object_type_of_layout(dataset.name, layout, key_is_integer=manifest.key_is_integer)
        self._bytes_of = strict_encoder(is_integer=manifest.key_is_integer)
        self._pool, self._turns = pool, turns

    @property
    def version(self) -> Version:
        """The version that is read."""
        return self._version

    def get_many(self, keys: Sequence[int | str], fields: Sequence[str]) -> "asyncio.Future[Rows]":
        """Return what the named fields of several rows will be, see `Source.get_many`."""
        asked, named = list(keys), list(fields)
        loop = asyncio.get_running_loop()

        def begin(turn: Turn) -> None:
            def in_thread() -> None:
                told: Callable[[], None]
                try:
                    told = partial(turn.give, self._rows(asked, named))
                except Exception as error:  # noqa: BLE001 - it is told, whatever it is
                    told = partial(turn.fail, _in_words(error, self.address))
                with suppress(RuntimeError):  # the loop was closed meanwhile
                    loop.call_soon_threadsafe(told)

            self._pool.submit(in_thread)

        return self._turns.ask(begin)

    def close(self) -> None:
        """Do nothing: no file stays open between two questions."""

    def _rows(self, keys: Sequence[int | str], fields: Sequence[str]) -> Rows:
        possible = [key for key in keys if self._bytes_of(key) is not None]
        found = dict(zip(possible, self._read(possible, fields), strict=True))
        return [found.get(key) if self._bytes_of(key) is not None else None for key in keys]


class SlowVersions(TierVersions):
    """Versions of a tier that reads the published files.

    Parameters
    ----------
    name
        What the configuration calls the store.
    store
        How it is configured.
    tier
        The tier.
    """

    def __init__(self, name: str, store: DebuggingStore | SqlStore, tier: DebuggingTier | SqlBatchTier) -> None:
        super().__init__(name, store.datasets, tier)
        self._files = tier
        self.turns = self._turns = Turns(
            f"store {name}", store.most_at_once, store.most_waiting, store.timeout_ms / 1_000
        )
        self._pool = ThreadPoolExecutor(store.most_at_once, thread_name_prefix=f"store-{name}")

    async def close(self) -> None:
        """Let the threads end what they are at."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _identity(self, dataset: str, version: Version) -> object:
        return self._files.open(dataset, version.date, version.iteration).manifest.digest

    def _opened(self, dataset: str, version: Version, address: str) -> ClosableSource:
        opened = self._files.open(dataset, version.date, version.iteration)
        return BlockingSource(address, opened, self._reading(opened), self._pool, self._turns)

    @abstractmethod
    def _reading(self, dataset: Dataset) -> ReadRows:
        """Return what reads rows of an opened version."""


class DebuggingVersions(SlowVersions):
    """Versions of the debugging tier."""

    def __init__(self, name: str, store: DebuggingStore) -> None:
        super().__init__(name, store, DebuggingTier(root_of(store.output)))

    def _reading(self, dataset: Dataset) -> ReadRows:
        return DatasetReader(dataset).get_many


class SqlVersions(SlowVersions):
    """Versions of the SQL batch tier; a question is one query."""

    def __init__(self, name: str, store: SqlStore) -> None:
        self._sql = SqlBatchTier(root_of(store.output))
        super().__init__(name, store, self._sql)

    def _reading(self, dataset: Dataset) -> ReadRows:
        key, name, where = dataset.manifest.key, dataset.name, f"{dataset.name} {dataset.version}"
        there = names_of_schema(dataset.schema)

        def read(keys: Sequence[int | str], fields: Sequence[str]) -> Rows:
            asked = asked_fields(fields, there, where)
            columns = ", ".join(map(quoted_name, dict.fromkeys([key, *asked])))
            query = f"SELECT {columns} FROM {quoted_name(name)} WHERE {quoted_name(key)} IN (SELECT unnest($keys))"  # noqa: S608 - names are quoted
            if not keys:
                return []
            with self._sql.answer(query, {name: dataset.version}, {"keys": list(keys)}, _SHARE) as answer:
                table = pa.Table.from_batches(answer.batches, answer.schema)
            found = {row[key]: row for row in table.to_pylist()}
            return [None if (row := found.get(one)) is None else asked_part(row, asked) for one in keys]

        return read


def _in_words(error: Exception, where: str) -> Exception:
    if isinstance(error, DiscoveryError):
        return StoreError(error.problem, where=error.where or where, remedy=error.remedy)
    return StoreError(f"its rows can't be read ({error!r:.200})", where=where)
