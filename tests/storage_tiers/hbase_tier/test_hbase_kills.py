"""Loaders and servers that are killed: what served goes on serving, and nothing that was acknowledged is lost."""

import random
import threading
import time

import pytest

pytest.importorskip("hbasedriver")

from storage_tiers import DatasetError
from storage_tiers.hbase_tier import table_leases, table_loading
from storage_tiers.hbase_tier.hbase_tier import HBaseTier
from storage_tiers.hbase_tier.table_reader import TableReader
from storage_tiers.hbase_tier.wire import hbase_cluster
from storage_tiers.tier import TierOptions
from tests.servers.hbase_server import missing_for_hbase, running_hbase

pytestmark = pytest.mark.slow

NAME = "board_joins"
LOAD = """
import sys
from storage_tiers.hbase_tier.hbase_tier import HBaseTier
from storage_tiers.tier import TierOptions
from storage_tiers.versioned.datasets import open_dataset
root, address, iteration = sys.argv[1:]
tier = HBaseTier(root, TierOptions(2, address))
dataset = open_dataset(root, "board_joins", "light", "2026-11-20", int(iteration))
print("begins", flush=True)
tier.serve(dataset)
print("done", flush=True)
"""
N_KILLS = 8


@pytest.fixture
def own_server(tmp_path):
    """A server that a test may kill."""
    if missing_for_hbase():
        pytest.skip(missing_for_hbase())
    with running_hbase(tmp_path / "hbase") as server:
        yield server


@pytest.fixture
def served(own_server, tmp_path, published):
    """A tier on it in which a version serves."""
    tier = HBaseTier(tmp_path, TierOptions(1, own_server.address("kills")))
    tier.serve(published())
    yield tier
    tier.store.cluster.close()


def test_a_load_that_is_killed_at_any_moment_leaves_nothing_that_is_seen(
    tier, published, tables_of, run_python, monkeypatch
):
    chance = random.Random(19)  # noqa: S311 - the same kills each time
    first, second = published(), published(2, n_rows=3_000)
    tier.serve(first)
    for _ in range(N_KILLS):
        loader = run_python(LOAD, tier.root, tier.options.address, 2)
        assert loader.stdout.readline() == "begins\n"
        time.sleep(chance.uniform(0, 1.5))
        loader.kill()
        loader.communicate()
        seen = tier.versions(NAME)
        assert tier.current(NAME) in seen
        for version in seen:
            tier.verify(NAME, version)
        if second.version in seen:  # it came to its end before the kill
            tier.make_current({NAME: first.version})
            tier.drop(NAME, second.version)
        with tier.reader(NAME) as reader:
            assert sum(row is not None for row in reader.get_many(range(0, 1_000, 10))) == 10
    monkeypatch.setattr(table_leases, "LEASE_S", 0.5)
    time.sleep(0.6)
    assert tier.serve(second).n_rows == 3_000
    assert tier.verify(NAME, second.version).is_current
    assert len(tables_of(tier)) == 2


def test_a_server_that_is_killed_during_a_load_loses_nothing_that_it_acknowledged(own_server, served, published):
    dataset, loaded = published(2, n_rows=6_000), []
    in_the_midst, is_killed = threading.Event(), threading.Event()

    def tell(done, total):
        if done > total // 2:
            in_the_midst.set()
            is_killed.wait()

    loading = threading.Thread(target=lambda: loaded.append(served.load(dataset, tell)))
    loading.start()
    in_the_midst.wait()
    own_server.kill()
    is_killed.set()
    own_server.start()
    loading.join()
    assert [version.n_rows for version in loaded] == [6_000]
    served.advance({NAME: dataset.version})
    for version in served.versions(NAME):
        served.verify(NAME, version)
    assert served.current(NAME) == dataset.version


def test_a_reader_waits_for_a_server_that_starts_again_and_gives_right_rows(own_server, served, monkeypatch):
    monkeypatch.setattr("storage_tiers.hbase_tier.table_reader._PATIENCE_S", 100.0)
    with TableReader(served, NAME, look_every_s=None) as reader:  # a look at the pointer would count that it failed
        expected = reader.get_many(range(0, 200, 10))
        own_server.kill()
        read: list[object] = []
        reading = threading.Thread(target=lambda: read.append(reader.get_many(range(0, 200, 10))))
        reading.start()
        own_server.start()
        reading.join()
        assert read == [expected]
        assert reader.counts.errors == 0
        assert served.verify(NAME, reader.version).is_current


def test_a_server_that_stays_away_or_stands_still_is_told_in_one_line(own_server, served, monkeypatch, published):
    monkeypatch.setattr("storage_tiers.hbase_tier.table_reader._PATIENCE_S", 1.0)
    monkeypatch.setattr(hbase_cluster, "_CALL_S", 1.0)
    monkeypatch.setattr(hbase_cluster, "_CONNECT_S", 1.0)
    reader = served.reader(NAME)
    expected = reader.get(10)
    own_server.pause(on=True)
    with pytest.raises(DatasetError, match=r"kills: HBase doesn't answer for 1 s: timed out; start it, or") as told:
        reader.get(10)
    assert len(str(told.value).splitlines()) == 1
    own_server.pause(on=False)
    monkeypatch.setattr(hbase_cluster, "_CALL_S", 30.0)
    with monkeypatch.context() as patched:
        patched.setattr("storage_tiers.hbase_tier.table_reader._PATIENCE_S", 60.0)
        reader._look()
        assert reader.get(10) == expected  # and not the answer that came too late
    reader._look()
    own_server.kill()
    with pytest.raises(DatasetError, match=r"HBase doesn't answer for 1 s: .*refused.*; start it") as told:
        reader.get(10)
    assert len(str(told.value).splitlines()) == 1
    with pytest.raises(DatasetError, match=r"HBase doesn't answer: .*refused.*; start it"):
        HBaseTier(served.root, served.options).load(published())
    assert reader.counts.found == 2
    assert 2 <= reader.counts.errors <= 4  # each lookup, and the look at the pointer where one was due
    reader.close()


def test_a_load_whose_server_goes_away_for_good_fails_soon_and_the_next_one_succeeds(
    own_server, served, published, monkeypatch, tables_of
):
    monkeypatch.setattr(hbase_cluster, "_PATIENCE_S", 1.0)
    monkeypatch.setattr(table_leases, "LEASE_S", 0.5)
    look_up = table_loading.TableLoad._look_up

    def kill_before(load, rows, written):
        load.cluster.wait_at_most(1.0)
        own_server.kill()
        look_up(load, rows, written)

    with monkeypatch.context() as patched:
        patched.setattr(table_loading.TableLoad, "_look_up", kill_before)
        with pytest.raises(DatasetError, match="HBase doesn't answer for 1 s"):
            served.load(published(2))
    own_server.start()
    again = HBaseTier(served.root, served.options)
    again.store.cluster.wait_at_most(60)
    assert again.current(NAME) == published().version
    again.serve(published(2))
    assert [again.verify(NAME, version).n_rows for version in again.versions(NAME)] == [10, 20]
    assert len(tables_of(again)) == 2
