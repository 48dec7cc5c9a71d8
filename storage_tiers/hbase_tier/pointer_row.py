"""The one row that says which versions are loaded and which of them serve; every change of it is atomic.

The table ``<prefix>.versions`` holds the row ``all``. In its family ``p`` a cell a dataset is the pointer, the folder
of the version that serves; in ``v`` a cell a version is its record, or says that it was dropped. HBase writes cells of
one row together and reads them as of one moment, so that the pointers of several datasets move as one.

A change is written only where nobody else wrote since the row was read: each writes a new token into the row, under the
condition that the old one still stands there. Time stamps are counted upwards here, never below the last, so that
no clock that is behind can hide a change.
"""

import secrets
import time
from pathlib import Path

from hbasedriver.protobuf_py.Client_pb2 import (
    Column,
    Condition,
    GetRequest,
    GetResponse,
    MutateRequest,
    MutateResponse,
)
from hbasedriver.protobuf_py.Comparator_pb2 import BinaryComparator, ByteArrayComparable
from hbasedriver.protobuf_py.HBase_pb2 import CompareType

from storage_tiers.hbase_tier.noted_versions import Change, Noted, Plan
from storage_tiers.hbase_tier.wire.hbase_cluster import Cluster
from storage_tiers.hbase_tier.wire.hbase_tables import create_table
from storage_tiers.hbase_tier.wire.region_map import Region, TableGoneError, table_state
from storage_tiers.hbase_tier.wire.region_scan import whole_region
from storage_tiers.hbase_tier.wire.table_rows import TableRows, put_mutation
from storage_tiers.versioned.versions import Version, version_of_folder

LEASES = b"l"  # a family of rows of their own, see `table_leases`

_ROW = b"all"
_POINTERS, _VERSIONS = b"p", b"v"
_TOKEN = b" token"  # among the pointers: no dataset is called so
_ONE_VERSION = {"VERSIONS": "1"}
_ROW_COMPARATOR = "org.apache.hadoop.hbase.filter.BinaryComparator"


class PointerRow:
    """The row of one prefix in a cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.rows = TableRows(cluster, f"{cluster.address.prefix}.versions")

    def look(self) -> Noted:
        """Return what stands in the row; nothing where nothing was ever loaded."""
        return self._look([Column(family=_POINTERS), Column(family=_VERSIONS)])

    def look_at(self, name: str, version: Version | None = None) -> Noted:
        """Return the pointer of a dataset alone, and the record of one of its versions."""
        columns = [Column(family=_POINTERS, qualifier=[name.encode(), _TOKEN])]
        if version:
            columns.append(Column(family=_VERSIONS, qualifier=[_qualifier(name, version)]))
        return self._look(columns)

    def change(self, plan: Plan) -> None:
        """Write what the plan makes of the row as it stands; it is asked again where somebody else wrote meanwhile.

        A plan must do no harm if it is carried out twice: where an answer was lost, nobody knows.
        """
        self.make()
        token = secrets.token_hex(8).encode()

        def attempt() -> None:
            is_written = False
            while not is_written:
                noted = self.look()
                change = None if noted.token == token else plan(noted)  # it was written, and the answer lost
                is_written = change is None or self._write(noted, change, token)

        self._cluster.patiently(attempt)

    def make(self) -> None:
        """Make the table where there is none."""
        if self._state() is None:
            families = dict.fromkeys((_POINTERS, _VERSIONS, LEASES), _ONE_VERSION)
            create_table(self._cluster, self.rows.table, families)

    def _state(self) -> int | None:
        return self._cluster.patiently(lambda: table_state(self._cluster, self.rows.table))

    def _look(self, columns: list[Column]) -> Noted:
        def request_of(region: Region) -> GetRequest:
            request = GetRequest(region=whole_region(region.name))
            request.get.row = _ROW
            request.get.column.extend(columns)
            return request

        try:
            answer = self._cluster.patiently(lambda: self.rows.ask(_ROW, "Get", request_of, GetResponse))
        except TableGoneError:
            if self._state() is None:
                return Noted()
            raise
        cells = {(cell.family, cell.qualifier): cell for cell in answer.result.cell}
        token = cells.pop((_POINTERS, _TOKEN), None)
        return Noted(
            {
                name.decode(): cell.value.decode(errors="replace")
                for (family, name), cell in cells.items()
                if family == _POINTERS
            },
            {
                key: cell.value
                for (family, name), cell in cells.items()
                if family == _VERSIONS and (key := _key_of(name))
            },
            token.value if token else b"",
            token.timestamp if token else 0,
        )

    def _write(self, noted: Noted, change: Change, token: bytes) -> bool:
        """Write a change if the token is still the one that was noted; return whether it was."""
        stamp = max(time.time_ns() // 1_000_000, noted.stamp + 1)
        pointers = {name.encode(): version.path.encode() for name, version in change.pointers.items()}
        mutation = put_mutation(_ROW, _POINTERS, pointers | {_TOKEN: token})
        records = {_qualifier(*key): record for key, record in change.records.items()}
        if records:
            mutation.column_value.extend(put_mutation(_ROW, _VERSIONS, records).column_value)
        mutation.timestamp = stamp
        condition = equals(_ROW, _POINTERS, _TOKEN, noted.token)

        def request_of(region: Region) -> MutateRequest:
            return MutateRequest(region=whole_region(region.name), mutation=mutation, condition=condition)

        return bool(self.rows.ask(_ROW, "Mutate", request_of, MutateResponse).processed)


def equals(row: bytes, family: bytes, qualifier: bytes, value: bytes) -> Condition:
    """Return the condition that a cell holds a value; an empty one stands for no cell, too."""
    comparator = BinaryComparator(comparable=ByteArrayComparable(value=value))
    condition = Condition(row=row, family=family, qualifier=qualifier, compare_type=CompareType.EQUAL)
    condition.comparator.name = _ROW_COMPARATOR
    condition.comparator.serialized_comparator = comparator.SerializeToString()
    return condition


def _qualifier(name: str, version: Version) -> bytes:
    return f"{name}/{version.path}".encode()


def _key_of(qualifier: bytes) -> tuple[str, Version] | None:
    """Return dataset and version of a record's cell; None of one that isn't ours."""
    name, _, folder = qualifier.decode(errors="replace").partition("/")
    version = version_of_folder(Path(folder))
    return (name, version) if version else None
