"""Leases: how a load says that it is at work on a table, and how a later one knows that its loader died.

A lease is a row of its own beside `pointer_row`, written anew every few seconds while a load goes on. The server stamps
it, and it is compared with the stamp of another lease: no clock of a client has a say. A table without a record, whose
lease is missing or old, is what a killed load left.

A loader that slept for too long finds its lease gone, at the latest when it is to write its record: the lease of a
table is removed first, then the token of the row is changed, and only then the table is removed. So a loader that
still saw its lease meets the change of the token, and looks again.
"""

import os
import secrets
import socket
import time
from collections.abc import Collection

from hbasedriver.protobuf_py.Client_pb2 import MutateRequest, MutateResponse

from storage_tiers.errors import DatasetError
from storage_tiers.hbase_tier.loaded_table import table_in
from storage_tiers.hbase_tier.noted_versions import Change, Noted
from storage_tiers.hbase_tier.pointer_row import LEASES, PointerRow, equals
from storage_tiers.hbase_tier.wire.hbase_cluster import Cluster
from storage_tiers.hbase_tier.wire.hbase_tables import drop_table, tables_named
from storage_tiers.hbase_tier.wire.region_map import Region
from storage_tiers.hbase_tier.wire.region_scan import whole_region
from storage_tiers.hbase_tier.wire.table_rows import put_mutation

LEASE_S = 60.0
_RENEW_S = 5.0
_BEGINNING = b"lease/"


class Lease:
    """The lease of one load on its table, which isn't made yet."""

    def __init__(self, cluster: Cluster, pointer_row: PointerRow, table: str) -> None:
        self._cluster = cluster
        self._rows = pointer_row.rows
        self._row = _BEGINNING + table.encode()
        self._table = table
        self._words = f"{socket.gethostname()} process {os.getpid()} {secrets.token_hex(8)}".encode()
        pointer_row.make()
        self._rows.put(LEASES, [(self._row, self._words)])
        self._renewed = time.monotonic()

    def renew(self) -> None:
        """Write the lease anew, if it is time to; a DatasetError says that it was lost."""
        if time.monotonic() < self._renewed + _RENEW_S:
            return
        mutation = put_mutation(self._row, LEASES, {b"": self._words})
        condition = equals(self._row, LEASES, b"", self._words)

        def request_of(region: Region) -> MutateRequest:
            return MutateRequest(region=whole_region(region.name), mutation=mutation, condition=condition)

        ask = self._rows.ask
        if not self._cluster.patiently(lambda: ask(self._row, "Mutate", request_of, MutateResponse)).processed:
            raise self._lost()
        self._renewed = time.monotonic()

    def check(self) -> None:
        """Raise a DatasetError if somebody else took this load for dead."""
        if self._rows.get(LEASES, [self._row]) != [self._words]:
            raise self._lost()

    def release(self) -> None:
        """Give the lease back, after the record was written or the table removed."""
        self._rows.remove([self._row])

    def _lost(self) -> DatasetError:
        return DatasetError(
            f"this load stood still for more than {LEASE_S:g} s, and another one removed its table {self._table}",
            remedy="run it again",
        )


def remove_what_killed_loads_left(cluster: Cluster, pointer_row: PointerRow, own: str) -> list[str]:
    """Remove tables without a record whose loaders died; return their names. `own` has a lease that was just written.

    What was looked at first may have moved on when the rest is looked at, but never the other way: a lease is there
    before its table, and a record before its lease goes.
    """
    tables = tables_named(cluster, f"{cluster.address.prefix}.")
    leases = _leases(pointer_row)
    recorded = set(map(table_in, pointer_row.look().records.values()))
    now = leases.get(own, 0)
    alive = {table for table, stamp in leases.items() if now - stamp < 1_000 * LEASE_S}
    left = [name for name in tables if name not in alive | recorded | {pointer_row.rows.table}]
    pointer_row.rows.remove([_BEGINNING + name.encode() for name in leases.keys() - alive])
    return remove_unrecorded(cluster, pointer_row, left)


def remove_unrecorded(cluster: Cluster, pointer_row: PointerRow, tables: Collection[str]) -> list[str]:
    """Remove tables that no record names, and whose leases are gone; return their names.

    A record that is on its way is either there when the row is looked at, or fails at the token that changed before.
    """
    if not tables:
        return []
    pointer_row.change(_touch)
    recorded = set(map(table_in, pointer_row.look().records.values()))
    left = [table for table in tables if table not in recorded]
    for table in left:
        drop_table(cluster, table)
    return left


def unrecorded(cluster: Cluster, pointer_row: PointerRow) -> list[str]:
    """Return the tables that no record names, and leases: of loads under way, and of those that died."""
    tables = {*tables_named(cluster, f"{cluster.address.prefix}.")} - {pointer_row.rows.table}
    recorded = set(map(table_in, pointer_row.look().records.values()))
    return sorted([*(tables - recorded), *(f"the lease of {table}" for table in _leases(pointer_row))])


def _leases(pointer_row: PointerRow) -> dict[str, int]:
    """Return the stamp of every lease, in milliseconds of the server's clock, by table."""
    rows = (row.cell[0] for row in pointer_row.rows.scan_cells(LEASES))
    return {cell.row.removeprefix(_BEGINNING).decode(): cell.timestamp for cell in rows}


def _touch(_noted: Noted) -> Change:
    """Change nothing but the token: whoever read the row before must read it again."""
    return Change()
