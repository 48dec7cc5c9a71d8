"""PinJoin, BoardJoin and UserJoin against plain dicts, and what must hold for them whatever the input.

Small graphs go through the real steps, from accepted rows to joins: boards without pins, users without anything,
boards and users that only pins name, repins of every kind and fields left empty all come up.
"""

import datetime as dt
import operator
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from features.board_features import BOARD_FEATURES, board_features
from features.board_influence import board_influence
from features.categories.correct import correct_categories
from features.pin_features import PIN_FEATURES, pin_features
from features.trace_repins import trace_repins
from features.user_features import USER_FEATURES, user_features
from joins.arrow.hashing import partition_of
from joins.board_join import board_join_schema, build_board_joins
from joins.errors import JoinError
from joins.pin_join import build_pin_joins, pin_join_schema
from joins.pin_lists import ACCEPTED_PINS, sorted_by_picture, with_pin_join
from joins.raw.schemas import BOARDS, USERS
from joins.small_structs import (
    BOARD_JOIN_STRUCT,
    PIN_JOIN_STRUCT,
    USER_JOIN_STRUCT,
    board_dimension,
    user_dimension,
)
from joins.user_join import build_user_joins, user_join_schema
from pagerank.board_ranks import board_ranks
from pagerank.repin_graph import merge_repin_edges, repin_edges
from storage_tiers.light import project_light, unset_fields

Row = dict[str, Any]
Rows = list[Row]


@dataclass(frozen=True)
class Graph:
    """Accepted rows of a day."""

    pins: Rows
    boards: Rows
    users: Rows

    def shuffled(self, random: Random) -> "Graph":
        return Graph(*(random.sample(rows, len(rows)) for rows in (self.pins, self.boards, self.users)))


@dataclass(frozen=True)
class Discovery:
    """Features and joins of a day, each as one table sorted by its key."""

    board_features: pa.Table
    pin_features: pa.Table
    user_features: pa.Table
    pin_joins: pa.Table
    board_joins: pa.Table
    user_joins: pa.Table


def _optional(values: list[object]) -> st.SearchStrategy[object]:
    return st.none() | st.sampled_from(values)


MOMENTS: list[object] = [dt.datetime(2026, 1, day, tzinfo=dt.UTC) for day in (1, 2, 3)]
PINS = st.lists(
    st.fixed_dictionaries(
        {
            "pin_id": st.integers(1, 15),
            "image_signature": st.sampled_from(["aa", "bb", "cc", "0d"]),
            "board_id": st.integers(1, 6),
            "user_id": st.integers(1, 5),
            "image": st.none(),
            "parent_pin_id": st.none() | st.integers(1, 17),
            "created_at": _optional(MOMENTS),
            "description": _optional(["oak table", "pasta"]),
            "link": _optional(["https://a.org", ""]),
        }
    ),
    max_size=12,
    unique_by=lambda pin: pin["pin_id"],
)
OWN_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "board_id": st.integers(1, 8),
            "user_id": st.integers(1, 7),
            "name": _optional(["attic"]),
            "category": _optional(["art", "food"]),
            "description": _optional(["mine"]),
            "created_at": _optional(MOMENTS),
        }
    ),
    max_size=8,
    unique_by=lambda board: board["board_id"],
)
USER_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "user_id": st.integers(1, 9),
            "username": _optional(["ann", "bob"]),
            "country": _optional(["NL"]),
            "created_at": _optional(MOMENTS),
        }
    ),
    max_size=8,
    unique_by=lambda user: user["user_id"],
)
GRAPHS = st.builds(Graph, PINS, OWN_ROWS, USER_ROWS)
NOTHING = Graph([], [], [])
SMALL = settings(max_examples=40, deadline=None)


