"""Edges in every form people have them in: the same ranks, or a refusal that names the form."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from pagerank.errors import InvalidGraphError, PageRankError
from pagerank.pagerank import PageRank, pagerank

PAIRS = [(3, 5), (3, 9), (5, 3), (9, 3)]
TRIPLES = [(3, 5, 1.0), (3, 9, 2.0), (5, 3, 4.0), (9, 3, 0.5)]
SRC, DST, WEIGHT = (list(column) for column in zip(*TRIPLES, strict=True))


class _DataFrame:
    """A data frame of any library, as far as Arrow sees it."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return pa.table({"src": SRC, "dst": DST}).__arrow_c_stream__(requested_schema)


class _Column:
    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return pa.chunked_array([SRC]).__arrow_c_stream__(requested_schema)


def _assert_same_bits(one: PageRank, other: PageRank) -> None:
    assert one.to_table().equals(other.to_table())
    assert one.n_sweeps == other.n_sweeps


@pytest.mark.parametrize(
    "edges",
    [
        PAIRS,
        [list(edge) for edge in PAIRS],
        set(PAIRS),
        np.array(PAIRS),
        np.array(PAIRS, np.uint8),
        np.array(PAIRS, np.float32),
        np.asfortranarray(PAIRS),
        [np.array(SRC), np.array(DST)],
        (pa.array(SRC), pa.chunked_array([DST])),
        pa.table({"src": SRC, "dst": DST}),
        pa.record_batch({"src": SRC, "dst": DST}),
        [pa.record_batch({"src": SRC, "dst": DST})],
        _DataFrame(),
        nx.DiGraph(PAIRS),
    ],
)
def test_every_form_of_unweighted_edges_gives_the_same_bits(edges: Any, tmp_path: Path) -> None:
    _assert_same_bits(pagerank(edges), pagerank((SRC, DST)))
    on_disk = pagerank(edges, memory_bytes=40, scratch=tmp_path)
    assert on_disk.ranks == pytest.approx(pagerank((SRC, DST)).ranks, abs=1e-7)


@pytest.mark.parametrize(
    "edges",
    [
        TRIPLES,
        [list(edge) for edge in TRIPLES],
        np.array(TRIPLES),
        pa.table({"src": SRC, "dst": DST, "weight": WEIGHT}),
        nx.DiGraph(nx.from_edgelist([(s, d, {"weight": w}) for s, d, w in TRIPLES], nx.DiGraph)),
        nx.from_edgelist([(s, d, {"weight": w}) for s, d, w in TRIPLES], nx.DiGraph).edges(data="weight"),
    ],
)
def test_every_form_of_weighted_edges_gives_the_same_bits(edges: Any) -> None:
    _assert_same_bits(pagerank(edges), pagerank((SRC, DST, WEIGHT)))


def test_two_tuples_in_a_list_are_two_edges() -> None:
    assert pagerank([(1, 2), (3, 2)]).node_ids.tolist() == [1, 2, 3]
    assert pagerank([(1, 2), (3, 2)]).ranks.argmax() == 1
    assert pagerank(np.array([[1, 2], [3, 2]])).ranks.argmax() == 1


@pytest.mark.parametrize(
    "edges",
    [
        ((1, 2), (3, 2)),
        [[1, 2], [3, 2]],
        ((1, 2, 3), (1, 2, 3)),
        [[1, 2, 1]] * 3,
        [np.array([1, 2]), np.array([3, 2])],
        [pa.array([1, 2, 3]), pa.chunked_array([[1, 2, 3]])],
    ],
)
def test_what_could_be_edges_or_columns_is_refused(edges: Any) -> None:
    with pytest.raises(InvalidGraphError, match=r"could be \d edges or \d columns; write edges as a list of tuples"):
        pagerank(edges)


def test_two_short_arrays_in_a_tuple_are_columns() -> None:
    assert pagerank((np.array([1, 2]), np.array([3, 4]))).node_ids.tolist() == [1, 2, 3, 4]
    assert pagerank((np.array([1, 2]), np.array([3, 2]))).ranks.argmax() == 1


LONG = list(range(100_000))


@pytest.mark.parametrize(
    "edges",
    [
        [LONG, LONG],
        [(1, 2), LONG],
        ([tuple(LONG)], [1]),
        (["a" * 100_000], [1]),
        [("a" * 100_000, 1), ("b", 2)],
        [(1, 2, "a" * 100_000)],
        pa.table({str(number): [1] for number in range(2_000)}),
        nx.Graph([(tuple(LONG), 1)]),
    ],
)
def test_a_refusal_shows_the_first_few_values_of_what_was_given(edges: Any) -> None:
    with pytest.raises(InvalidGraphError) as refused:
        pagerank(edges)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(("dtype", "n_bits"), [(np.float64, 53), (np.float32, 24), (np.float16, 11)])
