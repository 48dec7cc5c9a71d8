"""What is learned of boards and users from their pins."""

import datetime as dt
from collections.abc import Callable

import pyarrow as pa
import pytest

from features.board_features import BOARD_COUNTS, BOARD_FEATURES, board_features
from features.board_influence import board_influence
from features.user_features import USER_COUNTS, USER_FEATURES, user_features
from joins.errors import FeatureError
from pagerank.board_ranks import BOARD_RANKS

FactsOf = Callable[..., pa.Table]
CATEGORIES = pa.schema(
    [
        pa.field("board_id", pa.int64()),
        pa.field("owner_category", pa.string()),
        pa.field("category", pa.string()),
        pa.field("confidence", pa.float64()),
        pa.field("changed", pa.bool_()),
        pa.field("filled", pa.bool_()),
        pa.field("distribution", BOARD_FEATURES.field("categories").type),
    ]
)
USERS = pa.schema([pa.field("user_id", pa.int64())])
OWNED = pa.schema([pa.field("user_id", pa.int64()), pa.field("board_id", pa.int64())])
RECEIVED = pa.schema([pa.field(name, pa.int64()) for name in ("user_id", "parent_user_id", "n_repins")])


def _ranks(page_ranks: dict[int, float]) -> pa.Table:
    """Return ranks of (board, page rank); order and repins are told by others and passed on."""
    counts = {"n_repins_given": 3, "n_repins_received": 4, "n_self_repins": 5, "rank_order": 1, "percentile": 0.5}
    rows = [{"board_id": board_id, "page_rank": rank, **counts} for board_id, rank in page_ranks.items()]
    return pa.Table.from_pylist(rows, BOARD_RANKS)


def _categories(votes: dict[int, dict[str, float] | None]) -> pa.Table:
    """Return categories of boards as a correction that changed nothing would."""
    rows = []
    for board_id, shares in votes.items():
        best = max(shares, key=shares.__getitem__) if shares else None
        distribution = [{"category": name, "probability": share} for name, share in (shares or {}).items()]
        rows.append(
            {
                "board_id": board_id,
                "owner_category": best,
                "category": best,
                "confidence": shares[best] if shares and best else None,
                "changed": False,
                "filled": False,
                "distribution": None if shares is None else distribution,
            }
        )
    return pa.Table.from_pylist(rows, CATEGORIES)


def _boards(facts: pa.Table, page_ranks: dict[int, float], votes: dict[int, dict[str, float] | None]) -> pa.Table:
    return board_features(_ranks(page_ranks), _categories(dict.fromkeys(page_ranks) | votes), facts)


def _users(
    facts: pa.Table, boards: pa.Table, users: list[int], owned: list[tuple[int, int]], received: pa.Table | None = None
) -> pa.Table:
    return user_features(
        pa.table([[user for user, _ in owned], [board for _, board in owned]], schema=OWNED),
        facts,
        board_influence(boards),
        pa.table([users], schema=USERS),
        RECEIVED.empty_table() if received is None else received,
    )


@pytest.fixture
def facts(facts_of: FactsOf) -> pa.Table:
    """Board 10: pins 1, 2, 3 by users 5, 5, 6; board 20: pin 4 by user 6. Pin 3 comes from 1, pin 4 from 3."""
    return facts_of(
        {"pin_id": 1, "board_id": 10, "user_id": 5, "image_signature": "aa", "created_at": _day(2)},
        {"pin_id": 2, "board_id": 10, "user_id": 5, "image_signature": "bb"},
        {"pin_id": 3, "board_id": 10, "user_id": 6, "image_signature": "aa", "parent_pin_id": 1},
        {
            "pin_id": 4,
            "board_id": 20,
            "user_id": 6,
            "image_signature": "aa",
            "parent_pin_id": 3,
            "created_at": _day(9),
        },
    )


def _day(day: int) -> dt.datetime:
    return dt.datetime(2026, 1, day, tzinfo=dt.UTC)