def _discover(graph: Graph, n_parts: int = 1) -> Discovery:
    """Do what the workflow does with accepted rows, in memory."""
    pins, boards, users = (
        pa.Table.from_pylist(rows, schema)
        for rows, schema in ((graph.pins, ACCEPTED_PINS), (graph.boards, BOARDS), (graph.users, USERS))
    )
    ids = np.sort(pins["pin_id"].to_numpy())
    facts = [trace_repins(sorted_by_picture(part), ids) for part in _parts(pins, "image_signature", n_parts)]
    board_ids = np.unique(np.concatenate([boards["board_id"].to_numpy(), pins["board_id"].to_numpy()]))
    ranks, _ = board_ranks(merge_repin_edges(map(repin_edges, facts)), board_ids)
    categories = correct_categories(pa.concat_tables(facts), boards.select(["board_id", "category"]))
    edges = merge_repin_edges(map(repin_edges, facts))
    all_facts = pa.concat_tables(facts)

    def by(table: pa.Table, key: str) -> list[pa.Table]:
        return _parts(table, key, n_parts)

    of_boards = [
        board_features(*tables)
        for tables in zip(by(ranks, "board_id"), by(categories, "board_id"), by(all_facts, "board_id"), strict=True)
    ]
    all_boards = pa.concat_tables(of_boards).sort_by("board_id")
    of_pictures = [pin_features(part, board_influence(all_boards)) for part in facts]
    owned = by(boards.select(["user_id", "board_id"]), "user_id")
    of_users = [
        user_features(of_owners, of_pinners, board_influence(all_boards), *others)
        for of_owners, of_pinners, *others in zip(
            owned, by(all_facts, "user_id"), by(users, "user_id"), by(edges, "parent_user_id"), strict=True
        )
    ]
    all_users = pa.concat_tables(of_users).sort_by("user_id")

    raw = [part.select(ACCEPTED_PINS.names) for part in facts]
    told = pa.concat_tables([with_pin_join(*tables) for tables in zip(raw, of_pictures, strict=True)])
    pin_joins = [
        build_pin_joins(*tables, board_dimension(all_boards), user_dimension(all_users))
        for tables in zip(raw, of_pictures, strict=True)
    ]
    board_joins = [
        build_board_joins(*tables, user_dimension(all_users))
        for tables in zip(by(told, "board_id"), by(boards, "board_id"), of_boards, strict=True)
    ]
    user_joins = [
        build_user_joins(*tables, board_dimension(all_boards))
        for tables in zip(by(told, "user_id"), by(users, "user_id"), owned, of_users, strict=True)
    ]
    return Discovery(
        all_boards,
        pa.concat_tables(of_pictures).sort_by("image_signature"),
        all_users,
        _in_order(pin_joins, "image_signature"),
        _in_order(board_joins, "board_id"),
        _in_order(user_joins, "user_id"),
    )


def _parts(table: pa.Table, key: str, n_parts: int) -> list[pa.Table]:
    home = partition_of(table[key], n_parts)
    return [table.filter(pa.array(home == number)) for number in range(n_parts)]


def _in_order(parts: list[pa.Table], key: str) -> pa.Table:
    for part in parts:
        assert part[key].to_pylist() == sorted(part[key].to_pylist())
    return pa.concat_tables(parts).sort_by(key)


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _small(features: pa.Table, key: str, struct: pa.StructType, importance: str = "importance") -> dict[object, Row]:
    """Return the small struct of each row of features, by key."""
    rows = [row | {"importance": row[importance]} for row in features.to_pylist()]
    return {row[key]: {field.name: row[field.name] for field in struct} for row in rows}


def _best_first(members: dict[object, Row], chosen: Iterable[object]) -> Rows:
    """Return the chosen members, each once, by importance, then id."""
    return sorted((members[member] for member in sorted(set(chosen))), key=lambda row: -row["importance"])


def _pins_by(graph: Graph, key: str) -> dict[object, Rows]:
    """Return the pins of each key in order of their ids."""
    found: dict[object, Rows] = defaultdict(list)
    for pin in sorted(graph.pins, key=operator.itemgetter("pin_id")):
        found[pin[key]].append(pin)
    return found


def _smalls(day: Discovery) -> tuple[dict[object, Row], dict[object, Row], dict[object, Row]]:
    return (
        _small(day.pin_features, "image_signature", PIN_JOIN_STRUCT),
        _small(day.board_features, "board_id", BOARD_JOIN_STRUCT, "page_rank"),
        _small(day.user_features, "user_id", USER_JOIN_STRUCT),
    )


