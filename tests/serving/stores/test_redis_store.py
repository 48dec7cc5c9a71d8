"""Redis as a store: rows of one version, limits of its own; its server may stall, die, come back, and have copies."""

import asyncio
import os
import re
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from serving.config import LmdbStore, RedisStore
from serving.errors import (
    NothingLoadedError,
    OverloadedError,
    ServingConfigError,
    ServingError,
    StoreError,
    TooLateError,
)
from serving.stores import opened_stores
from serving.stores.opened_stores import OpenedStores
from storage_tiers.random_access import RandomAccessTier
from storage_tiers.redis_server import RedisTier
from storage_tiers.redis_server.redis_address import read_address
from storage_tiers.redis_server.redis_connection import RedisServer
from storage_tiers.tier import TierOptions
from tests.servers.redis_server import RunningRedis, free_port, running_redis
from tests.serving.stores.served_days import (
    LIMIT_S,
    NAMES,
    PICTURES,
    Days,
    asked,
    config_of,
    rows_of,
    until,
    version_of,
)

SEEN = ["seen_in"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningRedis]:
    with running_redis(tmp_path / "server", "--appendonly", "yes", "--appendfsync", "always") as running:
        yield running


@pytest.fixture
def tier(server: RunningRedis, days: Days) -> RedisTier:
    """A tier on the server that serves iteration 1."""
    opened = RedisTier(days.root, TierOptions(address=server.address))
    days.serve(opened, 1)
    return opened


def run(body: Callable[[OpenedStores], Awaitable[None]], server: RunningRedis, root: Path, **settings: object) -> None:
    """Run something with the server as first store, and LMDB as second."""
    settings = {"timeout_ms": 200, **settings}
    cache = RedisStore(address=server.address, **settings)  # type: ignore[arg-type]

    async def whole() -> None:
        stores = OpenedStores(config_of({"cache": cache, "lmdb": LmdbStore(output=str(root))}))
        await stores.start()
        try:
            await body(stores)
        finally:
            await stores.close()

    asyncio.run(whole())


@pytest.mark.usefixtures("tier")
def test_a_dataset_that_is_not_on_the_server_is_named_with_those_that_are(server: RunningRedis) -> None:
    async def started(store: RedisStore) -> None:
        stores = OpenedStores(config_of({"cache": store}))
        try:
            await stores.start()
        finally:
            await stores.close()

    address = str(read_address(server.address))
    said = f"store cache, {address}: there is no dataset 'nope'; there are board_joins, pin_joins; load it there"
    with pytest.raises(NothingLoadedError, match=f"^{re.escape(said)}"):
        asyncio.run(started(RedisStore(address=server.address, datasets=("nope",))))
    empty = server.address + ("&" if "?" in server.address else "?") + "namespace=empty"
    with pytest.raises(
        NothingLoadedError, match=re.escape(f"store cache has none in {read_address(empty)}; load them")
    ):
        asyncio.run(started(RedisStore(address=empty)))


async def until_it_answers(stores: OpenedStores) -> None:
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                assert await asked(stores, "pin_joins", PICTURES[:1], SEEN) == [{"seen_in": 1}]
            except ServingError:
                await asyncio.sleep(0.01)
            else:
                return


@pytest.mark.usefixtures("tier")
def test_rows_are_those_of_lmdb(days: Days, server: RunningRedis, lmdb_tier: RandomAccessTier, tmp_path: Path) -> None:
    days.serve(lmdb_tier, 1)

    async def body(stores: OpenedStores) -> None:
        assert [*stores.versions] == ["board_joins", "pin_joins", "lmdb/board_joins", "lmdb/pin_joins"]
        for fields in (["name", "pin_joins.image_signature"], ["board_id"], []):
            rows = await asked(stores, "board_joins", [7, 8, -1, "7", 7, 2**70], fields)
            assert rows == await asked(stores, "lmdb/board_joins", [7, 8, -1, "7", 7, 2**70], fields)
            assert [row is None for row in rows] == [False, False, True, True, False, True]
        many = [*range(2_500)]
        assert sum(row is not None for row in await asked(stores, "board_joins", many, ["name"])) == 100
        assert await asked(stores, "board_joins", [], ["name"]) == []
        sources = stores.sources.by_address
        assert sources["pin_joins"].object_type == sources["lmdb/pin_joins"].object_type
        assert (sources["pin_joins"].waits, sources["lmdb/pin_joins"].waits) == ("remote", "never")

    run(body, server, tmp_path)


