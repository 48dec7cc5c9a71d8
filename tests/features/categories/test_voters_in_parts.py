"""Voters in partitions: the same bytes as with all voters at hand, and little comes home, however many boards."""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.categories import category_pass
from features.categories.casting.all_voters import WholeVoters
from features.categories.casting.chosen_boards import (
    ALL_HASHES,
    ChosenBoards,
    HashedBoards,
    hashed_boards,
    likely_last_hash,
    n_labelled_of_folds,
    smallest_hashes,
)
from features.categories.casting.owner_folds import N_FOLDS
from features.categories.casting.voters_in_parts import owner_keys
from features.categories.category_pass import CategoryPass
from features.categories.correct import correct_categories
from features.categories.evidence.voters import owner_voters
from features.categories.fitting.category_fit import category_fit, fit_metadata
from features.categories.labelled_boards import BoardCategoriesError, labelled_boards
from features.categories.pass_trial import PassTrial
from features.categories.passes import PassResult
from joins.arrow.hashing import partition_of
from joins.engine.kept_tables import KeptTables
from joins.engine.local import LocalEngine
from joins.engine.mrjob.engine import MRJobEngine
from joins.engine.shuffled_joins.referred_rows import PARTITION, References, RowsAtPlaces, ShardItself, row_places
from joins.engine.step import Engine, PartitionInput, split_by_hash

# boards 0 to 9 have a row and may show pictures; 10 to 12 have a row alone; -1 and -2 are known from their pins alone
PINS = st.lists(st.tuples(st.integers(-2, 9), st.sampled_from("abcdefgh")), max_size=60)
LABELS = st.lists(st.none() | st.sampled_from(["art", "food", "garden"]), min_size=13, max_size=13)
OWNERS = st.one_of(
    st.none(),
    st.lists(st.none() | st.integers(0, 4), min_size=13, max_size=13),
    st.lists(st.none() | st.sampled_from(["Ann", "Ben", ""]), min_size=13, max_size=13),
    st.lists(st.sampled_from([1.0, 2.5, float("nan")]), min_size=13, max_size=13),
    st.lists(st.none() | st.booleans(), min_size=13, max_size=13),
)


def kept(folder: Path, table: pa.Table, key: str, n_parts: int) -> PartitionInput:
    """Lay a table in partitions where every worker sees it."""
    tables = KeptTables(folder / f"{key}-{len(list(folder.iterdir()))}")
    for number, rows in enumerate(split_by_hash(table, key, n_parts, partition_of)):
        tables(number, (rows, None))
    return tables.read


