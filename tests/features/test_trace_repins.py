"""Repin chains: where a repin was saved from, and what becomes of parents that make no chain."""

from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.trace_repins import CHAIN_FIELDS, trace_repins

PINS = pa.schema(
    [
        pa.field("pin_id", pa.int64()),
        pa.field("image_signature", pa.string()),
        pa.field("board_id", pa.int64()),
        pa.field("user_id", pa.int64()),
        pa.field("parent_pin_id", pa.int64()),
    ]
)
Parents = dict[int, int | None]


def _pins(parents: Parents, pictures: dict[int, str] | None = None) -> pa.Table:
    """Return pins of one picture unless told; pin 7 is on board 70, by user 700."""
    shown = pictures or {}
    rows = [
        {
            "pin_id": pin,
            "image_signature": shown.get(pin, "aa"),
            "board_id": 10 * (pin % 1000),
            "user_id": 100 * (pin % 1000),
            "parent_pin_id": parent,
        }
        for pin, parent in parents.items()
    ]
    return pa.Table.from_pylist(rows, PINS)


def _traced(parents: Parents, pictures: dict[int, str] | None = None) -> dict[int, tuple[str | None, int, int]]:
    """Return status, root and depth of each pin."""
    pins = _pins(parents, pictures)
    rows = trace_repins(pins, np.sort(pins["pin_id"].to_numpy())).to_pylist()
    return {row["pin_id"]: (row["parent_status"], row["root_pin_id"], row["depth"]) for row in rows}


def test_an_original_pin_is_its_own_root() -> None:
    assert _traced({5: None}) == {5: (None, 5, 0)}


def test_depth_counts_the_repins_back_to_the_root() -> None:
    assert _traced({4: 3, 1: None, 3: 2, 2: 1, 9: 1}) == {
        1: (None, 1, 0),
        2: ("repin", 1, 1),
        3: ("repin", 1, 2),
        4: ("repin", 1, 3),
        9: ("repin", 1, 1),
    }


def test_a_repin_tells_board_and_user_of_its_parent() -> None:
    original, repin = trace_repins(_pins({1: None, 2: 1}), np.array([1, 2])).to_pylist()
    assert (repin["parent_board_id"], repin["parent_user_id"]) == (10, 100)
    assert (original["parent_board_id"], original["parent_user_id"]) == (None, None)


def test_a_parent_that_nobody_accepted_is_missing() -> None:
    assert _traced({2: 1, 3: 2}) == {2: ("missing", 2, 0), 3: ("repin", 2, 1)}


def test_a_parent_may_have_any_id() -> None:
    largest = 2**63 - 1
    assert _traced({-5: None, 0: -5, largest: 0}) == {
        -5: (None, -5, 0),
        0: ("repin", -5, 1),
        largest: ("repin", -5, 2),
    }


def test_a_parent_with_another_picture_is_no_edge() -> None:
    assert _traced({1: None, 2: 1, 3: 2}, {1: "aa", 2: "bb", 3: "bb"}) == {
        1: (None, 1, 0),
        2: ("other_picture", 2, 0),
        3: ("repin", 2, 1),
    }


def test_a_parent_whose_picture_lies_in_another_partition_is_told_from_a_missing_one() -> None:
    traced = trace_repins(_pins({2: 1, 3: 99}), np.array([1, 2, 3]))
    assert traced["parent_status"].to_pylist() == ["other_picture", "missing"]
    assert traced["parent_board_id"].null_count == 2


def test_a_pin_that_names_itself_is_a_root() -> None:
    assert _traced({1: 1, 2: 1}) == {1: ("self", 1, 0), 2: ("repin", 1, 1)}


@pytest.mark.parametrize("length", [2, 3, 4, 5, 7, 8, 9, 64, 100])
def test_a_cycle_is_cut_at_its_smallest_pin(length: int) -> None:
    parents: Parents = {pin: pin % length + 1 for pin in range(1, length + 1)}  # 1 -> 2 -> ... -> length -> 1
    traced = _traced(parents)
    assert traced.pop(1) == ("cycle", 1, 0)
    assert traced == {pin: ("repin", 1, length + 1 - pin) for pin in range(2, length + 1)}


def test_a_tail_that_hangs_on_a_cycle_keeps_its_edges() -> None:
    assert _traced({8: 9, 9: 8, 7: 9, 1: 7}) == {
        8: ("cycle", 8, 0),
        9: ("repin", 8, 1),
        7: ("repin", 8, 2),
        1: ("repin", 8, 3),
    }


