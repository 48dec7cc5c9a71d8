"""The compiled solver on graphs small enough to know the answer: what holds for PageRank holds for it, bit by bit."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib import import_module

import networkx as nx
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pagerank.errors import InvalidGraphError
from pagerank.layout.build_kernels import compiled
from pagerank.pagerank import PageRank, pagerank
from pagerank.solvers.anderson import extrapolate
from pagerank.solvers.solver import Solution

Edge = tuple[int, int, float]

NODES = list(range(7))
WEIGHTS = st.sampled_from([0.0, 0.25, 1.0, 3.0, 1e-3, 1e4])  # 1e-3 makes all weights of a graph real ones
EDGES = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES), WEIGHTS), max_size=25)
DAMPINGS = st.sampled_from([0.0, 0.5, 0.85, 0.95])


@pytest.fixture(
    scope="module", params=[1, 4], ids=["one part, float64", "four parts in turns, float32 first"], autouse=True
)
def every_graph_is_for_the_kernel(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("pagerank.pagerank"), "KERNEL_EDGES", 0)
        patch.setattr("pagerank.solvers.block_solver.n_parts_of", lambda _: request.param)
        if request.param > 1:
            patch.setattr("pagerank.solvers.block_solver.FLOAT32_NODES", 0)
            patch.setattr("pagerank.solvers.gauss_seidel.EDGES_WORTH_A_TURN", 1)
        yield


def _arrays(edges: list[Edge]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    src, dst, weight = zip(*edges, strict=True) if edges else ((), (), ())
    return np.array(src, np.int64), np.array(dst, np.int64), np.array(weight, np.float64)


def _networkx_ranks(edges: list[Edge], nodes: list[int], **options: object) -> list[float]:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(nodes)
    graph.add_weighted_edges_from(edges)
    ranks = nx.pagerank(graph, tol=1e-14, max_iter=5_000, **options)
    return [ranks[node] for node in nodes]


def _random_graph(seed: int, n_nodes: int = 6_000, n_edges: int = 40_000) -> tuple[NDArray[np.generic], ...]:
    """Return edges in no order, with hubs, parallel edges of several weights, loops, dangling and isolated nodes."""
    rng = np.random.default_rng(seed)
    src, dst = rng.integers(0, n_nodes // 2, n_edges), rng.zipf(1.6, n_edges) % n_nodes
    return src, dst, rng.integers(1, 9, n_edges)


def _by_power(edges: tuple[NDArray[np.generic], ...], n_nodes: int, tolerance: float = 1e-12) -> Solution:
    src, dst, *weight = edges
    weights = weight[0] if weight else np.ones(src.size)
    out_weight = np.bincount(src, weights, n_nodes)
    out_weight[out_weight == 0] = 1.0
    shares = csr_array((weights / out_weight[src], (dst, src)), shape=(n_nodes, n_nodes))
    ranks, residuals, error_bound = np.full(n_nodes, 1 / n_nodes), list[float](), 1.0
    while error_bound > tolerance:
        previous, ranks = ranks, 0.85 * (shares @ ranks)
        ranks += (1.0 - ranks.sum()) / n_nodes
        residuals.append(float(np.abs(ranks - previous).sum()))
        error_bound = 0.85 * residuals[-1] / 0.15
    return Solution(ranks, np.array(residuals), error_bound)


def _assert_same_bits(one: PageRank, other: PageRank) -> None:
    assert one.to_table().equals(other.to_table())
    assert one.residuals.tobytes() == other.residuals.tobytes()
    assert (one.n_sweeps, one.error_bound) == (other.n_sweeps, other.error_bound)


def test_a_directed_cycle_is_uniform() -> None:
    assert pagerank(([0, 1, 2, 3], [1, 2, 3, 0])).ranks == pytest.approx([0.25] * 4, abs=1e-8)


def test_a_star_gives_its_centre_what_the_equations_say() -> None:
    # Leaf l = (0.15 + 0.85 c) / 5, the centre dangling, c + 4 l = 1: c = 0.88 / 1.68.
    centre = 0.88 / 1.68
    ranks = pagerank(([1, 2, 3, 4], [9, 9, 9, 9])).ranks
    assert ranks == pytest.approx([(1 - centre) / 4] * 4 + [centre], abs=1e-8)


@pytest.mark.parametrize("edges", [([], []), ([0], [0]), ([0], [0], [0.0])])
def test_one_node_has_it_all(edges: tuple[list[float], ...]) -> None:
    assert pagerank(edges, n_nodes=1).ranks.tolist() == [1.0]


def test_a_teleport_to_dangling_nodes_alone_stays_there() -> None:
    result = pagerank(([0, 1, 1], [1, 0, 2]), nodes=[3], personalization={2: 1.0, 3: 3.0})
    assert result.ranks.tolist() == [0.0, 0.0, 0.25, 0.75]


@settings(deadline=None)
@given(edges=EDGES, damping=DAMPINGS)
def test_ranks_are_those_of_networkx(edges: list[Edge], damping: float) -> None:
    ranks = pagerank(_arrays(edges), nodes=NODES, damping=damping, tolerance=1e-11).ranks
    assert ranks == pytest.approx(_networkx_ranks(edges, NODES, alpha=damping), abs=2e-11)


@settings(deadline=None)
@given(edges=EDGES, personalization=st.dictionaries(st.sampled_from(NODES), st.floats(0.1, 9.0), min_size=1))
def test_personalised_ranks_are_those_of_networkx(edges: list[Edge], personalization: dict[int, float]) -> None:
    expected = _networkx_ranks(edges, NODES, personalization=personalization)
    ranks = pagerank(_arrays(edges), nodes=NODES, personalization=personalization, tolerance=1e-11).ranks
    assert ranks == pytest.approx(expected, abs=2e-11)


@settings(deadline=None)
@given(edges=EDGES)
def test_an_isolated_node_takes_what_networkx_gives_it(edges: list[Edge]) -> None:
    ranks = pagerank(_arrays(edges), nodes=[*NODES, 99], tolerance=1e-11).ranks
    assert ranks == pytest.approx(_networkx_ranks(edges, [*NODES, 99]), abs=2e-11)


@settings(deadline=None)
@given(edges=EDGES)
def test_ranks_sum_to_one_and_none_is_negative(edges: list[Edge]) -> None:
    ranks = pagerank(_arrays(edges), n_nodes=7).ranks
    assert ranks.sum() == pytest.approx(1.0, abs=1e-14)
    assert (ranks > 0).all()


@settings(deadline=None)
@given(edges=EDGES, new_ids=st.permutations(NODES))
def test_ranks_survive_relabelling(edges: list[Edge], new_ids: list[int]) -> None:
    relabelled = [(new_ids[src], new_ids[dst], weight) for src, dst, weight in edges]
    one, other = (pagerank(_arrays(given), n_nodes=7, tolerance=1e-11).ranks for given in (edges, relabelled))
    assert one == pytest.approx(other[new_ids], abs=2e-11)


@pytest.mark.parametrize("most", [1, 2], ids=["ones alone", "ones and some twos"])
def test_counts_that_are_one_as_a_rule_are_so_many_parallel_edges(most: int) -> None:
    src, dst, weight = _random_graph(seed=3)
    weight = np.where(weight == 8, most, 1)
    repeated = pagerank((np.repeat(src, weight), np.repeat(dst, weight)))
    _assert_same_bits(pagerank((src, dst, weight.astype(np.float64))), repeated)
    _assert_same_bits(pagerank((src, dst, weight)), repeated)


@settings(deadline=None)
@given(edges=EDGES, parts=st.integers(2, 5))
@example(edges=[(0, 0, 0.25), (1, 1, 1.0), (0, 0, 0.0), (0, 0, 1.0), (0, 1, 0.25)], parts=2)  # 0 between two threads
def test_splitting_a_weight_over_parallel_edges_changes_nothing(edges: list[Edge], parts: int) -> None:
    split = [(src, dst, weight / parts) for src, dst, weight in edges for _ in range(parts)]
    one, other = (pagerank(_arrays(given), n_nodes=7, tolerance=1e-11).ranks for given in (edges, split))
    assert one == pytest.approx(other, abs=2e-11)


@settings(deadline=None)
@given(edges=EDGES, randomness=st.randoms(use_true_random=False), n_threads=st.integers(2, 3))
def test_neither_the_order_of_edges_nor_threads_change_a_bit(
    edges: list[Edge], randomness: object, n_threads: int
) -> None:
    shuffled = list(edges)
    randomness.shuffle(shuffled)  # type: ignore[attr-defined]
    one = pagerank(_arrays(edges), nodes=NODES, n_threads=1)
    _assert_same_bits(one, pagerank(_arrays(shuffled), nodes=NODES[::-1], n_threads=n_threads))


@pytest.mark.parametrize("weights", ["none", "whole", "real"])
def test_a_graph_of_many_blocks_has_the_same_bits_in_any_order_and_on_any_threads(weights: str) -> None:
    src, dst, count = _random_graph(3)
    columns = {"none": (src, dst), "whole": (src, dst, count), "real": (src, dst, count * 0.1)}[weights]
    by_source, by_chance = np.argsort(src, kind="stable"), np.random.default_rng(4).permutation(src.size)
    one = pagerank(columns, n_nodes=6_000, n_threads=1)
    for order in (by_source, by_chance):
        for n_threads in (1, 2, 3):
            ordered = tuple(column[order] for column in columns)
            _assert_same_bits(one, pagerank(ordered, n_nodes=6_000, n_threads=n_threads))


@pytest.mark.parametrize("tolerance", [0.1, 1e-4, 1e-8, 1e-10])
@pytest.mark.parametrize("unit", [1, 0.1])
def test_the_bound_is_at_least_the_true_error(tolerance: float, unit: float) -> None:
    src, dst, count = _random_graph(5)
    edges = (src, dst, count * unit)
    result, reference = pagerank(edges, n_nodes=6_000, tolerance=tolerance), _by_power(edges, 6_000, tolerance=5e-11)
    true_error = np.abs(result.ranks - reference.ranks).sum()
    assert true_error <= result.error_bound + reference.error_bound
    assert result.error_bound <= tolerance
    assert result.n_sweeps == result.residuals.size


@settings(deadline=None)
@given(edges=EDGES, tolerance=st.sampled_from([0.1, 1e-3, 1e-8, 1e-11]))
def test_the_bound_holds_on_small_graphs(edges: list[Edge], tolerance: float) -> None:
    result = pagerank(_arrays(edges), n_nodes=7, tolerance=tolerance)
    reference = _by_power(_arrays(edges), 7)
    true_error = sum(abs(Fraction(a) - Fraction(b)) for a, b in zip(result.ranks, reference.ranks, strict=True))
    assert true_error <= Fraction(result.error_bound) + Fraction(reference.error_bound)


def test_scaling_all_weights_changes_no_bit() -> None:
    edges = [(0, 1, 3.0), (0, 2, 5.0), (1, 2, 1.0), (2, 0, 2.0), (2, 3, 1.0)]
    for power in (-1000, -900, 900):
        scaled = [(src, dst, weight * 2.0**power) for src, dst, weight in edges]
        _assert_same_bits(pagerank(_arrays(edges)), pagerank(_arrays(scaled)))


def test_weights_of_all_sizes_go_together() -> None:
    edges = _arrays([(0, 1, 1e300), (0, 2, 3e300), (1, 0, 1e-320), (2, 1, 1.0), (2, 0, 1e-300), (2, 2, 7.0)])
    assert pagerank(edges, tolerance=1e-11).ranks == pytest.approx(_by_power(edges, 3).ranks, abs=2e-11)


def test_weights_without_end_are_named() -> None:
    with pytest.raises(InvalidGraphError, match="the weights out of node 1 add up to more than float64 holds"):
        pagerank(([1, 1, 4], [2, 3, 1], [1e308, 1e308, 1.0]))


@pytest.mark.parametrize("width", [np.int16, np.int32, np.int64, np.uint64])
def test_ids_and_weights_of_any_width_give_the_same_bits(width: type[np.integer]) -> None:
    src, dst, weight = np.array([0, 1, 1, 2]), np.array([1, 2, 0, 0]), np.array([1, 2, 3, 4])
    expected = pagerank((src, dst, weight), n_nodes=4)
    _assert_same_bits(expected, pagerank((src.astype(width), dst.astype(width), weight.astype(width)), n_nodes=4))
    _assert_same_bits(expected, pagerank((src.astype(width), dst, weight.astype(np.float32)), nodes=[0, 1, 2, 3]))


def test_ids_far_apart_are_told_apart() -> None:
    near = pagerank(([0, 1, 2, 2], [1, 2, 0, 3]))
    for ids in (np.array([-(2**63), -1, 2**62, 2**63 - 1]), np.arange(2**63 - 4, 2**63, dtype=np.uint64)):
        far = pagerank((ids[[0, 1, 2, 2]], ids[[1, 2, 0, 3]]))
        assert far.ranks.tobytes() == near.ranks.tobytes()
        assert far.node_ids.tolist() == ids.tolist()


def test_a_start_at_the_solution_needs_one_sweep() -> None:
    edges = _random_graph(6)
    cold = pagerank(edges, n_nodes=6_000, tolerance=1e-10)
    warm = pagerank(edges, n_nodes=6_000, tolerance=1e-9, start=(cold.node_ids, cold.ranks))
    assert (cold.n_sweeps > 5, warm.n_sweeps) == (True, 1)


def test_a_start_of_nothing_but_dangling_nodes_is_one_from_the_teleport() -> None:
    edges = ([0, 1], [1, 2])
    ranks = pagerank(edges, start=([0, 1, 2], [0.0, 0.0, 1.0]), tolerance=1e-11).ranks
    assert ranks == pytest.approx(pagerank(edges, tolerance=1e-11).ranks, abs=2e-11)


def test_slow_mixing_takes_far_fewer_sweeps_than_power_iteration() -> None:
    # Twenty long cycles that hardly touch: power iteration gains 15 % a sweep and nothing more.
    rng = np.random.default_rng(7)
    src = np.arange(2_000)
    dst = np.where(
        rng.random(2_000) < 0.98, src // 100 * 100 + rng.integers(0, 100, 2_000), rng.integers(0, 2_000, 2_000)
    )
    result = pagerank((src, dst), n_nodes=2_000)
    assert result.n_sweeps < 0.6 * _by_power((src, dst), 2_000).residuals.size


def test_steps_that_tell_nothing_are_not_combined() -> None:
    assert not extrapolate(np.ones((4, 3)), np.ones(3))


def test_a_kernel_is_compiled_where_no_cache_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_a_folder(*, cache: bool = False, **options: object) -> Callable[[object], object]:
        if cache:
            message = "cannot cache function: no locator available"
            raise RuntimeError(message)
        assert options["nogil"]
        return lambda kernel: kernel

    monkeypatch.setattr("pagerank.layout.build_kernels.njit", without_a_folder)
    assert compiled(abs)(-3) == 3
