"""What can be proved is reached, and what can't is refused before any sweep, by every solver in the same words."""

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from joins.engine.local import LocalEngine
from pagerank.errors import InvalidGraphError
from pagerank.pagerank import PageRank, pagerank
from pagerank.repin_graph import REPIN_EDGES
from pagerank.rounding import blocked_additions, smallest_tolerance
from pagerank.slices.engine_ranks import EngineRanks, FirstLook, GraphInParts

Arrays = tuple[NDArray[np.generic], ...]
Rank = Callable[..., PageRank]

DAMPINGS = st.sampled_from([0.0, 0.5, 0.85, 0.95, 0.99, 0.999])
WEIGHTS = st.sampled_from([0.0, 1.0, 3.0, 0.1, 1e-9, 1e9, 1e300])
EDGES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), WEIGHTS), max_size=25)


@pytest.fixture(scope="module", params=["SciPy", "Numba"])
def rank(request: pytest.FixtureRequest) -> Iterator[Rank]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("pagerank.pagerank"), "KERNEL_EDGES", 0 if request.param == "Numba" else 1 << 40)
        yield pagerank


def _smallest(rank: Rank, edges: object, **options: object) -> float:
    """Return the tolerance that the refusal of a far smaller one names, which is to say so before any sweep."""
    with pytest.raises(InvalidGraphError, match=r"tolerance=1e-300; float64 proves no less than (\S+) ") as refused:
        rank(edges, tolerance=1e-300, **options)
    named = re.search(r"; give (\S+) or more, or lower damping$", str(refused.value))
    assert named
    return float(named[1])


def _sources_of_a_slow_graph(n: int) -> Arrays:
    """Return a cycle against the order of its nodes, which every sweep follows by one node."""
    return np.arange(n), (np.arange(n) - 1) % n


@settings(deadline=None)
@given(edges=EDGES, damping=DAMPINGS)
def test_the_smallest_tolerance_that_is_named_is_reached(
    rank: Rank, edges: list[tuple[int, int, float]], damping: float
) -> None:
    src, dst, weight = zip(*edges, strict=True) if edges else ((), (), ())
    arrays = np.array(src, np.int64), np.array(dst, np.int64), np.array(weight)
    smallest = _smallest(rank, arrays, n_nodes=7, damping=damping)
    assert rank(arrays, n_nodes=7, damping=damping, tolerance=smallest).error_bound <= smallest
    with pytest.raises(InvalidGraphError, match="float64 proves no less than"):
        rank(arrays, n_nodes=7, damping=damping, tolerance=smallest * 0.999)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), damping=DAMPINGS, kind=st.sampled_from(["none", "whole", "real", "loops"]))
def test_it_is_reached_on_random_graphs(rank: Rank, seed: int, damping: float, kind: str) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 400))
    src, dst = rng.integers(0, n, (2, 4 * n))
    dst = np.where(rng.random(dst.size) < (0.5 if kind == "loops" else 0.01), src, dst)
    weight = {"whole": (rng.zipf(1.3, src.size) % 1_000_000,), "real": (rng.pareto(0.5, src.size),)}.get(kind, ())
    edges = (src[src % 3 > 0], dst[src % 3 > 0], *(column[src % 3 > 0] for column in weight))  # a third dangles
    smallest = _smallest(rank, edges, n_nodes=n, damping=damping)
    assert rank(edges, n_nodes=n, damping=damping, tolerance=smallest).error_bound <= smallest


@pytest.mark.parametrize("damping", [0.85, 0.99, 0.999])
def test_it_is_reached_on_the_slowest_of_graphs(rank: Rank, damping: float) -> None:
    edges, teleport = _sources_of_a_slow_graph(300), {0: 1.0}
    smallest = _smallest(rank, edges, damping=damping)
    result = rank(edges, damping=damping, tolerance=smallest, personalization=teleport)
    assert result.error_bound <= smallest
    # The teleport arrives at node 0 alone, and a part `damping` of what a node has goes on: a geometric series.
    exact = Fraction(damping) ** 299 * (1 - Fraction(damping)) / (1 - Fraction(damping) ** 300)
    assert abs(Fraction(result.ranks[1]) - exact) <= Fraction(smallest)


def test_a_hub_of_many_edges_can_be_ranked_as_exactly(rank: Rank) -> None:
    leaves = np.arange(1, 100_000)
    edges = (leaves, np.zeros_like(leaves))
    smallest = _smallest(rank, edges)
    assert smallest < 1e-11
    ranks = rank(edges, tolerance=smallest).ranks
    centre = 1 / (1 + Fraction(99_999) / (1 + Fraction(0.85) * 99_999))  # a leaf is to it as 1 to 1 + 0.85 leaves
    assert abs(Fraction(ranks[0]) - centre) <= Fraction(smallest)


def test_disk_and_engine_refuse_with_the_same_words(tmp_path: Path) -> None:
    src, dst = np.arange(100), (np.arange(100) * 7 + 1) % 100
    on_disk = _smallest(pagerank, (src, dst), n_nodes=100, memory_bytes=1 << 10, scratch=tmp_path)
    one = np.ones_like(src)
    repins = REPIN_EDGES.empty_table().from_arrays([src, dst, one, one, one], schema=REPIN_EDGES)
    graph = GraphInParts(1, lambda _: repins, first=FirstLook(lambda _: repins, [lambda _: repins]))
    on_engine = EngineRanks(lambda _, step: LocalEngine(tmp_path).run(step), tmp_path)
    named = _smallest(on_engine, graph, damping=0.85)
    assert named == pytest.approx(on_disk, rel=0.05)  # what rounding to whole numbers adds is one addition here
    assert pagerank((src, dst), n_nodes=100, memory_bytes=1 << 10, scratch=tmp_path, tolerance=on_disk).n_sweeps > 1
    assert on_engine(graph, damping=0.85, tolerance=named).error_bound <= named


def test_a_single_addition_is_one() -> None:
    with pytest.raises(InvalidGraphError, match=r"damping=0\.85, up to 1 addition behind a rank"):
        pagerank(([0], [1]), tolerance=1e-300)
    with pytest.raises(InvalidGraphError, match=r"damping=0\.85, up to 2 additions behind a rank"):
        pagerank(([0, 2], [1, 1]), tolerance=1e-300)


def test_the_default_is_never_refused_not_with_a_billion_edges_into_one_board() -> None:
    for exponent in range(10):
        most_additions = int(blocked_additions(np.array([10**exponent]))[0])
        assert smallest_tolerance(10**exponent, most_additions, 0.85) <= 1e-8
