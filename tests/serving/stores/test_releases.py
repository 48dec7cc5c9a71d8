"""Requests read one version of all datasets, through switches and back; nothing of an old one stays open."""

import asyncio
import logging
import os
import re
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from serving.config import LmdbStore
from serving.errors import NothingLoadedError, OverloadedError, StoreError
from serving.stores import opened_stores
from serving.stores.opened_stores import OpenedStores
from serving.stores.release import OpenedRelease
from storage_tiers.random_access import RandomAccessTier
from tests.serving.stores.served_days import BOARDS, NAMES, PICTURES, Days, asked, config_of, rows_of, until, version_of

SEEN = ["seen_in"]


def run(config_root: Path, body: Callable[[OpenedStores], Awaitable[None]]) -> None:
    """Run something while the stores are open and followed."""

    async def whole() -> None:
        stores = OpenedStores(config_of(config_root))
        with pytest.raises(OverloadedError, match="aren't open yet"):
            stores.enter()
        await stores.start()
        try:
            await body(stores)
        finally:
            await stores.close()

    asyncio.run(whole())


def n_open_files(folder: Path) -> int:
    return sum(os.path.realpath(link).startswith(str(folder)) for link in Path("/proc/self/fd").iterdir())


def served(stores: OpenedStores) -> set[str]:
    return {*stores.versions.values()}


def test_a_request_reads_what_it_began_with_across_a_switch_and_a_rollback(
    days: Days, lmdb_tier: RandomAccessTier, tmp_path: Path
) -> None:
    days.serve(lmdb_tier, 1)

    async def body(stores: OpenedStores) -> None:
        assert stores.versions == dict.fromkeys(NAMES, "2026-11-20/1")
        old = stores.enter()
        days.serve(lmdb_tier, 2)
        await until(lambda: served(stores) == {"2026-11-20/2"})
        for iteration, release in ((1, old), (2, stores.enter())):
            assert await rows_of(release, "board_joins", [7, -1], SEEN) == [{"seen_in": iteration}, None]
            assert await rows_of(release, "pin_joins", PICTURES[:1], SEEN) == [{"seen_in": iteration}]
            stores.leave(release)
        with pytest.raises(StoreError):  # the last request left it, so it is closed
            await rows_of(old, "board_joins", [7], SEEN)
        lmdb_tier.make_current({name: version_of(1) for name in NAMES})
        await until(lambda: served(stores) == {"2026-11-20/1"})
        assert await asked(stores, "board_joins", [7], SEEN) == [{"seen_in": 1}]
        assert stores.n_switches == 2
        assert stores.problems == {}

    run(tmp_path, body)