@SMALL
@given(graph=GRAPHS)
@example(graph=NOTHING)
def test_pin_joins_are_those_of_a_plain_dict(graph: Graph) -> None:
    day = _discover(graph)
    _, boards, users = _smalls(day)
    expected = []
    for features in day.pin_features.to_pylist():
        pins = _pins_by(graph, "image_signature")[features["image_signature"]]
        told = {
            "pins": [_without(pin, "image_signature") for pin in pins],
            "boards": _best_first(boards, [pin["board_id"] for pin in pins]),
            "users": _best_first(users, [pin["user_id"] for pin in pins]),
        }
        expected.append(features | told)
    assert day.pin_joins.to_pylist() == expected
    assert day.pin_joins.schema == pin_join_schema(PIN_FEATURES)


@SMALL
@given(graph=GRAPHS)
@example(graph=NOTHING)
def test_board_joins_are_those_of_a_plain_dict(graph: Graph) -> None:
    day = _discover(graph)
    pictures, _, users = _smalls(day)
    own_rows = {board["board_id"]: _without(board, "category") for board in graph.boards}
    expected = []
    for features in day.board_features.to_pylist():
        pins = _pins_by(graph, "board_id")[features["board_id"]]
        told = {
            "pins": [_without(pin, "board_id") for pin in pins],
            "pin_joins": _best_first(pictures, [pin["image_signature"] for pin in pins]),
            "users": _best_first(users, [pin["user_id"] for pin in pins]),
        }
        unknown = dict.fromkeys(["user_id", "name", "description", "created_at"])
        expected.append(features | unknown | own_rows.get(features["board_id"], {}) | told)
    assert day.board_joins.to_pylist() == expected
    assert day.board_joins.schema == board_join_schema(BOARD_FEATURES)


@SMALL
@given(graph=GRAPHS)
@example(graph=NOTHING)
def test_user_joins_are_those_of_a_plain_dict(graph: Graph) -> None:
    day = _discover(graph)
    pictures, boards, _ = _smalls(day)
    own_rows = {user["user_id"]: user for user in graph.users}
    expected = []
    for features in day.user_features.to_pylist():
        pins = _pins_by(graph, "user_id")[features["user_id"]]
        owned = [board["board_id"] for board in graph.boards if board["user_id"] == features["user_id"]]
        told = {
            "pins": [_without(pin, "user_id") for pin in pins],
            "boards": _best_first(boards, owned + [pin["board_id"] for pin in pins]),
            "pin_joins": _best_first(pictures, [pin["image_signature"] for pin in pins]),
        }
        unknown = dict.fromkeys(["username", "country", "created_at"])
        expected.append(features | unknown | own_rows.get(features["user_id"], {}) | told)
    assert day.user_joins.to_pylist() == expected
    assert day.user_joins.schema == user_join_schema(USER_FEATURES)


@SMALL
@given(graph=GRAPHS)
def test_every_pin_is_in_exactly_one_join_of_each_kind(graph: Graph) -> None:
    day = _discover(graph)
    every_pin = sorted(pin["pin_id"] for pin in graph.pins)
    for joins in (day.pin_joins, day.board_joins, day.user_joins):
        assert sorted(pin["pin_id"] for pins in joins["pins"].to_pylist() for pin in pins) == every_pin


@SMALL
@given(graph=GRAPHS)
def test_every_board_and_user_that_anyone_names_has_one_join(graph: Graph) -> None:
    day = _discover(graph)
    boards = {row["board_id"] for row in graph.boards + graph.pins}
    users = {row["user_id"] for row in graph.users + graph.boards + graph.pins}
    assert day.board_joins["board_id"].to_pylist() == sorted(boards)
    assert day.user_joins["user_id"].to_pylist() == sorted(users)


