"""Sums of whole numbers don't depend on order and cuts, and orders of ranks don't depend on ranges of values."""

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joins.arrow.ordering import rank_order
from joins.arrow.value_ranges import Ranges, cut
from joins.engine.kept_tables import KeptTables
from pagerank.slices.board_ranges import n_slices, sample_of
from pagerank.slices.exact_sums import UNIT, add_received, as_float, exact_sum
from pagerank.slices.sliced_boards import SLICE_OF_BOARDS
from pagerank.slices.sliced_order import RankedRows, ValuesOfSlice, counted_values

VALUES = st.lists(st.floats(-1, 1), max_size=30)


@given(values=VALUES, place=st.integers(0, 30), seed=st.integers(0, 9))
def test_a_sum_is_the_same_in_any_order_and_in_any_pieces(values: list[float], place: int, seed: int) -> None:
    numbers = np.array(values, np.float64)
    total = exact_sum(numbers)
    assert total == exact_sum(np.random.default_rng(seed).permutation(numbers))
    assert total == exact_sum(numbers[:place]) + exact_sum(numbers[place:])
    error = sum(map(Fraction, values), Fraction(0)) - Fraction(total, 1 << 92)
    assert abs(error) <= Fraction(len(values), 1 << 92)
    assert as_float(total) == pytest.approx(math.fsum(values), abs=1e-26, rel=1e-15)


@given(shares=st.lists(st.floats(0, 1), min_size=1, max_size=40), seed=st.integers(0, 9))
def test_what_a_board_receives_is_the_same_in_any_order(shares: list[float], seed: int) -> None:
    share, ranks = np.array(shares), np.full(len(shares), 1 / len(shares)) * UNIT
    source, target = np.arange(len(shares)), np.arange(len(shares)) % 2
    order = np.random.default_rng(seed).permutation(len(shares))
    found = []
    for rows in (source, order):
        received = np.zeros(2, np.int64)
        add_received(received, target[rows].astype(np.uint32), source[rows].astype(np.uint32), share[rows], ranks)
        found.append(received.tolist())
    assert found[0] == found[1]
    exact = [math.fsum(share[target == place] / len(shares)) for place in (0, 1)]
    assert np.array(found[0]) / UNIT == pytest.approx(exact, abs=1e-16 * len(shares))


def test_all_ranks_at_one_board_fit() -> None:
    received = np.zeros(1, np.int64)
    many = np.zeros(3_000_000, np.uint32)
    add_received(received, many, many, np.full(many.size, 1 / many.size), np.array([UNIT]))
    assert received[0] / UNIT == pytest.approx(1.0, abs=1e-12)


def test_slices_have_about_as_many_boards_as_they_should_wherever_ids_stand() -> None:
    ids = np.random.default_rng(3).permutation(np.arange(0, 9 * 300_000, 9))
    slices = cut(sample_of(ids, 10_000), n_slices(ids.size, 10_000))
    sizes = np.bincount(slices.of(ids), minlength=slices.n)
    assert slices.n == 30
    assert 5_000 < sizes.min() <= sizes.max() < 16_000
    halves = [sample_of(half, 10_000) for half in (ids[:100], ids[100:])]
    assert cut(np.concatenate(halves), 30) == slices


@pytest.mark.parametrize("bounds", [(), (0.2,), (0.2, 0.2001, 0.7), (0.1, 0.9)])
def test_equal_ranks_of_several_slices_share_the_better_place(tmp_path: Path, bounds: tuple[float, ...]) -> None:
    ranks = [np.array([0.2, 0.7, 0.2]), np.array([0.1, 0.2, 0.70001, 0.7]), np.array([0.2])]
    boards, kept, values = (KeptTables(tmp_path / name) for name in ("boards", "ranks", "values"))
    ranges = Ranges(bounds)
    for number, some in enumerate(ranks):
        ids, zeros = np.arange(some.size) + 10 * number, np.zeros(some.size, np.int64)
        boards(number, (pa.table([ids, some, zeros, zeros, zeros], schema=SLICE_OF_BOARDS), None))
        kept(number, (pa.table({"rank": some}), None))
    read = pa.concat_tables(map(ValuesOfSlice(kept, ranges), range(len(ranks))))
    in_range = read["range"].to_numpy()
    n_in_ranges = tuple(
        values(number, counted_values(read.filter(pa.array(in_range == number)))) for number in range(ranges.n)
    )
    rows = pa.concat_tables(map(RankedRows(boards, kept, values, ranges, n_in_ranges), range(len(ranks))))
    all_ranks = np.concatenate(ranks)
    order, percentile = rank_order(all_ranks, np.sort(all_ranks))
    assert rows["rank_order"].to_pylist() == order.tolist()
    assert rows["percentile"].to_pylist() == percentile.tolist()
