"""Loads into a Redis server: whole or not at all, side by side, within its memory, and never over another output's."""

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from storage_tiers import DamagedVersionError, Dataset, DatasetError, Version
from storage_tiers.light import project_light
from storage_tiers.redis_server import RedisReader, RedisTier, redis_connection
from storage_tiers.redis_server.loading import load_lease, redis_memory, version_load
from storage_tiers.redis_server.loading.load_lease import LoadLease
from storage_tiers.redis_server.redis_connection import RedisServer
from storage_tiers.tier import TierOptions
from tests.servers.redis_server import free_port, running_redis

DAY = dt.date(2026, 11, 20)
FIRST, SECOND = Version(DAY, 1), Version(DAY, 2)
RANKS = pa.table({"board_id": [1, 2, 3, 4], "page_rank": [0.1, 0.2, 0.3, 0.4]})
Publish = Callable[..., Dataset]


def boards(n_rows: int) -> pa.Table:
    """Rows of about 130 bytes, of as many sizes as real ones have."""
    names = [f"{number:x}" * (1 + number % 40) for number in range(n_rows)]
    return pa.table({"board_id": range(n_rows), "name": names})


def test_every_row_comes_back_as_it_is_in_the_light_dataset(
    tier: RedisTier, tmp_path: Path, publish: Publish, wide_table: Callable[[int], pa.Table]
) -> None:
    light = project_light(wide_table(2_000))
    loaded = tier.serve(publish(tmp_path, light, variant="light"))
    assert loaded.n_rows == 2_000
    with tier.reader("board_joins") as boards:
        assert len(boards) == 2_000
        assert boards.get_many(light["board_id"].to_pylist()) == light.to_pylist()
    assert tier.verify("board_joins", FIRST) == loaded


def test_keys_may_be_text_of_any_length(tier: RedisTier, tmp_path: Path, publish: Publish) -> None:
    links = sorted({f"{n * 7919:016x}" for n in range(300)} | {"x" * n for n in range(479, 700)} | {"é" * 300, "\x00"})
    tier.serve(publish(tmp_path, pa.table({"link": links, "n_pins": range(len(links))}), "links", key="link"))
    with tier.reader("links") as reader:
        assert [row["n_pins"] for row in reader.get_many(links)] == [*range(len(links))]
        assert reader.get_many(["", "0", "x" * 700]) == [None, None, None]


def test_an_empty_dataset_and_one_of_keys_alone_are_loaded(
    tier: RedisTier, tmp_path: Path, publish: Publish, wide_table: Callable[[int], pa.Table]
) -> None:
    tier.serve(publish(tmp_path, wide_table(0), variant="light"))
    tier.serve(publish(tmp_path, RANKS.select(["board_id"]), "boards"))
    with tier.reader("board_joins") as empty, tier.reader("boards") as boards:
        assert (len(empty), empty.get(1)) == (0, None)
        assert boards.get_many([1, 9]) == [{"board_id": 1}, None]
    assert [tier.verify(name, FIRST).n_rows for name in ("board_joins", "boards")] == [0, 4]


def test_keys_that_collide_and_empty_ones_are_refused_and_leave_nothing(
    tier: RedisTier, tmp_path: Path, publish: Publish, keys_of_loads: Callable[[], list[str]]
) -> None:
    twice = pa.table({"board_id": [1, 1], "pin_id": [5, 6]})
    with pytest.raises(DatasetError, match=r"several rows a board_id; random access needs unique keys"):
        tier.serve(publish(tmp_path, twice, "facts", key_is_unique=False))
    with pytest.raises(DatasetError, match=r"was not loaded: .*are the keys unique\?"):
        tier.serve(publish(tmp_path, twice, "board_facts"))
    with pytest.raises(DatasetError, match=r"1 of . keys of link are empty"):
        tier.serve(publish(tmp_path, pa.table({"link": ["", "a"]}), "links", key="link"))
    assert (tier.datasets(), keys_of_loads()) == ([], [])


