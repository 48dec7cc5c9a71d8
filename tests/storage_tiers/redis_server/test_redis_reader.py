"""A reader follows the pointer, never mixes versions, outlives its server, and says in one line what is wrong."""

import datetime as dt
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from storage_tiers import DamagedVersionError, Dataset, DatasetError, KeyTypeError, Version, VersionNotFoundError
from storage_tiers.budget import Budget
from storage_tiers.redis_server import RedisReader, RedisTier, redis_connection, redis_reader
from storage_tiers.redis_server.redis_connection import RedisServer
from storage_tiers.tier import TierOptions
from tests.servers.redis_server import free_port, running_redis

DAY = dt.date(2026, 11, 20)
FIRST, SECOND = Version(DAY, 1), Version(DAY, 2)
NAME = "board_ranks"
Publish = Callable[..., Dataset]


def ranks(n_rows: int, iteration: int) -> pa.Table:
    """Rows that say which iteration they are of; the higher the id, the more important."""
    columns = {
        "board_id": range(n_rows),
        "iteration": [iteration] * n_rows,
        "page_rank": [n / 8 for n in range(n_rows)],
    }
    return pa.table(columns).replace_schema_metadata({"importance": "page_rank"})


@pytest.fixture
def two_versions(tier: RedisTier, tmp_path: Path, publish: Publish) -> list[Dataset]:
    """Two versions, the second current."""
    datasets = [publish(tmp_path, ranks(100, number), NAME, iteration=number) for number in (1, 2)]
    for dataset in datasets:
        tier.serve(dataset)
    return datasets


def iterations_of(rows: list[dict[str, object] | None]) -> set[object]:
    return {row and row["iteration"] for row in rows}


@pytest.mark.usefixtures("two_versions")
def test_a_reader_needs_the_address_alone_and_follows_the_pointer(tier: RedisTier, redis_address: str) -> None:
    with RedisReader(redis_address, NAME) as following, RedisReader(redis_address, NAME, DAY, 2) as pinned:
        assert iterations_of(following.get_many(range(100))) == {2}
        tier.make_current({NAME: FIRST})
        assert iterations_of(following.get_many(range(100))) == {1}
        assert (following.version, pinned.version) == (FIRST, SECOND)
        assert iterations_of(pinned.get_many(range(100))) == {2}


@pytest.mark.usefixtures("two_versions")
def test_a_dropped_version_is_left_for_what_serves_or_told_to_who_is_pinned(
    tier: RedisTier, redis_address: str, server: RedisServer
) -> None:
    with RedisReader(redis_address, NAME) as following, RedisReader(redis_address, NAME, DAY, 1) as pinned:
        tier.make_current({NAME: FIRST})
        assert following.get(1)["iteration"] == 1
        tier.make_current({NAME: SECOND})
        tier.drop(NAME, FIRST)
        assert (following.get(1)["iteration"], following.get(100)) == (2, None)
        with pytest.raises(DamagedVersionError, match=r"iteration=1: it is gone.*load it again"):
            pinned.get(1)
        assert pinned.counts.errors == 1
    assert len(list(server.client.scan_iter(f"{server.keys.namespace}:rows:*"))) == 1


@pytest.mark.usefixtures("two_versions")
def test_a_lost_pointer_leaves_the_reader_where_it_is(redis_address: str, server: RedisServer) -> None:
    with RedisReader(redis_address, NAME) as reader:
        server.client.delete(server.keys.current)
        assert reader.get(1)["iteration"] == 2
        with pytest.raises(
            VersionNotFoundError, match=r"is not loaded .*2 loaded \(newest: date=2026-11-20 iteration=2"
        ):
            RedisReader(redis_address, NAME)


@pytest.mark.usefixtures("two_versions")
def test_batches_of_any_size_are_of_one_version_while_the_pointer_moves(
    tier: RedisTier, redis_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_reader, "_MOST_KEYS", 7)
    ended = threading.Event()

    def switch_back_and_forth() -> None:
        while not ended.is_set():
            tier.make_current({NAME: FIRST})
            tier.make_current({NAME: SECOND})

    switching = threading.Thread(target=switch_back_and_forth)
    switching.start()
    try:
        with RedisReader(redis_address, NAME) as reader:
            seen = [iterations_of(reader.get_many(range(100))) for _ in range(300)]
    finally:
        ended.set()
        switching.join()
    assert {len(iterations) for iterations in seen} == {1}
    assert set.union(*seen) == {1, 2}


@pytest.mark.usefixtures("two_versions")
def test_counts_tell_what_was_asked(redis_address: str) -> None:
    with RedisReader(redis_address, NAME) as reader:
        assert reader.get_many([]) == []
        reader.get_many([1, "2", 3, 100, -1])
        with pytest.raises(KeyTypeError, match="'attic' is no key of board_ranks: board_id is int64"):
            reader.get("attic")
        with pytest.raises(KeyTypeError, match="'12' is one key, not several"):
            reader.get_many("12")
        counts = reader.counts
    assert (counts.found, counts.missing, counts.trimmed, counts.errors) == (3, 2, 0, 1)
    assert counts.quantile_us(0.99) > 0


