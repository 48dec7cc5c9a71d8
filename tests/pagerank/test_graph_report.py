"""The report of a repin graph: counted by hand, and against networkx, however the edges are cut into parts."""

import networkx as nx
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pagerank.graph_report import GraphReport, component_sizes, graph_report
from pagerank.repin_graph import REPIN_EDGES, merge_repin_edges

BOARDS = np.arange(1, 10) * 10
REPINS = st.lists(
    st.tuples(*[st.sampled_from(BOARDS.tolist())] * 2, st.integers(1, 3), st.integers(1, 3), st.integers(1, 5)),
    max_size=15,
)


def _edges(rows: list[tuple[int, ...]]) -> pa.Table:
    table = pa.table([list(column) for column in zip(*rows, strict=True)] or [[]] * 5, schema=REPIN_EDGES)
    return merge_repin_edges([table])


def test_a_small_graph_counted_by_hand() -> None:
    # 10 and 20 save from 30, 20 twice by two users; 40 saves from itself alone; 50 and 60 from each other.
    rows = [
        (10, 30, 1, 3, 1),
        (20, 30, 2, 3, 4),
        (20, 30, 1, 3, 2),
        (40, 40, 4, 4, 3),
        (50, 60, 5, 5, 1),
        (60, 50, 5, 6, 1),
    ]
    assert graph_report([_edges(rows)], BOARDS) == GraphReport(
        n_boards=9,
        n_edges=4,
        n_repins=12,
        n_self_repins=3,
        n_cross_user_repins=8,
        n_dangling=5,  # 30, 40, 70, 80, 90
        n_components=6,
        largest_component=3,
        largest_in_degree=2,
        most_saved_from=30,
        largest_out_degree=1,
        most_saving=10,
    )


@settings(deadline=None)
@given(rows=REPINS, n_parts=st.integers(1, 4))
def test_figures_are_those_of_networkx_however_edges_are_cut(rows: list[tuple[int, ...]], n_parts: int) -> None:
    edges = _edges(rows)
    part_of = edges["board_id"].to_numpy() // 10 % n_parts
    parts = [edges.filter(pa.array(part_of == number)) for number in range(n_parts)]
    report = graph_report(parts, BOARDS)
    graph = nx.DiGraph((src, dst) for src, dst, *_ in rows if src != dst)
    graph.add_nodes_from(BOARDS.tolist())
    components = list(nx.weakly_connected_components(graph))
    assert report.n_edges == graph.number_of_edges()
    assert (report.n_components, report.largest_component) == (len(components), max(map(len, components)))
    assert component_sizes(parts, BOARDS) == (report.n_components, report.largest_component)
    assert report.largest_in_degree == max(degree for _, degree in graph.in_degree())
    assert report.largest_out_degree == max(degree for _, degree in graph.out_degree())
    assert report.n_dangling == sum(degree == 0 for _, degree in graph.out_degree())
    assert report.n_repins == (pc.sum(edges["n_repins"]).as_py() or 0)


@pytest.mark.parametrize("boards", [BOARDS, BOARDS[:0]])
def test_a_graph_without_edges_is_told_in_two_lines(boards: np.ndarray) -> None:
    report = graph_report([], boards)
    assert (report.n_components, report.largest_component) == (boards.size, min(1, boards.size))
    assert component_sizes([], boards) == (boards.size, min(1, boards.size))
    assert (report.most_saved_from, report.most_saving) == (None, None)
    assert len(str(report).splitlines()) == 2


def test_one_of_a_kind_is_told_in_the_singular() -> None:
    text = str(graph_report([_edges([(10, 20, 1, 2, 1)])], np.array([10, 20])))
    assert text.startswith("2 boards, 1 edge, 1 repin (")
    assert "1 component in all" in text
    assert "board 20, by 1 board; saving most: board 10, from 1" in text
