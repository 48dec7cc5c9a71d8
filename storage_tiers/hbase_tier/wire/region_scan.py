"""Reading the rows of one region in order, a page at a call.

Every page opens a scanner, reads and closes it, so that nothing is kept on the server between two calls: a page that
failed is asked for again, and a reader that takes its time loses no place. `hbase-driver` scans a row a call, and ends
a scan early: it looks for the next region behind the last row, which is still in the first, so of a table of several
regions it gives the rows of one, and says nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hbasedriver.protobuf_py.Client_pb2 import Column, ScanRequest, ScanResponse
from hbasedriver.protobuf_py.Client_pb2 import Result as PbRow
from hbasedriver.protobuf_py.Client_pb2 import Scan as PbScan
from hbasedriver.protobuf_py.Filter_pb2 import Filter, KeyOnlyFilter
from hbasedriver.protobuf_py.HBase_pb2 import RegionSpecifier

from storage_tiers.hbase_tier.wire.hbase_rpc import ServerFault

AskRegion = Callable[[ScanRequest], ScanResponse]

_ROWS_A_PAGE = 10_000
_BYTES_A_PAGE = 2**21
_KEY_ONLY = Filter(
    name="org.apache.hadoop.hbase.filter.KeyOnlyFilter",
    serialized_filter=KeyOnlyFilter(len_as_val=False).SerializeToString(),
)


@dataclass(frozen=True, slots=True)
class RowRange:
    """Which rows are read, and what of them."""

    start: bytes
    stop: bytes  # the first that is not read; empty: all that follow
    families: tuple[bytes, ...]
    only_keys: bool = False  # leave the values on the server


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a region, none of them empty, and whether these were the last."""

    rows: list[PbRow]
    is_last: bool

    @property
    def next_row(self) -> bytes:
        """The first key that the next page may hold."""
        last: bytes = self.rows[-1].cell[0].row
        return last + b"\0"


def whole_region(name: bytes) -> RegionSpecifier:
    """Return how a region is named in a request."""
    return RegionSpecifier(type=RegionSpecifier.REGION_NAME, value=name)


def read_page(ask: AskRegion, region: bytes, wanted: RowRange) -> Page:
    """Read the first rows of a range that lie in a region; OSError or ServerFault where it can't be."""
    request = ScanRequest(
        region=whole_region(region), scan=_scan_of(wanted), number_of_rows=_ROWS_A_PAGE, close_scanner=True
    )
    answer = ask(request)
    if any(answer.partial_flag_per_result) or any(row.partial for row in answer.results):
        raise ServerFault("ScannerResetException", "a piece of a row came instead of a row")
    rows = [row for row in answer.results if row.cell]
    is_last = not answer.more_results_in_region
    if not rows and not is_last:
        raise ServerFault("TimeoutIOException", "a page without rows that isn't the last")
    return Page(rows, is_last)


def _scan_of(wanted: RowRange) -> PbScan:
    scan = PbScan(
        start_row=wanted.start,
        stop_row=wanted.stop,
        include_start_row=True,
        include_stop_row=False,
        max_result_size=_BYTES_A_PAGE,
        max_versions=1,
        cache_blocks=False,  # rows that are read once would push out those that are looked up
        column=[Column(family=family) for family in wanted.families],
    )
    if wanted.only_keys:
        scan.filter.CopyFrom(_KEY_ONLY)
    return scan
