"""Rows of a real table: of any key, in any region, through splits, and never those of another table."""

import secrets
from itertools import pairwise

import pytest

pytest.importorskip("hbasedriver")

from hbasedriver.protobuf_py.HBase_pb2 import RegionInfo, TableName
from hbasedriver.protobuf_py.Master_pb2 import SplitTableRegionRequest, SplitTableRegionResponse

from storage_tiers.errors import DatasetError
from storage_tiers.hbase_tier.wire import region_scan, table_rows
from storage_tiers.hbase_tier.wire.hbase_address import read_address
from storage_tiers.hbase_tier.wire.hbase_cluster import Cluster
from storage_tiers.hbase_tier.wire.hbase_rpc import ServerFault
from storage_tiers.hbase_tier.wire.hbase_tables import create_table, drop_table, tables_named
from storage_tiers.hbase_tier.wire.region_map import TableGoneError, read_regions
from storage_tiers.hbase_tier.wire.table_rows import TableRows

pytestmark = pytest.mark.slow

F, G = b"f", b"g"
SPLITS = [b"\0", b"b", b"b\0", b"m", b"x", b"\xff"]  # some regions stay empty
KEYS = [
    *(b"\0", b"\0\0", b"\0a", b"a", b"a,b", b"a,b,1", b"b", b"b\0", b"b\0\0", b"m", b"m\xff", b"\xff", b"\xff\xff"),
    *("ä✿".encode(), b"x" * 511, b" ", b"\r\n", bytes(range(256))),
]


@pytest.fixture
def cluster(hbase_address):
    cluster = Cluster(read_address(hbase_address))
    yield cluster
    for table in tables_named(cluster, f"{cluster.address.prefix}."):
        drop_table(cluster, table)
    cluster.close()


@pytest.fixture
def made(cluster):
    """Make a table of two families."""

    def make(name="rows", splits=()):
        table = f"{cluster.address.prefix}.{name}"
        create_table(cluster, table, {F: {}, G: {}}, splits)
        return TableRows(cluster, table)

    return make


@pytest.mark.parametrize("splits", [(), SPLITS], ids=["one region", "seven regions"])
def test_every_key_is_found_and_scanned_in_order_whatever_its_bytes(made, splits):
    rows = made(splits=splits)
    pairs = [(key, b"value of " + key) for key in KEYS]
    rows.put(F, pairs)
    rows.put(G, [(KEYS[0], b"")])
    assert rows.get(F, KEYS) == [value for _, value in pairs]
    assert rows.get(F, [key + b"?" for key in KEYS]) == [None] * len(KEYS)
    assert list(rows.scan(F)) == sorted(pairs)
    assert [key for key, _ in rows.scan(F, only_keys=True)] == sorted(KEYS)
    assert list(rows.scan(G)) == [(KEYS[0], b"")]  # an empty value is a value
    assert rows.get(G, KEYS[:2]) == [b"", None]


@pytest.mark.parametrize("page", [1, 2, 3])
def test_pages_lose_no_row_and_give_none_twice(made, monkeypatch, page):
    monkeypatch.setattr(region_scan, "_ROWS_A_PAGE", page)
    rows = made(splits=SPLITS)
    rows.put(F, [(key, key) for key in KEYS])
    assert [key for key, _ in rows.scan(F)] == sorted(KEYS)


def test_a_page_ends_by_bytes_as_well(made, monkeypatch):
    monkeypatch.setattr(region_scan, "_BYTES_A_PAGE", 100_000)
    rows = made()
    pairs = [(f"{number:03d}".encode(), bytes(30_000)) for number in range(50)]
    rows.put(F, pairs)
    assert list(rows.scan(F)) == pairs


def test_two_tables_of_one_cluster_keep_their_rows_apart(made):
    one, other = made("one", SPLITS), made("other", SPLITS)
    one.put(F, [(key, b"one") for key in KEYS])
    other.put(F, [(key, b"other") for key in KEYS])
    for rows, value in ((one, b"one"), (other, b"other"), (one, b"one")):
        assert {found for _, found in rows.scan(F)} == {*rows.get(F, KEYS)} == {value}


def test_lookups_of_many_keys_keep_their_order_and_may_repeat(made, monkeypatch):
    monkeypatch.setattr(table_rows, "_MOST_ROWS_A_CALL", 7)
    rows = made(splits=SPLITS)
    rows.put(F, [(key, key) for key in KEYS])
    asked = [*KEYS, b"nothing", *reversed(KEYS), KEYS[3]]
    assert rows.get(F, asked) == [None if key == b"nothing" else key for key in asked]
    assert rows.get(F, []) == []
    rows.put(F, [])


@pytest.mark.parametrize("n_bytes", [1_000_000, 9_000_000])
def test_large_values_come_back_whole(made, n_bytes):
    value = secrets.token_bytes(n_bytes)
    rows = made()
    rows.put(F, [(b"large", value), (b"small", b"x")])
    assert rows.get(F, [b"large", b"small"]) == [value, b"x"]
    assert list(rows.scan(F)) == [(b"large", value), (b"small", b"x")]


