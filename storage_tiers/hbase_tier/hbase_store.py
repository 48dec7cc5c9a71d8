"""What the tier does in a cluster: fills and removes tables, writes their records, checks what is there.

This is the door to `hbase-driver`, an extra: whoever has no use for the tier doesn't import it.
"""

import secrets
from contextlib import suppress

from joins.engine.step import OnDone
from storage_tiers.budget import Budget
from storage_tiers.errors import DatasetError
from storage_tiers.guards.row_digest import RowsDigest
from storage_tiers.hbase_tier.loaded_table import LoadedTable, holds_the_same, table_in, write_record
from storage_tiers.hbase_tier.noted_versions import Change, Noted
from storage_tiers.hbase_tier.pointer_row import PointerRow
from storage_tiers.hbase_tier.table_leases import Lease, remove_unrecorded, remove_what_killed_loads_left, unrecorded
from storage_tiers.hbase_tier.table_loading import ROWS, TRIMMED, Progress, TableLoad
from storage_tiers.hbase_tier.wire.hbase_address import HBaseAddress
from storage_tiers.hbase_tier.wire.hbase_cluster import Cluster
from storage_tiers.hbase_tier.wire.hbase_tables import drop_table
from storage_tiers.hbase_tier.wire.region_map import RegionMap
from storage_tiers.hbase_tier.wire.table_rows import TableRows
from storage_tiers.random_access.values import ValueLayout
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.parts import OnBytes

_TIDYING_S = 1.0  # for a server that went away, after a load failed: what is left can be left to a later load


class HBaseStore:
    """The tables of one prefix in one cluster."""

    def __init__(self, address: HBaseAddress) -> None:
        self.address = address
        self.cluster = Cluster(address)
        self.pointers = PointerRow(self.cluster)

    def load(
        self, dataset: Dataset, layout: ValueLayout, budget: Budget, n_threads: int, on_done: OnDone | None
    ) -> None:
        """Load a version and write its record; a table that its record named before is removed.

        The cluster is one of its own, which no longer waits for servers once the load has failed.
        """
        cluster = Cluster(self.address)
        pointers = PointerRow(cluster)
        table = _new_name(dataset, self.address.prefix)
        before = pointers.look_at(dataset.name, dataset.version).records.get((dataset.name, dataset.version), b"")
        lease = Lease(cluster, pointers, table)
        try:
            remove_what_killed_loads_left(cluster, pointers, table)
            progress = Progress(dataset.n_rows, on_done, lease.renew)
            loaded = TableLoad(cluster, dataset, layout, budget, n_threads, progress).fill(table)
            not_needed = _write_record(pointers, loaded, budget, lease, before)
        except BaseException:
            cluster.wait_at_most(_TIDYING_S)
            with suppress(DatasetError):  # what is left is removed by a later load
                lease.release()
                remove_unrecorded(cluster, pointers, [table])  # its record may have been written, and the answer lost
            raise
        lease.release()
        remove_unrecorded(cluster, pointers, not_needed)
        cluster.close()

    def rows(self, table: str) -> TableRows:
        """Return the rows of a table."""
        return TableRows(self.cluster, table)

    def check_served(self, table: str) -> None:
        """Raise TableGoneError if a table isn't there or isn't served."""
        self.cluster.patiently(RegionMap(self.cluster, table).all)

    def digests(self, table: str, on_bytes: OnBytes) -> tuple[RowsDigest, RowsDigest]:
        """Read all rows of a table, and those that tell of trimmed keys; return a digest of each."""
        of_rows, of_trimmed = RowsDigest(), RowsDigest()
        rows = self.rows(table)
        for digest, family in ((of_rows, ROWS), (of_trimmed, TRIMMED)):
            for pair in rows.scan(family):
                digest.add([pair])
                on_bytes(sum(map(len, pair)))
        return of_rows, of_trimmed

    def unrecorded(self) -> list[str]:
        """Return the tables and leases that belong to no version: of loads under way, and of those that died."""
        return unrecorded(self.cluster, self.pointers)

    def remove(self, table: str) -> None:
        """Remove a table that no record names."""
        drop_table(self.cluster, table)


def _new_name(dataset: Dataset, prefix: str) -> str:
    version = dataset.version
    return f"{prefix}.{dataset.name}.{version.date:%Y%m%d}.{version.iteration}.{secrets.token_hex(4)}"


def _write_record(pointers: PointerRow, loaded: LoadedTable, budget: Budget, lease: Lease, before: bytes) -> set[str]:
    """Write the record of a load in place of the one that was there `before`; return the tables that nobody needs now.

    Of two loads of the same content the first to get here wins, and the other's table isn't needed.
    """
    key = (loaded.dataset, loaded.version)
    not_needed = set[str]()

    def plan(noted: Noted) -> Change | None:
        lease.check()
        there = noted.records.get(key, b"")
        if table_in(there) == loaded.table:
            return None
        if there != before and holds_the_same(there, loaded, budget):
            not_needed.add(loaded.table)
            return None
        not_needed.update({table_in(there)} - {""})
        return Change(records={key: write_record(loaded)})

    pointers.change(plan)
    return not_needed
