"""The solver of small graphs: its sweep is Gauss-Seidel, and neither order nor form of the edges changes a bit."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pagerank.edges.numbered_edges import number_nodes
from pagerank.edges.weighted_edges import read_edges
from pagerank.layout.degree_order import DegreeOrderedGraph, degree_ordered
from pagerank.pagerank import PageRank, pagerank
from pagerank.rounding import SUM_BLOCK

Arrays = tuple[NDArray[np.generic], ...]


def _random_edges(weights: str, n_nodes: int = 900, n_edges: int = 6_000) -> Arrays:
    """Return edges in no order, with hubs, parallel edges of several weights, loops, dangling and isolated nodes."""
    rng = np.random.default_rng(11)
    src, dst = rng.integers(0, n_nodes // 2, n_edges), rng.zipf(1.6, n_edges) % n_nodes
    count = rng.integers(0, 9, n_edges)
    return (src, dst, *{"none": (), "whole": (count,), "real": (count * 0.1,)}[weights])


def _graph(edges: Arrays, n_nodes: int, damping: float = 0.85) -> DegreeOrderedGraph:
    uniform = np.full(n_nodes, 1 / n_nodes)
    return degree_ordered(number_nodes(read_edges(edges), n_nodes=n_nodes), uniform, damping)


def _shares(edges: Arrays, n_nodes: int) -> NDArray[np.float64]:
    """Return, dense, the share of a column's node that goes to a row's node."""
    src, dst, *weight = edges
    matrix = np.zeros((n_nodes, n_nodes))
    np.add.at(matrix, (dst, src), weight[0] if weight else 1.0)
    out_weight = matrix.sum(axis=0)
    return matrix / np.where(out_weight > 0, out_weight, 1.0)


def _same(one: PageRank, other: PageRank) -> bool:
    same_ranks = one.to_table().equals(other.to_table()) and one.residuals.tobytes() == other.residuals.tobytes()
    return same_ranks and one.error_bound == other.error_bound


def test_a_sweep_solves_the_rows_one_after_the_other_from_the_newest_values() -> None:
    edges = _random_edges("real", n_nodes=60, n_edges=300)
    graph, shares = _graph(edges, 60), 0.85 * _shares(edges, 60)
    n = graph.n_non_dangling
    nodes, values = graph.nodes[:n], np.random.default_rng(1).random(n + 1)
    expected = values.copy()
    expected[0] = ((0.15 + shares[np.ix_(graph.nodes[n:], nodes)].sum(axis=0)) @ expected[1:]) / (n / 60)
    for row, node in enumerate(nodes):
        expected[1 + row] = expected[0] / 60 + shares[node, nodes] @ expected[1:]
    graph.sweep(values)
    assert values == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("weights", ["none", "whole", "real"])
def test_all_nodes_receive_what_the_shares_say(weights: str) -> None:
    edges = _random_edges(weights)
    graph = _graph(edges, 900)
    values = np.random.default_rng(1).random(graph.n_non_dangling + 1)
    _, received = graph.received(values)
    expected = 0.85 * _shares(edges, 900)[:, graph.nodes[: graph.n_non_dangling]] @ values[1:]
    assert received == pytest.approx(expected[graph.nodes], rel=1e-12)


def test_rows_longer_than_a_block_are_added_up_in_blocks() -> None:
    n_leaves = 3 * SUM_BLOCK + 1
    leaves = np.arange(2, n_leaves + 2)
    hubs = np.concatenate((np.zeros_like(leaves), np.ones_like(leaves)))  # node 0 saves from 1, node 1 from nobody
    edges = np.append(np.tile(leaves, 2), 0), np.append(hubs, 1)
    graph = _graph(edges, n_leaves + 2)
    _, received = graph.received(np.ones(graph.n_non_dangling + 1))
    by_node = dict(zip(graph.nodes.tolist(), received.tolist(), strict=True))
    assert by_node[0] == pytest.approx(0.425 * n_leaves)
    assert by_node[1] == pytest.approx(0.425 * n_leaves + 0.85)
    assert sorted(graph.n_additions.tolist())[-2:] == [SUM_BLOCK + 3, SUM_BLOCK + 3]


@pytest.mark.parametrize("weights", ["none", "whole", "real"])
@pytest.mark.parametrize("order", [np.flip, lambda rows: np.random.default_rng(4).permutation(rows)])
def test_the_order_of_edges_changes_no_bit(weights: str, order: Callable[[NDArray[np.intp]], NDArray[np.intp]]) -> None:
    edges = _random_edges(weights)
    by_source = np.argsort(edges[0], kind="stable")
    one = pagerank(tuple(column[by_source] for column in edges), n_nodes=900)
    rows = order(np.arange(edges[0].size))
    assert _same(one, pagerank(tuple(column[rows] for column in edges), n_nodes=900))


@pytest.mark.parametrize("unit", [2.0**-1000, 2.0**-30, 2.0**30, 2.0**900])
def test_the_unit_of_whole_weights_changes_no_bit(unit: float) -> None:
    src, dst, weight = _random_edges("whole")
    assert _same(pagerank((src, dst, weight), n_nodes=900), pagerank((src, dst, weight * unit), n_nodes=900))


def test_a_start_of_nothing_but_dangling_nodes_is_one_from_the_teleport() -> None:
    edges = ([0, 1], [1, 2])
    ranks = pagerank(edges, start=([0, 1, 2], [0.0, 0.0, 1.0]), tolerance=1e-11).ranks
    assert ranks == pytest.approx(pagerank(edges, tolerance=1e-11).ranks, abs=2e-11)
