"""Rows that partitions look up by a shuffle: those of the whole table that they refer to, and no others."""

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.board_influence import board_influence, category_columns
from joins.arrow.hashing import partition_of
from joins.engine.kept_tables import KeptByName
from joins.engine.local import LocalEngine
from joins.engine.mrjob.engine import MRJobEngine
from joins.engine.shuffled_joins.lookups import AsIfWhole, Lookup, lookup_step, rows_by_partition
from joins.engine.shuffled_joins.referred_rows import ByHash, References, ShardItself
from joins.engine.step import PartitionStep, hand_over, split_by_hash
from joins.errors import TablesDisagreeError
from joins.small_structs import board_dimension

NUMBERS, TEXTS = st.integers(-(2**63), 2**63 - 1), st.text(max_size=3)
N_LOOKED_UP = 3  # parts of the table


class Parts:
    """Reads tables that lie in memory, by number; picklable."""

    def __init__(self, tables):
        self.tables = tables

    def __call__(self, number):
        return self.tables[number]


class Seen:
    """Returns what a partition sees of a table that was looked up."""

    def __call__(self, boards, **_others):
        return boards.to_pylist()


def _in_parts(table, key):
    return Parts([rows.combine_chunks() for rows in split_by_hash(table, key, N_LOOKED_UP, partition_of)])


def looked_up(engine, folder, boards, aligned, shuffled, prepare=None, build=None):
    """Return what partitions are built of boards; `shuffled` pairs of pin and board go by the hash of the pin."""
    n_parts = len(aligned)
    pins = [
        pa.table(
            {
                "pin": pa.array([p for p, _ in shard], pa.int64()),
                "board": _texts_or_numbers(boards, [b for _, b in shard]),
            }
        )
        for shard in shuffled
    ]
    direct = [pa.table({"board": _texts_or_numbers(boards, shard)}) for shard in aligned]
    by_hash = ByHash("pin", n_parts, partition_of)
    references = (
        References(Parts(pins), len(pins), "board", by_hash),
        References(Parts(direct), n_parts, "board", ShardItself()),
    )
    kept = KeptByName(folder / "kept")
    lookup = {"boards": Lookup(_in_parts(boards, "id"), "id", references)}
    found = engine.run(lookup_step(lookup, N_LOOKED_UP, kept, partition_of))
    step = PartitionStep(
        n_parts,
        {"direct": Parts(direct)},
        AsIfWhole(build or Seen(), {"boards": ("id", prepare)}),
        hand_over,
        {"boards": rows_by_partition(kept, "boards", found, boards.schema)},
        partition_of,
    )
    return engine.run(step)


def _texts_or_numbers(boards, keys):
    return pa.array(keys, boards["id"].type)


@st.composite
def cases(draw):
    """Draw keys of boards, and which of them, or of others, some shards refer to."""
    keys = draw(st.lists(draw(st.sampled_from([NUMBERS, TEXTS])), unique=True, max_size=8))
    kind = pa.string() if any(isinstance(key, str) for key in keys) else pa.int64()
    strange = st.none() | (TEXTS if kind == pa.string() else NUMBERS)
    referred = st.sampled_from(keys) | strange if keys else strange
    aligned = draw(st.lists(st.lists(referred, max_size=6), min_size=1, max_size=3))
    shuffled = draw(st.lists(st.lists(st.tuples(st.integers(0, 5), referred), max_size=6), min_size=1, max_size=3))
    return pa.table({"id": pa.array(keys, kind), "place": np.arange(len(keys))}), aligned, shuffled


@settings(max_examples=60, deadline=None)
@given(case=cases())
def test_a_partition_is_given_the_rows_that_it_refers_to_sorted_by_key(case):
    boards, aligned, shuffled = case
    n_parts = len(aligned)
    with tempfile.TemporaryDirectory() as folder:
        seen = looked_up(LocalEngine(Path(folder)), Path(folder), boards, aligned, shuffled)
    referred = [set(shard) for shard in aligned]
    for shard in shuffled:
        for pin, board in shard:
            referred[int(partition_of(pa.array([pin]), n_parts)[0])].add(board)
    rows = boards.sort_by("id").to_pylist()
    assert seen == [[row for row in rows if row["id"] in of] for of in referred]


@pytest.mark.parametrize("runner", ["inline", "local"])
def test_mrjob_looks_up_the_same_rows(runner, tmp_path):
    boards = pa.table({"id": [f"b{n}" for n in range(40)], "place": np.arange(40)})
    aligned = [["b1", "b7", "b1"], [], ["strange", None]]
    shuffled = [[(n, f"b{n % 50}") for n in range(90)], [], [(3, "b3")]]
    here = looked_up(LocalEngine(tmp_path), tmp_path, boards, aligned, shuffled)
    (tmp_path / "there").mkdir()
    assert here == looked_up(MRJobEngine(tmp_path, runner), tmp_path / "there", boards, aligned, shuffled)
    assert {row["id"] for rows in here for row in rows} == set(boards["id"].to_pylist())


def test_what_is_not_there_is_the_same_error_as_with_the_whole_table(tmp_path):
    boards = pa.table(
        {"id": [4, 7], "board_id": [4, 7], "n_pins": [1, 1], "category": ["art", None], "page_rank": [0.5, 0.5]}
    )

    def lists(boards, direct):
        ids = direct["board"].to_numpy()
        return boards.lists(np.zeros(len(ids), np.int64), ids, 1, "values of board_id on these pins")

    with pytest.raises(TablesDisagreeError, match=r"1 values of board_id on these pins are not among .*\(first: 9\)"):
        looked_up(LocalEngine(tmp_path), tmp_path, boards, [[4, 9]], [[]], board_dimension, lists)


VOTES = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from([0.1, 0.2, 0.3, 0.6])), max_size=3)


@settings(max_examples=100, deadline=None)
@given(votes=st.lists(VOTES, min_size=1, max_size=8), data=st.data())
def test_what_boards_pass_on_does_not_depend_on_the_other_boards(votes, data):
    kind = pa.list_(pa.struct([("category", pa.string()), ("probability", pa.float64())]))
    entries = [[{"category": name, "probability": share} for name, share in dict(one).items()] for one in votes]
    n = len(votes)
    features = pa.table(
        {
            "board_id": np.arange(n) * 10,
            "page_rank": data.draw(st.lists(st.sampled_from([0.1, 0.25, 1 / 3]), min_size=n, max_size=n)),
            "n_pins": data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)),
            "categories": pa.array(entries, kind),
        }
    )
    pinned = data.draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, n - 1)), max_size=12).map(sorted))
    group, board = (np.array([pair[place] for pair in dict.fromkeys(pinned)], np.int64) for place in (0, 1))
    others = set(data.draw(st.lists(st.integers(0, n - 1))))

    def passed_on(rows):
        influence = board_influence(features.take(pa.array(rows, pa.int64())))
        at = influence.rows_of(pa.chunked_array([board * 10]))
        columns = category_columns(group, at, np.ones(len(at)), influence.votes, 3)
        numbers = [influence.importance_of_a_pin[at].tolist(), influence.importance_if_empty[at].tolist()]
        return [pa.array(column).to_pylist() for column in columns], numbers

    assert passed_on(sorted({*board.tolist(), *others})) == passed_on(range(n))
