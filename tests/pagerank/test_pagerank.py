"""PageRank: equal to networkx where networkx defines it, exact where the answer is known, and proved by its bound."""

from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pagerank.pagerank import PageRank, pagerank

Edge = tuple[int, int, float]

# Dangling and isolated nodes, self-loops, parallel edges and edges of no weight all turn up in so few nodes.
NODES = list(range(7))
WEIGHTS = st.sampled_from([0.0, 0.25, 1.0, 3.0, 1e-3, 1e4])
EDGES = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES), WEIGHTS), max_size=25)
INTEGER_EDGES = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES), st.integers(0, 9)), max_size=20)
DAMPINGS = st.sampled_from([0.0, 0.5, 0.85, 0.95])


def _arrays(edges: list[Edge]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    src, dst, weight = zip(*edges, strict=True) if edges else ((), (), ())
    return np.array(src, np.int64), np.array(dst, np.int64), np.array(weight, np.float64)


def _ranks_of(edges: list[Edge], **settings_of_run: object) -> dict[int, float]:
    result = pagerank(_arrays(edges), **settings_of_run)  # type: ignore[arg-type]
    return dict(zip(result.node_ids.tolist(), result.ranks.tolist(), strict=True))


def _networkx_ranks(edges: list[Edge], nodes: list[int], **options: object) -> dict[int, float]:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(nodes)
    graph.add_weighted_edges_from(edges)
    return nx.pagerank(graph, tol=1e-14, max_iter=5_000, **options)


def _exact_ranks(edges: list[Edge], n_nodes: int, damping: float) -> list[Fraction]:
    """Return the ranks as fractions, by Gauss-Jordan elimination of (I - a P) x = 1, scaled to sum 1."""
    out_weight = [Fraction(sum(int(weight) for src, _, weight in edges if src == node)) for node in range(n_nodes)]
    rows = [[Fraction(int(i == j)) for j in range(n_nodes)] + [Fraction(1)] for i in range(n_nodes)]
    for src, dst, weight in edges:
        if out_weight[src]:
            rows[dst][src] -= Fraction(damping) * int(weight) / out_weight[src]
    for pivot in range(n_nodes):
        swap = next(row for row in range(pivot, n_nodes) if rows[row][pivot])
        rows[pivot], rows[swap] = rows[swap], rows[pivot]
        rows[pivot] = [value / rows[pivot][pivot] for value in rows[pivot]]
        for row in range(n_nodes):
            if row != pivot and rows[row][pivot]:
                factor = rows[row][pivot]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[pivot], strict=True)]
    total = sum(row[-1] for row in rows)
    return [row[-1] / total for row in rows]


def _assert_same_bits(one: PageRank, other: PageRank) -> None:
    assert one.node_ids.tobytes() == other.node_ids.tobytes()
    assert one.ranks.tobytes() == other.ranks.tobytes()
    assert one.residuals.tobytes() == other.residuals.tobytes()
    assert (one.n_sweeps, one.error_bound) == (other.n_sweeps, other.error_bound)


def test_a_directed_cycle_is_uniform() -> None:
    assert _ranks_of([(0, 1, 1), (1, 2, 1), (2, 3, 1), (3, 0, 1)]) == pytest.approx(dict.fromkeys(range(4), 0.25))


def test_a_star_gives_its_centre_what_the_equations_say() -> None:
    # With leaf rank l and centre rank c of n = 5 nodes, the centre dangling:
    # l = (0.15 + 0.85 c) / 5 and c + 4 l = 1, so c = (1 - 4 * 0.03) / (1 + 4 * 0.17) = 0.88 / 1.68.
    ranks = _ranks_of([(leaf, 9, 1) for leaf in (1, 2, 3, 4)])
    centre = 0.88 / 1.68
    assert ranks == pytest.approx({**dict.fromkeys((1, 2, 3, 4), (1 - centre) / 4), 9: centre}, abs=1e-8)


def test_weights_share_out_importance_in_proportion() -> None:
    # All of node 0's importance but the teleport goes to 1 and 2, three to one; both give it back.
    # With a = 0.5 and teleport 1/6 each: x0 = 1/6 + (x1 + x2) / 2 and x0 + x1 + x2 = 1, so x0 = 4/9,
    # x1 = 1/6 + 3/8 * 4/9 = 1/3 and x2 = 1/6 + 1/8 * 4/9 = 2/9.
    ranks = _ranks_of([(0, 1, 3), (0, 2, 1), (1, 0, 1), (2, 0, 7)], damping=0.5)
    assert ranks == pytest.approx({0: 4 / 9, 1: 1 / 3, 2: 2 / 9}, abs=1e-8)


def test_nodes_without_any_edge_are_uniform() -> None:
    assert _ranks_of([], nodes=[5, 3, 5]) == {3: 0.5, 5: 0.5}


def test_one_node_has_it_all() -> None:
    assert _ranks_of([], n_nodes=1) == {0: 1.0}
    assert _ranks_of([(8, 8, 1)]) == {8: 1.0}


def test_without_damping_only_the_teleport_counts() -> None:
    assert _ranks_of([(0, 1, 1)], damping=0.0, personalization={0: 1, 1: 3}) == {0: 0.25, 1: 0.75}


def test_an_empty_graph_has_an_empty_result() -> None:
    result = pagerank(([], []))
    assert (result.node_ids.size, result.ranks.size, result.n_sweeps, result.error_bound) == (0, 0, 0, 0.0)


