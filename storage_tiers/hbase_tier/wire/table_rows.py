"""The rows of one table: many are written or looked up by a call a server, all are read in order.

`hbase-driver` has a BatchPut and a BatchGet which call the server once a row, and its gets keep what they read out of
the server's cache. It stamps cells with the clock of the client: where that is behind, a write is acknowledged and
nobody ever sees it. Here rows go together, and servers stamp them.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import TypeVar

from google.protobuf.message import Message
from hbasedriver.protobuf_py.Client_pb2 import (
    Action,
    Column,
    MultiRequest,
    MultiResponse,
    MutationProto,
    RegionAction,
    ScanResponse,
)
from hbasedriver.protobuf_py.Client_pb2 import Result as PbRow
from hbasedriver.protobuf_py.HBase_pb2 import NameBytesPair

from storage_tiers.hbase_tier.wire.hbase_address import Server
from storage_tiers.hbase_tier.wire.hbase_cluster import Cluster
from storage_tiers.hbase_tier.wire.hbase_rpc import Answer, ServerFault
from storage_tiers.hbase_tier.wire.region_map import Region, RegionMap
from storage_tiers.hbase_tier.wire.region_scan import Page, RowRange, read_page, whole_region

Pair = tuple[bytes, bytes]
Asked = TypeVar("Asked")

_QUALIFIER = b""  # of the one cell that a row has in a family
_MOST_ROWS_A_CALL = 1_000  # of a lookup, whose answer holds them all


class TableRows:
    """The rows of a table, one value a row and family; threads may share it."""

    def __init__(self, cluster: Cluster, table: str) -> None:
        self.table = table
        self._cluster = cluster
        self._map = RegionMap(cluster, table)

    def get(self, family: bytes, keys: Sequence[bytes]) -> list[bytes | None]:
        """Return the value of each key; None where there is no such row.

        Raises TableGoneError if the table isn't there, DatasetError if the cluster isn't reached.
        """
        found: list[bytes | None] = []
        for start in range(0, len(keys), _MOST_ROWS_A_CALL):
            rows = self._each([(key, _get_of(key, family)) for key in keys[start : start + _MOST_ROWS_A_CALL]])
            found += (row.cell[0].value if row.cell else None for row in rows)
        return found

    def put(self, family: bytes, pairs: Sequence[Pair]) -> None:
        """Write rows; every one was acknowledged when this returns."""
        self._each([(key, _put_of(key, family, value)) for key, value in pairs])

    def remove(self, keys: Sequence[bytes]) -> None:
        """Remove rows, as far as they are there."""
        self._each([(key, Action(mutation=MutationProto(row=key, mutate_type=MutationProto.DELETE))) for key in keys])

    def scan(self, family: bytes, *, only_keys: bool = False) -> Iterator[Pair]:
        """Yield keys and values in the order of the keys, across all regions; with empty values where keys are all."""
        return ((row.cell[0].row, row.cell[0].value) for row in self.scan_cells(family, only_keys=only_keys))

    def scan_cells(self, family: bytes, *, only_keys: bool = False) -> Iterator[PbRow]:
        """Yield rows with their cells and time stamps in the order of the keys."""
        start = b""
        while True:
            region, page = self._cluster.patiently(partial(self._page, RowRange(start, b"", (family,), only_keys)))
            yield from page.rows
            if page.is_last and not region.end:
                return
            start = region.end if page.is_last else page.next_row

    def ask(self, row: bytes, method: str, request_of: Callable[[Region], Message], answer: type[Answer]) -> Answer:
        """Ask the server of a row once; OSError or ServerFault, after which the regions are read anew."""
        region = self._map.of(row)
        return self._ask(region.server, method, request_of(region), answer)

    def _page(self, wanted: RowRange) -> tuple[Region, Page]:
        region = self._map.of(wanted.start)
        return region, read_page(
            lambda asked: self._ask(region.server, "Scan", asked, ScanResponse), region.name, wanted
        )

    def _ask(self, server: Server, method: str, request: Message, answer: type[Answer]) -> Answer:
        try:
            return self._cluster.ask(server, method, request, answer)
        except (OSError, ServerFault):
            self._map.forget()
            raise

    def _each(self, actions: Sequence[tuple[bytes, Action]]) -> list[PbRow]:
        """Return the answer to each action on a row; those that failed while regions moved are made again."""
        answers: list[PbRow | None] = [None] * len(actions)

        def attempt() -> None:
            left = [place for place, answer in enumerate(answers) if answer is None]
            faults: list[ServerFault] = []
            for server, request in self._requests(actions, left):
                answered = self._ask(server, "Multi", request, MultiResponse)
                faults += _note_answers(answered, answers)
            if None in answers:
                self._map.forget()
                faults.append(ServerFault("RetryImmediatelyException", "not every row was answered"))
                raise min(faults, key=lambda fault: fault.passes)  # one that doesn't pass comes first

        self._cluster.patiently(attempt)
        return [answer for answer in answers if answer is not None]

    def _requests(
        self, actions: Sequence[tuple[bytes, Action]], left: Sequence[int]
    ) -> Iterator[tuple[Server, MultiRequest]]:
        """Yield a request for each server that holds rows of the actions that are left."""
        located = sorted(((self._map.of(actions[place][0]), place) for place in left), key=_by_server)
        for server, of_server in groupby(located, key=lambda one: one[0].server):
            request = MultiRequest()
            for region, of_region in groupby(of_server, key=lambda one: one[0]):
                together = RegionAction(region=whole_region(region.name))
                for _, place in of_region:
                    action = actions[place][1]
                    action.index = place
                    together.action.append(action)
                request.regionAction.append(together)
            yield server, request


def _by_server(located: tuple[Region, int]) -> tuple[Server, bytes, int]:
    region, place = located
    return region.server, region.name, place


def _note_answers(answered: MultiResponse, answers: list[PbRow | None]) -> list[ServerFault]:
    """Put what was answered to each action in its place; return what failed."""
    faults = []
    for of_region in answered.regionActionResult:
        if of_region.HasField("exception"):
            faults.append(_fault_of(of_region.exception))
        for one in of_region.resultOrException:
            if one.HasField("exception"):
                faults.append(_fault_of(one.exception))
            else:
                answers[one.index] = one.result
    return faults


def _fault_of(exception: NameBytesPair) -> ServerFault:
    return ServerFault(exception.name, exception.value.decode(errors="replace"))


def _get_of(key: bytes, family: bytes) -> Action:
    action = Action()
    action.get.row = key
    action.get.column.append(Column(family=family, qualifier=[_QUALIFIER]))
    return action


def _put_of(key: bytes, family: bytes, value: bytes) -> Action:
    return Action(mutation=put_mutation(key, family, {_QUALIFIER: value}))


def put_mutation(row: bytes, family: bytes, cells: dict[bytes, bytes]) -> MutationProto:
    """Return the writing of some cells of a row, which the server stamps."""
    column = MutationProto.ColumnValue(family=family)
    for qualifier, value in cells.items():
        column.qualifier_value.add(qualifier=qualifier, value=value)
    return MutationProto(row=row, mutate_type=MutationProto.PUT, column_value=[column])
