"""Loads into HBase: under budgets, of bad data, side by side with others; what is left of one that failed."""

import datetime as dt
import sys
import threading

import pyarrow as pa
import pytest

pytest.importorskip("hbasedriver")

from storage_tiers import DamagedVersionError, DatasetError
from storage_tiers.budget import Budget
from storage_tiers.hbase_tier import table_leases, table_loading
from storage_tiers.hbase_tier.hbase_tier import HBaseTier
from storage_tiers.hbase_tier.pointer_row import PointerRow
from storage_tiers.hbase_tier.table_leases import Lease, remove_what_killed_loads_left
from storage_tiers.hbase_tier.wire.hbase_tables import create_table
from storage_tiers.hbase_tier.wire.table_rows import TableRows
from storage_tiers.tier import TierOptions

slow = pytest.mark.slow
NAME = "board_joins"


@slow
def test_a_version_that_lost_a_row_or_has_another_one_is_told_by_verify_and_mended_by_a_load(
    tier, published, tables_of
):
    dataset = published()
    version = dataset.version
    tier.load(dataset)
    changes = [
        (lambda rows, key: rows.remove([key]), "rows current=9 != loaded=10"),
        (lambda rows, key: rows.put(b"r", [(key, b"other")]), "the rows that are there aren't those that were loaded"),
        (lambda rows, key: rows.put(b"r", [(key + b"x", b"more")]), "rows current=11 != loaded=10"),
        (lambda rows, key: rows.put(b"t", [(key, b"more")]), "the rows that are there aren't those that were loaded"),
    ]
    for change, said in changes:
        rows = tier.store.rows(tier.loaded(NAME, version).table)
        change(rows, next(rows.scan(b"r"))[0])
        with pytest.raises(DamagedVersionError, match=rf"table {rows.table}: {said}; make it again"):
            tier.verify(NAME, version)
        tier.load(dataset)
        assert tier.verify(NAME, version).n_rows == 10
        assert len(tables_of(tier)) == 1


@slow
@pytest.mark.parametrize("what", ["changed", "lost"])
def test_rows_that_are_damaged_in_the_load_are_never_recorded(tier, published, tables_of, monkeypatch, what):
    first, second = published(), published(2, n_rows=500)
    tier.serve(first)
    get = TableRows.get

    def damage_after(rows, family, keys):
        found = get(rows, family, keys)  # the sample is looked up before, and nothing is wrong with it
        if rows.table.startswith(f"{tier.store.address.prefix}.{NAME}.20261120.2."):
            key, value = next(iter(rows.scan(b"r")))
            rows.remove([key])
            if what == "changed":
                rows.put(b"r", [(key, value + b"x")])
        return found

    monkeypatch.setattr(TableRows, "get", damage_after)
    said = "500 of 500 rows aren't those that were sent" if what == "changed" else "499 of 500 rows are there"
    with pytest.raises(DatasetError, match=f"was not loaded: {said}"):
        tier.load(second)
    monkeypatch.undo()
    assert (tier.versions(NAME), tier.current(NAME), len(tables_of(tier))) == ([first.version], first.version, 1)


@slow
def test_keys_that_collide_are_refused_and_nothing_is_left(tier, publish, tmp_path, tables_of):
    rows = pa.table({"board_id": [1, 2, 2], "name": ["a", "b", "c"]})
    with pytest.raises(DatasetError, match=r"was not loaded: 2 of 3 rows are there.*are the keys unique\?"):
        tier.serve(publish(tmp_path, rows, NAME, variant="light"))
    assert (tier.versions(NAME), tier.datasets(), tables_of(tier)) == ([], [], [])


@slow
def test_empty_keys_and_repeated_ones_are_refused_before_a_table_is_recorded(tier, publish, tmp_path, tables_of):
    with pytest.raises(DatasetError, match=r"1 of 2 keys of image are empty"):
        tier.load(publish(tmp_path, pa.table({"image": ["", "a"]}), "pin_joins", key="image", n_parts=1))
    with pytest.raises(DatasetError, match=r"holds several rows a board_id; .*use the SQL or the debugging tier"):
        tier.load(publish(tmp_path, pa.table({"board_id": [1, 1]}), NAME, key_is_unique=False))
    assert tables_of(tier) == []