@settings(deadline=None)
@given(edges=EDGES, damping=DAMPINGS)
def test_ranks_are_those_of_networkx(edges: list[Edge], damping: float) -> None:
    expected = _networkx_ranks(edges, NODES, alpha=damping)
    assert _ranks_of(edges, nodes=NODES, damping=damping, tolerance=1e-11) == pytest.approx(expected, abs=2e-11)


@settings(deadline=None)
@given(edges=EDGES, personalization=st.dictionaries(st.sampled_from(NODES), st.floats(0.1, 9.0), min_size=1))
def test_personalised_ranks_are_those_of_networkx(edges: list[Edge], personalization: dict[int, float]) -> None:
    expected = _networkx_ranks(edges, NODES, personalization=personalization)
    ranks = _ranks_of(edges, nodes=NODES, personalization=personalization, tolerance=1e-11)
    assert ranks == pytest.approx(expected, abs=2e-11)


def test_ranks_of_a_random_graph_are_those_of_networkx() -> None:
    rng = np.random.default_rng(5)
    src, dst = rng.integers(0, 600, 2_000), rng.zipf(1.6, 2_000) % 600
    edges = list(zip(src.tolist(), dst.tolist(), rng.integers(1, 9, 2_000).tolist(), strict=True))
    expected = _networkx_ranks(edges, list(range(600)))
    ranks = _ranks_of(edges, n_nodes=600, tolerance=1e-11)
    assert sum(abs(ranks[node] - expected[node]) for node in expected) < 1e-10


@settings(deadline=None)
@given(edges=INTEGER_EDGES, damping=DAMPINGS, tolerance=st.sampled_from([0.1, 1e-3, 1e-8, 1e-11]))
def test_the_bound_is_at_least_the_true_error(edges: list[Edge], damping: float, tolerance: float) -> None:
    result = pagerank(_arrays(edges), n_nodes=7, damping=damping, tolerance=tolerance)
    exact = _exact_ranks(edges, 7, damping)
    true_error = sum(abs(Fraction(rank) - want) for rank, want in zip(result.ranks.tolist(), exact, strict=True))
    assert true_error <= Fraction(result.error_bound) <= Fraction(tolerance)


@settings(deadline=None)
@given(edges=EDGES)
def test_ranks_sum_to_one_and_none_is_negative(edges: list[Edge]) -> None:
    ranks = pagerank(_arrays(edges), n_nodes=7).ranks
    assert ranks.sum() == pytest.approx(1.0, abs=1e-14)
    assert (ranks > 0).all()


@settings(deadline=None)
@given(edges=EDGES, new_ids=st.permutations(NODES))
def test_ranks_survive_relabelling(edges: list[Edge], new_ids: list[int]) -> None:
    ranks = _ranks_of(edges, nodes=NODES, tolerance=1e-11)
    moved = [(new_ids[src], new_ids[dst], weight) for src, dst, weight in edges]
    relabelled = _ranks_of(moved, nodes=NODES, tolerance=1e-11)
    assert {new_ids[node]: rank for node, rank in ranks.items()} == pytest.approx(relabelled, abs=2e-11)


@settings(deadline=None)
@given(edges=EDGES, randomness=st.randoms(use_true_random=False))
def test_the_order_of_edges_changes_no_bit(edges: list[Edge], randomness: object) -> None:
    shuffled = list(edges)
    randomness.shuffle(shuffled)  # type: ignore[attr-defined]
    _assert_same_bits(pagerank(_arrays(edges), nodes=NODES), pagerank(_arrays(shuffled), nodes=NODES[::-1]))


@settings(deadline=None)
@given(edges=EDGES, parts=st.integers(2, 5))
def test_splitting_a_weight_over_parallel_edges_changes_nothing(edges: list[Edge], parts: int) -> None:
    split = [(src, dst, weight / parts) for src, dst, weight in edges for _ in range(parts)]
    one, other = (_ranks_of(given, nodes=NODES, tolerance=1e-11) for given in (edges, split))
    assert one == pytest.approx(other, abs=2e-11)


@settings(deadline=None)
@given(edges=EDGES)
def test_an_isolated_node_takes_what_networkx_gives_it(edges: list[Edge]) -> None:
    nodes = [*NODES, 99]
    assert _ranks_of(edges, nodes=nodes, tolerance=1e-11) == pytest.approx(_networkx_ranks(edges, nodes), abs=2e-11)


@settings(deadline=None)
@given(edges=EDGES)
def test_ids_near_the_end_of_int64_are_told_apart(edges: list[Edge]) -> None:
    top = 2**63 - 1
    far = _ranks_of([(top - src, top - dst, weight) for src, dst, weight in edges], nodes=[top - n for n in NODES])
    near = _ranks_of([(-src, -dst, weight) for src, dst, weight in edges], nodes=[-node for node in NODES])
    assert {node - top: rank for node, rank in far.items()} == near


def test_scaling_all_weights_changes_no_bit() -> None:
    edges = [(0, 1, 3.0), (0, 2, 5.0), (1, 2, 1.0), (2, 0, 2.0)]
    tiny = [(src, dst, weight * 2.0**-900) for src, dst, weight in edges]
    huge = [(src, dst, weight * 2.0**900) for src, dst, weight in edges]
    for scaled in (tiny, huge):
        _assert_same_bits(pagerank(_arrays(edges)), pagerank(_arrays(scaled)))
