import numpy as np
import pytest

from benchmarks.harness.contender import Job
from benchmarks.harness.rounds import Standing
from benchmarks.pagerank.compare import held_against_reference, verdict
from benchmarks.pagerank.contenders import RANKERS
from benchmarks.pagerank.graphs import REFERENCE_NAME, load_edges, merged, rmat, save_edges
from benchmarks.pagerank.power_method import reference
from benchmarks.pagerank.rmat_stream import RmatStream, write_rmat
from benchmarks.pagerank.small_contenders import LINE_UP, ours, ours_looked_up, scipy_by_hand, time_calls, with_any_ids
from benchmarks.pagerank.small_graphs import goals_of, random_graph
from benchmarks.pagerank.task import RANKS_NAME
from pagerank.pagerank import pagerank

SRC, DST = np.array([2, 0, 1, 0, 2]), np.array([0, 1, 1, 1, 1])


def as_lists(edges):
    return edges.src.tolist(), edges.dst.tolist(), edges.weight.tolist()


def test_parallel_edges_become_one_that_weighs_their_number():
    assert as_lists(merged(SRC, DST, None, 3)) == ([0, 2, 2], [1, 0, 1], [2.0, 1.0, 1.0])


def test_parallel_edges_become_one_that_weighs_as_much_as_they_together():
    weight = np.array([5.0, 1.0, 9.0, 3.0, 7.0])
    assert as_lists(merged(SRC, DST, weight, 3)) == ([0, 2, 2], [1, 0, 1], [4.0, 5.0, 7.0])


def test_edges_are_read_as_they_were_kept(tmp_path):
    edges = merged(SRC, DST, None, 4)
    save_edges(edges, tmp_path / "graph")
    for mapped in (False, True):
        read = load_edges(tmp_path / "graph", mapped=mapped)
        assert (as_lists(read), read.n_nodes) == (as_lists(edges), 4)


def test_a_generated_graph_is_the_same_each_time_sorted_and_without_loops():
    edges = rmat(8)
    assert as_lists(edges) == as_lists(rmat(8))
    assert np.all(np.diff(edges.src * edges.n_nodes + edges.dst) > 0)
    assert np.all(edges.src != edges.dst)
    assert 0.8 * 16 * 256 < edges.weight.sum() <= 16 * 256


def test_the_reference_is_within_our_bound():
    edges = rmat(8)
    ours = pagerank((edges.src, edges.dst, edges.weight), n_nodes=edges.n_nodes)
    assert np.abs(ours.ranks - reference(edges)).sum() <= ours.error_bound


@pytest.fixture
def standing_of(tmp_path):
    np.save(tmp_path / REFERENCE_NAME, np.array([0.5, 0.5]))
    job = Job(tmp_path, tmp_path, tmp_path, 1)

    def standing_of(contender, ranks, error_bound=None):
        np.save(tmp_path / RANKS_NAME, np.array(ranks))
        figures = {"error_bound": error_bound, "first_call_s": 1.0}
        return Standing(contender, [figures | held_against_reference(contender, job, figures)])

    return standing_of


OURS_ALL, OURS_ONE, PEER = RANKERS[:3]


def test_the_true_error_is_that_of_ranks_with_a_sum_of_one(standing_of):
    assert standing_of(PEER, [1.2, 0.8]).median("l1_error") == pytest.approx(0.2)


def test_ours_is_told_to_hold_its_bound_and_to_have_the_same_bits(standing_of):
    ours = [standing_of(contender, [0.6, 0.4], error_bound=0.25) for contender in (OURS_ALL, OURS_ONE)]
    assert "holds" in verdict(ours[0], ours)
    assert "same bits" in verdict(ours[0], ours)


def test_a_bound_below_the_error_and_other_bits_are_noticed(standing_of):
    ours = [standing_of(OURS_ALL, [0.6, 0.4], error_bound=0.1), standing_of(OURS_ONE, [0.5, 0.5], error_bound=0.1)]
    assert "DOES NOT HOLD" in verdict(ours[0], ours)
    assert "OTHER BITS" in verdict(ours[0], ours)


def test_ranks_far_off_are_called_wrong(standing_of):
    assert verdict(standing_of(PEER, [0.6, 0.4]), []).startswith("WRONG")


def test_a_stream_of_edges_is_the_same_whenever_it_is_read_and_skewed_as_rmat_is(tmp_path):
    write_rmat(tmp_path / "edges", scale=10, n_edges=20_000, n_threads=2)
    stream = RmatStream(tmp_path / "edges")
    once, again = ([batch.to_pydict() for batch in stream] for _ in range(2))
    assert once == again
    dst = np.concatenate([batch["dst"] for batch in once])
    assert (dst.size, dst.min() >= 0, dst.max() < 1 << 10) == (20_000, True, True)
    assert np.sort(np.bincount(dst))[-10:].sum() > 10 * 20_000 / (1 << 10) * 10  # ten hubs have ten times their share


def test_a_small_graph_has_as_many_edges_as_asked_and_no_node_without_one():
    edges = random_graph(1_000)
    assert as_lists(edges) == as_lists(random_graph(1_000))
    assert np.unique(edges.src * edges.n_nodes + edges.dst).size == 1_000
    assert np.unique(np.concatenate((edges.src, edges.dst))).tolist() == list(range(edges.n_nodes))


def test_all_who_rank_small_graphs_rank_them_alike():
    edges = random_graph(1_000)
    expected = reference(edges)
    for ranks in (ours(edges), ours_looked_up(with_any_ids(edges)), scipy_by_hand(edges)):
        assert np.abs(ranks - expected).sum() <= 1e-8


def test_the_first_call_is_told_beside_the_others(tmp_path):
    save_edges(random_graph(1_000), tmp_path / "graph")
    figures = time_calls(ours, Job(tmp_path / "graph", tmp_path, tmp_path, 1))
    assert figures.keys() == {"first_s", "warm_s"}
    assert np.load(tmp_path / RANKS_NAME).sum() == pytest.approx(1)


def test_ids_have_a_goal_where_calls_are_long_enough_to_tell():
    standings = [Standing(one, [{"warm_s": took_s}]) for one, took_s in zip(LINE_UP, (1.0, 1.2, 2.0, 8.0), strict=True)]
    assert [(goal.reached, goal.verdict) for goal in goals_of(1_000, standings)] == [(2.0, "met"), (8.0, "met")]
    assert goals_of(100_000, standings)[-1].verdict == "MISSED"