def test_a_board_adds_up_its_pins(facts: pa.Table) -> None:
    boards = _boards(facts, {10: 0.5, 15: 0.25, 20: 0.25}, {})
    names = ["board_id", "n_pins", "n_repins", "n_pictures", "n_users", "first_pinned_at", "last_pinned_at"]
    assert boards.schema == BOARD_FEATURES
    assert [tuple(row.values()) for row in boards.select(names).to_pylist()] == [
        (10, 3, 1, 2, 2, _day(2), _day(2)),
        (15, 0, 0, 0, 0, None, None),
        (20, 1, 1, 1, 1, _day(9), _day(9)),
    ]


def test_a_board_passes_on_its_rank_and_category(facts: pa.Table) -> None:
    boards = _boards(facts, {10: 0.75, 20: 0.25}, {10: {"art": 0.75, "food": 0.25}})
    first, second = boards.to_pylist()
    assert (first["page_rank"], first["rank_order"], first["percentile"]) == (0.75, 1, 0.5)
    assert (first["n_repins_given"], first["n_repins_received"]) == (3, 4)
    assert (first["owner_category"], first["category"], first["category_confidence"]) == ("art", "art", 0.75)
    assert first["categories"] == [
        {"category": "art", "probability": 0.75},
        {"category": "food", "probability": 0.25},
    ]
    assert (second["category"], second["category_confidence"], second["categories"]) == (None, None, None)


def test_pins_of_a_board_may_come_in_any_order(facts: pa.Table) -> None:
    page_ranks = {10: 0.75, 20: 0.25}
    shuffled = pa.concat_tables([facts.slice(3), facts.slice(1, 2), facts.slice(0, 1)])
    assert _boards(shuffled, page_ranks, {}).equals(_boards(facts, page_ranks, {}))


def test_boards_without_pins_and_no_boards_at_all(facts: pa.Table) -> None:
    none = facts.slice(0, 0)
    assert _boards(none, {7: 1.0}, {})["n_pins"].to_pylist() == [0]
    empty = board_features(BOARD_RANKS.empty_table(), CATEGORIES.empty_table(), none)
    assert (empty.num_rows, empty.schema) == (0, BOARD_FEATURES)


def test_a_later_iteration_takes_counts_over(facts: pa.Table) -> None:
    ranks, categories = _ranks({10: 0.5, 20: 0.3, 30: 0.2}), _categories({10: {"art": 1.0}, 20: None, 30: None})
    first = board_features(ranks, categories, facts)
    later = board_features(_ranks({10: 0.1, 20: 0.2, 30: 0.7}), categories, previous=first.select(BOARD_COUNTS.names))
    assert later.equals(board_features(_ranks({10: 0.1, 20: 0.2, 30: 0.7}), categories, facts))
    owned = pa.table([[5, 9], [20, 30]], schema=OWNED)
    all_users, received = pa.table([[5, 7]], schema=USERS), RECEIVED.empty_table()
    of_first = user_features(owned, facts, board_influence(first), all_users, received)
    few = facts.select(["user_id", "board_id"])
    again = user_features(owned, few, board_influence(later), previous=of_first.select(USER_COUNTS.names))
    assert again.equals(user_features(owned, facts, board_influence(later), all_users, received))
    nobody = (owned.slice(0, 0), few.slice(0, 0), board_influence(later))
    assert user_features(*nobody, previous=of_first.select(USER_COUNTS.names).slice(0, 0)).num_rows == 0


def test_counts_of_other_boards_and_no_counts_at_all_are_refused(facts: pa.Table) -> None:
    ranks, categories = _ranks({10: 0.5, 20: 0.5}), _categories({10: None, 20: None})
    counts = board_features(ranks, categories, facts).select(BOARD_COUNTS.names)
    with pytest.raises(FeatureError, match="2 boards have ranks and 1 have earlier counts"):
        board_features(ranks, categories, previous=counts.slice(1))
    with pytest.raises(FeatureError, match="neither pins nor earlier counts"):
        board_features(ranks, categories)


def test_ranks_and_categories_must_hold_the_same_boards(facts: pa.Table) -> None:
    with pytest.raises(FeatureError, match="2 boards have ranks and 2 have categories"):
        board_features(_ranks({10: 0.5, 20: 0.5}), _categories({10: None, 30: None}), facts)


def test_pins_on_a_board_that_has_no_rank_are_refused(facts: pa.Table) -> None:
    with pytest.raises(FeatureError, match=r"1 boards of pins are not among the 1 given \(first: 20\)"):
        _boards(facts, {10: 1.0}, {})


