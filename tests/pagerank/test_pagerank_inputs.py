"""What PageRank takes and gives: tables and arrays, starts and teleports, its report, and what is not allowed."""

import sys
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pagerank.edges.node_ids import find_positions
from pagerank.errors import InvalidGraphError
from pagerank.pagerank import PageRank, pagerank


def _assert_same_bits(one: PageRank, other: PageRank) -> None:
    assert one.to_table().equals(other.to_table())
    assert one.residuals.tobytes() == other.residuals.tobytes()
    assert (one.n_sweeps, one.error_bound) == (other.n_sweeps, other.error_bound)


def test_residuals_shrink_at_least_by_the_damping() -> None:
    result = pagerank(([0, 1, 2, 2], [1, 2, 0, 3]), tolerance=1e-10)
    assert result.residuals.size == result.n_sweeps
    assert (result.residuals[1:] <= 0.85 * result.residuals[:-1] + 1e-15).all()
    assert result.error_bound == pytest.approx(0.85 / 0.15 * result.residuals[-1], rel=0.01)


def test_arrow_tables_and_arrays_give_the_same_bits() -> None:
    src, dst, weight = [3, 3, 5], [5, 9, 3], [1.0, 2.0, 4.0]
    _assert_same_bits(
        pagerank(pa.table({"weight": weight, "dst": dst, "src": src})),
        pagerank((np.array(src, np.uint16), np.array(dst, np.int32), np.array(weight, np.float32))),
    )
    _assert_same_bits(pagerank(pa.table({"src": src, "dst": dst})), pagerank((src, dst, [1, 1, 1])))


def test_nodes_by_number_and_by_id_give_the_same_bits() -> None:
    edges = ([0, 1, 3], [1, 3, 1])
    _assert_same_bits(pagerank(edges, n_nodes=5), pagerank(edges, nodes=pa.array([4, 3, 2, 1, 0])))


def test_ranks_become_a_table() -> None:
    table = pagerank(([7], [4])).to_table()
    assert table.column_names == ["node_id", "rank"]
    assert table["node_id"].to_pylist() == [4, 7]
    assert pagerank(([], [])).to_table().schema == pa.schema({"node_id": pa.int64(), "rank": pa.float64()})


def test_a_start_at_the_solution_needs_one_sweep() -> None:
    edges = ([0, 1, 2, 2, 4], [1, 2, 0, 3, 0])
    cold = pagerank(edges, tolerance=1e-10)
    warm = pagerank(edges, tolerance=1e-9, start=(cold.node_ids, cold.ranks))
    assert (cold.n_sweeps > 5, warm.n_sweeps) == (True, 1)
    assert np.abs(warm.ranks - cold.ranks).sum() <= 1e-9 + 1e-10


def test_a_start_knows_old_nodes_and_gives_new_ones_the_mean() -> None:
    grown = pagerank(([0, 1, 2], [1, 2, 0]), nodes=[3], start=([0, 1, 2, 77], [1.0, 1.0, 1.0, 50.0]))
    uniform = pagerank(([0, 1, 2], [1, 2, 0]), nodes=[3])
    _assert_same_bits(grown, uniform)


def test_a_start_that_knows_no_node_is_a_cold_start() -> None:
    edges = ([0, 1], [1, 2])
    for start in (([], []), ([8, 9], [0.5, 0.5]), ([0], [0.0])):
        _assert_same_bits(pagerank(edges, start=start), pagerank(edges))


def test_personalization_as_arrays_is_the_mapping() -> None:
    edges = ([0, 1], [1, 2])
    by_arrays = pagerank(edges, personalization=(pa.array([2, 0]), np.array([1.0, 3.0])))
    _assert_same_bits(by_arrays, pagerank(edges, personalization={0: 3.0, 2: 1.0}))


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_that_is_no_amount_is_named(weight: float) -> None:
    with pytest.raises(InvalidGraphError, match=rf"1 of 2 weights .*first: {weight} on edge 4 -> 5 in row 1"):
        pagerank(([1, 4], [2, 5], [1.0, weight]))


