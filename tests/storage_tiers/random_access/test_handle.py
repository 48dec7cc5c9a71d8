"""The handle of a service follows the pointer, never mixes versions, and stays where a new version can't be read."""

import logging
import os
import re
import shutil
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from storage_tiers import DamagedVersionError, Dataset, DatasetError, KeyTypeError, Version, VersionNotFoundError
from storage_tiers.random_access import RandomAccess, RandomAccessTier
from storage_tiers.random_access import handle as handle_module
from storage_tiers.random_access.warming import GivenUpError, warm

DAY = "2026-11-20"
KEYS = range(300)
Serve = Callable[..., Dataset]


def table_of(iteration: int) -> pa.Table:
    return pa.table({"board_id": KEYS, "seen_in": [iteration] * len(KEYS)})


@pytest.fixture
def serve(tmp_path: Path, publish: Callable[..., Dataset]) -> Serve:
    """Publish an iteration whose every row says which it is, load it, and let it serve."""

    def serve_iteration(iteration: int) -> Dataset:
        dataset = publish(tmp_path, table_of(iteration), "board_ranks", iteration=iteration)
        RandomAccessTier(tmp_path).serve(dataset)
        return dataset

    return serve_iteration


@pytest.fixture
def handle(tmp_path: Path, serve: Serve) -> Iterator[RandomAccess]:
    """A handle at iteration 1 that looks at the pointer at every lookup."""
    serve(1)
    with RandomAccess(tmp_path, "board_ranks", look_every_s=0) as opened:
        yield opened


def asked_until(handle: RandomAccess, is_reached: Callable[[], bool]) -> None:
    """Look keys up until something is so; each answer is whole and of one version."""
    end = time.monotonic() + 60
    while not is_reached():
        assert time.monotonic() < end, handle.problem
        seen = {row["seen_in"] for row in handle.get_many(KEYS)}
        assert len(seen) == 1


def folder_of(root: Path, iteration: int) -> Path:
    return root / f"_random_access/board_ranks/date={DAY}/iteration={iteration}"


def test_it_follows_the_pointer_forward_and_back(tmp_path: Path, handle: RandomAccess, serve: Serve) -> None:
    assert handle.get(7) == {"board_id": 7, "seen_in": 1}
    serve(2)
    asked_until(handle, lambda: handle.version.iteration == 2)
    assert handle.get(7) == {"board_id": 7, "seen_in": 2}
    RandomAccessTier(tmp_path).make_current({"board_ranks": Version(DAY, 1)})
    asked_until(handle, lambda: handle.version.iteration == 1)
    assert (handle.problem, handle.counts.errors) == ("", 0)


