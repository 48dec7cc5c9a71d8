"""Making, listing and removing tables, and waiting until that is done.

`hbase-driver` names the attributes of a family so that HBase ignores them, and waits in steps of seconds.
"""

import time
from collections.abc import Callable, Mapping, Sequence

from google.protobuf.message import Message
from hbasedriver.protobuf_py.HBase_pb2 import BytesBytesPair, ColumnFamilySchema, TableName, TableSchema, TableState
from hbasedriver.protobuf_py.Master_pb2 import (
    CreateTableRequest,
    CreateTableResponse,
    DeleteTableRequest,
    DeleteTableResponse,
    DisableTableRequest,
    DisableTableResponse,
    GetTableNamesRequest,
    GetTableNamesResponse,
)

from storage_tiers.errors import DatasetError
from storage_tiers.hbase_tier.wire.hbase_cluster import Cluster
from storage_tiers.hbase_tier.wire.hbase_rpc import Answer, ServerFault
from storage_tiers.hbase_tier.wire.region_map import read_regions, table_state

_NAMESPACE = b"default"
_LOOK_S = 0.02
_MOST_S = 300.0  # for many regions; a standalone HBase takes under one second

Attributes = Mapping[str, str]  # of a column family, in HBase's own words


def create_table(
    cluster: Cluster, table: str, families: Mapping[bytes, Attributes], split_keys: Sequence[bytes] = ()
) -> None:
    """Make a table whose regions begin at the given keys, and wait until all are open; one that is there stays."""
    schema = TableSchema(table_name=_named(table))
    for family, attributes in families.items():
        pairs = [BytesBytesPair(first=name.encode(), second=value.encode()) for name, value in attributes.items()]
        schema.column_families.append(ColumnFamilySchema(name=family, attributes=pairs))
    request = CreateTableRequest(table_schema=schema, split_keys=split_keys)
    _order(cluster, "CreateTable", request, CreateTableResponse, unless="TableExistsException")
    _wait(cluster, f"{table} isn't open", lambda: _is_open(cluster, table))


def drop_table(cluster: Cluster, table: str) -> None:
    """Disable and delete a table, and wait until it is gone; one that isn't there is left so."""
    gone = "TableNotFoundException"
    state = cluster.patiently(lambda: table_state(cluster, table))
    if state is None:
        return
    if state != TableState.DISABLED:
        request = DisableTableRequest(table_name=_named(table))
        _order(cluster, "DisableTable", request, DisableTableResponse, unless="TableNotEnabledException", or_if=gone)
        _wait(cluster, f"{table} is still enabled", lambda: table_state(cluster, table) in {None, TableState.DISABLED})
    _order(cluster, "DeleteTable", DeleteTableRequest(table_name=_named(table)), DeleteTableResponse, unless=gone)
    _wait(cluster, f"{table} is still there", lambda: table_state(cluster, table) is None)


def tables_named(cluster: Cluster, beginning: str) -> list[str]:
    """Return the names of the tables that begin so, sorted."""
    request = GetTableNamesRequest(regex=beginning.replace(".", r"\.") + ".*", namespace=_NAMESPACE.decode())
    answer = cluster.patiently(lambda: cluster.ask_master("GetTableNames", request, GetTableNamesResponse))
    names = (name.qualifier.decode() for name in answer.table_names if name.namespace == _NAMESPACE)
    return sorted(name for name in names if name.startswith(beginning))


def _named(table: str) -> TableName:
    return TableName(namespace=_NAMESPACE, qualifier=table.encode())


def _order(
    cluster: Cluster, method: str, request: Message, answer: type[Answer], *, unless: str, or_if: str = ""
) -> None:
    """Order something of the master; that it was done before is fine."""

    def attempt() -> None:
        try:
            cluster.ask_master(method, request, answer)
        except ServerFault as fault:
            if fault.kind not in {unless, or_if}:
                raise

    cluster.patiently(attempt)


def _is_open(cluster: Cluster, table: str) -> bool:
    if table_state(cluster, table) != TableState.ENABLED:
        return False
    try:
        read_regions(cluster, table)
    except ServerFault as fault:
        if not fault.passes:
            raise
        return False
    return True


def _wait(cluster: Cluster, what: str, is_done: Callable[[], bool]) -> None:
    give_up = time.monotonic() + _MOST_S
    while not cluster.patiently(is_done):
        if time.monotonic() > give_up:
            remedy = "see the log of its master"
            raise DatasetError(f"the table {what} after {_MOST_S:g} s", where=str(cluster.address), remedy=remedy)
        time.sleep(_LOOK_S)
