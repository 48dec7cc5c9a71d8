"""The debugging and the SQL tier as stores: right, slow, marked as such, and asked by a few threads."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from serving.config import DebuggingStore, LmdbStore, SqlStore, Store
from serving.errors import OverloadedError, StoreError, TooLateError
from serving.stores.opened_stores import OpenedStores
from serving.stores.slow_tiers import BlockingSource
from serving.stores.source import Rows
from storage_tiers.random_access import RandomAccessTier
from tests.serving.stores.served_days import PICTURES, Days, asked, config_of, until


@pytest.mark.parametrize("kind", [DebuggingStore, SqlStore])
def test_rows_are_those_of_lmdb(
    days: Days, lmdb_tier: RandomAccessTier, tmp_path: Path, kind: Callable[..., Store]
) -> None:
    days.serve(lmdb_tier, 1)
    names = ("board_joins", "pin_joins")  # of what is published, none of which was loaded there
    stores = {"slow": kind(output=str(tmp_path), datasets=names), "lmdb": LmdbStore(output=str(tmp_path))}

    async def body() -> None:
        opened = OpenedStores(config_of(stores))
        await opened.start()
        for fields in (["name", "pin_joins.image_signature"], ["board_id"], ["seen_in", "pin_joins"]):
            keys = [7, -1, "7", 7, 2**70, 99]
            expected = await asked(opened, "lmdb/board_joins", keys, fields)
            assert await asked(opened, "board_joins", keys, fields) == expected
        sources = opened.sources.by_address
        slow, quick = sources["pin_joins"], sources["lmdb/pin_joins"]
        assert (slow.waits, slow.is_slow, quick.is_slow) == ("blocking", True, False)
        assert slow.object_type == quick.object_type
        assert await asked(opened, "pin_joins", [PICTURES[3], "no 'such"], ["seen_in"]) == [{"seen_in": 1}, None]
        with pytest.raises(StoreError, match="there is no field 'nme'"):
            await asked(opened, "board_joins", [7], ["nme"])
        await opened.close()

    asyncio.run(body())


def test_what_blocks_has_a_few_threads_and_who_waits_is_told_in_time(
    days: Days, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days.published("board_joins", 1)
    goes_on, asked_at_once = threading.Event(), []

    def slowly(_source: BlockingSource, keys: Sequence[int | str], _fields: Sequence[str]) -> Rows:
        asked_at_once.append(keys)
        assert goes_on.wait(60)
        return [None for _ in keys]

    monkeypatch.setattr(BlockingSource, "_rows", slowly)
    store = DebuggingStore(
        output=str(tmp_path), datasets=("board_joins",), timeout_ms=50, most_at_once=2, most_waiting=1
    )

    async def body() -> None:
        opened = OpenedStores(config_of({"slow": store}))
        await opened.start()
        questions = [asyncio.ensure_future(asked(opened, "board_joins", [number], ["name"])) for number in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError, match="store slow: 2 questions are under way and 1 wait"):
            await asked(opened, "board_joins", [7], ["name"])
        for failed in await asyncio.gather(*questions, return_exceptions=True):
            assert isinstance(failed, TooLateError)
        assert len(asked_at_once) == 2  # the third was given up before its turn
        waiting = asyncio.ensure_future(asked(opened, "board_joins", [7], ["name"]))  # the threads are still taken
        await asyncio.gather(waiting, return_exceptions=True)
        assert len(asked_at_once) == 2
        assert opened.problems == {"slow": "no answer within 50 ms"}
        assert (opened.turns["slow"].n_late, opened.turns["slow"].n_refused) == (4, 1)
        goes_on.set()
        await until(lambda: opened.turns["slow"].n_running == 0)
        assert await asked(opened, "board_joins", [7], ["name"]) == [None]
        assert opened.problems == {}
        await opened.close()

    asyncio.run(body())
