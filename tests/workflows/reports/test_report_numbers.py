"""The numbers of a run report, each against a count by hand or by a dictionary."""

import datetime as dt
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as some

from workflows.records.record import Process, TaskRecord
from workflows.records.usage import Usage
from workflows.reports.gathering.category_report import (
    MOST_CATEGORIES,
    N_A_PAIR,
    N_EXAMPLES,
    OTHERS,
    confusion,
    most_telling,
)
from workflows.reports.gathering.distributions import (
    MOST_POINTS,
    counted,
    counted_values,
    distribution,
)
from workflows.reports.gathering.group_sizes import chains_of
from workflows.reports.gathering.plain import MOST_TEXT
from workflows.reports.gathering.rank_report import top_boards
from workflows.reports.gathering.rejected_report import words_of_reason
from workflows.reports.gathering.task_report import told_run
from workflows.reports.showing.board_charts import grouped_depths
from workflows.reports.showing.task_charts import task_names

NAMES = some.one_of(some.none(), some.sampled_from([f"category {number}" for number in range(25)]))
CHAIN = pa.struct([("root_pin_id", pa.int64()), ("n_pins", pa.int32()), ("depth", pa.int32())])
BEGAN = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)


@given(some.lists(some.integers(0, 10_000), max_size=300))
def test_each_point_counts_the_values_that_are_at_least_as_large(values):
    found = distribution(counted(np.array(values, dtype=np.float64)))
    assert found["n"] == len(values)
    assert found["n_zero"] == values.count(0)
    points = found["at_least"]
    assert len(points) <= MOST_POINTS
    assert [n for _, n in points] == [sum(value >= least for value in values) for least, _ in points]
    if any(values):
        assert (points[0][0], points[-1][0]) == (min(filter(None, values)), max(values))


@given(some.lists(some.floats(1e-12, 1), min_size=1, max_size=200))
def test_ranks_are_spread_over_the_whole_of_their_values(ranks):
    found = distribution(counted(np.array(ranks)))
    assert found["at_least"][0][1] == len(ranks)
    assert found["at_least"][-1][1] >= 1
    assert found["largest"] == pytest.approx(max(ranks), rel=1e-5)
    assert 0 < found["top_percent_share"] <= 1


@given(some.lists(some.integers(0, 50), min_size=1, max_size=300), some.integers(1, 300))
def test_a_distribution_is_that_of_all_values_at_once_however_they_lie_in_parts(values, n_a_part):
    parts = [pa.table({"n": values[start : start + n_a_part]}) for start in range(0, len(values), n_a_part)]
    found = distribution(counted_values(parts, "n"))
    assert found == distribution(counted(np.array(values, dtype=np.float64)))
    if any(values):
        ordered = sorted(values)
        expected = np.quantile(ordered, (0.5, 0.9, 0.99), method="inverted_cdf").tolist()
        assert [found[name] for name in ("median", "of_90_percent_at_most", "of_99_percent_at_most")] == expected
        assert found["mean"] == pytest.approx(np.mean(values), rel=1e-5)
        top = sum(ordered[-found["n_top"] :]) / sum(values)
        assert found["top_percent_share"] == pytest.approx(top, abs=1e-4)


def test_of_many_different_values_few_are_kept_and_these_are_near():
    ranks = np.random.default_rng(1).pareto(1.5, 400_000) + 1e-9
    parts = [pa.table({"rank": ranks[start : start + 50_000]}) for start in range(0, ranks.size, 50_000)]
    kept = counted_values(parts, "rank")
    assert kept.values.size < 100_000
    assert kept.counts.sum() == ranks.size
    found, expected = distribution(kept), distribution(counted(ranks))
    for name in ("mean", "median", "of_90_percent_at_most", "of_99_percent_at_most", "largest", "top_percent_share"):
        assert found[name] == pytest.approx(expected[name], rel=1 / 8_000)
    assert found["n"] == expected["n"]


@given(some.lists(some.tuples(NAMES, NAMES), max_size=200))
def test_the_confusion_holds_every_board_once(boards):
    found = confusion(Counter(boards))
    assert sum(map(sum, found["boards"])) == len(boards)
    assert len(found["categories"]) <= MOST_CATEGORIES + 2
    assert [len(row) for row in found["boards"]] == [len(found["categories"])] * len(found["categories"])
    if any(None in pair for pair in boards):
        assert found["categories"][-1] is None
    assert found["has_others"] == (OTHERS in found["categories"])
    if not found["has_others"]:
        for (owner, category), n in Counter(boards).items():
            row, column = (found["categories"].index(one) for one in (owner, category))
            assert found["boards"][row][column] == n


def test_the_surest_corrections_are_shown_and_not_ten_of_one_kind():
    alike = [changed(number, "art", "food", 0.99) for number in range(20)]
    others = [changed(100 + number, f"c{number}", "food", 0.9) for number in range(30)]
    found = most_telling([*others, *alike])
    assert [one["board_id"] for one in found[:N_A_PAIR]] == [0, 1]
    assert len(found) == N_EXAMPLES
    assert sum(one["owner_category"] == "art" for one in found) == N_A_PAIR