def test_a_missing_weight_is_named() -> None:
    with pytest.raises(InvalidGraphError, match="first: nan on edge 1 -> 2 in row 0"):
        pagerank(pa.table({"src": [1], "dst": [2], "weight": pa.array([None], pa.float64())}))


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        (([1.0], [2]), "src: ids are float "),
        (([1], ["a"]), "dst: ids are str "),
        (([[1]], [[2]]), "src: ids are list "),
        (([2**63], [1]), "src: id 9223372036854775808 in row 0 does not fit into int64"),
        (([1, 2], [1]), "2 src, 1 dst and 2 weights"),
        (([1],), "1 arrays given"),
        (([1], [2], ["heavy"]), "weight: an array of <U5"),
        (([1, 1], [2, 3], [1e308, 1e308]), "the weights out of node 1 add up to more than float64 holds"),
        (pa.table({"src": [1], "dst": [2], "weights": [1.0]}), "columns .*'weights'"),
        (pa.table({"src": [1, None], "dst": [2, 2]}), r"src: 1 of 2 ids are null \(first: row 1\)"),
    ],
)
def test_edges_that_are_none_are_named(edges: object, message: str) -> None:
    with pytest.raises(InvalidGraphError, match=message):
        pagerank(edges)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"damping": 1.0}, "damping=1.0"),
        ({"damping": float("nan")}, "damping=nan"),
        ({"damping": "0.85"}, "damping='0.85'; allowed is 0 <= damping < 1, a number, usual is 0.85"),
        ({"damping": False}, "damping=False"),
        ({"damping": np.False_}, "damping="),
        ({"damping": None}, "damping=None"),
        ({"damping": [0.85]}, r"damping=\[0.85\]"),
        ({"damping": -0.1}, "damping=-0.1"),
        ({"n_threads": 0}, "n_threads=0; allowed is 1 or more"),
        ({"n_threads": "2"}, "n_threads='2'; allowed is 1 or more, a whole number, or None for all cores"),
        ({"n_threads": 2.0}, "n_threads=2.0"),
        ({"n_threads": True}, "n_threads=True"),
        ({"memory_bytes": "1e9"}, "memory_bytes='1e9'"),
        ({"memory_bytes": -1}, "memory_bytes=-1; allowed is 0 or more"),
        ({"n_nodes": "2"}, "n_nodes='2'"),
        ({"n_nodes": True}, "n_nodes=True"),
        ({"tolerance": 0.0}, "tolerance=0.0"),
        ({"tolerance": "1e-8"}, "tolerance='1e-8'; allowed is a number above 0, usual is 1e-8"),
        ({"tolerance": "1" * 9_000}, "tolerance='1{10,30}[.]{3}1{10,30}'; "),
        ({"tolerance": float("nan")}, "tolerance=nan"),
        ({"tolerance": float("inf")}, "tolerance=inf"),
        ({"tolerance": True}, "tolerance=True"),
        ({"tolerance": None}, "tolerance=None"),
        ({"tolerance": 1j}, "tolerance=1j"),
        ({"tolerance": 10**400}, "tolerance=1"),
        ({"n_nodes": 1}, r"1 of 1 name an id outside .*first: 0 -> 1 in row 0"),
        ({"n_nodes": -1}, "n_nodes=-1"),
        ({"n_nodes": 2, "nodes": [0, 1]}, "both nodes and n_nodes=2"),
        ({"nodes": [0.5]}, "nodes: ids are float "),
        ({"personalization": {7: 1.0}}, r"1 of 1 ids are no node of the graph \(first: 7\)"),
        ({"personalization": {0: 0.0}}, "all 1 values are 0"),
        ({"personalization": {}}, "all 0 values are 0"),
        ({"personalization": {0: -1.0}}, "value -1.0 of node 0"),
        ({"personalization": ([0, 0], [1.0, 1.0])}, "node 0 stands more than once"),
        ({"personalization": ([0, 1], [1.0])}, "2 ids and values of shape"),
        ({"start": ([0], [float("nan")])}, "start: value nan of node 0"),
    ],
)
def test_settings_that_are_not_allowed_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidGraphError, match=message):
        pagerank(([0], [1]), **options)  # type: ignore[arg-type]


def test_settings_of_other_types_of_numbers_are_numbers() -> None:
    edges = ([0, 1], [1, 2])
    given = pagerank(
        edges, damping=Fraction(1, 2), tolerance=np.float64(1e-9), n_nodes=np.int64(3), n_threads=np.uint8(1)
    )
    _assert_same_bits(given, pagerank(edges, damping=0.5, tolerance=1e-9, n_nodes=3, n_threads=1))


@settings(deadline=None)
@given(
    known=st.sets(st.integers(-(2**63), 2**63 - 1) | st.integers(-5, 40), min_size=1),
    asked=st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-5, 40), max_size=60),
)
def test_ids_are_found_where_they_stand_and_nowhere_else(known: set[int], asked: list[int]) -> None:
    ids = np.array(sorted(known), np.int64)
    positions, found = find_positions(ids, np.array(asked, np.int64))
    assert found.tolist() == [one in known for one in asked]
    assert [int(ids[place]) for place in positions[found]] == [one for one in asked if one in known]


def test_weights_that_vanish_beside_others_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["pagerank.pagerank"], "KERNEL_EDGES", 0)
    with pytest.raises(InvalidGraphError, match="the weights out of node 0 are too small for float64"):
        pagerank(([0, 1], [2, 3], [5e-324, 1.0]))
    assert pagerank(([0, 1], [2, 3], [1e-320, 1.0])).ranks.sum() == pytest.approx(1.0)


def test_no_nodes_have_no_ranks() -> None:
    assert len(pagerank([], n_nodes=0).ranks) == 0