@pytest.mark.parametrize(
    ("command", "said"),
    [("HSET", "4 of 4 rows aren't those that were sent"), ("HDEL", "3 of 4 rows are there")],
)
def test_rows_that_are_damaged_in_the_load_are_never_recorded(
    tier: RedisTier,
    tmp_path: Path,
    publish: Publish,
    keys_of_loads: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    said: str,
) -> None:
    tier.serve(publish(tmp_path, RANKS, "board_ranks"))
    before, look_up = keys_of_loads(), version_load.VersionLoad._look_up

    def damage_after(load: version_load.VersionLoad, sent: object) -> None:
        look_up(load, sent)  # which finds nothing wrong
        rows = load.server.keys.rows(load.lease.number)
        key, value = next((key, value) for key, value in load.server.client.hgetall(rows).items() if key)
        load.server.ask((command, rows, key, *([value + b"x"] if command == "HSET" else [])))

    monkeypatch.setattr(version_load.VersionLoad, "_look_up", damage_after)
    with pytest.raises(DatasetError, match=f"board_ranks {SECOND} was not loaded: {said}.*load it again"):
        tier.serve(publish(tmp_path, RANKS, "board_ranks", iteration=2))
    assert (tier.versions("board_ranks"), tier.current("board_ranks"), keys_of_loads()) == ([FIRST], FIRST, before)


def test_a_cut_part_is_refused_and_the_old_version_serves(
    tier: RedisTier, tmp_path: Path, publish: Publish, keys_of_loads: Callable[[], list[str]]
) -> None:
    tier.serve(publish(tmp_path, RANKS, "board_ranks"))
    before = keys_of_loads()
    cut = publish(tmp_path, RANKS, "board_ranks", iteration=2)
    part = max(cut.part_paths, key=lambda path: path.stat().st_size)
    part.write_bytes(part.read_bytes()[: part.stat().st_size // 2])
    with pytest.raises(DamagedVersionError, match=part.name):
        tier.serve(cut)
    assert (tier.versions("board_ranks"), keys_of_loads()) == ([FIRST], before)


def test_a_changed_value_is_found_by_verify_and_mended_by_a_load(
    tier: RedisTier, tmp_path: Path, publish: Publish, server: RedisServer
) -> None:
    dataset = publish(tmp_path, RANKS, "board_ranks")
    tier.serve(dataset)
    (rows,) = server.client.scan_iter(f"{server.keys.namespace}:rows:*")
    key, other = sorted(field for field in server.client.hkeys(rows) if field)[:2]
    server.client.hset(rows, key, server.client.hget(rows, other))
    tier.validate("board_ranks", FIRST)  # which looks at numbers alone
    with pytest.raises(DamagedVersionError, match=r"digest of its rows current=.* != loaded="):
        tier.verify("board_ranks", FIRST)
    tier.serve(dataset)
    assert tier.verify("board_ranks", FIRST).n_rows == 4
    with tier.reader("board_ranks") as ranks:
        assert ranks.get(1) == {"board_id": 1, "page_rank": 0.1}


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        (b"{", "its record can't be read"),
        (b"\xff", "its record can't be read"),
        ("one for another", "its record is that of board_ranks date=2026-11-20 iteration=1"),
        ("edited", "its record says what no load writes"),
    ],
)
def test_a_damaged_record_is_told_and_mended_by_a_load(
    tier: RedisTier, tmp_path: Path, publish: Publish, server: RedisServer, record: bytes | str, problem: str
) -> None:
    first, second = (publish(tmp_path, RANKS, "board_ranks", iteration=number) for number in (1, 2))
    tier.serve(first)
    tier.serve(second)
    field = "board_ranks/date=2026-11-20/iteration={}"
    if record == "one for another":
        record = server.client.hget(server.keys.records, field.format(1))
    elif record == "edited":
        record = server.client.hget(server.keys.records, field.format(2)).replace(b'"trimmed_bits"', b'"trimmed_bit"')
    server.client.hset(server.keys.records, field.format(2), record)
    with pytest.raises(DamagedVersionError, match=problem):
        tier.validate("board_ranks", SECOND)
    tier.serve(second)
    assert tier.verify("board_ranks", SECOND).is_current


def test_two_loads_at_once_end_well_and_one_of_them_stays(
    tier: RedisTier, tmp_path: Path, publish: Publish, keys_of_loads: Callable[[], list[str]]
) -> None:
    dataset = publish(tmp_path, RANKS, "board_ranks", n_parts=2)
    loaded = []
    tier.load(dataset, lambda *_: loaded or loaded.append(RedisTier(tmp_path, tier.options).serve(dataset)))
    assert tier.validate("board_ranks", FIRST) == loaded[0]
    assert keys_of_loads() == ["rows:2"]


def test_what_a_load_left_that_died_goes_with_the_next_one_and_a_living_load_stays(
    tier: RedisTier, tmp_path: Path, publish: Publish, server: RedisServer, keys_of_loads: Callable[[], list[str]]
) -> None:
    dead, living = LoadLease(server, "dead"), LoadLease(server, "living")
    for lease in (dead, living):
        server.client.hset(server.keys.rows(lease.number), b"a", b"1")
        server.client.hset(server.keys.trimmed(lease.number), b"0", b"12345678")
    dead._end()
    server.client.delete(server.keys.lease(dead.number))  # as time does
    tier.serve(publish(tmp_path, RANKS, "board_ranks"))
    assert keys_of_loads() == ["lease:2", "rows:2", "rows:3", "trimmed:2"]
    with living:
        pass
    assert keys_of_loads() == ["rows:3"]