def test_trimmed_keys_are_told_from_those_that_never_were(
    tier: RedisTier, tmp_path: Path, publish: Publish, redis_address: str
) -> None:
    dataset = publish(tmp_path, ranks(4_000, 1), NAME)
    whole = tier.serve(dataset)
    trimmed = tier.serve(dataset, budget=Budget(whole.n_bytes // 2))
    kept = trimmed.trimmed
    assert trimmed.n_bytes <= whole.n_bytes // 2 < trimmed.n_bytes + 200
    assert (kept.n_rows, kept.n_rows_before, kept.cut_off) == (trimmed.n_rows, 4_000, (4_000 - kept.n_rows) / 8)
    with RedisReader(redis_address, NAME) as reader:
        states = [reader.state_of(key) for key in range(-1, 4_001)]
        assert states == ["missing", *["trimmed"] * (4_000 - kept.n_rows), *["found"] * kept.n_rows, "missing"]
        assert reader.counts.n_lookups == 0
        reader.get_many(range(-1, 4_001))
        counts = reader.counts
    assert (counts.found, counts.trimmed, counts.missing) == (kept.n_rows, 4_000 - kept.n_rows, 2)
    assert tier.verify(NAME, FIRST) == tier.serve(dataset, budget=Budget(whole.n_bytes // 2)) == trimmed
    assert tier.serve(dataset).trimmed is None


def test_a_lost_hash_of_a_trimmed_key_is_found_by_verify(
    tier: RedisTier, tmp_path: Path, publish: Publish, server: RedisServer
) -> None:
    dataset = publish(tmp_path, ranks(4_000, 1), NAME)
    tier.serve(dataset, budget=Budget(100_000))
    (trimmed,) = server.client.scan_iter(f"{server.keys.namespace}:trimmed:*")
    server.client.hdel(trimmed, b"0")
    with pytest.raises(DamagedVersionError, match="digest of its keys left out"):
        tier.verify(NAME, FIRST)


def test_a_dataset_over_a_budget_that_says_fail_is_refused(
    tier: RedisTier, tmp_path: Path, publish: Publish, keys_of_loads: Callable[[], list[str]]
) -> None:
    with pytest.raises(DatasetError, match=r"more than its budget of 10\.0 kB"):
        tier.serve(publish(tmp_path, ranks(4_000, 1), NAME), budget=Budget(10_000, "fail"))
    assert (tier.datasets(), keys_of_loads()) == ([], [])


@pytest.mark.usefixtures("two_versions")
@pytest.mark.parametrize("value", [b"", b"\x00", b"nonsense"])
def test_a_value_of_another_layout_is_refused(redis_address: str, server: RedisServer, value: bytes) -> None:
    for rows in server.client.scan_iter(f"{server.keys.namespace}:rows:*"):
        server.client.hset(rows, (1 << 63).to_bytes(8), value)
    with (
        RedisReader(redis_address, NAME) as reader,
        pytest.raises(DamagedVersionError, match="the value of 0 has schema"),
    ):
        reader.get(0)


def test_several_datasets_switch_at_once_or_not_at_all(
    tier: RedisTier, tmp_path: Path, publish: Publish, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("board_ranks", "other_ranks")
    for number in (1, 2):
        for name in names:
            tier.serve(publish(tmp_path, ranks(4, number), name, iteration=number))
    tier.make_current(dict.fromkeys(names, FIRST))
    queue, queued = server.client.pipeline().__class__.hset, []

    def fail_half_way(pipeline: object, *words: object) -> None:
        queued.append(queue(pipeline, *words))
        if len(queued) == len(names):
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(server.client.pipeline().__class__, "hset", fail_half_way)
        with pytest.raises(KeyboardInterrupt):
            tier.make_current(dict.fromkeys(names, SECOND))
    assert [tier.current(name) for name in names] == [FIRST, FIRST]
    with pytest.raises(VersionNotFoundError, match="iteration=3 is not loaded"):  # no backup to go back to
        tier.make_current({"board_ranks": SECOND, "other_ranks": Version(DAY, 3)})
    assert [tier.current(name) for name in names] == [FIRST, FIRST]
    tier.make_current(dict.fromkeys(names, SECOND))
    assert [tier.current(name) for name in names] == [SECOND, SECOND]


def test_a_reader_outlives_a_server_that_keeps_its_data(tmp_path: Path, publish: Publish) -> None:
    with running_redis(tmp_path / "server", "--appendonly", "yes", "--appendfsync", "always") as server:
        tier = RedisTier(tmp_path, TierOptions(address=server.address))
        tier.serve(publish(tmp_path, ranks(100, 1), NAME))
        with RedisReader(server.address, NAME) as reader:
            assert reader.get(1)["iteration"] == 1
            server.kill()
            starting = threading.Timer(0.5, server.start)
            starting.start()
            assert iterations_of(reader.get_many(range(100))) == {1}  # it waits for the server
            starting.join()
        assert tier.verify(NAME, FIRST).is_current


def test_a_server_that_lost_its_data_is_told_with_how_to_load_again(tmp_path: Path, publish: Publish) -> None:
    dataset = publish(tmp_path, ranks(100, 1), NAME)
    with running_redis(tmp_path / "server") as server:
        tier = RedisTier(tmp_path, TierOptions(address=server.address))
        tier.serve(dataset)
        with RedisReader(server.address, NAME) as reader:
            server.kill()
            server.start()
            with pytest.raises(
                DamagedVersionError, match=r"the server has lost its data.*run --repair --date 2026-11-20"
            ):
                reader.get(1)
            with pytest.raises(VersionNotFoundError, match="is not loaded"):
                tier.validate(NAME, FIRST)
            tier.serve(publish(tmp_path / "other", ranks(50, 7), NAME))  # under the same number of a load
            assert (reader.get(1)["iteration"], reader.get(60)) == (7, None)


def test_a_server_that_is_down_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_connection, "_RETRIES", 0)
    with running_redis(tmp_path / "server") as server:
        server.kill()
        with pytest.raises(
            DatasetError, match=rf"^redis://127.0.0.1:{server.port}/0: it can't be reached .*start it, or"
        ):
            RedisReader(server.address, NAME)


def test_a_server_that_hangs_is_given_up_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_connection, "_RETRIES", 0)
    with running_redis(tmp_path / "server", "--enable-debug-command", "yes") as server:
        busy = RedisServer(server.address)
        sleeping = threading.Thread(target=lambda: busy.client.execute_command("DEBUG", "SLEEP", "2"))
        sleeping.start()
        threading.Event().wait(0.3)
        with pytest.raises(DatasetError, match=r"no answer within 0\.2 s; see what keeps it busy"):
            RedisReader(f"{server.address}?timeout_s=0.2", NAME)
        sleeping.join()


def test_a_password_is_taken_from_elsewhere_and_shown_nowhere(
    tmp_path: Path, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_connection, "_RETRIES", 0)
    monkeypatch.delenv("REDIS_PASSWORD", raising=False)
    (tmp_path / "password").write_text("hush-hush\n")
    options = ("--requirepass", "hush-hush", "--user", "ig", "on", ">hush-hush", "~*", "+@all")
    with running_redis(tmp_path / "server", *options) as server:
        tier = RedisTier(tmp_path, TierOptions(address=server.address, password_file=str(tmp_path / "password")))
        tier.serve(publish(tmp_path, ranks(4, 1), NAME))
        for given, problem in (
            (None, "it refuses the password, or needs one|it needs a password"),
            ("wrong-one", "it refuses the password"),
        ):
            if given:
                monkeypatch.setenv("REDIS_PASSWORD", given)
            with pytest.raises(DatasetError, match=problem) as refused:
                RedisReader(server.address, NAME)
            assert "hush" not in str(refused.value)
            assert "wrong-one" not in str(refused.value)
        monkeypatch.setenv("REDIS_PASSWORD", "hush-hush")
        assert RedisReader(server.address, NAME).get(1)["iteration"] == 1
        assert RedisReader(f"{server.address}?username=ig", NAME).get(1)["iteration"] == 1
        log = (tmp_path / "server" / "redis.log").read_text()
    assert "hush" not in log
    assert "hush" not in "".join(path.read_text() for path in tmp_path.rglob("*.json"))


def test_sockets_and_tls_are_spoken(tmp_path: Path, publish: Publish) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        key,
        "-out",
        certificate,
        "-days",
        "2",
    ]
    subprocess.run(
        [*made, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True
    )
    tls = ("--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-auth-clients", "no")
    socket_path = tmp_path / "redis.sock"
    with running_redis(tmp_path / "server", "--unixsocket", str(socket_path), *tls) as server:
        port = free_port()
        RedisServer(server.address).client.config_set("tls-port", port)
        socket_address = f"unix://{socket_path}?database=1"
        tier = RedisTier(tmp_path, TierOptions(address=socket_address))
        tier.serve(publish(tmp_path, ranks(4, 1), NAME))
        tls_address = f"rediss://127.0.0.1:{port}/1"
        assert RedisReader(f"{tls_address}?ca_file={certificate}", NAME).get(1)["iteration"] == 1
        with pytest.raises(DatasetError, match=r"it can't be reached .*certificate verify failed"):
            RedisReader(tls_address, NAME)
        with pytest.raises(VersionNotFoundError):
            RedisReader(server.address, NAME)  # another database


def test_without_the_client_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(DatasetError, match=r"needs the package redis.*pip install 'interest-graph\[redis\]'"):
        RedisReader("redis://127.0.0.1:1", NAME)
