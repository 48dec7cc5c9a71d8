"""A load under way: its number, the lease that says that somebody is at it, and how it ends.

A load fills keys of its own, named by its number, which no reader knows of before its record is written. The lease is
a key that lives for seconds and is renewed as long as the loader lives. Rows that have neither a record nor a lease are
left over from a load that died; the next load removes them.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import msgspec

from storage_tiers.errors import DatasetError
from storage_tiers.redis_server.key_names import version_field
from storage_tiers.redis_server.redis_connection import RedisServer
from storage_tiers.redis_server.version_record import VersionRecord, number_in, sound_record, written_record

if TYPE_CHECKING:
    from redis.client import Pipeline

LEASE_S = 15
RENEWED_EVERY_S = 3.0
_SCANNED = 1_000


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What a lease says of its load."""

    what: str  # dataset and version
    needs_bytes: int = 0  # as reckoned; 0 before it was


class LoadLease:
    """A load under way; a context manager that takes away what it filled unless it was finished."""

    def __init__(self, server: RedisServer, what: str) -> None:
        self._server = server
        self._said = msgspec.json.encode(UnderWay(what))
        self._ended = threading.Event()
        self.number = int(server.ask(("INCR", server.keys.loads))[0])
        self._renew()
        self._renewer = threading.Thread(target=self._renew_often, daemon=True)
        self._renewer.start()

    def needs(self, what: str, n_bytes: int) -> None:
        """Tell other loads how much memory this one is going to take."""
        self._said = msgspec.json.encode(UnderWay(what, n_bytes))
        self._renew()

    def finish(self, record: VersionRecord, before: int | None, is_same: Callable[[VersionRecord], bool]) -> None:
        """Write the record, unless another load made the same meanwhile; what had its place goes.

        ``before`` is the number of the load that is to be replaced.

        Raises DatasetError if the rows aren't there any more.
        """
        keys, field = self._server.keys, version_field(record.dataset, record.version)

        def decide(pipeline: "Pipeline") -> None:
            n_fields: Any = pipeline.hlen(keys.rows(self.number))
            if n_fields != record.n_rows + 1:
                raise self._lost(record, n_fields)
            content: Any = pipeline.hget(keys.records, field)
            there = None if content is None else sound_record(content, record.dataset, record.version)
            pipeline.multi()
            if there and there.load_number != before and is_same(there):
                pipeline.unlink(*keys.of_load(self.number))
            else:
                pipeline.hset(keys.records, field, written_record(record))
                if there:
                    pipeline.unlink(*keys.of_load(there.load_number))
            pipeline.delete(keys.lease(self.number))

        self._server.change(decide, keys.records, *keys.of_load(self.number))
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if not self._ended.is_set():
            self._end()
            keys = self._server.keys
            with suppress(DatasetError):  # what went wrong is told already, and the next load removes what is left
                self._server.ask(("UNLINK", *keys.of_load(self.number)), ("DEL", keys.lease(self.number)))

    def _end(self) -> None:
        self._ended.set()
        self._renewer.join()

    def _renew(self) -> None:
        self._server.ask(("SET", self._server.keys.lease(self.number), self._said, "EX", LEASE_S))

    def _renew_often(self) -> None:
        while not self._ended.wait(RENEWED_EVERY_S):
            with suppress(DatasetError):  # the load itself meets what is wrong with the server
                self._renew()

    def _lost(self, record: VersionRecord, n_fields: int) -> DatasetError:
        n_rows = max(0, n_fields - 1)
        return DatasetError(
            f"{record.dataset} {record.version} was not loaded: {n_rows:,} of {record.n_rows:,} rows are there",
            where=str(self._server.address),
            remedy="are the keys unique? If so, this process stood still, or the server lost its data: load it again",
        )


def others_under_way(server: RedisServer, number: int) -> dict[int, UnderWay]:
    """Return the loads that have a lease, by number, but for one."""
    found = {}
    with server.told() as client:
        for key in client.scan_iter(f"{server.keys.namespace}:lease:*", count=_SCANNED):
            said = client.get(key)
            if said is not None:  # it may have ended since
                found[int(key.rpartition(b":")[2])] = msgspec.json.decode(said, type=UnderWay)
    found.pop(number, None)
    return found


def remove_leftovers(server: RedisServer) -> None:
    """Remove the rows of loads that died.

    Rows that a record may be about are left, and all are where a record can't be read.
    """
    for number in sorted({number for key in _filled_keys(server) if (number := server.keys.load_number(key))}):
        _remove_if_left(server, number)


def unrecorded_keys(server: RedisServer) -> list[str]:
    """Return the keys that loads filled and no record is about: of loads under way, and of those that died."""
    recorded = {number_in(content) for content in server.ask(("HVALS", server.keys.records))[0]}
    keys = sorted(_filled_keys(server))
    return [key.decode() for key in keys if server.keys.load_number(key) not in {None, *recorded}]


def _filled_keys(server: RedisServer) -> list[bytes]:
    with server.told() as client:
        return list(client.scan_iter(f"{server.keys.namespace}:*:*", count=_SCANNED))


def _remove_if_left(server: RedisServer, number: int) -> None:
    keys = server.keys

    def decide(pipeline: "Pipeline") -> None:
        is_held = bool(pipeline.exists(keys.lease(number)))
        contents: Any = [] if is_held else pipeline.hvals(keys.records)
        records = [number_in(content) for content in contents]
        pipeline.multi()
        if not is_held and number not in records and None not in records:
            pipeline.unlink(*keys.of_load(number))

    server.change(decide, keys.lease(number), keys.records)
