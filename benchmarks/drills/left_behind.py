"""What lies in a tier that belongs to no version: what killed loads left there, and how long it may lie."""

from functools import singledispatch

from storage_tiers import Tier
from storage_tiers.hbase_tier.hbase_tier import HBaseTier
from storage_tiers.postgresql.postgresql_tier import PostgresqlTier
from storage_tiers.postgresql.sessions import opened_session, read_address
from storage_tiers.postgresql.switching import unrecorded_relations
from storage_tiers.redis_server import RedisTier
from storage_tiers.redis_server.loading.load_lease import LEASE_S, unrecorded_keys
from storage_tiers.redis_server.redis_connection import RedisServer
from storage_tiers.sql_batch.sql_views import quoted_name
from storage_tiers.stores.local_home import local_home
from storage_tiers.versioned.on_stores.clearing import STAGING_FOLDER


@singledispatch
def left_of(tier: Tier) -> list[str]:
    """Return the files, keys or tables of a tier that belong to no version; of embedded tiers what is being staged."""
    return sorted(str(path) for path in (local_home(tier.root) / STAGING_FOLDER).glob("*") if path.is_dir())


@left_of.register
def _(tier: RedisTier) -> list[str]:
    return unrecorded_keys(RedisServer(tier.options.address))


@left_of.register
def _(tier: PostgresqlTier) -> list[str]:
    with opened_session(read_address(tier.options.address)) as session:
        return unrecorded_relations(session)


@left_of.register
def _(tier: HBaseTier) -> list[str]:
    return tier.store.unrecorded()


@singledispatch
def seconds_until_given_up(_tier: Tier) -> float:
    """Return for how long a tier takes a load that was killed for one that is alive."""
    return 0.0


@seconds_until_given_up.register
def _(_tier: RedisTier) -> float:
    return LEASE_S


@seconds_until_given_up.register
def _(_tier: HBaseTier) -> float:
    from storage_tiers.hbase_tier.table_leases import LEASE_S as OF_A_TABLE_S  # noqa: PLC0415 - needs the driver

    return OF_A_TABLE_S


@singledispatch
def remove_all(_tier: Tier) -> None:
    """Remove what a drill had on a server; of other tiers everything goes with their folder."""


@remove_all.register
def _(tier: RedisTier) -> None:
    server = RedisServer(tier.options.address)
    for key in list(server.client.scan_iter(f"{server.keys.namespace}:*")):
        server.client.unlink(key)


@remove_all.register
def _(tier: PostgresqlTier) -> None:
    with opened_session(read_address(tier.options.address)) as session:
        session.run(f"DROP SCHEMA IF EXISTS {quoted_name(session.schema)} CASCADE")


@remove_all.register
def _(tier: HBaseTier) -> None:
    from storage_tiers.hbase_tier.wire.hbase_tables import drop_table, tables_named  # noqa: PLC0415 - needs the driver

    for table in tables_named(tier.store.cluster, f"{tier.store.address.prefix}."):
        drop_table(tier.store.cluster, table)
    tier.store.cluster.close()