@pytest.mark.parametrize("sign", [1, -1])
def test_floats_that_may_stand_for_another_id_are_refused(dtype: type[np.floating], n_bits: int, sign: int) -> None:
    last = sign * (2**n_bits - 1)
    assert last in pagerank(np.array([[last, 2, 1.0], [3, 2, 1]], dtype)).node_ids
    for beyond in (2**n_bits, 2**n_bits + 1):
        with pytest.raises(
            InvalidGraphError, match=rf"src: id .* in row 0 is no whole number below 2\*\*{n_bits}, from"
        ):
            pagerank(np.array([[sign * beyond, 2, 1.0], [3, 2, 1]], dtype))
    assert pagerank([(2**53 + 1, 2, 1.0), (2**53, 2, 1.0)]).node_ids.tolist() == [2, 2**53, 2**53 + 1]


@pytest.mark.parametrize("index", [pa.int8(), pa.int32()])
def test_categories_of_integers_are_the_integers(index: pa.DataType) -> None:
    ids = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0], index), pa.array([2**60 + 1, 7]))
    plain = ([2**60 + 1, 7, 2**60 + 1], [3, 3, 7])
    _assert_same_bits(pagerank((ids, plain[1])), pagerank(plain))
    _assert_same_bits(pagerank(pa.table({"src": ids, "dst": plain[1]})), pagerank(plain))
    missing = pa.DictionaryArray.from_arrays(pa.array([0, 1, None], index), pa.array([7, None]))
    with pytest.raises(InvalidGraphError, match=r"src: 2 of 3 ids are null \(first: row 1\)"):
        pagerank((missing, plain[1]))
    with pytest.raises(InvalidGraphError, match=r"src: ids are string \(first: 'a'\)"):
        pagerank((pa.array(["a"]).dictionary_encode(), [1]))


def test_a_tuple_of_tuples_that_are_no_edges_holds_columns() -> None:
    _assert_same_bits(pagerank(tuple(zip(*PAIRS, strict=True))), pagerank(PAIRS))


@pytest.mark.parametrize("edges", [[], set(), np.empty((0, 2)), np.empty((0, 3), np.int64), nx.Graph(), ([], [])])
def test_no_edges_are_no_ranks(edges: Any) -> None:
    assert pagerank(edges).to_table().num_rows == 0
    assert pagerank(edges, nodes=[4, 7]).ranks.tolist() == [0.5, 0.5]


GRAPHS = st.builds(
    lambda kind, edges, nodes: (kind, edges, nodes),
    st.sampled_from([nx.DiGraph, nx.Graph, nx.MultiDiGraph, nx.MultiGraph]),
    st.lists(st.tuples(st.integers(-3, 9), st.integers(-3, 9), st.sampled_from([None, 0.0, 0.5, 1, 3.0])), max_size=30),
    st.lists(st.integers(-3, 20), max_size=4),
)


@settings(max_examples=200, deadline=None)
@given(GRAPHS)
def test_a_graph_of_networkx_is_ranked_as_networkx_ranks_it(drawn: tuple[Any, Any, list[int]]) -> None:
    kind, edges, nodes = drawn
    graph = kind()
    graph.add_nodes_from(nodes)
    graph.add_edges_from((src, dst, {} if weight is None else {"weight": weight}) for src, dst, weight in edges)
    expected = nx.pagerank(graph, tol=1e-12, max_iter=1_000)
    ranked = pagerank(graph, tolerance=1e-10)
    assert ranked.node_ids.tolist() == sorted(graph)
    assert ranked.ranks == pytest.approx([expected[node] for node in sorted(graph)], abs=1e-9)


def test_nodes_beside_a_graph_are_nodes_as_well() -> None:
    assert pagerank(nx.DiGraph([(1, 2)]), nodes=[2, 7]).node_ids.tolist() == [1, 2, 7]


