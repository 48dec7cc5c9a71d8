"""Tables that tasks leave for each other in a store: fetched once, mapped from this machine, gone when they are old."""

import os
import pickle
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pytest

from joins.engine.kept_tables import KeptByName, KeptTables, n_kept
from joins.engine.places import fetched_into, forget_fetched, mapped_table, put_table
from joins.engine.step import share

TABLE = pa.table({"board_id": [4, 7]})


@dataclass(frozen=True)
class CountingStore:
    """A place in a store that is a folder, and counts what was fetched."""

    path: Path
    fetched: list[str] = field(default_factory=list, compare=False)

    @property
    def name(self) -> str:
        return self.path.name

    def __str__(self) -> str:
        return f"counted://{self.path}"

    def __truediv__(self, name: str) -> "CountingStore":
        return CountingStore(self.path / name, self.fetched)

    def put_file(self, path: Path) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, self.path)

    def fetch_file(self, path: Path) -> None:
        self.fetched.append(self.name)
        shutil.copyfile(self.path, path)

    def unlink(self, *, missing_ok: bool = False) -> None:
        self.path.unlink(missing_ok=missing_ok)


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARK_LOCAL_DIRS", f"{tmp_path},/nowhere")
    (tmp_path / "store").mkdir()
    yield CountingStore(tmp_path / "store")
    forget_fetched()


def test_a_table_is_fetched_once_whoever_asks(store):
    place = store / "boards.arrow"
    put_table(TABLE, place)
    asking = [threading.Thread(target=lambda: mapped_table(place)) for _ in range(4)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert mapped_table(place).equals(TABLE)
    assert store.fetched == ["boards.arrow"]


def test_what_was_fetched_for_other_steps_is_removed_and_mapped_tables_stay_readable(store, tmp_path):
    put_table(TABLE, store / "boards.arrow")
    forget_fetched("step-1")
    mapped = mapped_table(store / "boards.arrow")
    assert len(list(tmp_path.glob("interest-graph-fetched/step-1/*.arrow"))) == 1
    forget_fetched("step-2")
    assert not list(tmp_path.glob("interest-graph-fetched/step-1"))
    assert mapped.equals(TABLE)
    assert mapped_table(store / "boards.arrow").equals(TABLE)
    assert store.fetched == ["boards.arrow"] * 2


def test_kept_and_shared_tables_lie_in_a_store_as_in_a_folder(store, tmp_path):
    for folder in (store, tmp_path):
        kept = KeptTables(folder / "kept")
        assert kept(3, (TABLE, "counted")) == "counted"
        assert kept.read(3).equals(TABLE)
        assert share(TABLE, folder / "shared.arrow", len)(0) == 2
    assert sorted(store.fetched) == ["kept-00003.arrow", "shared.arrow"]


@pytest.mark.parametrize(
    ("n_rows", "shards"), [((5, 0, 2), [[0, 1], [2, 3], [4], [0, 1]]), ((2,), [[0, 1]]), ((0, 0), [[]]), ((), [[]])]
)
def test_kept_tables_are_cut_into_shards_of_so_many_rows(tmp_path, n_rows, shards):
    numbers = pa.table({"number": range(9)})
    kept = KeptByName(tmp_path / "kept")
    found = [kept(place, ({"numbers": numbers.slice(0, n)}, None)) for place, n in enumerate(n_rows)]
    runs = kept.runs("numbers", found, numbers.schema, 2)
    assert [runs(shard)["number"].to_pylist() for shard in range(len(runs))] == shards
    assert n_kept("numbers", found) == sum(n_rows)


def test_a_task_that_runs_twice_leaves_what_the_attempt_that_counts_has_returned(tmp_path):
    numbers = pa.table({"number": range(3)})
    kept = KeptByName(tmp_path / "kept")
    counts = kept(0, ({"known": numbers}, None))
    kept(0, ({"known": numbers.slice(0, 1), "new": numbers.slice(1)}, None))  # it found other things
    (known, new) = (kept.shards(name, [counts], numbers.schema) for name in ("known", "new"))
    assert known(0).equals(numbers)
    assert new(0).num_rows == 0


def test_without_a_disk_of_a_cluster_a_process_has_a_folder_of_its_own(store, monkeypatch, tmp_path):
    monkeypatch.delenv("SPARK_LOCAL_DIRS")
    put_table(TABLE, store / "boards.arrow")
    assert mapped_table(store / "boards.arrow").equals(TABLE)
    assert not (tmp_path / "interest-graph-fetched").exists()


def test_what_is_fetched_within_a_block_goes_into_its_folder(store, tmp_path):
    put_table(TABLE, store / "boards.arrow")
    (tmp_path / "scratch").mkdir()
    with fetched_into(tmp_path / "scratch"):
        mapped = mapped_table(store / "boards.arrow")
    assert len(list((tmp_path / "scratch").rglob("*.arrow"))) == 1
    shutil.rmtree(tmp_path / "scratch")
    assert mapped.equals(TABLE)
    assert mapped_table(store / "boards.arrow").equals(TABLE)
    assert store.fetched == ["boards.arrow"] * 2


def test_a_table_in_a_folder_may_be_read_by_whom_the_umask_lets(tmp_path):
    before = os.umask(0o027)
    try:
        put_table(TABLE, tmp_path / "boards.arrow")
    finally:
        os.umask(before)
    assert [path.name for path in tmp_path.iterdir()] == ["boards.arrow"]
    assert (tmp_path / "boards.arrow").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("sink", [KeptTables, KeptByName])
@pytest.mark.parametrize("removed", ["scratch", "scratch/kept"])
def test_a_task_that_goes_on_never_brings_a_removed_folder_back(tmp_path, sink, removed):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    sent = pickle.dumps(sink(scratch / "kept"))
    left = TABLE if sink is KeptTables else {"boards": TABLE}
    pickle.loads(sent)(0, (left, None))  # noqa: S301 - our own bytes
    shutil.rmtree(tmp_path / removed)
    with pytest.raises(FileNotFoundError):
        pickle.loads(sent)(1, (left, None))  # noqa: S301 - as above
    assert [path.name for path in tmp_path.rglob("*")] == ([] if removed == "scratch" else ["scratch"])


def test_nor_does_who_shares_a_table_or_begins_a_step(tmp_path):
    with pytest.raises(FileNotFoundError):
        share(TABLE, tmp_path / "scratch" / "boards.arrow")
    with pytest.raises(FileNotFoundError):
        KeptTables(tmp_path / "scratch" / "kept")
    assert list(tmp_path.iterdir()) == []
