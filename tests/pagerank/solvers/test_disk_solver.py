"""Edges beyond memory are ranked as those within: the same answers, from any order, any batches and any threads."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pagerank.errors import InvalidGraphError, PageRankError
from pagerank.layout.weight_precision import weight_precision
from pagerank.pagerank import PageRank, pagerank

FEW_BYTES = 1 << 10
NODES = list(range(7))
WEIGHTS = st.sampled_from([0.0, 0.25, 1.0, 3.0, 1e-3, 1e4])
EDGES = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES), WEIGHTS), min_size=26, max_size=60)


@pytest.fixture(autouse=True, scope="module")
def blocks_are_small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pagerank.layout.disk_plan.BLOCK_EDGES", 1 << 10)
        patch.setattr("pagerank.edges.edge_stream.BATCH_EDGES", 1 << 12)
        yield


def _graph(weights: str, n_nodes: int = 6_000, n_edges: int = 40_000) -> pa.Table:
    """Return edges in no order, with hubs, parallel edges of several weights, loops, dangling and isolated nodes."""
    rng = np.random.default_rng(11)
    columns = {"src": rng.integers(0, n_nodes // 2, n_edges), "dst": rng.zipf(1.6, n_edges) % n_nodes}
    count = rng.integers(1, 9, n_edges)
    return pa.table(columns | {"none": {}, "whole": {"weight": count}, "real": {"weight": count * 0.1}}[weights])


def _on_disk(edges: object, scratch: Path, **options: object) -> PageRank:
    return pagerank(edges, memory_bytes=FEW_BYTES, scratch=scratch, **options)  # type: ignore[arg-type]


def _same(one: PageRank, other: PageRank) -> bool:
    return one.to_table().equals(other.to_table()) and one.error_bound == other.error_bound


@pytest.mark.parametrize("weights", ["none", "whole", "real"])
def test_ranks_are_those_of_the_solver_in_memory_within_the_bounds(weights: str, tmp_path: Path) -> None:
    edges = _graph(weights)
    here, there = pagerank(edges, n_nodes=6_000), _on_disk(edges, tmp_path, n_nodes=6_000)
    assert np.abs(here.ranks - there.ranks).sum() <= here.error_bound + there.error_bound
    assert there.error_bound <= 1e-8


@pytest.mark.parametrize("weights", ["none", "whole", "real"])
def test_neither_order_nor_batches_nor_threads_change_a_bit(weights: str, tmp_path: Path) -> None:
    edges = _graph(weights)
    shuffled = edges.take(np.random.default_rng(4).permutation(len(edges)))
    one = _on_disk(edges, tmp_path, n_nodes=6_000, n_threads=1)
    for batch_size in (1_000, 7_777):
        batches = shuffled.to_batches(max_chunksize=batch_size)
        assert _same(one, _on_disk(batches, tmp_path, n_nodes=6_000, n_threads=2))


@settings(deadline=None, max_examples=30)
@given(edges=EDGES)
def test_small_graphs_have_the_ranks_they_have_in_memory(edges: list[tuple[int, int, float]]) -> None:
    src, dst, weight = map(np.array, zip(*edges, strict=True))
    with tempfile.TemporaryDirectory() as scratch:
        there = _on_disk((src, dst, weight), Path(scratch), nodes=NODES, tolerance=1e-11)
    assert there.ranks == pytest.approx(pagerank((src, dst, weight), nodes=NODES, tolerance=1e-11).ranks, abs=2e-11)


def test_ids_may_be_any_and_far_apart(tmp_path: Path) -> None:
    edges = _graph("whole")
    ids = np.sort(np.random.default_rng(5).choice(2**62, 6_000, replace=False)) * 2 - 2**62
    named = pa.table({"src": ids[edges["src"]], "dst": ids[edges["dst"]], "weight": edges["weight"]})
    numbered = _on_disk(edges, tmp_path, n_nodes=6_000)
    found = _on_disk(named.to_batches(max_chunksize=5_000), tmp_path, nodes=ids)
    assert found.node_ids.tolist() == ids.tolist()
    assert found.ranks.tobytes() == numbered.ranks.tobytes()


def test_scaling_all_weights_changes_no_bit(tmp_path: Path) -> None:
    edges = _graph("whole")
    expected = _on_disk(edges, tmp_path, n_nodes=6_000)
    for power in (-900, 900):
        weight = edges["weight"].to_numpy() * 2.0**power
        assert _same(expected, _on_disk((edges["src"], edges["dst"], weight), tmp_path, n_nodes=6_000))


def test_a_graph_that_fits_never_touches_the_disk() -> None:
    edges = _graph("whole")
    expected = pagerank(edges, n_nodes=6_000)
    assert _same(expected, pagerank(edges.to_batches(), n_nodes=6_000, memory_bytes=1 << 30))
    assert _same(expected, pagerank([edges], n_nodes=6_000))


def test_nothing_is_left_on_disk(tmp_path: Path) -> None:
    _on_disk(_graph("real"), tmp_path, n_nodes=6_000)
    assert list(tmp_path.iterdir()) == []


def test_a_hub_may_have_more_edges_than_a_block(tmp_path: Path) -> None:
    leaves = np.arange(1, 5_000)
    ranks = _on_disk((leaves, np.zeros_like(leaves)), tmp_path).ranks
    centre = 1 / (1 + 4_999 / (1 + 0.85 * 4_999))  # a leaf is to the centre as 1 to 1 + 0.85 leaves
    assert ranks[0] == pytest.approx(centre, abs=1e-8)


def test_edges_that_can_be_read_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidGraphError, match=r"a generator can be read once, and edges are read once a pass"):
        _on_disk((batch for batch in _graph("none").to_batches()), tmp_path)


def test_edges_beyond_memory_need_a_folder() -> None:
    with pytest.raises(
        InvalidGraphError, match=r"more than the 25 that fit into memory_bytes=1,024; raise it, or name"
    ):
        pagerank(_graph("none"), memory_bytes=FEW_BYTES)


def test_a_wrong_weight_is_named_wherever_it_stands(tmp_path: Path) -> None:
    edges = _graph("real")
    weight = edges["weight"].to_numpy().copy()
    weight[30_001] = -1.0
    with pytest.raises(InvalidGraphError, match=r"1 of .* weights are not allowed \(first: -1.0 on edge"):
        _on_disk([pa.table({"src": edges["src"], "dst": edges["dst"], "weight": weight})], tmp_path)


def test_batches_with_and_without_weights_do_not_mix(tmp_path: Path) -> None:
    with pytest.raises(InvalidGraphError, match="some batches have a column weight and others have none"):
        _on_disk([_graph("none"), _graph("whole")], tmp_path, n_nodes=6_000)


def test_without_numba_edges_beyond_memory_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pagerank.solvers.block_solver", None)
    with pytest.raises(PageRankError, match=r"need Numba .*; install it, or raise memory_bytes"):
        _on_disk(_graph("none"), tmp_path)


@pytest.mark.parametrize(
    ("weights", "fits_float32"),
    [([1, 2, 3], True), ([0.5, 2.0**22], True), ([0.5, 2.0**23], False), ([0.1, 1.0], False), ([2.0**900], True)],
)
def test_float32_holds_weights_that_span_24_bits(weights: list[float], fits_float32: bool) -> None:
    assert weight_precision(np.array(weights)).fits_float32 is fits_float32