def test_a_user_adds_up_their_pins(facts: pa.Table) -> None:
    users = _users(facts, _boards(facts, {10: 0.75, 20: 0.25}, {}), [5, 6], [])
    names = ["user_id", "n_pins", "n_repins", "n_boards", "n_pictures", "n_repins_given", "last_pinned_at"]
    assert users.schema == USER_FEATURES
    assert [tuple(row.values()) for row in users.select(names).to_pylist()] == [
        (5, 2, 0, 1, 2, 0, _day(2)),
        (6, 2, 2, 2, 1, 1, _day(9)),  # pin 4 was saved from a pin of their own
    ]


def test_owners_pinners_and_those_who_only_look_are_all_users(facts: pa.Table) -> None:
    boards = _boards(facts, {10: 0.5, 20: 0.25, 30: 0.25}, {})
    users = _users(facts, boards, [9], [(8, 30), (5, 20), (5, 10)])
    assert users.select(["user_id", "n_boards", "n_pins"]).to_pylist() == [
        {"user_id": 5, "n_boards": 2, "n_pins": 2},  # pinned on 10, owns 10 and 20
        {"user_id": 6, "n_boards": 2, "n_pins": 2},
        {"user_id": 8, "n_boards": 1, "n_pins": 0},
        {"user_id": 9, "n_boards": 0, "n_pins": 0},
    ]


def test_pins_carry_a_boards_importance_to_who_pinned_and_an_empty_board_goes_to_its_owner(facts: pa.Table) -> None:
    boards = _boards(facts, {10: 0.375, 20: 0.5, 30: 0.125}, {})
    users = _users(facts, boards, [], [(5, 30), (9, 10)])
    assert users.select(["user_id", "importance"]).to_pylist() == [
        {"user_id": 5, "importance": 0.375},  # two of three pins of board 10, and board 30
        {"user_id": 6, "importance": 0.625},
        {"user_id": 9, "importance": 0.0},  # owns board 10 and has no pin
    ]


def test_interests_are_weighed_by_pins(facts: pa.Table) -> None:
    votes: dict[int, dict[str, float] | None] = {10: {"art": 0.5, "food": 0.5}, 20: {"food": 1.0}}
    five, six = _users(facts, _boards(facts, {10: 0.5, 20: 0.5}, votes), [], []).to_pylist()
    assert (five["category"], five["category_confidence"]) == ("art", 0.5)
    assert (six["category"], six["category_confidence"]) == ("food", 0.75)
    assert six["interests"] == [{"category": "food", "share": 0.75}, {"category": "art", "share": 0.25}]


def test_without_any_category_nobody_has_interests(facts: pa.Table) -> None:
    users = _users(facts, _boards(facts, {10: 0.5, 20: 0.5}, {}), [], [])
    assert users["category"].null_count == users["interests"].null_count == 2


def test_repins_received_leave_out_those_from_oneself(facts: pa.Table) -> None:
    received = pa.table([[6, 5, 6, 7], [5, 5, 6, 5], [2, 9, 9, 3]], schema=RECEIVED)
    users = _users(facts, _boards(facts, {10: 0.5, 20: 0.5}, {}), [], [], received)
    assert users["n_repins_received"].to_pylist() == [5, 0]


def test_repins_from_an_unknown_user_are_refused(facts: pa.Table) -> None:
    received = pa.table([[6], [77], [1]], schema=RECEIVED)
    with pytest.raises(FeatureError, match=r"1 users saved from .* \(first: 77\)"):
        _users(facts, _boards(facts, {10: 0.5, 20: 0.5}, {}), [], [], received)


def test_a_partition_may_hold_users_without_pins_or_nobody(facts: pa.Table) -> None:
    none = facts.slice(0, 0)
    boards = _boards(none, {10: 1.0}, {10: {"art": 1.0}})
    (alone,) = _users(none, boards, [3], []).to_pylist()
    assert (alone["importance"], alone["category"], alone["interests"]) == (0.0, None, None)
    for given in (boards, BOARD_FEATURES.empty_table()):
        nobody = _users(none, given, [], [])
        assert (nobody.num_rows, nobody.schema) == (0, USER_FEATURES)