def test_a_release_is_gone_to_when_both_stores_were_switched(
    days: Days, tier: RedisTier, server: RunningRedis, lmdb_tier: RandomAccessTier, tmp_path: Path
) -> None:
    days.serve(lmdb_tier, 1)

    async def body(stores: OpenedStores) -> None:
        old = stores.enter()
        await asyncio.to_thread(days.serve, tier, 2)
        await until(lambda: "several versions" in stores.problems.get("release", ""))
        assert await asked(stores, "pin_joins", PICTURES[:1], SEEN) == [{"seen_in": 1}]
        await asyncio.to_thread(days.serve, lmdb_tier, 2)
        await until(lambda: {*stores.versions.values()} == {"2026-11-20/2"})
        for address in ("pin_joins", "lmdb/pin_joins"):
            assert await rows_of(old, address, PICTURES[:1], SEEN) == [{"seen_in": 1}]
            assert await asked(stores, address, PICTURES[:1], SEEN) == [{"seen_in": 2}]
        await asyncio.to_thread(tier.drop_all, {name: [version_of(1)] for name in NAMES})
        with pytest.raises(StoreError, match="dropped or loaded anew meanwhile"):
            await rows_of(old, "pin_joins", PICTURES[:1], SEEN)
        stores.leave(old)

    run(body, server, tmp_path)


@pytest.mark.usefixtures("tier")
def test_a_version_that_lost_its_rows_and_was_loaded_again_is_read_again(
    days: Days, tier: RedisTier, server: RunningRedis, tmp_path: Path
) -> None:
    async def body(stores: OpenedStores) -> None:
        client = RedisServer(server.address)
        for name in NAMES:
            record = tier._held.record(name, version_of(1))
            client.ask(("UNLINK", client.keys.rows(record.load_number)))
        with pytest.raises(StoreError, match="dropped or loaded anew meanwhile"):
            await asked(stores, "pin_joins", PICTURES[:1], SEEN)
        await asyncio.to_thread(days.serve, tier, 1)
        await until_it_answers(stores)
        client.close()

    run(body, server, tmp_path)


@pytest.mark.usefixtures("tier")
def test_a_server_that_stalls_keeps_to_its_time_takes_nothing_of_others_and_comes_back(
    days: Days, server: RunningRedis, lmdb_tier: RandomAccessTier, tmp_path: Path
) -> None:
    days.serve(lmdb_tier, 1)

    async def body(stores: OpenedStores) -> None:
        assert server.process is not None
        os.kill(server.process.pid, signal.SIGSTOP)
        try:
            questions = [asyncio.ensure_future(asked(stores, "pin_joins", PICTURES[:1], SEEN)) for _ in range(4)]
            await asyncio.sleep(0)  # begun: two are asked, two wait, and no more may
            with pytest.raises(OverloadedError, match="2 questions are under way and 2 wait, and no more may"):
                await asked(stores, "pin_joins", PICTURES[:1], SEEN)
            assert await asked(stores, "lmdb/pin_joins", PICTURES[:1], SEEN) == [{"seen_in": 1}]
            failed = await asyncio.gather(*questions, return_exceptions=True)
            assert {type(one) for one in failed} <= {TooLateError, StoreError}
            await until(lambda: bool(stores.problems.get("cache")))
            assert "no reply within 200 ms" in stores.problems["cache"]
            with pytest.raises(StoreError, match="no reply within"):  # nobody waits for what is known to be silent
                await asked(stores, "pin_joins", PICTURES[:1], SEEN)
        finally:
            os.kill(server.process.pid, signal.SIGCONT)
        await until_it_answers(stores)
        assert "cache" not in stores.problems

    run(body, server, tmp_path, most_at_once=2, most_waiting=2)