def corrected(
    engine: Callable[[Path], Engine],
    pins: pa.Table,
    boards: pa.Table,
    n_parts: int,
    before: pa.Table | None = None,
    steps: list[str] | None = None,
) -> pa.Table:
    """Make a pass with voters in partitions."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patched:
        patched.setattr(category_pass, "WholeVoters", None)
        folder = Path(name)

        def run(what: str, step: Any) -> list[Any]:
            (steps if steps is not None else []).append(what)
            return engine(folder).run(step)

        labels = kept(folder, boards, "board_id", n_parts)
        rows = labels if before is None else kept(folder, before, "board_id", n_parts)
        pictures = kept(folder, pins, "image_signature", n_parts)
        made = CategoryPass(run, n_parts, pictures, rows, labels, 0.55, folder, in_parts=True)
        found = made.first() if before is None else made.following(PassResult(rows, category_fit(before), {}), rows)
        table = pa.concat_tables([found.rows(number) for number in range(n_parts)]).sort_by("board_id")
        return table.combine_chunks().replace_schema_metadata(fit_metadata(found.fit))


def in_threads(folder: Path) -> Engine:
    return LocalEngine(folder, 2)


@settings(max_examples=20, deadline=None)
@given(pins=PINS, labels=LABELS, owners=OWNERS, n_parts=st.integers(1, 4), is_kept=st.booleans())
def test_any_boards_and_owners_of_any_type_give_the_same_bytes(
    pins: list[tuple[int, str]], labels: list[str | None], owners: list[object] | None, n_parts: int, is_kept: bool
) -> None:
    boards = pa.table({"board_id": range(13), "category": pa.array(labels, pa.string())})
    if owners is not None:
        boards = boards.append_column("user_id", pa.array(owners))
    ids, pictures = pa.array([b for b, _ in pins], pa.int64()), pa.array([p for _, p in pins], pa.string())
    images = pa.table({"board_id": ids, "image_signature": pictures})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(PassTrial, "proves", is_kept)
        first = correct_categories(images, boards)
        assert corrected(in_threads, images, boards, n_parts).equals(first, check_metadata=True)
        second = correct_categories(images, boards, previous=first)
        assert corrected(in_threads, images, boards, n_parts, first).equals(second, check_metadata=True)


def planted(n_boards: int = 900) -> tuple[pa.Table, pa.Table]:
    """Boards of six categories, three in ten labels wrong, three boards an owner."""
    draw = np.random.default_rng(5)
    truth, board = draw.integers(0, 6, n_boards), np.repeat(np.arange(n_boards), 4)
    of = np.where(draw.random(len(board)) < 0.8, truth[board], draw.integers(0, 6, len(board)))
    label = np.where(draw.random(n_boards) < 0.3, draw.integers(0, 6, n_boards), truth)
    picture = pa.array(draw.integers(0, n_boards // 6, len(board)) * 6 + of).cast(pa.string())
    columns = {"board_id": range(n_boards), "category": [f"c{code}" for code in label]}
    owners = pa.array(draw.integers(0, n_boards // 3, n_boards))
    return pa.table({"board_id": board, "image_signature": picture}), pa.table({**columns, "user_id": owners})


@pytest.mark.slow
def test_two_passes_by_mrjob_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PassTrial, "proves", True)
    pins, boards = planted(300)
    by_mrjob = partial(MRJobEngine, runner="inline")
    first = correct_categories(pins, boards)
    assert corrected(by_mrjob, pins, boards, 2).equals(first, check_metadata=True)
    second = correct_categories(pins, boards, previous=first)
    assert corrected(by_mrjob, pins, boards, 2, first).equals(second, check_metadata=True)


@pytest.mark.slow
def test_a_pass_by_processes_of_mrjob_gives_the_same_bytes() -> None:
    pins, boards = planted(300)
    made = corrected(partial(MRJobEngine, runner="local"), pins, boards, 2)
    assert made.equals(correct_categories(pins, boards), check_metadata=True)


def test_what_is_not_needed_costs_no_step() -> None:
    pins, boards = planted(60)
    of_owners: list[str] = []
    without: list[str] = []
    corrected(in_threads, pins, boards, 2, steps=of_owners)
    corrected(in_threads, pins, boards.drop_columns(["user_id"]), 2, steps=without)
    sketching = ["board sketches", "sketches on pictures"]
    made = ["category labels", "voters", "voters on pictures"]
    decided = ["category evidence", "category decisions"]
    assert of_owners == made + sketching + decided
    assert without == made + decided


def test_a_board_in_two_rows_and_too_many_categories_are_refused() -> None:
    pins, boards = planted(20)
    with pytest.raises(BoardCategoriesError, match="1 of 20 boards have more than one row"):
        corrected(in_threads, pins, pa.concat_tables([boards, boards.slice(3, 1)]), 1)
    ids = np.arange(1001)
    many = pa.table({"board_id": ids, "category": [f"c{number}" for number in ids]})
    with pytest.raises(BoardCategoriesError, match="1,001 distinct categories"):
        corrected(in_threads, pins, many, 3)


class FewAtHand:
    """Voters of whom a few are at hand at first; the others cost a step, which is counted."""

    def __init__(self, votes: pa.Table, at_hand: int) -> None:
        self.votes, self.at_hand, self.n_steps = votes, at_hand, 0
        self.n_labelled = n_labelled_of_folds(votes)

    def hashed(self, last_hash: int) -> HashedBoards:
        self.n_steps += last_hash > self.at_hand
        return hashed_boards(self.votes, max(last_hash, self.at_hand))


@pytest.mark.parametrize("n_folds", [1, N_FOLDS])
@pytest.mark.parametrize("at_hand", [0, 2**40, 2**63, ALL_HASHES])
def test_boards_with_the_smallest_hashes_are_found_whatever_is_at_hand(at_hand: int, n_folds: int) -> None:
    boards = planted(400)[1]
    votes = owner_voters(labelled_boards(boards), boards)
    whole = smallest_hashes(WholeVoters(votes), 50, n_folds)
    voters = FewAtHand(votes, at_hand)
    found = smallest_hashes(voters, 50, n_folds)
    assert found.hashes.tolist() == whole.hashes.tolist() == sorted(whole.hashes.tolist())
    assert len(found.hashes) == ChosenBoards(found.last_hash, n_folds).of(votes).sum() == 50
    assert (voters.n_steps == 0) == (at_hand >= 2**63)


def test_what_comes_home_to_fit_on_does_not_grow_with_the_boards() -> None:
    at_home = [n * likely_last_hash(n, 8000) / ALL_HASHES for n in (10**5, 10**7, 10**9)]
    assert max(at_home) < 35_000
    assert likely_last_hash(30_000, 8000) == ALL_HASHES


def test_equal_owners_have_equal_keys_in_any_partition() -> None:
    for values in ([3, 5, 3], ["Ann", "Ben", "Ann"], [0.5, 1.5, 0.5], [b"\xff", b"a", b"\xff"], [True, False, True]):
        column = pa.chunked_array([values])
        keys = owner_keys(column)
        assert keys[0] == keys[2] != keys[1]
        assert owner_keys(column.slice(2)).tolist() == [keys[2]]
        assert (owner_keys(pa.chunked_array([pa.array(values).dictionary_encode()])) == keys).all()


@given(referred=st.lists(st.sets(st.integers(0, 20)), min_size=1, max_size=4), known=st.sets(st.integers(0, 20)))
def test_each_shard_gets_the_rows_that_it_refers_to_and_no_others(referred: list[set[int]], known: set[int]) -> None:
    rows = pa.table({"key": np.array(sorted(known), np.int64)})
    shards = [pa.table({"board_id": np.array(sorted(keys), np.int64)}) for keys in referred]
    refers = References(shards.__getitem__, len(shards), "board_id", ShardItself())
    pairs = pa.concat_tables(map(refers, range(len(shards))))
    brought = RowsAtPlaces(lambda _: rows, lambda _: row_places(rows["key"], pairs))(0)
    for shard, wanted in enumerate(referred):
        of_shard = brought.filter(pa.compute.equal(brought[PARTITION], shard))
        assert of_shard["key"].to_pylist() == sorted(wanted & known)