def test_it_looks_no_more_often_than_it_is_told(tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(1)
    now = 100.0
    monkeypatch.setattr(handle_module, "monotonic", lambda: now)
    looks = []
    stamp_of = RandomAccessTier.pointer_stamp
    monkeypatch.setattr(
        RandomAccessTier, "pointer_stamp", lambda tier, name: looks.append(name) or stamp_of(tier, name)
    )
    with RandomAccess(tmp_path, "board_ranks") as ranks:
        looks.clear()
        for _ in range(1_000):
            ranks.get(1)
        assert looks == []
        now += 0.11
        for _ in range(1_000):
            ranks.get(1)
        assert len(looks) == 1


@pytest.mark.parametrize(
    "pin", [{"date": DAY, "iteration": 1}, {"iteration": 1}, {"look_every_s": None}], ids=["version", "one", "never"]
)
def test_a_pinned_handle_stays(tmp_path: Path, serve: Serve, pin: dict[str, object]) -> None:
    serve(1)
    with RandomAccess(tmp_path, "board_ranks", **({"look_every_s": 0} | pin)) as pinned:
        serve(2)
        for key in KEYS:
            assert pinned.get(key)["seen_in"] == 1
        assert pinned._switch is None


@pytest.mark.parametrize("one", ["12", b"12", 12, None])
def test_one_key_in_place_of_several_is_refused(handle: RandomAccess, one: object) -> None:
    with pytest.raises(KeyTypeError, match=re.escape(f"{one!r} is one key, not several; give a list: [{one!r}]")):
        handle.get_many(one)
    assert handle.get_many([]) == []
    assert handle.get_many(iter([1, -1, "2"]))[1:] == [None, {"board_id": 2, "seen_in": 1}]


def cut(folder: Path) -> None:
    data = folder / "data.mdb"
    data.write_bytes(data.read_bytes()[: -data.stat().st_size // 2])


def flip(folder: Path) -> None:
    data = folder / "data.mdb"
    content = bytearray(data.read_bytes())
    content[-100] ^= 1
    data.write_bytes(content)


def swap_with_another(folder: Path) -> None:
    shutil.copy(folder.with_name("iteration=1") / "data.mdb", folder / "data.mdb")


def lose_description(folder: Path) -> None:
    (folder / "_tier.json").unlink()


def break_description(folder: Path) -> None:
    (folder / "_tier.json").write_text('{"dataset": "board_ranks"')


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (cut, "bytes of data.mdb current="),
        (flip, "digest of data.mdb current="),
        (swap_with_another, "digest of data.mdb current="),
        (lose_description, "is not loaded for random access"),
        (break_description, "_tier.json can't be read"),
        (shutil.rmtree, "is not loaded for random access"),
    ],
)
def test_a_version_that_cannot_be_read_is_not_gone_to_and_told_once(
    tmp_path: Path,
    publish: Callable[..., Dataset],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[Path], None],
    message: str,
) -> None:
    monkeypatch.setattr(handle_module, "_RETRY_S", 0.01)
    monkeypatch.setattr(handle_module, "_RETRY_FACTOR", 0)
    tier = RandomAccessTier(tmp_path)
    datasets = [publish(tmp_path, table_of(n), "board_ranks", iteration=n) for n in (1, 2)]
    tier.serve(datasets[0])
    tier.load(datasets[1])
    with RandomAccess(tmp_path, "board_ranks", look_every_s=0) as handle, caplog.at_level(logging.WARNING):
        damage(folder_of(tmp_path, 2))
        (tmp_path / "_random_access/board_ranks/_CURRENT").write_text(datasets[1].version.path)
        asked_until(handle, lambda: message in handle.problem)
        end = time.monotonic() + 0.2  # several tries
        asked_until(handle, lambda: time.monotonic() > end)
        assert handle.version.iteration == 1
        assert handle.counts.errors == 1
        (told,) = caplog.messages
        assert told.startswith(f"board_ranks goes on serving date={DAY} iteration=1: ")
        assert message in told
        with pytest.raises(DatasetError):
            handle.refresh()
        assert handle.get(1)["seen_in"] == 1
        tier.serve(datasets[1])
        asked_until(handle, lambda: handle.version.iteration == 2)
        assert handle.problem == ""


def test_a_pointer_that_arrives_before_its_version_is_followed_once_that_is_there(
    tmp_path: Path, handle: RandomAccess, publish: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handle_module, "_RETRY_S", 0.01)
    monkeypatch.setattr(handle_module, "_RETRY_FACTOR", 0)
    pointer = tmp_path / "_random_access/board_ranks/_CURRENT"
    pointer.write_text(f"date={DAY}/iteration=2")
    asked_until(handle, lambda: "is not loaded" in handle.problem)
    RandomAccessTier(tmp_path).load(publish(tmp_path, table_of(2), "board_ranks", iteration=2))
    asked_until(handle, lambda: handle.version.iteration == 2)


def test_a_lost_tier_is_told_and_answers_go_on(tmp_path: Path, handle: RandomAccess) -> None:
    shutil.rmtree(tmp_path / "_random_access")
    asked_until(handle, lambda: "is not loaded" in handle.problem)
    assert handle.get(5) == {"board_id": 5, "seen_in": 1}


def test_a_version_is_not_dropped_while_somebody_has_it_open(
    tmp_path: Path, handle: RandomAccess, serve: Serve
) -> None:
    with RandomAccess(tmp_path, "board_ranks", DAY, 1) as pinned:
        serve(2)
        asked_until(handle, lambda: handle.version.iteration == 2)
        with pytest.raises(DatasetError, match="is being read for random access and can't be dropped"):
            RandomAccessTier(tmp_path).drop("board_ranks", Version(DAY, 1))
        assert {row["seen_in"] for row in pinned.get_many(KEYS)} == {1}
    RandomAccessTier(tmp_path).drop("board_ranks", Version(DAY, 1))
    with pytest.raises(VersionNotFoundError):
        RandomAccess(tmp_path, "board_ranks", DAY, 1)