@pytest.mark.usefixtures("tier")
def test_a_server_that_is_killed_fails_what_is_under_way_at_once_and_is_found_again(
    server: RunningRedis, tmp_path: Path
) -> None:
    async def body(stores: OpenedStores) -> None:
        assert server.process is not None
        os.kill(server.process.pid, signal.SIGSTOP)  # so that it answers nothing more
        question = asyncio.ensure_future(asked(stores, "pin_joins", PICTURES[:1], SEEN))
        await asyncio.sleep(0.01)
        server.kill()
        async with asyncio.timeout(LIMIT_S):  # half of the store's own limit
            with pytest.raises(StoreError, match=r"broke|reached"):
                await question
        async with asyncio.timeout(LIMIT_S):
            while "can't be reached" not in stores.problems.get("cache", ""):
                await asyncio.sleep(0.01)
                try:
                    await asked(stores, "pin_joins", PICTURES[:1], SEEN)
                except StoreError:
                    continue
        await asyncio.to_thread(server.start)
        await until_it_answers(stores)

    run(body, server, tmp_path, timeout_ms=60_000)


@pytest.mark.usefixtures("tier")
def test_a_request_that_is_given_up_leaves_its_place_to_the_next(server: RunningRedis, tmp_path: Path) -> None:
    async def body(stores: OpenedStores) -> None:
        for _ in range(20):
            question = asyncio.ensure_future(asked(stores, "pin_joins", PICTURES, SEEN))
            await asyncio.sleep(0)
            question.cancel()
            await asyncio.gather(question, return_exceptions=True)
        rows = await asyncio.gather(*(asked(stores, "pin_joins", [key], ["image_signature"]) for key in PICTURES[:3]))
        assert [row["image_signature"] for (row,) in rows if row] == PICTURES[:3]  # replies that nobody took shift none

    run(body, server, tmp_path, most_at_once=1, most_waiting=2)


@pytest.mark.usefixtures("tier")
def test_a_copy_is_asked_where_the_server_is_slow_or_gone(server: RunningRedis, tmp_path: Path) -> None:
    with running_redis(tmp_path / "copy", "--replicaof", "127.0.0.1", str(server.port)) as copy:
        client = RedisServer(copy.address)
        end = time.monotonic() + LIMIT_S
        while len(client.ask(("HGETALL", client.keys.current))[0]) < len(NAMES):
            assert time.monotonic() < end
            time.sleep(0.02)
        client.close()

        async def body(stores: OpenedStores) -> None:
            await until_it_answers(stores)
            assert server.process is not None
            os.kill(server.process.pid, signal.SIGSTOP)
            try:
                for _ in range(5):
                    assert await asked(stores, "pin_joins", PICTURES[:1], SEEN) == [{"seen_in": 1}]
            finally:
                os.kill(server.process.pid, signal.SIGCONT)
            server.kill()
            for _ in range(5):
                assert await asked(stores, "pin_joins", PICTURES[:1], SEEN) == [{"seen_in": 1}]

        run(body, server, tmp_path, replicas=(copy.address,), hedge_after_ms=5, timeout_ms=20_000)


def test_a_server_that_is_not_there_and_an_address_that_is_none_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened_stores, "_START_WITHIN_S", 0)
    gone = config_of({"cache": RedisStore(address=f"redis://127.0.0.1:{free_port()}")})
    with pytest.raises(StoreError, match=r"no release can be opened|can't be reached"):
        asyncio.run(OpenedStores(gone).start())
    with pytest.raises(ServingConfigError, match=r"\[stores.cache\]: 'ftp://x' is no address of a Redis server"):
        OpenedStores(config_of({"cache": RedisStore(address="ftp://x")}))
    silent = RedisStore(address="redis://127.0.0.1", password_file=str(tmp_path / "none"))
    with pytest.raises(StoreError, match="the file of the password can't be read"):
        asyncio.run(OpenedStores(config_of({"cache": silent})).start())
