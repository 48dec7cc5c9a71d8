"""Numbers of ids from a hash table: those that sorting gives, however ids repeat, collide and lie."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pagerank.edges.id_table import numbers_of_ids
from pagerank.pagerank import pagerank

ENDS = st.sampled_from([-(2**63), -(2**63) + 1, -1, 0, 1, 2**62, 2**63 - 1])
ARRAYS = st.lists(st.lists(ENDS | st.integers(-(2**63), 2**63 - 1), max_size=30), min_size=1, max_size=3)


def _assert_as_by_sorting(arrays: list[NDArray[np.int64]]) -> None:
    expected = np.unique(np.concatenate(arrays))
    node_ids, numbers = numbers_of_ids(arrays)
    assert node_ids.tolist() == expected.tolist()
    for ids, found in zip(arrays, numbers, strict=True):
        assert found.tolist() == np.searchsorted(expected, ids).tolist()


@settings(deadline=None)
@given(arrays=ARRAYS)
def test_numbers_are_those_of_sorted_ids(arrays: list[list[int]]) -> None:
    _assert_as_by_sorting([np.array(ids, np.int64) for ids in arrays])


@pytest.mark.parametrize("stride", [1, 7, 2**20, 2**40, 2**48 + 1])
def test_ids_at_any_distance_are_told_apart(stride: int) -> None:
    rng = np.random.default_rng(stride)
    ids = np.arange(-8_000, 8_000) * np.int64(stride)
    _assert_as_by_sorting([rng.choice(ids, 50_000), np.repeat(ids, 9)])


def test_ids_that_share_their_first_slots_go_on_to_other_tables() -> None:
    inverse = pow(0x9E3779B97F4A7C15, -1, 2**64)  # so all products with the first table's multiplier are small numbers
    ids = (np.arange(5_000, dtype=np.uint64) * np.uint64(inverse)).view(np.int64)
    _assert_as_by_sorting([ids, ids[::-1]])


@pytest.mark.parametrize("repeats", [1, 2, 50])
def test_runs_of_equal_ids_change_nothing(repeats: int) -> None:
    ids = np.random.default_rng(2).integers(-(2**63), 2**63 - 1, 3_000)
    _assert_as_by_sorting([np.repeat(ids, repeats), np.repeat(ids[::-1], repeats)])


def test_contiguous_ids_from_0_are_their_own_numbers() -> None:
    src, dst = np.array([0, 1, 2, 2]), np.array([1, 2, 0, 3])
    assert pagerank((src, dst)).ranks.tobytes() == pagerank((src, dst), n_nodes=4).ranks.tobytes()
    assert pagerank((src + 5, dst + 5)).ranks.tobytes() == pagerank((src, dst), n_nodes=4).ranks.tobytes()