def test_two_cycles_of_one_picture_are_cut_each() -> None:
    traced = _traced({1: 4, 4: 1, 2: 5, 5: 3, 3: 2})
    assert {pin: root for pin, (_, root, _) in traced.items()} == {1: 1, 4: 1, 2: 2, 5: 2, 3: 2}
    assert [pin for pin, (status, *_) in sorted(traced.items()) if status == "cycle"] == [1, 2]


def test_a_cycle_through_two_pictures_has_no_edge_at_all() -> None:
    assert _traced({1: 2, 2: 1}, {1: "aa", 2: "bb"}) == {1: ("other_picture", 1, 0), 2: ("other_picture", 2, 0)}


def test_a_chain_of_100_000_repins_is_followed_to_its_root() -> None:
    n_pins = 100_000
    ids = np.random.default_rng(1).permutation(n_pins)
    pins = pa.table(
        [ids, pa.repeat("aa", n_pins), ids, ids, pa.array(ids - 1, mask=ids == 0)],
        schema=PINS,
    )
    traced = trace_repins(pins, np.arange(n_pins))
    assert (traced["root_pin_id"].to_numpy() == 0).all()
    assert (traced["depth"].to_numpy() == ids).all()


@pytest.mark.parametrize("pins", [PINS.empty_table(), pa.Table.from_batches([], PINS)], ids=["no rows", "no chunks"])
def test_no_pins_have_no_chains(pins: pa.Table) -> None:
    traced = trace_repins(pins, np.empty(0, np.int64))
    assert traced.num_rows == 0
    assert traced.schema == pa.schema([*PINS, *CHAIN_FIELDS])


def test_rows_and_other_columns_stay_as_they_were() -> None:
    pins = pa.concat_tables([_pins({4: 3, 1: None}), _pins({3: 1})]).append_column("link", pa.array(["x", None, "y"]))
    traced = trace_repins(pins, np.array([1, 3, 4]))
    assert traced.select(pins.schema.names).equals(pins)
    assert traced["depth"].to_pylist() == [2, 0, 1]


SOME_PARENTS = st.dictionaries(st.integers(0, 14), st.none() | st.integers(0, 16), max_size=15)
SOME_PICTURES = st.lists(st.sampled_from(["aa", "bb"]), min_size=15, max_size=15)


@settings(max_examples=300, deadline=None)
@given(parents=SOME_PARENTS, shown=SOME_PICTURES)
def test_chains_are_those_found_by_walking_from_parent_to_parent(parents: Parents, shown: list[str]) -> None:
    pictures = dict(enumerate(shown))
    assert _traced(parents, pictures) == _walked(parents, pictures)


@settings(max_examples=50, deadline=None)
@given(parents=SOME_PARENTS, shown=SOME_PICTURES, random=st.randoms(use_true_random=False))
def test_the_order_of_the_pins_changes_nothing(parents: Parents, shown: list[str], random: Random) -> None:
    pictures = dict(enumerate(shown))
    shuffled = list(parents.items())
    random.shuffle(shuffled)
    assert _traced(dict(shuffled), pictures) == _traced(parents, pictures)


def _walked(parents: Parents, pictures: dict[int, str]) -> dict[int, tuple[str | None, int, int]]:
    status = {pin: _status(pin, parent, parents, pictures) for pin, parent in parents.items()}
    for start in parents:
        way = _way_up(start, parents, status)
        if way[-1] in way[:-1]:
            status[min(way[way.index(way[-1]) :])] = "cycle"
    ways = {pin: _way_up(pin, parents, status) for pin in parents}
    return {pin: (status[pin], way[-1], len(way) - 1) for pin, way in ways.items()}


def _way_up(pin: int, parents: Parents, status: dict[int, str | None]) -> list[int]:
    """Walk to the root, or until a pin comes for the second time."""
    way = [pin]
    while status[way[-1]] == "repin" and way[-1] not in way[:-1]:
        way += [parent for parent in [parents[way[-1]]] if parent is not None]
    return way


def _status(pin: int, parent: int | None, parents: Parents, pictures: dict[int, str]) -> str | None:
    if parent is None:
        return None
    if parent == pin:
        return "self"
    if parent not in parents:
        return "missing"
    return "repin" if pictures[parent] == pictures[pin] else "other_picture"