def test_the_remedies_for_labels_and_matrices_work() -> None:
    labelled = nx.DiGraph([("a", "c"), ("b", "c")])
    ranked = pagerank(nx.convert_node_labels_to_integers(labelled))
    expected = nx.pagerank(labelled)
    assert ranked.ranks == pytest.approx([expected[label] for label in list(labelled)], abs=1e-6)
    m = scipy.sparse.csr_matrix([[0, 2.0], [1.0, 0]]).tocoo()
    _assert_same_bits(pagerank((m.row, m.col, m.data)), pagerank([(0, 1, 2.0), (1, 0, 1.0)]))
    names, ids = np.unique(["b", "a", "b", "c"], return_inverse=True)
    assert pagerank(ids.reshape(-1, 2)).node_ids.tolist() == list(range(len(names)))


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        ([("a", "b")], "src: ids are str .first: 'a'.; allowed are integers .*number other ids first"),
        ([((0, 0), (0, 1))], "src: ids are tuple"),
        ([(1, True)], "dst: ids are bool"),
        ([(1, None)], "dst: ids are NoneType"),
        ([(1, 2.0)], "dst: ids are float"),
        ([(1, 2**63)], "does not fit into int64"),
        ([(1, 2**70)], "dst: ids are object"),
        ([(1, 2), (1, 2, 3.0)], r"some edges have a weight .*first: \(1, 2, 3.0\) in row 1"),
        ([(1, 2), 7], "7 in row 1 is no edge"),
        ([(1, 2), "ab"], "'ab' in row 1 is no edge"),
        ([[1, 2, 3, 4], [5, 6, 7, 8]], r"\[1, 2, 3, 4\] in row 0 is no edge.*give columns as a tuple"),
        ([1, 2], "1 in row 0 is no edge"),
        ([(1, 2, -1.0)], "first: -1.0 on edge 1 -> 2 in row 0"),
        ([(1, 2, NAN)], "first: nan on edge 1 -> 2 in row 0"),
        ([(1, 2, INF)], "first: inf on edge 1 -> 2 in row 0"),
        ([(1, 2, "heavy")], "weight: an array of <U5 .*first: .*heavy"),
        ([(1, 2, None)], "weight: an array of object"),
        ([(1, 2, Decimal(1))], "weight: an array of object"),
        ([(1, 2, {"weight": 3})], "weight: an array of object"),
        ([(1, 2, [1]), (1, 2, [1, 2])], "weight: "),
        (([[1], [1, 2]], [1, 2]), "src: ids are list"),
        (([1, True], [1, 2]), "src: ids are bool"),
        ((pa.array(["1"]), [2]), "src: ids are string"),
        ((pa.array([{"a": 1}]), [2]), "src: ids are struct"),
        ((pa.array([True]), [2]), "src: ids are bool"),
        (([1], [2], pa.array([True])), "weight: an array of bool"),
        ((), "0 arrays given"),
        ("ab", "they are a str; allowed are an Arrow table"),
        ({1: [2]}, "they are a dict"),
        (nx.DiGraph(PAIRS).edges, "they are a networkx OutEdgeView"),
        (7, "they are a int"),
        (None, "they are a NoneType"),
        (scipy.sparse.csr_matrix([[0, 1]]), "they are a scipy csr_matrix; .*of a sparse matrix give"),
        (scipy.sparse.coo_array([[0, 1]]), "they are a scipy coo_array"),
        (_Column(), "they are a .*_Column"),
        ((edge for edge in PAIRS), "a generator can be read once, .*give a list of what it yields"),
        (np.array([1, 2]), r"an array of shape \(2,\)"),
        (np.zeros((2, 5)), r"an array of shape \(2, 5\).*transpose"),
        (np.zeros((2, 2, 2)), r"an array of shape \(2, 2, 2\)"),
        (np.array([[1.5, 2]]), "src: id 1.5 in row 0 is no whole number"),
        (np.array([[1, NAN]]), "dst: id nan in row 0 is no whole number"),
        (np.array([[1, 2.0**60]]), "dst: id 1.15.* in row 0 is no whole number below"),
        (np.array([[1, 2, INF]]), "first: inf on edge 1 -> 2"),
        (np.array([[1, 2]], object), "src: ids are object"),
        (np.array([[True, False]]), "src: ids are bool"),
        (np.array([["a", "b"]]), "src: ids are <U1"),
        (np.array([["2026", "2027"]], "M8[Y]"), "src: ids are datetime64"),
        (([1], [2], np.array([1e400], np.longdouble) * 10 ** np.longdouble(400)), "first: inf on edge 1 -> 2"),
        ([pa.record_batch({"src": [1], "dst": [2]}), (1, 2)], "a tuple stands among the batches"),
        (
            [pa.table({"src": [1], "dst": [2]}), pa.table({"src": ["a"], "dst": [2]})],
            "the batches have different columns",
        ),
        (nx.DiGraph([("a", "b")]), "node 'a' of the graph is a str; .*convert_node_labels_to_integers"),
        (nx.Graph([((0, 0), (0, 1))]), r"node \(0, 0\) of the graph is a tuple"),
        (nx.Graph([(1.0, 2.0)]), "node 1.0 of the graph is a float"),
        (nx.Graph([(True, 2)]), "node True of the graph is a bool"),
        (nx.from_edgelist([(1, 2, {"weight": -1})]), "first: -1 on edge 1 -> 2"),
        (nx.from_edgelist([(1, 2, {"weight": "x"})]), "weight: an array of <U1"),
    ],
)
def test_a_form_that_is_none_of_ours_is_named(edges: Any, message: str) -> None:
    with pytest.raises(PageRankError, match=f"(?s){message}"):
        pagerank(edges)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_nodes": 3}, "a graph and n_nodes=3 are given; leave n_nodes out"),
        ({"nodes": ["a"]}, "nodes: ids are str"),
        ({"personalization": {"a": 1.0}}, "personalization: ids are str"),
        ({"personalization": {1: "x"}}, "personalization: the values are no numbers"),
        ({"personalization": [1.0, 2.0]}, "personalization: a list is given"),
        ({"start": 7}, "start: a int is given; allowed are a mapping and a tuple"),
    ],
)
def test_what_does_not_go_with_a_graph_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidGraphError, match=message):
        pagerank(nx.DiGraph([(1, 2)]), **options)