def test_pointers_that_disagree_are_told_and_not_followed(
    days: Days, lmdb_tier: RandomAccessTier, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    days.serve(lmdb_tier, 1)

    async def body(stores: OpenedStores) -> None:
        days.load(lmdb_tier, 2)
        with caplog.at_level(logging.WARNING):
            lmdb_tier.make_current({"pin_joins": version_of(2)})
            await until(lambda: bool(stores.problems))
            await asyncio.sleep(0.05)
        said = "pointers name several versions: lmdb/board_joins 2026-11-20/1, lmdb/pin_joins 2026-11-20/2"
        assert stores.problems == {"release": said}
        assert caplog.messages == [f"2026-11-20/1 goes on serving: {said}"]
        assert served(stores) == {"2026-11-20/1"}
        assert await asked(stores, "pin_joins", PICTURES[:1], SEEN) == [{"seen_in": 1}]
        lmdb_tier.make_current({"board_joins": version_of(2)})
        await until(lambda: served(stores) == {"2026-11-20/2"})
        assert stores.problems == {}

    run(tmp_path, body)


def test_at_the_start_disagreeing_pointers_mean_the_newest_version_that_all_hold(
    days: Days, lmdb_tier: RandomAccessTier, tmp_path: Path
) -> None:
    for iteration in (1, 2):
        days.serve(lmdb_tier, iteration)
    days.serve(lmdb_tier, 3, ["pin_joins"])

    async def body(stores: OpenedStores) -> None:
        assert served(stores) == {"2026-11-20/2"}
        assert "several versions" in stores.problems["release"]

    run(tmp_path, body)


def test_without_a_version_of_all_datasets_nothing_is_opened(
    days: Days, lmdb_tier: RandomAccessTier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened_stores, "_START_WITHIN_S", 0)
    stores = OpenedStores(config_of(tmp_path))
    said = f"no dataset is loaded in any store: store lmdb has none in {tmp_path}; load them first (interest-graph run)"
    with pytest.raises(StoreError, match=f"^{re.escape(said)}"):
        asyncio.run(stores.start())
    days.serve(lmdb_tier, 1, ["pin_joins"])
    days.serve(lmdb_tier, 2, ["board_joins"])
    with pytest.raises(StoreError, match="no version in common: pointers name several versions"):
        asyncio.run(stores.start())
    asyncio.run(stores.close())


def test_an_output_that_is_mistyped_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for output in (tmp_path / "none", tmp_path / "file"):
        for datasets, said in (
            ((), f"store lmdb has none in {output}"),
            (
                ("pin_joins",),
                f"store lmdb, {output}: there is no dataset 'pin_joins'; there is no dataset at all; load it",
            ),
        ):
            stores = OpenedStores(config_of({"lmdb": LmdbStore(output=str(output), datasets=datasets)}))
            with pytest.raises(NothingLoadedError, match=re.escape(said)):
                asyncio.run(stores.start())


def test_a_dataset_that_is_not_loaded_is_named_with_those_that_are(
    days: Days, lmdb_tier: RandomAccessTier, tmp_path: Path
) -> None:
    days.serve(lmdb_tier, 1)
    main = LmdbStore(output=str(tmp_path))
    near = LmdbStore(output=str(tmp_path), datasets=("pin_joins", "bord_joins"))
    stores = OpenedStores(config_of({"main": main, "near": near}))
    said = (
        f"store near, {tmp_path}: there is no dataset 'bord_joins' (did you mean board_joins or pin_joins?); "
        "there are board_joins, pin_joins; load it there, or mend datasets of [stores.near]"
    )
    with pytest.raises(NothingLoadedError, match=f"^{re.escape(said)}$"):
        asyncio.run(stores.start())


def test_a_damaged_version_is_not_gone_to(days: Days, lmdb_tier: RandomAccessTier, tmp_path: Path) -> None:
    days.serve(lmdb_tier, 1)

    async def body(stores: OpenedStores) -> None:
        days.load(lmdb_tier, 2)
        data = lmdb_tier.version_folder("pin_joins", version_of(2)) / "data.mdb"
        content = bytearray(data.read_bytes())
        content[-100] ^= 1
        data.write_bytes(content)
        for name in NAMES:  # as nothing of ours would let them
            (lmdb_tier.folder(name) / "_CURRENT").write_text(version_of(2).path)
        await until(lambda: "digest of data.mdb" in stores.problems.get("release", ""))
        assert await asked(stores, "pin_joins", PICTURES[:1], SEEN) == [{"seen_in": 1}]
        n_open = n_open_files(tmp_path)
        days.serve(lmdb_tier, 2)
        await until(lambda: served(stores) == {"2026-11-20/2"})
        assert stores.problems == {}
        assert n_open_files(tmp_path) == n_open

    run(tmp_path, body)


def test_twenty_switches_under_reads_mix_nothing_and_leave_nothing_open(
    days: Days, lmdb_tier: RandomAccessTier, tmp_path: Path
) -> None:
    for iteration in (2, 1):
        days.serve(lmdb_tier, iteration)

    async def body(stores: OpenedStores) -> None:
        n_open, releases, seen, is_over = n_open_files(tmp_path), set[OpenedRelease](), set[object](), False

        async def read() -> None:
            while not is_over:
                release = stores.enter()
                releases.add(release)  # type: ignore[arg-type]
                boards = await rows_of(release, "board_joins", [*BOARDS], ["seen_in", "pin_joins.seen_in"])
                await asyncio.sleep(0)  # a switch may fall in between
                pictures = await rows_of(release, "pin_joins", PICTURES, SEEN)
                versions = {row and row["seen_in"] for row in (*boards, *pictures)}
                assert len(versions) == 1, versions
                assert {f"2026-11-20/{one}" for one in versions} == {*release.versions.values()}
                seen.update(versions)
                stores.leave(release)
                await asyncio.sleep(0)

        readers = [asyncio.create_task(read()) for _ in range(4)]
        for switch in range(20):
            wanted = 2 - switch % 2
            await asyncio.to_thread(lmdb_tier.make_current, {name: version_of(wanted) for name in NAMES})
            await until(lambda wanted=wanted: served(stores) == {f"2026-11-20/{wanted}"})
        is_over = True
        await asyncio.gather(*readers)
        assert seen == {1, 2}
        assert stores.n_switches == 20
        assert n_open_files(tmp_path) == n_open
        assert all(not release.n_readers for release in releases)

    run(tmp_path, body)
    assert n_open_files(tmp_path) == 0


def test_where_everything_is_gone_what_is_open_goes_on_serving(
    days: Days, lmdb_tier: RandomAccessTier, tmp_path: Path
) -> None:
    days.serve(lmdb_tier, 1)

    async def body(stores: OpenedStores) -> None:
        shutil.rmtree(lmdb_tier.home)
        await until(lambda: "no dataset is loaded" in stores.problems.get("release", ""))
        assert await asked(stores, "board_joins", [7], SEEN) == [{"seen_in": 1}]

    run(tmp_path, body)
