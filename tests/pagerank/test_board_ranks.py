"""Board ranks: importance, order, percentile and repin counts of every board."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pagerank.board_ranks import BOARD_RANKS, board_ranks
from pagerank.errors import InvalidGraphError
from pagerank.pagerank import pagerank
from pagerank.repin_graph import REPIN_EDGES, merge_repin_edges

BOARDS = [10, 20, 30, 40]
REPINS = st.tuples(
    st.sampled_from(BOARDS), st.sampled_from(BOARDS), st.integers(1, 3), st.integers(1, 3), st.integers(1, 5)
)


def _edges(rows: list[tuple[int, int, int, int, int]]) -> pa.Table:
    """Return edges of (board, parent board, user, parent user, repins)."""
    return pa.table([list(column) for column in zip(*rows, strict=True)] or [[]] * 5, schema=REPIN_EDGES)


def _column(ranks: pa.Table, name: str) -> dict[int, float]:
    return dict(zip(ranks["board_id"].to_pylist(), ranks[name].to_pylist(), strict=True))


def test_importance_flows_to_the_board_that_was_saved_from() -> None:
    ranks, run = board_ranks(_edges([(10, 30, 1, 3, 1), (20, 30, 2, 3, 1)]), [30, 40, 10, 20])
    # With r for the three boards nobody saves from and c for board 30, of 4 boards, 30 and 40 dangling:
    # r = (0.15 + 0.85 (c + r)) / 4, c = r + 2 * 0.85 r and c + 3 r = 1, so r = 1 / 5.7 and c = 2.7 / 5.7.
    assert _column(ranks, "page_rank") == pytest.approx(
        {10: 1 / 5.7, 20: 1 / 5.7, 30: 2.7 / 5.7, 40: 1 / 5.7}, abs=1e-8
    )
    assert run.error_bound <= 1e-8
    assert run.node_ids.tolist() == [10, 20, 30, 40]


def test_rank_order_begins_with_one_and_equal_ranks_share_a_place() -> None:
    ranks, _ = board_ranks(_edges([(10, 30, 1, 3, 1), (20, 30, 2, 3, 1)]), BOARDS)
    assert _column(ranks, "rank_order") == {30: 1, 10: 2, 20: 2, 40: 2}


def test_percentile_is_the_share_of_boards_that_are_no_more_important() -> None:
    ranks, _ = board_ranks(_edges([(10, 30, 1, 3, 1), (20, 30, 2, 3, 1)]), BOARDS)
    assert _column(ranks, "percentile") == {10: 0.75, 20: 0.75, 30: 1.0, 40: 0.75}


def test_repins_are_weights() -> None:
    ranks, _ = board_ranks(_edges([(10, 20, 1, 2, 9), (10, 30, 1, 3, 1), (10, 30, 2, 3, 1)]), BOARDS)
    expected = pagerank(([10, 10], [20, 30], [9, 2]), nodes=BOARDS)
    assert ranks["page_rank"].to_pylist() == expected.ranks.tolist()


def test_repins_are_counted_by_direction_and_self_repins_apart() -> None:
    ranks, _ = board_ranks(_edges([(10, 20, 1, 2, 9), (10, 30, 1, 3, 1), (10, 10, 1, 1, 4), (20, 30, 2, 3, 2)]), BOARDS)
    assert _column(ranks, "n_repins_given") == {10: 10, 20: 2, 30: 0, 40: 0}
    assert _column(ranks, "n_repins_received") == {10: 0, 20: 9, 30: 3, 40: 0}
    assert _column(ranks, "n_self_repins") == {10: 4, 20: 0, 30: 0, 40: 0}


def test_a_board_cannot_lift_itself() -> None:
    rows = [(10, 30, 1, 3, 1), (20, 30, 2, 3, 1)]
    without, _ = board_ranks(_edges(rows), BOARDS)
    lifted, _ = board_ranks(_edges([*rows, (40, 40, 4, 4, 1_000), (10, 10, 1, 1, 1_000)]), BOARDS)
    assert lifted["page_rank"].equals(without["page_rank"])


def test_boards_without_repins_are_equally_important() -> None:
    ranks, _ = board_ranks(_edges([]), BOARDS)
    assert ranks["page_rank"].to_pylist() == [0.25] * 4
    assert ranks["rank_order"].to_pylist() == [1, 1, 1, 1]
    assert ranks["percentile"].to_pylist() == [1.0] * 4


def test_no_boards_have_no_ranks() -> None:
    ranks, run = board_ranks(_edges([]), [])
    assert ranks.equals(BOARD_RANKS.empty_table())
    assert run.n_sweeps == 0


def test_yesterdays_ranks_save_sweeps() -> None:
    rng = np.random.default_rng(3)
    boards = rng.choice(10**9, 400, replace=False)
    rows = [(*rng.choice(boards, 2).tolist(), 1, 2, 1) for _ in range(2_000)]
    yesterday, cold = board_ranks(merge_repin_edges([_edges(rows)]), boards)
    grown = merge_repin_edges([_edges([*rows, (int(boards[0]), int(boards[1]), 1, 2, 1)])])
    new_board = np.append(boards, 10**9)
    warm_ranks, warm = board_ranks(grown, new_board, previous=yesterday)
    cold_ranks, again = board_ranks(grown, new_board)
    assert warm.n_sweeps < again.n_sweeps
    assert cold.n_sweeps == pytest.approx(again.n_sweeps, abs=2)
    difference = np.abs(warm_ranks["page_rank"].to_numpy() - cold_ranks["page_rank"].to_numpy()).sum()
    assert difference <= warm.error_bound + again.error_bound


@settings(deadline=None)
@given(rows=st.lists(REPINS, max_size=12), boards=st.permutations([*BOARDS, 50]), seed=st.integers(0, 99))
def test_the_order_of_edges_and_boards_changes_nothing(
    rows: list[tuple[int, int, int, int, int]], boards: list[int], seed: int
) -> None:
    edges = _edges(rows)
    shuffled = edges.take(np.random.default_rng(seed).permutation(len(edges)))
    ranks, _ = board_ranks(edges, [*BOARDS, 50])
    assert board_ranks(shuffled, pa.array(boards))[0].equals(ranks)


@settings(deadline=None)
@given(rows=st.lists(REPINS, max_size=12))
def test_every_repin_is_counted_once_and_a_place_is_one_more_than_the_boards_above(
    rows: list[tuple[int, int, int, int, int]],
) -> None:
    ranks, _ = board_ranks(_edges(rows), BOARDS)
    n_repins = sum(row[-1] for row in rows)
    assert sum(ranks["n_repins_given"].to_pylist()) + sum(ranks["n_self_repins"].to_pylist()) == n_repins
    assert sum(ranks["n_repins_received"].to_pylist()) + sum(ranks["n_self_repins"].to_pylist()) == n_repins
    ranked = ranks["page_rank"].to_pylist()
    assert ranks["rank_order"].to_pylist() == [1 + sum(other > one for other in ranked) for one in ranked]
    assert sum(ranks["page_rank"].to_pylist()) == pytest.approx(1.0)
    assert ranks.schema == BOARD_RANKS
    assert ranks["board_id"].to_pylist() == BOARDS


def test_an_edge_of_an_unknown_board_is_named() -> None:
    message = r"1 of 1 edges have a parent_board_id that is not among the 4 board_ids \(first: board 77\)"
    with pytest.raises(InvalidGraphError, match=message):
        board_ranks(_edges([(10, 77, 1, 2, 1)]), BOARDS)


def test_a_board_given_twice_is_named() -> None:
    with pytest.raises(InvalidGraphError, match="board 20 stands more than once"):
        board_ranks(_edges([]), [10, 20, 20])


def test_earlier_ranks_without_their_columns_are_named() -> None:
    with pytest.raises(InvalidGraphError, match=r"previous: .*'rank'.*must have board_id and page_rank"):
        board_ranks(_edges([]), BOARDS, previous=pa.table({"board_id": [1], "rank": [1.0]}))


def test_counts_of_the_same_graph_are_taken_over() -> None:
    edges = _edges([(10, 30, 1, 3, 2), (20, 20, 2, 2, 1)])
    first, _ = board_ranks(edges, BOARDS)
    assert board_ranks(edges, BOARDS, counted=first)[0].equals(first)
    with pytest.raises(InvalidGraphError, match="counted: the table has 4 boards and 5 are ranked"):
        board_ranks(edges, [*BOARDS, 50], counted=first)


def test_one_users_thousand_repins_count_as_many_as_are_allowed() -> None:
    honest = [(10, 20, 1, 2, 3), (10, 20, 5, 2, 2)]
    spammed = _edges([*honest, (10, 30, 6, 3, 1_000)])
    bounded, run = board_ranks(spammed, BOARDS, max_edge_weight_per_user=2)
    expected = pagerank(([10, 10], [20, 30], [4, 2]), nodes=BOARDS)  # 2 of user 1 and 2 of user 5 against 2 of user 6
    assert run.ranks.tolist() == expected.ranks.tolist()
    assert _column(bounded, "n_repins_received")[30] == 1_000


def test_a_bound_below_one_is_refused() -> None:
    for wrong in (0, "2", 1.5, True):
        with pytest.raises(
            InvalidGraphError, match=f"max_edge_weight_per_user={wrong!r}; allowed is 1 or more, a whole"
        ):
            board_ranks(_edges([]), BOARDS, max_edge_weight_per_user=wrong)  # type: ignore[arg-type]


@settings(deadline=None)
@given(rows=st.lists(REPINS, max_size=12), n_parts=st.integers(1, 4))
def test_edges_in_parts_have_the_ranks_of_edges_together(
    rows: list[tuple[int, int, int, int, int]], n_parts: int
) -> None:
    edges = merge_repin_edges([_edges(rows)])
    parts = [
        edges.slice(
            number * len(edges) // n_parts, (number + 1) * len(edges) // n_parts - number * len(edges) // n_parts
        )
        for number in range(n_parts)
    ]
    assert board_ranks(parts, BOARDS)[0].equals(board_ranks(edges, BOARDS)[0])