@SMALL
@given(graph=GRAPHS)
def test_counts_are_the_same_in_all_three_joins(graph: Graph) -> None:
    day = _discover(graph)
    for count in ("n_pins", "n_repins"):
        totals = {_total(joins, count) for joins in (day.pin_joins, day.board_joins, day.user_joins)}
        assert len(totals) == 1
    assert _total(day.pin_joins, "n_pins") == len(graph.pins)
    assert _total(day.pin_joins, "n_boards") == _total(day.board_joins, "n_pictures")
    assert _total(day.pin_joins, "n_users") == _total(day.user_joins, "n_pictures")
    for joins in (day.board_joins, day.user_joins):
        assert _total(joins, "n_repins_given") == _total(joins, "n_repins_received")
    edges = [
        edge for chains in day.pin_joins["repin_chains"].to_pylist() for chain in chains for edge in chain["edges"]
    ]
    assert len(edges) == _total(day.pin_joins, "n_repins")


@SMALL
@given(graph=GRAPHS)
def test_counts_are_the_lengths_of_the_lists_beside_them(graph: Graph) -> None:
    day = _discover(graph)
    for joins, counts in (
        (day.pin_joins, {"n_pins": "pins", "n_boards": "boards", "n_users": "users"}),
        (day.board_joins, {"n_pins": "pins", "n_pictures": "pin_joins", "n_users": "users"}),
        (day.user_joins, {"n_pins": "pins", "n_pictures": "pin_joins", "n_boards": "boards"}),
    ):
        for count, members in counts.items():
            assert joins[count].to_pylist() == [len(entries) for entries in joins[members].to_pylist()]


@SMALL
@given(graph=GRAPHS)
def test_importance_is_passed_on_without_loss(graph: Graph) -> None:
    day = _discover(graph)
    rank_of_all = _total(day.board_joins, "page_rank")
    with_pins = day.board_joins.filter(pc.field("n_pins") > 0)
    assert rank_of_all == pytest.approx(1 if day.board_joins.num_rows else 0)
    assert _total(day.pin_joins, "importance") == pytest.approx(_total(with_pins, "page_rank"))
    assert _total(day.user_joins, "importance") == pytest.approx(rank_of_all)


@SMALL
@given(graph=GRAPHS)
def test_members_stand_in_order_of_importance_then_id(graph: Graph) -> None:
    day = _discover(graph)
    keys = {"boards": "board_id", "users": "user_id", "pin_joins": "image_signature"}
    for joins in (day.pin_joins, day.board_joins, day.user_joins):
        for name in keys.keys() & set(joins.schema.names):
            for members in joins[name].to_pylist():
                order = [(-member["importance"], member[keys[name]]) for member in members]
                assert order == sorted(set(order))


@SMALL
@given(graph=GRAPHS, random=st.randoms(use_true_random=False))
def test_the_order_of_accepted_rows_changes_nothing(graph: Graph, random: Random) -> None:
    _assert_same(_discover(graph.shuffled(random)), _discover(graph))


@SMALL
@given(graph=GRAPHS, n_parts=st.integers(2, 9))
def test_the_number_of_partitions_changes_nothing(graph: Graph, n_parts: int) -> None:
    _assert_same(_discover(graph, n_parts), _discover(graph))


@SMALL
@given(graph=GRAPHS)
def test_light_unsets_the_marked_fields_and_no_other(graph: Graph) -> None:
    day = _discover(graph)
    for joins, large in (
        (day.pin_joins, ["repin_chains", "pins", "users"]),
        (day.board_joins, ["description", "pins", "users"]),
        (day.user_joins, ["pins", "pin_joins"]),
    ):
        light = project_light(joins)
        assert unset_fields(joins.schema) == large
        assert light.schema == joins.schema
        assert all(light[name].null_count == joins.num_rows for name in large)
        assert light.drop_columns(large).equals(joins.drop_columns(large))


