"""Ranks in slices: those of one process within the bounds, with the same bits for any number of slices and parts."""

import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joins.arrow.hashing import partition_of
from joins.arrow.ordering import rank_order
from joins.engine.local import LocalEngine
from joins.engine.step import PartitionInput, PartitionStep
from pagerank.board_ranks import BOARD_RANKS, board_ranks
from pagerank.errors import InvalidGraphError, NotConvergedError
from pagerank.graph_report import graph_report
from pagerank.repin_graph import REPIN_EDGES, merge_repin_edges
from pagerank.slices.engine_ranks import EngineRanks, EngineRun, FirstLook, GraphInParts

Edge = tuple[int, int, int, int, int]

HUB, RING = 7, 9
GRAPHS: dict[str, tuple[Sequence[int], list[Edge]]] = {
    "no edges": ([3, 1, 2**62, -5], []),
    "self edges alone": ([3, 1, 8], [(3, 3, 1, 1, 4), (8, 8, 1, 1, 1)]),
    "one board": ([9], [(9, 9, 1, 1, 2)]),
    "one edge": ([5, 4], [(5, 4, 1, 2, 3)]),
    "dangling boards": (range(10), [(n, 9 - n % 2, 1, 2, n + 1) for n in range(6)]),
    "two components": (range(8), [(n, (n + 1) % 4 + n // 4 * 4, n, 2, 1) for n in range(8)]),
    "a board with most of the edges": (range(20), [(n, HUB, n, 1, 1) for n in range(20)] + [(HUB, 3, 1, 1, 2)]),
    "a ring, slow to settle": (range(RING), [(n, (n + 1) % RING, 1, 1, 1) for n in range(RING)] + [(0, 5, 1, 1, 1)]),
    "users beside each other": (
        range(6),
        [(0, n, n % 2, 3, 20) for n in range(6)] + [(0, 1, 9, 3, 2), (1, 0, 1, 1, 1)],
    ),
}


def edges_of(rows: Sequence[Edge]) -> pa.Table:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * len(REPIN_EDGES)
    return merge_repin_edges([pa.table(columns, schema=REPIN_EDGES)])


def parts_of(table: pa.Table, n_parts: int) -> PartitionInput:
    number = partition_of(table["board_id"], n_parts)
    return [table.filter(pa.array(number == part)) for part in range(n_parts)].__getitem__


def run_step_in(scratch: Path, told: list[Any] | None = None) -> Callable[[str, PartitionStep[Any]], list[Any]]:
    def run(_what: str, step: PartitionStep[Any]) -> list[Any]:
        pickle.dumps((step.build, step.sink))
        results = LocalEngine(scratch).run(step)
        if told is not None:
            told.extend(results)
        return results

    return run


def ranked(
    scratch: Path,
    boards: Sequence[int],
    edges: pa.Table,
    *,
    n_parts: int = 3,
    boards_a_slice: int | None = None,
    previous: pa.Table | None = None,
    damping: float = 0.85,
    tolerance: float = 1e-8,
    told: list[Any] | None = None,
) -> tuple[pa.Table, EngineRun]:
    """Rank on the engine of one machine; half of the boards are named by one table, and all but a few by another."""
    scratch.mkdir(exist_ok=True)
    ids = pa.table({"board_id": pa.array(boards, pa.int64())})
    named = [
        parts_of(ids.slice(ids.num_rows // 2), n_parts),
        parts_of(pa.concat_tables([ids, ids.slice(0, 1)]), n_parts),
    ]
    graph = GraphInParts(
        n_parts,
        parts_of(edges, n_parts),
        first=None if previous else FirstLook(parts_of(edges, n_parts), named),
        previous=parts_of(previous, n_parts) if previous else None,
        max_edge_weight_per_user=10,
    )
    run = EngineRanks(run_step_in(scratch, told), scratch, boards_a_slice)(graph, damping=damping, tolerance=tolerance)
    return pa.concat_tables(map(run.rows.read, range(run.rows.n_shards))).sort_by("board_id"), run


def by_networkx(boards: Sequence[int], edges: pa.Table) -> dict[int, float]:
    graph = nx.DiGraph()
    graph.add_nodes_from(boards)
    for row in edges.to_pylist():
        src, dst, weight = row["board_id"], row["parent_board_id"], min(row["n_repins"], 10)
        if src != dst:
            before = graph.get_edge_data(src, dst, {"weight": 0})["weight"]
            graph.add_edge(src, dst, weight=before + weight)
    return dict(nx.pagerank(graph, tol=1e-14, max_iter=2_000))


@pytest.mark.parametrize("name", GRAPHS)
def test_ranks_are_those_of_networkx_and_have_the_same_bits_for_any_slices_and_parts(name: str, tmp_path: Path) -> None:
    boards, rows = GRAPHS[name]
    edges = edges_of(rows)
    expected, alone = board_ranks(edges, list(boards), max_edge_weight_per_user=10)
    found, run = ranked(tmp_path / "one", boards, edges)
    ranks = found["page_rank"].to_numpy()
    assert run.error_bound <= 1e-8
    assert np.abs(ranks - expected["page_rank"].to_numpy()).sum() <= run.error_bound + alone.error_bound
    oracle = by_networkx(boards, edges)
    assert np.abs(ranks - [oracle[board] for board in found["board_id"].to_pylist()]).sum() <= run.error_bound + 1e-11
    counts = [name for name in BOARD_RANKS.names if name not in ("page_rank", "rank_order", "percentile")]
    assert found.select(counts).equals(expected.select(counts))
    for got, order in zip(("rank_order", "percentile"), rank_order(ranks, np.sort(ranks)), strict=True):
        assert found[got].to_pylist() == order.tolist()
    for boards_a_slice, n_parts in ((1, 1), (2, 4), (3, 1)):
        scratch = tmp_path / str(boards_a_slice)
        cut, run_cut = ranked(scratch, boards, edges, n_parts=n_parts, boards_a_slice=boards_a_slice)
        assert cut.equals(found)
        assert (run_cut.error_bound, run_cut.residuals.tolist()) == (run.error_bound, run.residuals.tolist())
        assert run_cut.report == run.report == graph_report([edges], found["board_id"].to_numpy())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(*[st.integers(0, 14)] * 2, st.integers(1, 3), st.integers(1, 3), st.integers(1, 30)), max_size=60
    ),
    boards_a_slice=st.integers(3, 20),
    damping=st.sampled_from([0.0, 0.5, 0.85, 0.97]),
)
def test_any_graph_is_ranked_as_by_one_process(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Edge], boards_a_slice: int, damping: float
) -> None:
    edges, boards = edges_of(rows), range(15)
    expected, alone = board_ranks(edges, list(boards), damping=damping, max_edge_weight_per_user=10)
    scratch = tmp_path_factory.mktemp("ranks")
    found, run = ranked(scratch, boards, edges, boards_a_slice=boards_a_slice, damping=damping)
    difference = np.abs(found["page_rank"].to_numpy() - expected["page_rank"].to_numpy()).sum()
    assert difference <= run.error_bound + alone.error_bound
    assert found["page_rank"].to_numpy().min() > 0.0


def test_a_later_run_starts_from_the_ranks_before_and_takes_its_counts_over(tmp_path: Path) -> None:
    boards, rows = GRAPHS["a ring, slow to settle"]
    before, first = ranked(tmp_path / "first", boards, edges_of(rows), boards_a_slice=5)
    again, later = ranked(tmp_path / "later", boards, edges_of(rows), boards_a_slice=2, previous=before)
    assert later.n_sweeps == 1 < first.n_sweeps
    assert later.report is None
    counts = ["board_id", *BOARD_RANKS.names[-3:]]
    assert again.select(counts).equals(before.select(counts))


def slow_graph(n: int) -> pa.Table:
    """Return boards that save from the next, and some from one anywhere: sweeps take long to spread what they have."""
    anywhere = np.random.default_rng(5).integers(0, n, n).tolist()
    far = [(board, anywhere[board], 1, 1, 1) for board in range(0, n, 5)]
    return edges_of([(board, (board + 1) % n, 1, 1, 3) for board in range(n)] + far)


def test_combined_sweeps_are_fewer_than_those_of_the_power_method(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(5)  # two halves that hardly touch
    halves = [(board, int(rng.integers(30)) + board // 30 * 30, 1, 1, 1) for board in range(60) for _ in range(3)]
    edges = edges_of([*halves, (0, 31, 1, 1, 1)])
    _, combined = ranked(tmp_path / "combined", range(60), edges, boards_a_slice=31, damping=0.95)
    monkeypatch.setattr("pagerank.slices.sliced_iteration.SWEEPS_TO_COMBINE", 1)
    _, power = ranked(tmp_path / "power", range(60), edges, boards_a_slice=31, damping=0.95)
    assert combined.n_sweeps < 0.8 * power.n_sweeps


def test_what_comes_home_of_a_step_does_not_grow_with_boards_and_old_ranks_are_removed(tmp_path: Path) -> None:
    for n in (4_000, 16_000):
        told: list[Any] = []
        folder = tmp_path / str(n)
        _, run = ranked(folder, range(n), slow_graph(n), boards_a_slice=n // 3, tolerance=1e-4, told=told)
        assert run.n_sweeps > 8
        assert max(len(pickle.dumps(one)) for one in told) < 10_000
        assert len({path.parent for path in folder.glob("sweep-*/*")}) <= 8


def test_an_edge_to_an_unknown_board_is_named(tmp_path: Path) -> None:
    edges = edges_of([(1, 77, 1, 1, 1)])
    with pytest.raises(InvalidGraphError, match=r"not among the boards \(first: board 77\)"):
        ranked(tmp_path, [1, 2, 3], edges, boards_a_slice=2)


def test_no_boards_have_no_ranks(tmp_path: Path) -> None:
    found, run = ranked(tmp_path, [], edges_of([]))
    assert found.equals(BOARD_RANKS.empty_table())
    assert (run.n_sweeps, run.error_bound) == (0, 0.0)


def test_sweeps_that_do_not_end_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pagerank.slices.sliced_iteration.most_sweeps", lambda *_: 3)
    with pytest.raises(NotConvergedError, match="after 3 sweeps"):
        ranked(tmp_path, range(60), slow_graph(60))