def test_a_value_that_the_server_refuses_is_told_in_one_line(made):
    rows = made()
    with pytest.raises(
        DatasetError, match=r"HBase refuses .*exceeds limit.*; raise hbase.server.keyvalue.maxsize"
    ) as told:
        rows.put(F, [(b"large", bytes(11_000_000))])
    assert len(str(told.value).splitlines()) == 1


def test_a_row_is_written_over_and_removed(made):
    rows = made()
    for value in (b"1", b"2", b""):
        rows.put(F, [(b"a", value)])
        assert rows.get(F, [b"a"]) == [value]
    rows.remove([b"a", b"nothing"])
    assert rows.get(F, [b"a"]) == [None]


def test_regions_that_split_are_found_anew(cluster, made):
    rows = made()
    pairs = [(f"{number:04d}".encode(), bytes(100)) for number in range(3_000)]
    rows.put(F, pairs)
    scanned = rows.scan(F)
    first = next(scanned)
    (region,) = read_regions(cluster, rows.table)
    info = RegionInfo(region_id=int(region.name.split(b",")[2].split(b".")[0]))
    info.table_name.CopyFrom(TableName(namespace=b"default", qualifier=rows.table.encode()))
    info.start_key, info.end_key = region.start, region.end
    request = SplitTableRegionRequest(region_info=info, split_row=b"1500")
    cluster.patiently(lambda: cluster.ask_master("SplitRegion", request, SplitTableRegionResponse))
    assert rows.get(F, [key for key, _ in pairs]) == [value for _, value in pairs]
    assert [first, *scanned] == pairs == list(rows.scan(F))
    rows.put(F, [(b"1500", b"new"), (b"1499", b"new")])
    assert rows.get(F, [b"1499", b"1500"]) == [b"new", b"new"]
    regions = cluster.patiently(lambda: read_regions(cluster, rows.table))
    assert [region.start for region in regions] == [b"", b"1500"]
    assert all(one.end == other.start for one, other in pairwise(regions))


def test_a_table_is_made_and_removed_however_often_it_is_asked_for(cluster, made):
    rows = made()
    made()
    drop_table(cluster, rows.table)
    drop_table(cluster, rows.table)
    assert tables_named(cluster, f"{cluster.address.prefix}.") == []


def test_a_table_that_is_gone_is_told_apart_from_rows_that_are_missing(cluster, made):
    rows = made()
    assert rows.get(F, [b"a"]) == [None]
    drop_table(cluster, rows.table)
    for use in (lambda: rows.get(F, [b"a"]), lambda: rows.put(F, [(b"a", b"")]), lambda: list(rows.scan(F))):
        with pytest.raises(TableGoneError, match=r"the table .*rows isn't there"):
            use()


def test_a_family_that_is_not_there_is_told_in_one_line(made):
    with pytest.raises(DatasetError, match=r"HBase refuses \(NoSuchColumnFamilyException.*; see the log") as told:
        made().put(b"other", [(b"a", b"")])
    assert len(str(told.value).splitlines()) == 1


def test_what_one_region_answers_is_kept_while_another_one_moves(made, monkeypatch):
    rows = made(splits=[b"m"])
    rows.put(F, [(b"a", b"1"), (b"z", b"2")])
    asked, ask = [], rows._ask

    def failing(server, method, request, answer):
        keys = [action.get.row for region in request.regionAction for action in region.action]
        asked.append(sorted(keys))
        answered = ask(server, method, request, answer)
        if len(asked) == 1:
            answered.regionActionResult[0].ClearField("resultOrException")
            answered.regionActionResult[0].exception.name = "org.apache.hadoop.hbase.NotServingRegionException"
        return answered

    monkeypatch.setattr(rows, "_ask", failing)
    assert rows.get(F, [b"z", b"a"]) == [b"2", b"1"]
    assert asked == [[b"a", b"z"], [b"a"]]


def test_an_answer_that_leaves_a_row_out_is_asked_for_again_and_told(cluster, made, monkeypatch):
    rows = made()
    rows.put(F, [(b"a", b"1")])
    cluster.wait_at_most(0.2)
    monkeypatch.setattr(table_rows, "_note_answers", lambda *_: [])
    with pytest.raises(DatasetError, match=r"HBase doesn't answer for 0.2 s: .*not every row was answered"):
        rows.get(F, [b"a"])


def test_a_fault_that_does_not_pass_is_not_tried_again(cluster):
    tries = []

    def refuse():
        tries.append(1)
        raise ServerFault("org.apache.hadoop.hbase.security.AccessDeniedException")

    with pytest.raises(DatasetError, match=r"HBase refuses .*; give the user interest_graph the right to it"):
        cluster.patiently(refuse)
    assert tries == [1]
