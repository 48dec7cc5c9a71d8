"""Rows and texts sorted by single whole numbers come in the order that their values say."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from joins.arrow.ordering import order_by, order_by_text, ranks_of_text

same_length = st.integers(0, 70).flatmap(
    lambda n: st.lists(st.text("0123456789abcdef", min_size=n, max_size=n), unique=True)
)
any_text = st.lists(st.text(max_size=12), unique=True)


@given(texts=same_length | any_text)
def test_ranks_are_positions_in_alphabetical_order(texts: list[str]) -> None:
    ranks = ranks_of_text(pa.array(texts, pa.string()))
    by_bytes = sorted(texts, key=str.encode)
    assert ranks.tolist() == [by_bytes.index(text) for text in texts]


@given(texts=same_length, start=st.integers(0, 3))
def test_a_slice_is_ranked_by_itself(texts: list[str], start: int) -> None:
    whole = pa.array(texts, pa.string())
    assert ranks_of_text(whole.slice(start)).tolist() == ranks_of_text(pa.array(texts[start:], pa.string())).tolist()


def test_long_common_beginnings_are_told_apart_by_what_follows() -> None:
    texts = [f"{'0' * 20}{ending:04x}" for ending in (3, 1, 2)]
    assert ranks_of_text(pa.array(texts)).tolist() == [2, 0, 1]


@given(rows=st.lists(st.tuples(st.floats(-2, 2) | st.just(1.0), st.integers(-(2**63), 2**63 - 1)), unique=True))
def test_rows_are_sorted_by_the_first_column_then_the_second(rows: list[tuple[float, int]]) -> None:
    first, second = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], np.int64)
    assert [rows[place] for place in order_by(first, second)] == sorted(rows)


@given(texts=same_length | any_text, data=st.data())
def test_rows_are_sorted_by_their_text_then_their_number(texts: list[str], data: st.DataObject) -> None:
    pairs = st.tuples(st.sampled_from(texts), st.integers(-9, 9)) if texts else st.nothing()
    rows = data.draw(st.lists(pairs, unique=True))
    order = order_by_text(pa.array([text for text, _ in rows], pa.string()), np.array([n for _, n in rows], np.int64))
    assert [rows[place] for place in order] == sorted(rows, key=lambda row: (row[0].encode(), row[1]))


def test_pictures_that_begin_alike_are_told_apart_however_often_they_are_repeated() -> None:
    texts = [f"{'0' * 8}{ending:08x}" for ending in (3, 1, 3, 2, 1, 1)]
    order = order_by_text(pa.array(texts), np.arange(6))
    assert order.tolist() == [1, 4, 5, 3, 0, 2]