def test_a_graph_is_joined_as_worked_out_by_hand() -> None:
    usual = {"image_signature": "aa", "user_id": 1}
    graph = Graph(
        pins=[
            usual | {"pin_id": 1, "board_id": 1},
            usual | {"pin_id": 2, "board_id": 2, "user_id": 2, "parent_pin_id": 1},
            usual | {"pin_id": 3, "board_id": 2, "image_signature": "bb"},
        ],
        boards=[{"board_id": 1, "user_id": 1, "name": "attic", "category": "art"}, {"board_id": 3, "user_id": 2}],
        users=[{"user_id": 1, "username": "ann"}, {"user_id": 9, "username": "zoe"}],
    )
    day = _discover(graph)
    ids = {"boards": "board_id", "users": "user_id", "pin_joins": "image_signature", "pins": "pin_id"}

    def members(joins: pa.Table, name: str) -> list[list[object]]:
        return [[entry[ids[name]] for entry in entries] for entries in joins[name].to_pylist()]

    # Board 2 saved from board 1, which is therefore the most important; boards 2 and 3 are equal.
    assert day.board_joins["rank_order"].to_pylist() == [1, 2, 2]
    assert members(day.pin_joins, "boards") == [[1, 2], [2]]
    assert members(day.pin_joins, "users") == [[1, 2], [1]]
    assert members(day.board_joins, "pins") == [[1], [2, 3], []]
    assert members(day.board_joins, "pin_joins") == [["aa"], ["aa", "bb"], []]
    assert members(day.board_joins, "users") == [[1], [1, 2], []]
    assert day.board_joins["name"].to_pylist() == ["attic", None, None]
    assert day.board_joins["user_id"].to_pylist() == [1, None, 2]  # nobody handed in a row for board 2
    assert day.user_joins["user_id"].to_pylist() == [1, 2, 9]
    assert members(day.user_joins, "boards") == [[1, 2], [2, 3], []]
    assert members(day.user_joins, "pin_joins") == [["aa", "bb"], ["aa"], []]
    assert day.user_joins["username"].to_pylist() == ["ann", None, "zoe"]


PIN = {"pin_id": 1, "board_id": 1, "user_id": 1, "image_signature": "aa"}
ONE_PIN = Graph([PIN], [], [])


@pytest.mark.parametrize(
    ("other", "complaint"),
    [
        (Graph([], [], []), "image_signature: features count 0 pins and 1 are there"),
        (Graph([PIN | {"image_signature": "bb"}], [], []), "a pin of bb where the pins hold one of aa"),
    ],
)
def test_pins_and_features_of_different_versions_are_not_joined(other: Graph, complaint: str) -> None:
    day, features = _discover(ONE_PIN), _discover(other).pin_features
    pins = pa.Table.from_pylist(ONE_PIN.pins, ACCEPTED_PINS)
    with pytest.raises(JoinError, match=complaint):
        build_pin_joins(pins, features, board_dimension(day.board_features), user_dimension(day.user_features))
    with pytest.raises(JoinError, match=complaint):
        with_pin_join(pins, features)


def test_boards_users_and_owners_without_features_are_named() -> None:
    day = _discover(ONE_PIN)
    pins = pa.Table.from_pylist(ONE_PIN.pins, ACCEPTED_PINS)
    told = with_pin_join(pins, day.pin_features)
    owned = pa.table({"user_id": [7], "board_id": [1]})
    no_boards, no_users = BOARD_FEATURES.empty_table(), USER_FEATURES.empty_table()
    with pytest.raises(JoinError, match=r"1 values of board_id on these pins are not among the 0 given \(first: 1\)"):
        build_pin_joins(pins, day.pin_features, board_dimension(no_boards), user_dimension(day.user_features))
    with pytest.raises(JoinError, match=r"1 users of these pins are not among the 0 given \(first: 1\)"):
        build_board_joins(told, BOARDS.empty_table(), day.board_features, user_dimension(no_users))
    with pytest.raises(JoinError, match=r"1 owners are not among the 1 given \(first: 7\)"):
        build_user_joins(told, USERS.empty_table(), owned, day.user_features, board_dimension(day.board_features))


def _total(table: pa.Table, name: str) -> float:
    return sum(table[name].to_pylist())


def _assert_same(one: Discovery, other: Discovery) -> None:
    for field in fields(Discovery):
        assert getattr(one, field.name).equals(getattr(other, field.name)), field.name
