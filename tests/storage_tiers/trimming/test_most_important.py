"""Over its budget a dataset keeps its most important rows, equal ones by smaller key, and says what that comes to."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage_tiers import Dataset, DatasetError
from storage_tiers.budget import BYTES_OF_A_TRIMMED_KEY, Budget, Trimmed
from storage_tiers.trimming.most_important import (
    importance_column,
    keep_most_important,
    most_that_fit,
    rank_rows,
)

importances = st.none() | st.floats(width=32) | st.sampled_from([0.0, 0.5, -0.0, math.nan])


def in_order(rows: list[tuple[int, float | None]]) -> list[int]:
    """The plain way: keys, most important first."""

    def place(row: tuple[int, float | None]) -> tuple[bool, float, int]:
        key, importance = row
        has_none = importance is None or math.isnan(importance)
        return has_none, 0.0 if has_none else -importance, key

    return [key for key, _ in sorted(rows, key=place)]


@given(st.lists(importances, max_size=40), st.randoms(use_true_random=False))
def test_the_order_is_by_importance_then_key_however_rows_are_given(drawn: list[float | None], chance: object) -> None:
    rows = list(enumerate(drawn))
    chance.shuffle(rows)
    keys, values = [key for key, _ in rows], pa.array([value for _, value in rows], pa.float64())
    ranked = rank_rows(values, pa.array(keys, pa.int64()))
    assert [keys[place] for place in ranked.order] == in_order(rows)
    sorted_values = pa.array(drawn, pa.float64())
    assert rank_rows(sorted_values).order.tolist() == in_order(rows)


@pytest.mark.parametrize(
    "importance",
    [
        pa.array([2**62 + 1, 2**62, None, 2**62 + 2]),  # as floating point numbers they would be equal
        pa.array([-1, -(2**63), None, 0]),
        pa.array([0.25, 0.125, None, 0.5], pa.float32()),
        pa.chunked_array([[0.25, 0.125], [], [None, math.inf]]),
        pa.array([1, 0, None, 200], pa.uint8()),  # a type that Arrow sorts by counting
    ],
    ids=["large", "smallest", "float32", "chunked", "uint8"],
)
def test_numbers_of_any_type_are_ordered_as_they_are(importance: pa.Array) -> None:
    assert rank_rows(importance).order.tolist() == [3, 0, 1, 2]


def test_many_equal_rows_stay_in_order_of_their_keys() -> None:
    importance = pa.array([n % 3 for n in range(3_000)], pa.int64())
    order = rank_rows(importance).order
    for level in range(3):
        places = order[1_000 * level : 1_000 * (level + 1)]
        assert set(importance.take(pa.array(places)).to_pylist()) == {2 - level}
        assert places.tolist() == sorted(places.tolist())


def test_what_was_kept_is_told_by_rows_share_and_cut_off() -> None:
    kept = rank_rows(pa.array([0.1, 0.4, None, 0.2, 0.3])).keep(3, 1_000)
    assert kept.is_kept.tolist() == [False, True, False, True, True]
    assert kept.trimmed.importance_share == pytest.approx(0.9)
    assert (kept.trimmed.n_rows, kept.trimmed.n_rows_before, kept.trimmed.n_left_out) == (3, 5, 2)
    assert kept.trimmed.cut_off == 0.2
    assert str(kept.trimmed) == "trimmed to 1.0 kB: 3 of 5 rows, 90.0% of all importance, down to 0.2"


@pytest.mark.parametrize(
    ("values", "n_rows", "share", "cut_off"),
    [
        ([None, math.nan, 0.5], 2, 1.0, None),  # a row without importance was kept
        ([None, None], 1, 1.0, None),
        ([0.0, 0.0], 1, 1.0, 0.0),
        ([-3.0, -1.0, 2.0], 2, 1.0, -1.0),
        ([math.inf, 1.0, 3.0], 2, 0.75, 3.0),
        ([math.inf, 1.0, 3.0], 1, 0.0, None),
        ([1e308, 1e308, 1e308], 3, 1.0, 1e308),
    ],
)
def test_a_share_is_from_0_to_1_whatever_importance_is(
    values: list[float | None], n_rows: int, share: float, cut_off: float | None
) -> None:
    trimmed = rank_rows(pa.array(values, pa.float64())).keep(n_rows, 1).trimmed
    assert (trimmed.importance_share, trimmed.cut_off) == (share, cut_off)


@given(st.lists(st.integers(9, 100), min_size=1, max_size=30), st.integers(0, 3_000))
def test_as_many_rows_stay_as_fit_and_not_one_more(row_bytes: list[int], limit: int) -> None:
    n_rows = len(row_bytes)

    def size_of(n_kept: int) -> int:
        return sum(row_bytes[:n_kept]) + BYTES_OF_A_TRIMMED_KEY * (n_rows - n_kept)

    expected = max((n for n in range(1, n_rows + 1) if size_of(n) <= limit), default=0)
    assert most_that_fit(n_rows, size_of, limit) == expected


@pytest.fixture
def ranks(tmp_path: Path, publish: Callable[..., Dataset]) -> Dataset:
    table = pa.table({"board_id": range(10), "page_rank": [n / 10 for n in range(10)]})
    return publish(tmp_path, table.replace_schema_metadata({"importance": "page_rank"}), "board_ranks")


def kept_of(ranks: Dataset, budget: Budget, row_bytes: int = 100) -> list[bool] | None:
    def ranking() -> object:
        return rank_rows(pa.array([n / 10 for n in range(10)]))

    kept = keep_most_important(ranks, "random_access", budget, ranking, np.full(10, row_bytes))
    return kept.is_kept.tolist() if kept else None


def test_a_dataset_that_fits_exactly_is_left_whole(ranks: Dataset) -> None:
    assert kept_of(ranks, Budget(1_000)) is None
    assert kept_of(ranks, Budget(None)) is None
    assert kept_of(ranks, Budget(1_000, "fail")) is None
    assert kept_of(ranks, Budget(999)) == [False, *[True] * 9]


def test_left_out_keys_take_eight_bytes_each(ranks: Dataset) -> None:
    assert kept_of(ranks, Budget(100 + 9 * 8)) == [*[False] * 9, True]
    with pytest.raises(
        DatasetError, match=r"172 B.*8 bytes for each key that is left out.*board_ranks/full:173B in \[ti"
    ):
        kept_of(ranks, Budget(100 + 9 * 8 - 1))


def test_fail_refuses_by_name_with_the_size_and_what_to_do(ranks: Dataset) -> None:
    with pytest.raises(DatasetError) as refused:
        kept_of(ranks, Budget(1_500_000, "fail"), 2_000_000)
    assert str(refused.value) == (
        "board_ranks date=2026-11-20 iteration=1 in random_access: it takes 20.0 MB, more than its budget of 1.5 MB; "
        "give it room (board_ranks/full:21MB in [tiers] random_access), or let it be trimmed (on_over_budget = trim)"
    )


@pytest.mark.parametrize("importance", [None, "nonsense", "name", "terms"])
def test_what_has_no_importance_cannot_be_trimmed_and_says_so(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table], importance: str | None
) -> None:
    dataset = publish(tmp_path, wide_table(10).replace_schema_metadata(importance and {"importance": importance}))
    assert importance_column(dataset) is None
    with pytest.raises(DatasetError, match=r"board_joins .*no column says which rows are important, to trim it by"):
        kept_of(dataset, Budget(999))


def test_what_is_loaded_is_what_another_load_would_make_only_under_an_equal_budget() -> None:
    trimmed = Trimmed(500, 10, 5, 0.9, 0.1)
    assert [Budget(limit).would_make(480, trimmed) for limit in (None, 499, 500, 501)] == [False, False, True, False]
    assert not Budget(500, "fail").would_make(480, trimmed)
    assert [Budget(limit, "fail").would_make(480, None) for limit in (None, 479, 480)] == [True, False, True]
