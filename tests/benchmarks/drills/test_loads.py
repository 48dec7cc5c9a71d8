"""The drill of loads: the old version serves through kills in every tier, and the drill sees what goes wrong."""

import argparse
from pathlib import Path

import pytest

from benchmarks.drills import drilled_tier, loads
from benchmarks.drills.checked_answers import DATASET, DATE, Seen
from benchmarks.drills.drilled_tier import DRILLED, MissingServerError
from benchmarks.drills.kills import HEADS, Kills
from benchmarks.drills.left_behind import left_of
from benchmarks.drills.loader import Loader, LoaderError
from benchmarks.drills.served_rows import look_up, publish_iteration
from storage_tiers import DatasetError, Tier, Version
from storage_tiers.random_access.lmdb_tier import RandomAccessTier
from storage_tiers.redis_server import RedisTier
from storage_tiers.redis_server.loading.load_lease import LoadLease
from storage_tiers.redis_server.redis_connection import RedisServer


@pytest.fixture
def tier(request: pytest.FixtureRequest, tmp_path: Path):
    """A tier by its name, with a server of its own where it needs one."""
    try:
        with drilled_tier.drilled_tier(request.param, tmp_path / "output") as opened:
            yield opened
    except MissingServerError as missing:
        pytest.skip(str(missing))


@pytest.mark.slow
@pytest.mark.parametrize("tier", DRILLED, indirect=True)
def test_loads_that_are_killed_at_random_moments_leave_nothing_and_change_nothing(tier: Tier) -> None:
    seen = loads.drill(tier, n_kills=10, n_keys=4_000, seed=1)
    assert seen.is_right, str(seen)
    assert (seen.n_within + seen.n_finished, seen.n_whole) == (10, 3)
    assert seen.watched.iteration == loads.SERVING


@pytest.mark.parametrize("tier", ["redis"], indirect=True)
def test_what_a_load_left_on_redis_is_told(tier: RedisTier) -> None:
    server = RedisServer(tier.options.address)
    with LoadLease(server, "under way") as lease:
        server.client.hset(server.keys.rows(lease.number), b"a", b"1")
        assert left_of(tier) == [server.keys.rows(lease.number)]
    assert left_of(tier) == []


@pytest.mark.parametrize("tier", ["postgresql"], indirect=True)
def test_what_a_load_left_on_postgresql_is_told_and_what_is_ours_is_not(tier: Tier) -> None:
    from storage_tiers.postgresql.sessions import opened_session, read_address  # noqa: PLC0415 - needs the driver

    assert left_of(tier) == []
    tier.serve(publish_iteration(tier, 1, 10))
    assert left_of(tier) == []
    with opened_session(read_address(tier.options.address)) as session:
        session.run("CREATE TABLE _loading_0123 (key bigint)")
    assert left_of(tier) == ["_loading_0123"]


@pytest.mark.slow
@pytest.mark.parametrize("tier", ["hbase"], indirect=True)
def test_what_a_load_left_on_hbase_is_told(tier: Tier, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("hbasedriver")
    from storage_tiers.hbase_tier import hbase_store  # noqa: PLC0415 - needs the driver

    tier.serve(publish_iteration(tier, 1, 10))
    assert left_of(tier) == []
    monkeypatch.setattr(hbase_store, "_write_record", lambda *_given: pytest.exit)  # as a kill does: nothing is cleaned
    monkeypatch.setattr(hbase_store, "remove_unrecorded", lambda *_given: [])
    monkeypatch.setattr(hbase_store.Lease, "release", lambda _lease: None)
    with pytest.raises((DatasetError, TypeError)):
        tier.load(publish_iteration(tier, 2, 10))
    table, lease = left_of(tier)
    assert lease == f"the lease of {table}"
    assert f".{DATASET}.20261120.2." in table


def test_what_an_embedded_load_left_is_told(tmp_path: Path) -> None:
    tier = RandomAccessTier(tmp_path)
    tier.serve(publish_iteration(tier, 1, 10))
    assert left_of(tier) == []
    (tmp_path / "_staging" / "random_access-switched-0123").mkdir(parents=True)
    assert len(left_of(tier)) == 1


@pytest.mark.parametrize("tier", ["random_access", "sql_batch", "hive_batch", "redis", "postgresql"], indirect=True)
def test_rows_are_found_in_every_tier_of_what_serves_and_of_an_iteration(tier: Tier) -> None:
    tier.serve(publish_iteration(tier, 1, 10))
    tier.load(publish_iteration(tier, 2, 10))
    tier.make_current({DATASET: Version(DATE, 1)})
    of_serving, of_second = look_up(tier, [4, 5]), look_up(tier, [4, 5], 2)
    assert [row and row["of_iteration"] for row in of_serving + of_second] == [1, None, 2, None]


def test_a_kill_meets_a_load_and_not_what_comes_after(tmp_path: Path) -> None:
    tier = RandomAccessTier(tmp_path)
    tier.serve(publish_iteration(tier, 1, 10))
    dataset = publish_iteration(tier, 2, 10)
    with Loader(tier, dataset) as loader:
        assert loader.killed_after(0.0)
    assert tier.versions(DATASET) == [Version(DATE, 1)]
    with Loader(tier, dataset) as loader:
        assert loader.ended() > 0
    assert tier.versions(DATASET)[-1] == dataset.version
    tier.drop(DATASET, dataset.version)
    part = dataset.part_paths[0]
    part.write_bytes(bytes(part.stat().st_size))
    with Loader(tier, dataset) as loader:
        assert loader.ended() is None  # it refused the part
    part.unlink()
    with pytest.raises(LoaderError, match="didn't begin"), Loader(tier, dataset):
        pass


def right_kills() -> Kills:
    return Kills(n_within=3, n_whole=1, n_succeeded=1, watched=Seen(n_batches=5))


@pytest.mark.parametrize("lie", ["n_wrong", "n_missing", "n_half_visible", "n_left", "n_whole"])
def test_a_drill_with_anything_wrong_is_not_right(lie: str) -> None:
    seen = right_kills()
    assert seen.is_right
    setattr(seen, lie, 1 + getattr(seen, lie))
    assert not seen.is_right
    assert seen.row("redis").endswith("WRONG")


@pytest.mark.parametrize("lie", ["n_wrong", "n_missing", "n_mixed", "n_errors", "n_switches"])
def test_what_the_watch_saw_counts(lie: str) -> None:
    seen = right_kills()
    setattr(seen.watched, lie, 1)
    assert not seen.is_right
    assert not Kills(n_whole=1, n_succeeded=1, watched=Seen(n_batches=5)).is_right  # nothing was killed


def asked(*tiers: str, address: str = "") -> argparse.Namespace:
    return argparse.Namespace(tier=[*tiers], address=address, kills=1, keys=10, seed=1, small=True)


def test_a_tier_whose_server_cannot_be_had_is_named_with_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    how = drilled_tier._SERVERS["redis"]
    without = type(how)(lambda: "redis-server isn't installed", how.started, how.own)
    monkeypatch.setitem(drilled_tier._SERVERS, "redis", without)
    with pytest.raises(SystemExit):  # it was asked for
        loads.main(asked("redis"))
    assert capsys.readouterr().out.splitlines()[-2:] == [
        HEADS,
        "redis          not run: redis-server isn't installed",
    ]


def test_a_tier_that_there_is_no_drill_for_is_told_with_those_that_there_are() -> None:
    with pytest.raises(SystemExit, match="no drill for the tier 'debugging'; there is for random_access, sql_batch"):
        loads.main(asked("debugging"))
