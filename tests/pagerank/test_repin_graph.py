"""Repin edges: a count of pins by board and user, saved from and saved to."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pagerank.errors import InvalidGraphError
from pagerank.repin_graph import EDGE_KEY, REPIN_EDGES, merge_repin_edges, repin_edges

Fact = tuple[int, int, int | None, int | None]

IDS = st.sampled_from([1, 2, 3, 2**63 - 1, 2**63 - 2])
ORIGINALS = st.tuples(IDS, IDS, st.none(), st.none())
REPINS = st.tuples(IDS, IDS, IDS, IDS)
FACTS = st.lists(st.one_of(ORIGINALS, REPINS), max_size=30)


def _facts(rows: list[Fact]) -> pa.Table:
    """Return facts of (board, user, parent board, parent user), pins numbered from 100."""
    names = ["board_id", "user_id", "parent_board_id", "parent_user_id"]
    columns = {name: pa.array([row[place] for row in rows], pa.int64()) for place, name in enumerate(names)}
    return pa.table({"pin_id": pa.array(range(100, 100 + len(rows)), pa.int64()), **columns})


def _rows(edges: pa.Table) -> list[tuple[int, ...]]:
    return [tuple(row.values()) for row in edges.to_pylist()]


def test_equal_repins_are_one_edge_with_their_count() -> None:
    facts = _facts([(10, 1, None, None), (20, 2, 10, 1), (30, 3, 10, 1), (20, 2, 10, 1), (20, 2, 30, 3)])
    assert _rows(repin_edges(facts)) == [(20, 10, 2, 1, 2), (20, 30, 2, 3, 1), (30, 10, 3, 1, 1)]


def test_users_of_one_board_have_edges_of_their_own() -> None:
    facts = _facts([(20, 2, 10, 1), (20, 4, 10, 1), (20, 2, 10, 7)])
    assert _rows(repin_edges(facts)) == [(20, 10, 2, 1, 1), (20, 10, 2, 7, 1), (20, 10, 4, 1, 1)]


def test_a_board_that_repins_from_itself_keeps_its_edge() -> None:
    assert _rows(repin_edges(_facts([(10, 1, 10, 1)]))) == [(10, 10, 1, 1, 1)]


@pytest.mark.parametrize("rows", [[], [(10, 1, None, None)]])
def test_without_repins_there_is_a_table_without_edges(rows: list[Fact]) -> None:
    edges = repin_edges(_facts(rows))
    assert edges.schema == REPIN_EDGES
    assert len(edges) == 0


def test_facts_may_bring_other_columns() -> None:
    facts = _facts([(20, 2, 10, 1)]).append_column("image_signature", pa.array(["ff"]))
    assert repin_edges(facts).schema == REPIN_EDGES


@settings(deadline=None)
@given(rows=FACTS)
def test_edges_are_the_counts_of_a_plain_loop(rows: list[Fact]) -> None:
    counts = Counter((board, parent, user, who) for board, user, parent, who in rows if parent is not None)
    edges = repin_edges(_facts(rows))
    assert _rows(edges) == [(*key, n_repins) for key, n_repins in sorted(counts.items())]
    assert edges.schema == REPIN_EDGES


@settings(deadline=None)
@given(rows=FACTS, seed=st.integers(0, 99))
def test_the_order_of_facts_changes_nothing(rows: list[Fact], seed: int) -> None:
    facts = _facts(rows)
    shuffled = facts.take(np.random.default_rng(seed).permutation(len(facts)))
    assert repin_edges(shuffled).equals(repin_edges(facts))


@settings(deadline=None)
@given(rows=FACTS, parts=st.integers(1, 4))
def test_merged_partitions_are_the_whole(rows: list[Fact], parts: int) -> None:
    pieces = [repin_edges(_facts(rows[part::parts])) for part in range(parts)]
    assert merge_repin_edges(pieces).equals(repin_edges(_facts(rows)))


def test_nothing_merged_is_an_empty_table() -> None:
    assert merge_repin_edges([]).equals(REPIN_EDGES.empty_table())


def test_a_missing_column_is_named_with_those_there_are() -> None:
    with pytest.raises(InvalidGraphError, match="facts: no column parent_user_id; the table has pin_id, board_id"):
        repin_edges(_facts([]).drop_columns(["parent_user_id"]))


def test_a_column_of_another_type_is_named() -> None:
    facts = _facts([]).set_column(1, "board_id", pa.array([], pa.string()))
    with pytest.raises(InvalidGraphError, match="column board_id is string; allowed is int64"):
        repin_edges(facts)


def test_half_a_parent_is_an_error_that_names_the_pin() -> None:
    facts = _facts([(20, 2, 10, 1), (20, 2, 10, None)])
    with pytest.raises(InvalidGraphError, match=r"1 of 2 pins have only one of .*first: pin 101\)"):
        repin_edges(facts)


def test_a_pin_without_a_board_is_named() -> None:
    facts = _facts([(1, 2, None, None)]).set_column(1, "board_id", pa.array([None], pa.int64()))
    with pytest.raises(InvalidGraphError, match=r"1 of 1 pins have no board_id \(first: pin 100\)"):
        repin_edges(facts)


def test_a_merged_table_with_a_null_is_named() -> None:
    columns = {**{column: [1] for column in EDGE_KEY}, "n_repins": pa.array([None], pa.int64())}
    with pytest.raises(InvalidGraphError, match=r"repin edges, table 1: 1 rows have no n_repins \(first: row 0\)"):
        merge_repin_edges([REPIN_EDGES.empty_table(), pa.table(columns)])
