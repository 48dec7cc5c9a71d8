"""Damaging what a tier holds, each in its own way: returns a pattern that the error about it must match."""

import re
from collections.abc import Callable
from functools import singledispatch
from pathlib import Path

from storage_tiers import Dataset, Tier
from storage_tiers.embedded import EmbeddedTier
from storage_tiers.hbase_tier.hbase_tier import HBaseTier
from storage_tiers.postgresql.postgresql_tier import PostgresqlTier
from storage_tiers.postgresql.sessions import opened_session, read_address
from storage_tiers.postgresql.switching import table_of
from storage_tiers.redis_server import RedisTier
from storage_tiers.redis_server.held_versions import HeldVersions
from storage_tiers.redis_server.redis_connection import RedisServer

NO_VERSION = b"\xff\x00 nonsense/../x"


@singledispatch
def damage_version(tier: Tier, dataset: Dataset) -> str:
    """Take away some of a loaded version."""
    raise NotImplementedError(tier.name)


@singledispatch
def damage_pointer(tier: Tier, name: str) -> str:
    """Let a pointer name no version."""
    raise NotImplementedError(tier.name)


@singledispatch
def change_a_row(tier: Tier, dataset: Dataset) -> Callable[[], object]:
    """Change a value of a loaded version, whose size stays; returned is what must be done before it can be loaded."""
    raise NotImplementedError(tier.name)


@damage_version.register
def _(tier: EmbeddedTier, dataset: Dataset) -> str:
    held = _held(tier, dataset)
    held.write_bytes(held.read_bytes()[: held.stat().st_size // 2])
    return rf"iteration={dataset.version.iteration}.*{held.name}"


@damage_pointer.register
def _(tier: EmbeddedTier, name: str) -> str:
    (tier.home / name / "_CURRENT").write_bytes(NO_VERSION)
    return r"_CURRENT: .* is no version; it must be like date="


@damage_version.register
def _(tier: RedisTier, dataset: Dataset) -> str:
    server, rows = _rows_on_redis(tier, dataset)
    server.client.hdel(rows, next(field for field in server.client.hkeys(rows) if field))
    return rf"iteration={dataset.version.iteration}: rows current=\d+ != loaded="


@damage_pointer.register
def _(tier: RedisTier, name: str) -> str:
    server = RedisServer(tier.options.address)
    server.client.hset(server.keys.current, name, NO_VERSION)
    return rf":current {name}: .* is no version; it must be like date="


def _rows_on_redis(tier: RedisTier, dataset: Dataset) -> tuple[RedisServer, str]:
    server = RedisServer(tier.options.address)
    return server, server.keys.rows(HeldVersions(server).record(dataset.name, dataset.version).load_number)


@damage_version.register
def _(tier: HBaseTier, dataset: Dataset) -> str:
    table = tier.loaded(dataset.name, dataset.version).table
    tier.store.remove(table)
    return rf"iteration={dataset.version.iteration}.*{re.escape(table)}: .* isn't there"


@damage_pointer.register
def _(tier: HBaseTier, name: str) -> str:
    from tests.storage_tiers.hbase_tier.pointer_damage import write_pointer  # noqa: PLC0415 - needs the driver

    write_pointer(tier, name, NO_VERSION)
    return f"the pointer of {name} .* is no version; it must be like date="


@damage_version.register
def _(tier: PostgresqlTier, dataset: Dataset) -> str:
    with opened_session(read_address(tier.options.address)) as session:
        session.run(f"TRUNCATE {table_of(session, dataset.name, dataset.version)}")
    return rf"iteration={dataset.version.iteration}, table .*: rows current=0 != loaded={dataset.n_rows}"


@damage_pointer.register
def _(tier: PostgresqlTier, name: str) -> str:
    with opened_session(read_address(tier.options.address)) as session:
        session.run("UPDATE _current SET iteration = -1 WHERE dataset = %s", (name,))
    return r"_current: .* is no version; it must be like date="


def _held(tier: EmbeddedTier, dataset: Dataset) -> Path:
    """The largest file that a tier reads a version from."""
    copied = (tier.home / dataset.name / dataset.version.folder).glob("*")
    return max(copied, key=lambda path: path.stat().st_size) if tier.copies else dataset.part_paths[0]


@change_a_row.register
def _(tier: EmbeddedTier, dataset: Dataset) -> Callable[[], object]:
    held = _held(tier, dataset)
    sound = held.read_bytes()
    changed = bytearray(sound)
    changed[len(changed) // 3] ^= 1
    held.write_bytes(changed)
    return list if tier.copies else lambda: held.write_bytes(sound)  # what a load copies it mends


@change_a_row.register
def _(tier: RedisTier, dataset: Dataset) -> Callable[[], object]:
    server, rows = _rows_on_redis(tier, dataset)
    key, value = next((key, value) for key, value in server.client.hgetall(rows).items() if key)
    server.client.hset(rows, key, value[:-1] + bytes([value[-1] ^ 1]))
    return list


@change_a_row.register
def _(tier: HBaseTier, dataset: Dataset) -> Callable[[], object]:
    from storage_tiers.hbase_tier.table_loading import ROWS  # noqa: PLC0415 - needs the driver

    rows = tier.store.rows(tier.loaded(dataset.name, dataset.version).table)
    key, value = next(iter(rows.scan(ROWS)))
    rows.put(ROWS, [(key, value[:-1] + bytes([value[-1] ^ 1]))])
    return list


@change_a_row.register
def _(tier: PostgresqlTier, dataset: Dataset) -> Callable[[], object]:
    with opened_session(read_address(tier.options.address)) as session:
        table = table_of(session, dataset.name, dataset.version)
        session.run(f"UPDATE {table} SET seen_in = seen_in + 1 WHERE board_id = 7")  # noqa: S608 - quoted
        session.run(f"VACUUM FULL {table}")  # as large as it was
    return list