def changed(board_id: int, owner: str, category: str, confidence: float) -> dict[str, object]:
    shown = {"owner_category": owner, "category": category, "confidence": confidence, "margin": 0.5}
    return {"board_id": board_id, "n_images": 3, **shown}


def test_chains_are_counted_by_depth_and_the_largest_named():
    lists = [[chain(1, 5, 3), chain(2, 2, 1)], [], [chain(3, 9, 2)], None]
    part = pa.table({"image_signature": ["a", "b", "c", "d"], "repin_chains": pa.array(lists, pa.list_(CHAIN))})
    found = chains_of([part, part.slice(0, 1)])
    assert found["chains_by_depth"] == [(1, 2), (2, 1), (3, 2)]
    assert (found["n_chains"], found["n_pins"]) == (5, 23)
    assert [(one["image_signature"], one["root_pin_id"]) for one in found["largest"][:2]] == [("c", 3), ("a", 1)]


def chain(root: int, n_pins: int, depth: int) -> dict[str, int]:
    return {"root_pin_id": root, "n_pins": n_pins, "depth": depth}


def test_deep_chains_share_a_bar_and_none_is_lost():
    counted = [(depth, 1) for depth in range(1, 200)]
    places, values = grouped_depths(counted)
    assert sum(values) == len(counted)
    assert places[:2] == ["1", "2"]
    assert places[-1] == "193 to 384"


def test_the_highest_boards_are_those_of_all_parts():
    ranks = [0.1, 0.4, 0.4, 0.05, 0.3]
    table = pa.table({"board_id": [9, 8, 7, 6, 5], "page_rank": ranks, "category": ["x"] * 5})
    parts = [table.slice(0, 2), table.slice(2, 3), table.slice(0, 0)]
    assert [one["board_id"] for one in top_boards(parts)] == [7, 8, 5, 9, 6]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("pin_id_not_an_integer", "pin_id is no whole number of 64 bits"),
        (
            "created_at_out_of_range",
            "created_at lies outside the years 1 to 9999; often another unit than milliseconds",
        ),
        ("description_not_utf8", "the text of description is no UTF-8"),
        ("damaged_link", "the file's pages of link can't be read"),
        ("image_outside_roots", "its picture can't be hashed: outside roots"),
        ("image_signature_not_hex", "a signature of other characters than hexadecimal digits"),
        ("of_a_later_release", ""),
    ],
)
def test_every_reason_is_told_in_words(reason, words):
    assert words_of_reason(reason) == words


def record(task: str, run: str, start_s: float, outcome: str = "done", **more: object) -> TaskRecord:
    at = BEGAN + dt.timedelta(seconds=start_s)
    usage = Usage(2.0, 1.0, 0.5, 10_000_000, 5, 6, None, None)
    given = {"ended_at": at + dt.timedelta(seconds=2), "usage": usage, "parameters": {"damping": 0.85}} | more
    return TaskRecord("r", run, task, BEGAN.date(), 1, outcome, at, Process("here", 1, None), **given)


def test_the_newest_run_that_made_something_is_shown_and_every_failure_told():
    records = [
        record("BoardRanks", "first", 0),
        record("BoardCategories", "first", 2, "failed", error="full disk"),
        record("BoardCategories", "second", 100),
        record("PinFeatures", "second", 103),
        record("PinJoins", "third", 900, "killed", error="killed"),
    ]
    found = told_run(records)
    assert found["run_id"] == "second"
    assert [(one["task"], one["start_s"], one["end_s"]) for one in found["tasks"]] == [
        ("BoardCategories", 0.0, 2.0),
        ("PinFeatures", 3.0, 5.0),
    ]
    assert (found["wall_s"], found["cpu_s"], found["peak_memory_bytes"]) == (5.0, 3.0, 10_000_000)
    assert [(one["task"], one["error"]) for one in found["failures"]] == [
        ("PinJoins", "killed"),
        ("BoardCategories", "full disk"),
    ]
    assert found["parameters"] == {"damping": 0.85}


def test_a_version_without_records_says_where_they_would_lie():
    assert "records lie where a day was run" in told_run([])["missing"]
    assert "missing" in told_run([record("BoardRanks", "first", 0, "failed")])


def test_errors_of_any_length_are_bounded_and_hide_secrets():
    told = told_run([record("A", "r", 0), record("B", "r", 1, "failed", error="s3://me:hush@pins " + "x" * 9_000)])
    error = told["failures"][0]["error"]
    assert "hush" not in error
    assert len(error) <= max(MOST_TEXT, 500)


def test_tasks_of_one_name_are_told_apart():
    rows = [{"task": name, "iteration": number} for name, number in (("A", 0), ("A", 1), ("A", 1), ("Load-all", 2))]
    assert task_names(rows) == ["A", "A 1", "A 1, attempt 2", "Load 2"]
