"""What a load holds at once, counted in bytes of Arrow and in looks: it doesn't grow with a part, or with all parts."""

import pyarrow as pa
import pytest

from storage_tiers.random_access import RandomAccess, RandomAccessTier, keys, loading
from storage_tiers.random_access.environments import SharedEnvironment
from storage_tiers.random_access.keys import MAX_KEY_BYTES, encode_keys, in_order_of_keys, part_in_order_of_keys
from storage_tiers.random_access.runs import RunWriter
from storage_tiers.random_access.values import value_layout
from storage_tiers.redis_server.loading.part_rows import PartRows

AT_ONCE = 4_096


@pytest.fixture
def ranks(tmp_path, publish):
    """Publish so many rows as one part."""

    def publish_ranks(n_rows):
        rows = pa.table({"board_id": range(n_rows), "name": [f"board {board}" for board in range(n_rows)]})
        return publish(tmp_path / str(n_rows), rows, "board_ranks", n_parts=1)

    return publish_ranks


@pytest.fixture
def most_held(monkeypatch):
    """Return what tells the most bytes of Arrow that were alive at once while rows were encoded."""

    def watch(work):
        before, held = pa.total_allocated_bytes(), []

        def encode(*given):
            held.append(pa.total_allocated_bytes() - before)
            return encode_keys(*given)

        for place in ("random_access.runs", "redis_server.loading.part_rows"):
            monkeypatch.setattr(f"storage_tiers.{place}.encode_keys", encode)
        work()
        return max(held)

    return watch


def written_as_run(dataset):
    RunWriter(dataset.reader(), value_layout(dataset.schema, "board_id", "full"), dataset.place.root)(0)


def sent_to_redis(dataset):
    for _ in PartRows(dataset.reader(), value_layout(dataset.schema, "board_id", "full")).blocks(0):
        pass


@pytest.mark.parametrize("work", [written_as_run, sent_to_redis])
def test_a_part_of_many_rows_holds_no_more_than_one_of_few(ranks, most_held, work):
    small, large = ranks(4 * AT_ONCE), ranks(40 * AT_ONCE)
    a_few_bytes = most_held(lambda: work(small))
    assert most_held(lambda: work(large)) < 1.5 * a_few_bytes
    assert a_few_bytes < large.reader()(0).nbytes / 4


def test_rows_come_so_many_at_a_time_and_are_those_of_the_part(ranks):
    dataset = ranks(2 * AT_ONCE + 7)
    tables = [*part_in_order_of_keys(dataset.reader(), 0, "board_id", AT_ONCE)]
    assert [rows.num_rows for rows in tables] == [AT_ONCE, AT_ONCE, 7]
    assert {column.num_chunks for rows in tables for column in rows.columns} == {1}
    assert pa.concat_tables(tables).combine_chunks().equals(dataset.reader()(0))


def test_a_part_without_rows_is_one_table_without_rows(tmp_path, publish):
    dataset = publish(tmp_path, pa.table({"board_id": [7], "name": ["attic"]}), n_parts=2)
    numbers = [part.number for part in dataset.parts if not part.n_rows]
    tables = [*part_in_order_of_keys(dataset.reader(), numbers[0], "board_id", AT_ONCE)]
    assert [(rows.num_rows, rows.column_names) for rows in tables] == [(0, ["board_id", "name"])]


@pytest.mark.parametrize("n_bytes", [MAX_KEY_BYTES, MAX_KEY_BYTES + 1])
def test_keys_ascend_over_all_batches_though_long_ones_are_shortened(tmp_path, publish, n_bytes):
    links = [f"{number:03d}".rjust(n_bytes, "x") for number in range(50)]
    dataset = publish(tmp_path, pa.table({"link": links}), "links", key="link", n_parts=1)
    tables = [*part_in_order_of_keys(dataset.reader(), 0, "link", 8)]
    encoded = [key for rows in tables for key in keys.encode_keys(rows["link"].combine_chunks(), "link")]
    assert encoded == sorted(encoded)
    assert [rows.num_rows for rows in tables] == [8] * 6 + [2]
    assert pa.concat_tables(tables).equals(in_order_of_keys(dataset.reader()(0), "link"))


def test_an_environment_is_left_after_some_looks_so_that_few_pages_stay_mapped(ranks, monkeypatch):
    opened = []

    class Counted(SharedEnvironment):
        def __init__(self, folder):
            super().__init__(folder)
            opened.append(0)

        def get(self, key):
            opened[-1] += 1
            return super().get(key)

    monkeypatch.setattr(loading, "SharedEnvironment", Counted)
    monkeypatch.setattr(loading, "_LOOKED_UP_AT_ONCE", 25)
    dataset = ranks(640)
    RandomAccessTier(dataset.place.root).serve(dataset)
    assert opened == [25, 25, 14]
    with RandomAccess(dataset.place.root, "board_ranks") as reader:
        assert reader.get(77) == {"board_id": 77, "name": "board 77"}