def test_threads_may_share_a_handle_through_switches(tmp_path: Path, handle: RandomAccess, serve: Serve) -> None:
    serve(2)
    wrong: list[object] = []
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            rows = handle.get_many(range(0, 300, 20))
            if len({row and row["seen_in"] for row in rows}) != 1:
                wrong.append(rows)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for switch in range(30):
        RandomAccessTier(tmp_path).make_current({"board_ranks": Version(DAY, 1 + switch % 2)})
        asked_until(handle, lambda switch=switch: handle.version.iteration == 1 + switch % 2)
    is_over.set()
    for reader in readers:
        reader.join()
    assert wrong == []


def test_a_forked_process_opens_its_own(tmp_path: Path, handle: RandomAccess) -> None:
    handle.get(1)
    assert in_child(lambda: handle.get(7) == {"board_id": 7, "seen_in": 1}) == "True"
    assert in_child(lambda: handle.get_many([7, 7], ["seen_in"])) == "[{'seen_in': 1}, {'seen_in': 1}]"
    assert in_child(lambda: RandomAccess(tmp_path, "board_ranks").get(7)["seen_in"]) == "1"
    assert in_child(lambda: (handle.close(), handle.close())) == "(None, None)"
    assert handle.get(7) == {"board_id": 7, "seen_in": 1}  # nothing of it reached the parent


def test_a_forked_process_follows_and_one_that_comes_too_late_is_told(
    tmp_path: Path, handle: RandomAccess, publish: Callable[..., Dataset]
) -> None:
    newer = RandomAccessTier(tmp_path).load(publish(tmp_path, table_of(2), "board_ranks", iteration=2))

    def follow() -> int:
        RandomAccessTier(tmp_path).make_current({"board_ranks": newer.version})
        asked_until(handle, lambda: handle.version.iteration == 2)
        return handle.version.iteration

    assert in_child(follow) == "2"
    with RandomAccess(tmp_path, "board_ranks", DAY, 1) as pinned:

        def ask_for_what_is_gone() -> object:
            shutil.rmtree(RandomAccessTier(tmp_path).version_folder("board_ranks", Version(DAY, 1)))
            return pinned.get(1)

        assert "it was opened before this process was forked" in in_child(ask_for_what_is_gone)
        assert pinned.get(1)["seen_in"] == 1


def in_child(look: Callable[[], object]) -> str:
    """Return what a function gives in a forked process, as text, or the error that it raises."""
    read_end, write_end = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Arrow's threads are idle
        child = os.fork()
    if not child:
        try:
            said = str(look())
        except Exception as error:  # noqa: BLE001 - the parent asserts which
            said = str(error)
        os.write(write_end, said.encode())
        os._exit(0)
    os.close(write_end)
    os.waitpid(child, 0)
    with os.fdopen(read_end) as told:
        return told.read()


def test_what_is_warmed_is_bounded_and_what_is_read_whole_is_compared(tmp_path: Path, serve: Serve) -> None:
    version = serve(1).version
    tier, folder = RandomAccessTier(tmp_path), folder_of(tmp_path, 1)
    loaded = tier.loaded("board_ranks", version)
    assert warm(folder, loaded, lambda: True) == loaded.n_bytes_in_all
    assert warm(folder, loaded, lambda: True, most_bytes=5_000) == 5_000
    flip(folder)
    assert warm(folder, loaded, lambda: True, most_bytes=5_000) == 5_000
    with pytest.raises(DamagedVersionError, match=r"digest of data\.mdb"):
        warm(folder, loaded, lambda: True)
    with pytest.raises(GivenUpError):
        warm(folder, loaded, lambda: False)


def test_where_no_thread_can_be_had_the_old_version_goes_on_and_the_next_look_tries_again(
    handle: RandomAccess, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    serve(2)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        assert {handle.get(key)["seen_in"] for key in KEYS} == {1}
        assert handle.problem == "it can't be switched: can't start new thread"
        assert handle.counts.errors == 1
    asked_until(handle, lambda: handle.version.iteration == 2)


def test_a_handle_that_is_closed_during_a_switch_waits_for_nobody(
    handle: RandomAccess, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_warming = threading.Event()

    def warm_for_ever(_folder: Path, _loaded: object, goes_on: Callable[[], bool]) -> int:
        is_warming.set()
        while goes_on():
            time.sleep(0.001)
        raise GivenUpError

    monkeypatch.setattr(handle_module, "warm", warm_for_ever)
    serve(2)
    asked_until(handle, is_warming.is_set)
    assert handle.get(1)["seen_in"] == 1
    handle.close()
    assert "switch-board_ranks" not in {thread.name for thread in threading.enumerate()}
