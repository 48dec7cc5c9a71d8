"""What steps cost follows from their records: nothing is counted twice, and nothing that wasn't done is measured."""

import datetime as dt
from dataclasses import replace

import pytest

from benchmarks.days.step_costs import costs_of, label_of, outside_of, span_of, steps_of
from workflows.records.record import Made, Process, TaskRecord
from workflows.records.usage import Usage

BEGAN = dt.datetime(2026, 11, 20, 6, tzinfo=dt.UTC)
USAGE = Usage(2.0, 3.0, 0.5, 700, read_bytes=40, written_bytes=100, disk_read_bytes=0, disk_written_bytes=0)


def a_record(task="PinJoins", *, after_s=0.0, **given):
    at = BEGAN + dt.timedelta(seconds=after_s)
    made = {"outcome": "done", "usage": USAGE} | given
    return TaskRecord("r", "run", task, BEGAN.date(), 2, started_at=at, process=Process("here", 1, None), **made)


def made(n_bytes, tier=""):
    return Made("pin_joins", "full", BEGAN.date(), 2, "d", 10, n_bytes, tier)


def test_steps_come_in_the_order_of_their_starts_without_the_run_as_a_whole():
    whole = a_record("DailyDiscovery")
    second, first = a_record("PinJoins", after_s=9), a_record("ImageFiles", after_s=1)
    assert steps_of([second, whole, first]) == (whole, [first, second])


def test_a_run_that_was_cut_off_or_failed_in_part_is_not_measured():
    with pytest.raises(LookupError, match="no record of DailyDiscovery among 1"):
        steps_of([a_record()])
    failed = a_record("LoadSqlBatch-all", outcome="failed")
    with pytest.raises(LookupError, match="LoadSqlBatch 2 is failed"):
        steps_of([a_record("DailyDiscovery"), failed, a_record()])


def test_what_was_written_and_not_published_is_shuffled():
    costs = costs_of(a_record(outputs=(made(30), made(20))), {0: 0.25, 1: 1.5})
    assert (costs["published_bytes"], costs["shuffled_bytes"], costs["called_bytes"]) == (50, 50, 40)
    assert (costs["wall_s"], costs["cpu_s"], costs["system_s"], costs["peak_bytes"]) == (2.0, 3.5, 0.5, 700)
    assert (costs["idle_0_s"], costs["idle_1_s"]) == (0.25, 1.5)


def test_a_tier_that_copies_publishes_its_copy_and_one_that_doesnt_nothing():
    loaded = a_record("LoadRandomAccess-all", outputs=(made(60, "random_access"),))
    assert costs_of(loaded, {})["published_bytes"] == 60
    in_place = costs_of(a_record("LoadHiveBatch-all", outputs=(made(9_000, "hive_batch"),)), {})
    assert (in_place["published_bytes"], in_place["shuffled_bytes"]) == (0, 100)


def test_more_published_than_was_counted_isnt_shuffled_backwards():
    assert costs_of(a_record(outputs=(made(130),)), {})["shuffled_bytes"] == 0


def test_where_the_system_counts_no_bytes_none_are_told():
    uncounted = replace(USAGE, read_bytes=None, written_bytes=None, peak_memory_bytes=None)
    costs = costs_of(a_record(usage=uncounted, outputs=(made(30),)), {})
    assert (costs["called_bytes"], costs["shuffled_bytes"], costs["peak_bytes"]) == (None, None, None)
    with pytest.raises(LookupError, match="PinJoins 2 has no usage"):
        costs_of(a_record(usage=None), {})


def test_a_load_is_called_by_its_task_and_iteration():
    assert label_of(a_record("LoadRandomAccess-all")) == "LoadRandomAccess 2"
    assert label_of(a_record("LoadRandomAccess-pin_joins")) == "LoadRandomAccess-pin_joins 2"


def test_a_step_lasts_as_long_as_its_usage_says():
    start_s, end_s = span_of(a_record(after_s=1))
    assert start_s == BEGAN.timestamp() + 1
    assert end_s - start_s == 2.0


@pytest.mark.parametrize(
    ("spans", "outside"),
    [
        ([(1.0, 3.0), (4.0, 9.0)], (1.0, 1.0, 1.0)),
        ([(2.0, 8.0), (3.0, 4.0), (9.0, 10.0)], (2.0, 1.0, 0.0)),  # one beside another, and inside it
        ([(4.0, 9.0), (1.0, 5.0)], (1.0, 0.0, 1.0)),  # in no order
        ([], (10.0, 0.0, 0.0)),
    ],
)
def test_time_in_which_no_step_ran_lies_before_between_and_after_them(spans, outside):
    assert tuple(outside_of(spans, (0.0, 10.0)).values()) == outside
