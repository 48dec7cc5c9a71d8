"""Where the rows of a table lie: its regions, as hbase:meta has them, and the servers that hold them.

`hbase-driver` keeps the regions of all tables of a client together, and finds one by the row alone: a scan of a second
table reads the rows of the first. It looks for a row backwards from the row itself, so that the first row of a region
is sought in the region before. Here a table's regions are read together, and a map belongs to one table.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from hbasedriver.protobuf_py.Client_pb2 import Column, GetRequest, GetResponse, ScanResponse
from hbasedriver.protobuf_py.Client_pb2 import Result as PbRow
from hbasedriver.protobuf_py.HBase_pb2 import RegionInfo, TableState

from storage_tiers.errors import DatasetError
from storage_tiers.hbase_tier.wire.hbase_address import Server
from storage_tiers.hbase_tier.wire.hbase_cluster import Cluster
from storage_tiers.hbase_tier.wire.hbase_rpc import ServerFault
from storage_tiers.hbase_tier.wire.region_scan import RowRange, read_page, whole_region

_META = b"hbase:meta,,1"
_MAGIC_BYTES = 4


class TableGoneError(DatasetError):
    """A table isn't there, or isn't served: it was dropped, or never made."""


@dataclass(frozen=True, slots=True)
class Region:
    """A piece of a table: the rows from `start` up to, but not with, `end`; empty means without end."""

    name: bytes
    start: bytes
    end: bytes
    server: Server


class RegionMap:
    """The regions of one table; read when one is needed, and again when that was forgotten."""

    def __init__(self, cluster: Cluster, table: str) -> None:
        self._cluster = cluster
        self._table = table
        self._regions: list[Region] = []

    def of(self, row: bytes) -> Region:
        """Return the region of a row; TableGoneError if the table isn't served, ServerFault while regions move."""
        regions = self.all()
        return regions[bisect_right(regions, row, key=_start_of) - 1]

    def all(self) -> list[Region]:
        """Return all regions in the order of their rows, without a gap."""
        if not self._regions:
            state = table_state(self._cluster, self._table)
            if state == TableState.ENABLING:
                raise ServerFault("NotServingRegionException", f"{self._table} is about to open")
            if state != TableState.ENABLED:
                said = "isn't there" if state is None else f"is {TableState.State.Name(state)}"
                raise TableGoneError(f"the table {self._table} {said}", where=str(self._cluster.address))
            self._regions = read_regions(self._cluster, self._table)
        return self._regions

    def forget(self) -> None:
        """Read the regions again when the next is needed."""
        self._regions = []


def _start_of(region: Region) -> bytes:
    return region.start


def table_state(cluster: Cluster, table: str) -> int | None:
    """Return the state of a table; None if there is no such table."""
    request = GetRequest(region=whole_region(_META))
    request.get.row = table.encode()
    request.get.column.append(Column(family=b"table", qualifier=[b"state"]))
    cells = cluster.ask_meta("Get", request, GetResponse).result.cell
    return TableState.FromString(cells[0].value).state if cells else None


def read_regions(cluster: Cluster, table: str) -> list[Region]:
    """Return the open regions of a table; a ServerFault that passes where one is missing."""
    start, rows = f"{table},,".encode(), list[PbRow]()
    while True:
        wanted = RowRange(start, f"{table} ,,".encode(), (b"info",))
        page = read_page(lambda asked: cluster.ask_meta("Scan", asked, ScanResponse), _META, wanted)
        rows += page.rows
        if page.is_last:
            break
        start = page.next_row
    regions = sorted((region for row in rows for region in _region_in(row, table)), key=lambda region: region.start)
    ends = [b"", *(region.end for region in regions)]
    starts = [*(region.start for region in regions), b""]
    if not regions or ends != starts:
        raise ServerFault("NotServingRegionException", f"not every region of {table} is open")
    return regions


def _region_in(row: PbRow, table: str) -> Iterator[Region]:
    """Yield the region that a row of hbase:meta is about, if it is open and of the table."""
    cells = {cell.qualifier: cell.value for cell in row.cell}
    info = RegionInfo.FromString(cells.get(b"regioninfo", b"")[_MAGIC_BYTES:]) if b"regioninfo" in cells else None
    if info is None or info.offline or info.split or info.replica_id or info.table_name.qualifier != table.encode():
        return
    host, _, port = cells.get(b"server", b"").decode().rpartition(":")
    if host and cells.get(b"state", b"OPEN") == b"OPEN":
        yield Region(row.cell[0].row, info.start_key, info.end_key, (host, int(port)))