def test_a_lease_is_renewed_for_as_long_as_its_load_lives(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_lease, "LEASE_S", 1)
    monkeypatch.setattr(load_lease, "RENEWED_EVERY_S", 0.1)
    with LoadLease(server, "long") as lease:
        server.client.pexpire(server.keys.lease(lease.number), 200)
        assert not threading.Event().wait(0.5)
        assert server.client.exists(server.keys.lease(lease.number))
    assert not server.client.exists(server.keys.lease(lease.number))


def test_a_load_whose_rows_were_removed_is_not_recorded(
    tier: RedisTier, tmp_path: Path, publish: Publish, server: RedisServer
) -> None:
    def stand_still(*_steps: int) -> None:
        server.client.delete(server.keys.rows(1))

    with pytest.raises(DatasetError, match=r"was not loaded.*"):
        tier.load(publish(tmp_path, RANKS, "board_ranks", n_parts=1), stand_still)
    assert tier.versions("board_ranks") == []


def test_loading_other_content_in_its_place_takes_the_old_rows_away(
    tier: RedisTier, tmp_path: Path, publish: Publish, keys_of_loads: Callable[[], list[str]]
) -> None:
    tier.serve(publish(tmp_path / "one", RANKS, "board_ranks"))
    other = publish(tmp_path / "two", RANKS.slice(0, 2), "board_ranks")
    with tier.reader("board_ranks") as following, tier.reader("board_ranks", DAY, 1) as pinned:
        assert following.get(4) == pinned.get(4) == {"board_id": 4, "page_rank": 0.4}
        tier.serve(other)
        assert (following.get(4), pinned.get(4)) == (None, None)
    assert keys_of_loads() == ["rows:2"]


def test_outputs_share_a_server_by_namespaces_and_not_one_namespace(
    tier: RedisTier, tmp_path: Path, publish: Publish, redis_address: str
) -> None:
    tier.serve(publish(tmp_path, RANKS, "board_ranks"))
    other = tmp_path / "other"
    dataset = publish(other, RANKS.slice(0, 1), "board_ranks")
    strangers = RedisTier(other, tier.options)
    for use in (
        lambda: strangers.serve(dataset),
        lambda: strangers.versions("board_ranks"),
        lambda: strangers.drop("board_ranks", FIRST),
        lambda: strangers.make_current({"board_ranks": FIRST}),
    ):
        with pytest.raises(DatasetError, match=rf"belong to the output {tmp_path}, not to {other}; give this output a"):
            use()
    apart = RedisTier(other, TierOptions(address=f"{redis_address}_2"))
    apart.serve(dataset)
    assert [RedisReader(one.options.address, "board_ranks").get(4) is None for one in (tier, apart)] == [False, True]


def test_a_server_that_takes_keys_away_a_replica_and_a_cluster_are_refused(tmp_path: Path, publish: Publish) -> None:
    dataset = publish(tmp_path, RANKS, "board_ranks")
    for options, problem in (
        (("--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru"), "maxmemory-policy is allkeys-lru: rows would"),
        (("--replicaof", "127.0.0.1 1"), "it is a replica"),
        (("--cluster-enabled", "yes", "--cluster-port", str(free_port())), "cluster"),
    ):
        with running_redis(tmp_path / options[0], *options) as server:
            tier = RedisTier(tmp_path, TierOptions(address=server.address))
            with pytest.raises(DatasetError, match=problem):
                tier.serve(dataset)


def test_a_version_without_room_is_refused_with_figures_and_what_to_drop(tmp_path: Path, publish: Publish) -> None:
    versions = [publish(tmp_path, boards(20_000), variant="light", iteration=number) for number in (1, 2, 3)]
    with running_redis(tmp_path / "server", "--maxmemory", "10mb") as server:
        tier = RedisTier(tmp_path, TierOptions(address=server.address))
        tier.serve(versions[0])
        tier.serve(versions[1])
        with pytest.raises(
            DatasetError,
            match=r"iteration=3 takes 4\.\d MB there, beside what it holds, and .* of 10\.5 MB are free \(maxmemory\); "
            r"raise maxmemory, drop what doesn't serve \(board_joins date=2026-11-20 iteration=1 \(.* MB\)\), or give",
        ):
            tier.serve(versions[2])
        assert (tier.current("board_joins"), tier.versions("board_joins")) == (SECOND, [FIRST, SECOND])
        tier.drop("board_joins", FIRST)
        assert tier.serve(versions[2]).is_current  # it waits for the memory of what was dropped


