"""Boards of one owner: specialists are witnesses, a careless owner's copies are one, and no owner changes nothing."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features import correct_categories
from features.categories.category_pass import CategoryPass
from features.categories.evidence.board_sketches import board_sketches, picture_hashes
from features.categories.evidence.shown_pictures import shown_pictures
from joins.arrow.groups import Ints
from joins.arrow.hashing import partition_of
from joins.engine.local import LocalEngine
from joins.engine.step import PartitionStep, split_by_hash

N_CATEGORIES = 8


def boards_of(labels: Ints, owners: Ints | None = None) -> pa.Table:
    columns = {"board_id": np.arange(len(labels)), "category": [f"c{label}" for label in labels]}
    return pa.table(columns if owners is None else {**columns, "user_id": owners})


def right_after(pins: pa.Table, boards: pa.Table, truth: Ints) -> np.ndarray:
    found = correct_categories(pins, boards)["category"].to_pylist()
    return np.array([int(name[1:]) for name in found]) == truth


def noisy(truth: Ints, share: float, rng: np.random.Generator) -> Ints:
    wrong = rng.random(len(truth)) < share
    return np.where(wrong, (truth + rng.integers(1, N_CATEGORIES, len(truth))) % N_CATEGORIES, truth)


def specialists() -> tuple[pa.Table, Ints, Ints]:
    """Owners who file nearly all boards under one category, half of their pins from a few favourites."""
    rng, n_pins = np.random.default_rng(1), 6
    owner = np.repeat(np.arange(100), 30)
    own_category = rng.integers(0, N_CATEGORIES, 100)
    truth = np.where(rng.random(len(owner)) < 0.9, own_category[owner], rng.integers(0, N_CATEGORIES, len(owner)))
    shows = rng.integers(0, N_CATEGORIES, 4000)
    favourites = {(o, c): rng.choice(np.flatnonzero(shows == c), 20) for o in range(100) for c in range(N_CATEGORIES)}
    pictures = np.concatenate(
        [
            np.where(rng.random(n_pins) < 0.5, rng.choice(favourites[o, c], n_pins), rng.integers(0, 4000, n_pins))
            for o, c in zip(owner, truth, strict=True)
        ]
    )
    return pa.table({"board_id": np.repeat(np.arange(len(owner)), n_pins), "image_signature": pictures}), owner, truth


def pasted(in_one_go: bool) -> tuple[pa.Table, Ints, Ints, Ints]:
    """Boards of five pictures; 150 of them are pasted ten times by their owner, with one label or one by one."""
    rng, n_boards = np.random.default_rng(2), 3000
    truth, shown = rng.integers(0, N_CATEGORIES, n_boards), rng.integers(0, N_CATEGORIES, 3000)
    of = [np.flatnonzero(shown == category) for category in range(N_CATEGORIES)]
    pictures = np.stack([np.where(rng.random(5) < 0.8, rng.choice(of[c], 5), rng.integers(0, 3000, 5)) for c in truth])
    labels = noisy(truth, 0.3, rng)
    source = np.append(np.arange(n_boards), np.repeat(rng.choice(n_boards, 150, replace=False), 10))
    label = labels[source] if in_one_go else noisy(truth[source], 0.3, rng)
    pins = pa.table({"board_id": np.repeat(np.arange(len(source)), 5), "image_signature": pictures[source].ravel()})
    return pins, source, truth[source], label


@pytest.mark.parametrize(("share", "at_least"), [(0.0, 0.995), (0.1, 0.94), (0.3, 0.83)])
def test_specialists_are_witnesses_of_their_own(share: float, at_least: float) -> None:
    pins, owner, truth = specialists()
    labels = noisy(truth, share, np.random.default_rng(3))
    told = right_after(pins, boards_of(labels, owner), truth).mean()
    untold = right_after(pins, boards_of(labels), truth).mean()
    assert told >= at_least
    assert told >= untold - 0.005


def test_a_careless_owner_who_pastes_a_board_ten_times_does_not_confirm_himself() -> None:
    pins, owner, truth, labels = pasted(in_one_go=True)
    copies = np.bincount(owner)[owner] > 1
    wrong = copies & (labels != truth)
    told = right_after(pins, boards_of(labels, owner), truth)
    untold = right_after(pins, boards_of(labels), truth)
    assert told[wrong].mean() > 0.6
    assert untold[wrong].mean() < 0.05
    assert told[copies & ~wrong].mean() > 0.98


def test_copies_that_were_filed_one_by_one_are_witnesses() -> None:
    pins, owner, truth, labels = pasted(in_one_go=False)
    copies = np.bincount(owner)[owner] > 1
    told = right_after(pins, boards_of(labels, owner), truth)
    untold = right_after(pins, boards_of(labels), truth)
    assert told[copies].mean() >= untold[copies].mean() - 0.005
    assert told.mean() >= untold.mean() - 0.005


def test_a_near_copy_is_a_copy() -> None:
    # each copy has one picture more that nobody else shows
    pins, owner, truth, labels = pasted(in_one_go=True)
    more = {"board_id": np.arange(len(owner)), "image_signature": 10_000 + np.arange(len(owner))}
    wrong = (np.bincount(owner)[owner] > 1) & (labels != truth)
    told = right_after(pa.concat_tables([pins, pa.table(more)]), boards_of(labels, owner), truth)
    assert told[wrong].mean() > 0.45


def steps_of(pins: pa.Table, boards: pa.Table, n_parts: int) -> tuple[pa.Table, list[str]]:
    """Correct by steps of an engine; return the rows and the names of the steps."""
    names: list[str] = []
    of_pins = list(split_by_hash(pins, "image_signature", n_parts, partition_of))
    of_boards = list(split_by_hash(boards, "board_id", n_parts, partition_of)).__getitem__
    with tempfile.TemporaryDirectory() as folder:

        def run(what: str, step: PartitionStep[Any]) -> list[Any]:
            names.append(what)
            return LocalEngine(Path(folder)).run(step)

        made = CategoryPass(run, n_parts, of_pins.__getitem__, of_boards, of_boards, 0.55, Path(folder)).first()
        rows = pa.concat_tables([made.rows(number) for number in range(n_parts)]).sort_by("board_id")
        return rows.combine_chunks(), names


@pytest.mark.parametrize("n_parts", [1, 3, 7])
@pytest.mark.parametrize("in_one_go", [True, False])
def test_owners_with_copies_give_the_same_rows_in_any_number_of_partitions(n_parts: int, in_one_go: bool) -> None:
    pins, owner, _, labels = pasted(in_one_go=in_one_go)
    boards = boards_of(labels, owner)
    rows, names = steps_of(pins, boards, n_parts)
    assert rows.equals(correct_categories(pins, boards).replace_schema_metadata())
    assert names == ["board sketches", "category evidence", "category decisions"]


def test_where_no_owner_has_two_boards_owners_change_nothing_and_cost_no_step() -> None:
    pins, _, _, labels = pasted(in_one_go=True)
    without = correct_categories(pins, boards_of(labels))
    assert correct_categories(pins, boards_of(labels, np.arange(len(labels)))).equals(without, check_metadata=True)
    assert steps_of(pins, boards_of(labels), 2)[1] == steps_of(pins, boards_of(labels, np.arange(len(labels))), 2)[1]
    assert "board sketches" not in steps_of(pins, boards_of(labels), 2)[1]


def test_sketches_are_the_same_in_any_order_and_from_any_shards() -> None:
    rng = np.random.default_rng(4)
    pins = pa.table({"board_id": rng.integers(0, 20, 500), "image_signature": rng.integers(0, 60, 500)})
    boards = np.arange(0, 20, 2)
    whole = board_sketches(picture_hashes(shown_pictures(pins), boards))
    shards = split_by_hash(pins.take(pa.array(rng.permutation(500))), "image_signature", 3, partition_of)
    hashes = [picture_hashes(shown_pictures(shard), boards) for shard in shards]
    assert board_sketches(pa.concat_tables(hashes)).equals(whole)
    distinct = {(b, i) for b, i in zip(*(pins[name].to_pylist() for name in pins.column_names), strict=True)}
    counted = [sum(1 for b, _ in distinct if b == board) for board in boards]
    assert whole["n_pictures"].to_pylist() == counted
