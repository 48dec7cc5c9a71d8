"""A tier on the shared server, in a namespace of its own that is removed again, and datasets to load into it."""

import pytest

from storage_tiers.hbase_tier.hbase_tier import HBaseTier
from storage_tiers.light import project_light
from storage_tiers.tier import TierOptions


@pytest.fixture
def tier(tmp_path, hbase_address):
    from storage_tiers.hbase_tier.wire.hbase_tables import drop_table, tables_named  # noqa: PLC0415 - needs the driver

    tier = HBaseTier(tmp_path, TierOptions(2, hbase_address))
    yield tier
    for table in tables_named(tier.store.cluster, f"{tier.store.address.prefix}."):
        drop_table(tier.store.cluster, table)
    tier.store.cluster.close()


@pytest.fixture
def tables_of():
    """List the tables of a tier that hold versions."""
    from storage_tiers.hbase_tier.wire.hbase_tables import tables_named  # noqa: PLC0415 - needs the driver

    def listed(tier: HBaseTier) -> list[str]:
        beginning = f"{tier.store.address.prefix}."
        found = (table.removeprefix(beginning) for table in tables_named(tier.store.cluster, beginning))
        return [table for table in found if table != "versions"]

    return listed


@pytest.fixture
def published(tmp_path, publish, wide_table):
    """Publish light rows, 10 a version unless told otherwise."""

    def make(iteration=1, name="board_joins", n_rows=None):
        rows = project_light(wide_table(10 * iteration if n_rows is None else n_rows))
        return publish(tmp_path, rows, name, variant="light", iteration=iteration)

    return make
