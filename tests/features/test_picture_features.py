"""What is learned from all pins of a picture: counts, times, chains, category, importance."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from features.board_influence import MAX_CATEGORIES, board_influence
from features.pin_features import PIN_FEATURES, PIN_TRAITS, pin_features, pin_traits
from features.shared_columns import pinned_between
from joins.arrow.groups import groups_of_sorted
from joins.errors import FeatureError

FactsOf = Callable[..., pa.Table]
BOARDS = pa.schema(
    [
        pa.field("board_id", pa.int64()),
        pa.field("page_rank", pa.float64()),
        pa.field("n_pins", pa.int64()),
        pa.field(
            "categories",
            pa.list_(pa.struct([pa.field("category", pa.string()), pa.field("probability", pa.float32())])),
        ),
    ]
)


def _features(facts: pa.Table, boards: pa.Table, previous: pa.Table | None = None) -> pa.Table:
    return pin_features(facts, board_influence(boards), previous)


def _boards(*rows: tuple[int, float, int, dict[str, float] | None]) -> pa.Table:
    """Return boards of (board, page rank, number of pins, probability of each category)."""
    return pa.Table.from_pylist(
        [
            {
                "board_id": board_id,
                "page_rank": page_rank,
                "n_pins": n_pins,
                "categories": None
                if votes is None
                else [{"category": name, "probability": probability} for name, probability in votes.items()],
            }
            for board_id, page_rank, n_pins, votes in rows
        ],
        BOARDS,
    )


def _category(facts: pa.Table, boards: pa.Table) -> tuple[str | None, float | None, list[tuple[str, float]] | None]:
    """Return category, confidence and distribution of the one picture there is."""
    (row,) = _features(facts, boards).to_pylist()
    shares = row["categories"] and [(entry["category"], entry["share"]) for entry in row["categories"]]
    return row["category"], row["category_confidence"], shares


def test_a_picture_counts_its_pins_repins_boards_and_users(facts_of: FactsOf) -> None:
    facts = facts_of(
        {"pin_id": 1, "board_id": 10, "user_id": 5},
        {"pin_id": 2, "board_id": 10, "user_id": 6, "parent_pin_id": 1},
        {"pin_id": 3, "board_id": 20, "user_id": 6, "parent_pin_id": 2},
        {"pin_id": 4, "board_id": 20, "user_id": 6, "parent_pin_id": 99},
        {"pin_id": 5, "image_signature": "bb"},
    )
    traits = pin_traits(facts)
    assert traits.schema == PIN_TRAITS
    assert traits.select(["image_signature", "n_pins", "n_repins", "n_boards", "n_users"]).to_pylist() == [
        {"image_signature": "aa", "n_pins": 4, "n_repins": 2, "n_boards": 2, "n_users": 2},
        {"image_signature": "bb", "n_pins": 1, "n_repins": 0, "n_boards": 1, "n_users": 1},
    ]


def test_a_picture_was_pinned_between_the_first_and_the_last_time_told(facts_of: FactsOf) -> None:
    early, late = dt.datetime(1969, 7, 20, tzinfo=dt.UTC), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    facts = facts_of(
        {"pin_id": 1, "created_at": late},
        {"pin_id": 2},
        {"pin_id": 3, "created_at": early},
        {"pin_id": 4, "image_signature": "bb"},
    )
    told, untold = pin_traits(facts).select(["first_pinned_at", "last_pinned_at"]).to_pylist()
    assert told == {"first_pinned_at": early, "last_pinned_at": late}
    assert untold == {"first_pinned_at": None, "last_pinned_at": None}


def test_times_are_found_in_whatever_order_and_chunks_they_come() -> None:
    times = pa.chunked_array([[7, None], [], [3]]).cast(pa.timestamp("ms", tz="UTC"))
    first, last = pinned_between(times, np.array([1, 0, 1]), 3)
    assert first.cast(pa.int64()).to_pylist() == [None, 3, None]
    assert last.cast(pa.int64()).to_pylist() == [None, 7, None]


def test_chains_stand_by_size_then_root_and_single_pins_are_none(facts_of: FactsOf) -> None:
    parents = {1: None, 2: None, 3: 2, 4: None, 5: 4, 6: 5, 7: None, 8: 7}
    (row,) = pin_traits(
        facts_of(*[{"pin_id": pin, "parent_pin_id": parent} for pin, parent in parents.items()])
    ).to_pylist()
    assert row["canonical_pin_id"] == 4
    assert row["repin_chains"] == [
        {
            "root_pin_id": 4,
            "n_pins": 3,
            "depth": 2,
            "edges": [{"pin_id": 5, "parent_pin_id": 4}, {"pin_id": 6, "parent_pin_id": 5}],
        },
        {"root_pin_id": 2, "n_pins": 2, "depth": 1, "edges": [{"pin_id": 3, "parent_pin_id": 2}]},
        {"root_pin_id": 7, "n_pins": 2, "depth": 1, "edges": [{"pin_id": 8, "parent_pin_id": 7}]},
    ]


def test_chains_stay_with_their_picture(facts_of: FactsOf) -> None:
    facts = facts_of(
        {"pin_id": 9, "image_signature": "aa"},
        {"pin_id": 1, "image_signature": "bb"},
        {"pin_id": 5, "image_signature": "bb", "parent_pin_id": 1},
        {"pin_id": 2, "image_signature": "cc", "parent_pin_id": 3},
        {"pin_id": 3, "image_signature": "cc"},
    )
    traits = pin_traits(facts)
    assert traits["canonical_pin_id"].to_pylist() == [9, 1, 3]
    roots = [[chain["root_pin_id"] for chain in chains] for chains in traits["repin_chains"].to_pylist()]
    assert roots == [[], [1], [3]]


def test_the_cut_edge_of_a_cycle_is_in_no_chain(facts_of: FactsOf) -> None:
    (row,) = pin_traits(facts_of({"pin_id": 1, "parent_pin_id": 2}, {"pin_id": 2, "parent_pin_id": 1})).to_pylist()
    assert row["n_repins"] == 1
    assert row["repin_chains"] == [
        {"root_pin_id": 1, "n_pins": 2, "depth": 1, "edges": [{"pin_id": 2, "parent_pin_id": 1}]}
    ]


def test_a_board_spreads_its_importance_evenly_over_its_pins(facts_of: FactsOf) -> None:
    facts = facts_of(
        {"pin_id": 1, "board_id": 10, "image_signature": "aa"},
        {"pin_id": 2, "board_id": 10, "image_signature": "aa"},
        {"pin_id": 3, "board_id": 10, "image_signature": "bb"},
        {"pin_id": 4, "board_id": 20, "image_signature": "bb"},
    )
    boards = _boards((10, 0.375, 3, None), (20, 0.5, 1, None), (30, 0.125, 0, None))
    assert _features(facts, boards)["importance"].to_pylist() == [0.25, 0.625]


def test_every_board_votes_once_for_the_category_of_a_picture(facts_of: FactsOf) -> None:
    facts = facts_of(*[{"pin_id": pin, "board_id": 10} for pin in (1, 2, 3)], {"pin_id": 4, "board_id": 20})
    boards = _boards((10, 0.5, 3, {"art": 0.25, "food": 0.75}), (20, 0.5, 1, {"art": 1.0}))
    assert _category(facts, boards) == ("art", 0.625, [("art", 0.625), ("food", 0.375)])


def test_boards_without_a_category_do_not_vote(facts_of: FactsOf) -> None:
    facts = facts_of(*[{"pin_id": board, "board_id": board} for board in (1, 2, 3)])
    boards = _boards((1, 0.2, 1, None), (2, 0.3, 1, {"food": 0.5, "art": 0.5}), (3, 0.5, 1, {}))
    assert _category(facts, boards) == ("art", 0.5, [("art", 0.5), ("food", 0.5)])  # a tie: the first name


def test_shares_are_of_what_was_said_when_boards_tell_their_largest_only(facts_of: FactsOf) -> None:
    boards = _boards((1, 1.0, 1, {"art": 0.5, "food": 0.25}))
    category, confidence, _ = _category(facts_of({"pin_id": 1}), boards)
    assert (category, confidence) == ("art", pytest.approx(2 / 3))


@pytest.mark.parametrize("votes", [None, {}])
def test_a_picture_has_no_category_when_none_of_its_boards_votes(
    facts_of: FactsOf, votes: dict[str, float] | None
) -> None:
    facts = facts_of({"pin_id": 1}, {"pin_id": 2, "image_signature": "bb"})
    features = _features(facts, _boards((1, 1.0, 2, votes)))
    assert features.schema == PIN_FEATURES
    for name in ("category", "category_confidence", "categories"):
        assert features[name].null_count == 2
    assert features["importance"].to_pylist() == [0.5, 0.5]


def test_a_distribution_keeps_the_largest_shares_only(facts_of: FactsOf) -> None:
    votes: dict[str, float] | None = dict.fromkeys("hgfedcba", 0.125)
    _, _, shares = _category(facts_of({"pin_id": 1}), _boards((1, 1.0, 1, votes)))
    assert shares == [(name, 0.125) for name in "abcde"]
    assert len(shares) == MAX_CATEGORIES


def test_shares_that_are_stored_equal_stand_by_name(facts_of: FactsOf) -> None:
    facts = facts_of({"pin_id": 1, "board_id": 1}, {"pin_id": 2, "board_id": 2})
    ahead = {"food": 2.0**-30}  # food leads by less than a stored share, a float32, can show
    boards = _boards((1, 0.5, 1, {"food": 0.5, "art": 0.5}), (2, 0.5, 1, ahead))
    assert _category(facts, boards) == ("art", 0.5, [("art", 0.5), ("food", 0.5)])


def test_boards_may_come_in_chunks_and_slices(facts_of: FactsOf) -> None:
    boards = _boards((1, 0.25, 1, {"art": 1.0}), (2, 0.25, 1, None), (3, 0.25, 1, {"food": 1.0}), (4, 0.25, 1, {}))
    chunked = pa.concat_tables([boards.slice(0, 2), boards.slice(2, 1), boards.slice(3)])
    facts = facts_of(*[{"pin_id": board, "board_id": board, "image_signature": f"a{board}"} for board in (1, 2, 3, 4)])
    assert _features(facts, chunked).equals(_features(facts, boards))
    last = facts.slice(2)
    assert _features(last, boards.slice(2))["category"].to_pylist() == ["food", None]


def test_the_next_iteration_takes_traits_over_and_learns_anew(facts_of: FactsOf) -> None:
    facts = facts_of({"pin_id": 1}, {"pin_id": 2, "parent_pin_id": 1}, {"pin_id": 3, "image_signature": "bb"})
    first = _features(facts, _boards((1, 1.0, 3, None)))
    boards = _boards((1, 0.75, 3, {"art": 1.0}))
    second = _features(facts.select(["image_signature", "board_id"]), boards, first)
    assert second.equals(_features(facts, boards))
    assert second.select(PIN_TRAITS.names).equals(first.select(PIN_TRAITS.names))


def test_previous_features_of_other_pictures_are_refused(facts_of: FactsOf) -> None:
    boards = _boards((1, 1.0, 1, None))
    previous = _features(facts_of({"pin_id": 1, "image_signature": "bb"}), boards)
    with pytest.raises(FeatureError, match="previous features hold 1 pictures and the pins 1, or others"):
        _features(facts_of({"pin_id": 1}), boards, previous)


def test_pins_on_boards_without_features_are_refused(facts_of: FactsOf) -> None:
    facts = facts_of({"pin_id": 1, "board_id": 5}, {"pin_id": 2, "board_id": 9}, {"pin_id": 3, "board_id": 9})
    with pytest.raises(FeatureError, match=r"1 boards .* not among the 1 given \(first: 9\)"):
        _features(facts, _boards((5, 1.0, 1, None)))


@pytest.mark.parametrize("boards", [BOARDS.empty_table(), _boards((1, 1.0, 0, {"art": 1.0}))])
def test_a_partition_without_pins_has_no_pictures(facts_of: FactsOf, boards: pa.Table) -> None:
    no_pins = facts_of().slice(0, 0)
    features = _features(no_pins, boards)
    assert features.schema == PIN_FEATURES
    assert features.num_rows == 0
    assert _features(no_pins, boards, features).equals(features)


def test_groups_are_found_across_chunks() -> None:
    groups = groups_of_sorted(pa.chunked_array([["a"], ["a", "b"], [], ["b"]]))
    assert groups.starts.tolist() == [0, 2]
    assert groups.sizes.tolist() == [2, 2]
    assert len(groups_of_sorted(pa.chunked_array([], pa.string()))) == 0