def test_a_load_waits_for_the_memory_that_a_dead_one_took(tmp_path: Path, publish: Publish) -> None:
    with running_redis(tmp_path / "server", "--maxmemory", "12mb") as running:
        server = RedisServer(running.address)
        dead = LoadLease(server, "dead")
        dead._end()
        for number in range(8):
            server.client.hset(server.keys.rows(dead.number), b"%d" % number, b"x" * 10**6)
        server.client.expire(server.keys.lease(dead.number), 1)
        loaded = RedisTier(tmp_path, TierOptions(address=running.address)).serve(publish(tmp_path, boards(20_000)))
        assert loaded.n_rows == 20_000
        assert list(server.client.scan_iter("*:rows:*")) == [b"interest_graph:rows:2"]


def test_what_a_living_load_is_going_to_take_counts(
    tmp_path: Path, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_memory, "LEASE_S", 0)
    monkeypatch.setattr(redis_memory, "RENEWED_EVERY_S", 0)
    with running_redis(tmp_path / "server", "--maxmemory", "12mb") as running:
        server, dataset = RedisServer(running.address), publish(tmp_path, boards(20_000))
        tier = RedisTier(tmp_path, TierOptions(address=running.address))
        with LoadLease(server, "other") as other:
            other.needs("other", 9_000_000)
            with pytest.raises(
                DatasetError, match=r"are free \(maxmemory\), 9\.0 MB of them for another load under way"
            ):
                tier.serve(dataset)
        assert tier.serve(dataset).n_rows == 20_000


def test_what_was_reckoned_is_what_it_takes(tmp_path: Path, publish: Publish) -> None:
    dataset = publish(tmp_path, boards(30_000))
    with running_redis(tmp_path / "server") as server:
        tier = RedisTier(tmp_path, TierOptions(address=server.address))
        client = RedisServer(server.address).client
        before = client.info("memory")["used_memory"]
        loaded = tier.serve(dataset)
        took = client.info("memory")["used_memory"] - before
    assert 0.9 < loaded.n_bytes / took < 1.1


def test_a_server_that_fills_up_under_a_load_keeps_the_old_version_and_no_rest(
    tmp_path: Path, publish: Publish
) -> None:
    first = publish(tmp_path, RANKS, "board_ranks")
    large = publish(tmp_path, boards(20_000), iteration=2, n_parts=8)
    with running_redis(tmp_path / "server", "--maxmemory", "12mb") as server:
        tier, client = RedisTier(tmp_path, TierOptions(address=server.address)), RedisServer(server.address).client
        tier.serve(first)

        def fill(*_steps: int) -> None:
            client.config_set("maxmemory", client.info("memory")["used_memory"])

        with pytest.raises(
            DatasetError, match=r"127\.0\.0\.1:\d+/0: its memory is full \(maxmemory\); raise maxmemory"
        ):
            tier.serve(large, fill)
        with tier.reader("board_ranks") as ranks:
            assert ranks.get(4) == {"board_id": 4, "page_rank": 0.4}
        assert list(client.scan_iter("*:rows:*")) == [b"interest_graph:rows:1"]
        client.config_set("maxmemory", 0)
        assert tier.serve(large).n_rows == 20_000


def test_a_server_killed_under_a_load_comes_back_with_the_old_version_and_takes_the_next_load(
    tmp_path: Path, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_connection, "_RETRIES", 0)
    first, second = (publish(tmp_path, boards(5_000), iteration=number, n_parts=8) for number in (1, 2))
    with running_redis(tmp_path / "server", "--appendonly", "yes", "--appendfsync", "always") as running:
        tier = RedisTier(tmp_path, TierOptions(address=running.address))
        tier.serve(first)
        with pytest.raises(DatasetError, match=rf"^redis://127.0.0.1:{running.port}/0: it can't be reached"):
            tier.serve(second, lambda *_: running.process.poll() is None and running.kill())
        running.start()
        again = RedisTier(tmp_path, TierOptions(address=running.address))
        assert (again.current("board_joins"), again.versions("board_joins")) == (FIRST, [FIRST])
        assert again.verify("board_joins", FIRST).n_rows == 5_000
        server = RedisServer(running.address)
        left = load_lease.unrecorded_keys(server)
        server.client.delete(server.keys.lease(2))  # as time does
        again.serve(second)
        assert (left, load_lease.unrecorded_keys(server)) == (["interest_graph:rows:2"], [])
