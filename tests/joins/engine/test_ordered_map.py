"""The ordered map over threads: in order, bounded, and done with when an error or its reader says so."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from joins.engine.ordered_map import ordered_map


def test_results_come_in_the_order_of_the_work_and_no_more_is_in_hand_than_there_are_threads_for():
    begun, handed_over, most_in_hand = [], [], 0

    def work(number):
        begun.append(number)
        time.sleep(0.01 * (3, 1, 2)[number % 3])
        return number

    with ThreadPoolExecutor(3) as pool:
        for made in ordered_map(work, range(9), pool, 3):
            most_in_hand = max(most_in_hand, len(begun) - len(handed_over))
            handed_over.append(made)
    assert handed_over == list(range(9))
    assert most_in_hand <= 3 + 2  # one a thread, one that waits, one that is handed over


def test_what_is_given_is_read_only_as_far_as_there_is_work_in_hand():
    read = []

    def source():
        for number in range(100):
            read.append(number)
            yield number

    with ThreadPoolExecutor(2) as pool:
        made = ordered_map(str, source(), pool, 2)
        assert read == []
        assert next(made) == "0"
        assert len(read) == 4
        made.close()


def test_the_first_error_in_order_is_raised_once_earlier_results_are_out():
    late = threading.Event()

    def work(number):
        if number == 1:
            late.wait(5)
            raise KeyError(number)
        if number == 2:
            late.set()
            raise IndexError(number)
        return number

    with ThreadPoolExecutor(2) as pool:
        made = ordered_map(work, range(50), pool, 3)
        assert next(made) == 0
        with pytest.raises(KeyError):
            next(made)


def test_what_has_not_begun_when_the_reader_leaves_is_never_begun():
    begun, go_on = [], threading.Event()

    def work(number):
        begun.append(number)
        if number:
            go_on.wait(5)

    with ThreadPoolExecutor(1) as pool:
        made = ordered_map(work, range(9), pool, 1)
        next(made)
        made.close()
        go_on.set()
    assert begun in ([0], [0, 1])


def test_nothing_given_makes_nothing():
    with ThreadPoolExecutor(1) as pool:
        assert list(ordered_map(str, [], pool, 1)) == []