@slow
def test_text_keys_of_any_length_and_bytes_are_found(tier, publish, tmp_path):
    keys = ["a", "a\0", "\0", "ä" * 300, "x" * 511, "x" * 600 + "1", "x" * 600 + "2", ",", "\n"]
    tier.serve(publish(tmp_path, pa.table({"image": keys, "n": range(len(keys))}), "pin_joins", key="image"))
    with tier.reader("pin_joins") as reader:
        assert [row["n"] for row in reader.get_many(keys)] == [*range(len(keys))]
        assert reader.get_many(["", "x" * 600, "b"]) == [None] * 3


@slow
def test_a_dataset_without_rows_is_loaded_as_any(tier, published):
    assert tier.serve(published(n_rows=0)).n_rows == 0
    assert tier.verify(NAME, published(n_rows=0).version).is_current
    with tier.reader(NAME) as reader:
        assert reader.get(10) is None


@slow
def test_regions_are_made_beforehand_where_a_dataset_is_large(tier, published, monkeypatch):
    monkeypatch.setattr(table_loading, "_REGION_BYTES", 1_000)
    dataset = published(n_rows=500)
    loaded = tier.serve(dataset)
    assert loaded.n_rows == 500
    regions = tier.store.rows(tier.loaded(NAME, dataset.version).table)._map.all()
    assert len(regions) == min(256, 1 + dataset.manifest.n_bytes // 1_000)
    tier.verify(NAME, dataset.version)
    with tier.reader(NAME) as reader:
        assert sum(row is not None for row in reader.get_many(range(0, 10_000, 10))) == 500


@slow
def test_over_its_budget_a_dataset_keeps_its_most_important_rows_and_tells_trimmed_keys(tier, published):
    dataset = published(n_rows=200)
    whole = tier.load(dataset)
    assert whole.trimmed is None
    budget = Budget(whole.n_bytes // 2)
    trimmed = tier.serve(dataset, budget=budget)
    assert trimmed.n_bytes <= budget.n_bytes
    assert (trimmed.trimmed.n_rows, trimmed.trimmed.n_rows_before) == (trimmed.n_rows, 200)
    assert 0 < trimmed.trimmed.importance_share < 1
    with tier.reader(NAME) as reader:
        states = [reader.state_of(10 * number) for number in range(200)]
        rows = reader.get_many(range(0, 2_000, 10))
        assert [state == "found" for state in states] == [row is not None for row in rows]
        assert {*states} == {"found", "trimmed"}
        assert (reader.state_of(5), reader.state_of(-7)) == ("missing", "missing")
        assert min(row["page_rank"] for row in rows if row and row["page_rank"]) >= trimmed.trimmed.cut_off
        assert reader.get_many([5, 7]) == [None, None]
        counts = reader.counts
        assert (counts.found, counts.trimmed, counts.missing) == (trimmed.n_rows, 200 - trimmed.n_rows, 2)
    assert tier.verify(NAME, dataset.version) == trimmed == tier.load(dataset, budget=budget)  # left as it is
    assert tier.load(dataset).trimmed is None


@slow
def test_a_budget_that_says_fail_leaves_nothing(tier, published, tables_of):
    with pytest.raises(DatasetError, match=r"board_joins .* in hbase: it takes .*, more than its budget of 100 B"):
        tier.load(published(), budget=Budget(100, "fail"))
    assert (tables_of(tier), tier.versions(NAME)) == ([], [])


@slow
def test_progress_is_told_up_to_the_end(tier, published):
    told = []
    tier.load(published(n_rows=3_000), lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (3_000, 3_000)


@slow
def test_two_loaders_of_one_version_leave_one_table(tier, published, tables_of):
    dataset, errors = published(n_rows=2_000), []

    def load():
        try:
            HBaseTier(tier.root, tier.options).serve(dataset)
        except DatasetError as error:
            errors.append(error)

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(tables_of(tier)) == 1
    assert tier.verify(NAME, dataset.version).is_current


@slow
def test_what_a_killed_load_left_is_removed_and_what_a_live_one_fills_is_not(tier, published, tables_of, monkeypatch):
    cluster, row, prefix = tier.store.cluster, tier.store.pointers, tier.store.address.prefix
    tier.serve(published())
    alive, dead, nobody = (f"{prefix}.{NAME}.{word}" for word in ("alive", "dead", "nobody"))
    lease = Lease(cluster, row, alive)
    Lease(cluster, row, dead)
    for table in (alive, dead, nobody):
        create_table(cluster, table, {b"r": {}})
    tier.load(published(2))
    assert {alive, dead} < {f"{prefix}.{table}" for table in tables_of(tier)}
    assert len(tables_of(tier)) == 4  # a table without a lease is gone at once
    monkeypatch.setattr(table_leases, "LEASE_S", 0.5)
    monkeypatch.setattr(table_leases, "_RENEW_S", 0.0)
    threading.Event().wait(0.6)
    lease.renew()
    tier.load(published(3))
    assert f"{NAME}.dead" not in tables_of(tier)
    assert f"{NAME}.alive" in tables_of(tier)
    lease.release()


@slow
def test_a_loader_that_slept_too_long_is_told_and_leaves_nothing(tier, published, tables_of, monkeypatch):
    monkeypatch.setattr(table_leases, "LEASE_S", 0.5)
    look_up = table_loading.TableLoad._look_up

    def sleep_and_be_taken_for_dead(load, rows, written):
        look_up(load, rows, written)
        threading.Event().wait(0.7)
        other = Lease(tier.store.cluster, tier.store.pointers, "other")
        assert remove_what_killed_loads_left(tier.store.cluster, PointerRow(tier.store.cluster), "other") == [
            rows.table
        ]
        other.release()

    monkeypatch.setattr(table_loading.TableLoad, "_look_up", sleep_and_be_taken_for_dead)
    with pytest.raises(
        DatasetError, match=r"this load stood still for more than 0.5 s, and another one removed its table"
    ):
        tier.load(published())
    assert (tables_of(tier), tier.versions(NAME)) == ([], [])


@slow
def test_two_outputs_in_one_cluster_know_nothing_of_each_other(tier, published, hbase_server):
    beside = HBaseTier(tier.root, TierOptions(1, hbase_server.address(f"{tier.store.address.prefix}_2")))
    tier.serve(published())
    assert (beside.datasets(), beside.current(NAME)) == ([], None)
    beside.serve(published(2))
    tier.load(published(3))
    assert (beside.verify(NAME, beside.current(NAME)).n_rows, tier.current(NAME).iteration) == (20, 1)
    beside.store.remove(beside.loaded(NAME, beside.current(NAME)).table)
    beside.store.remove(beside.store.pointers.rows.table)


@slow
def test_what_was_dropped_is_remembered_until_it_is_loaded_again(tier, published):
    dataset = published()
    tier.load(dataset)
    tier.drop(NAME, dataset.version)
    assert (tier.dropped(NAME), tier.versions(NAME), tier.datasets()) == ({dataset.version}, [], [])
    tier.load(dataset)
    assert (tier.dropped(NAME), tier.versions(NAME)) == (set(), [dataset.version])


@slow
def test_a_load_is_described_by_when_it_was_made(tier, published):
    before = dt.datetime.now(dt.UTC)
    loaded = tier.load(published())
    assert before <= loaded.loaded_at <= dt.datetime.now(dt.UTC)
    assert tier.load(published()) == loaded


def test_without_the_driver_an_error_says_what_to_install(tmp_path, monkeypatch):
    for module in [name for name in sys.modules if name.startswith(("hbasedriver", "storage_tiers.hbase_tier."))]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "hbasedriver", None)
    monkeypatch.setitem(sys.modules, "hbasedriver.Connection", None)
    with pytest.raises(
        DatasetError, match=r"the tier hbase needs hbase-driver.*; pip install 'interest-graph\[hbase\]'"
    ):
        HBaseTier(tmp_path, TierOptions(address="hbase://127.0.0.1")).datasets()


def test_a_cluster_that_is_not_there_is_told_in_one_line(tmp_path):
    with pytest.raises(DatasetError, match=r"HBase doesn't answer: .*; start it, or correct the address in") as told:
        HBaseTier(tmp_path, TierOptions(address="hbase://127.0.0.1:1")).datasets()
    assert len(str(told.value).splitlines()) == 1
