"""Whole numbers: their distinct ones, and the order of rows by several columns of them, as numpy would have it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from joins.arrow.groups import distinct_numbers
from joins.arrow.ordering import order_by_all

SMALL = st.integers(0, 9)
ANY = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(SMALL, max_size=40), st.sampled_from([10, 1_000, 2**40, 2**62]))
def test_distinct_numbers_are_those_of_numpy_however_many_there_might_be(numbers, n_numbers):
    rows = np.array(numbers, np.int64)
    expected, place_of_row = np.unique(rows, return_inverse=True)
    distinct, place = distinct_numbers(rows, n_numbers)
    assert distinct.tolist() == expected.tolist()
    assert place.tolist() == place_of_row.tolist()


@given(st.lists(st.tuples(SMALL, ANY), max_size=40))
def test_rows_are_ordered_by_their_first_column_then_the_next(rows):
    columns = [np.array([row[number] for row in rows], np.int64) for number in range(2)]
    assert order_by_all(*columns).tolist() == sorted(range(len(rows)), key=lambda number: rows[number])


@given(st.lists(st.tuples(SMALL, st.sampled_from([-(2**62), 0, 2**62])), max_size=40))
def test_equal_rows_stay_as_they_come(rows):
    columns = [np.array([row[number] for row in rows], np.int64) for number in range(2)]
    assert order_by_all(*columns).tolist() == sorted(range(len(rows)), key=lambda number: rows[number])


def test_no_rows_have_no_order():
    nothing = np.empty(0, np.int64)
    assert order_by_all(nothing, nothing).tolist() == []
    assert [found.tolist() for found in distinct_numbers(nothing, 0)] == [[], []]


def test_rows_that_are_in_order_are_left_alone():
    ids = np.array([3, 3, 2**62])
    assert order_by_all(ids, np.arange(3)).tolist() == [0, 1, 2]
