"""What counts as odd against the days before, and which days these are."""

import datetime as dt
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joins.arrow.fields import described
from storage_tiers.versioned.manifest import Manifest, Part
from storage_tiers.versioned.staging import DatasetSpec, Provenance
from storage_tiers.versioned.versions import VersionPlace
from workflows.catalog import JOIN_DATASETS
from workflows.checks.check_kinds import EqualTotals, Judgement, Limits, Situation
from workflows.checks.history.days_before import manifests_before
from workflows.checks.history.null_shares import NullShares, is_odd_share
from workflows.checks.history.row_counts import RowCounts, is_odd
from workflows.checks.summaries import Summary

DAY = dt.date(2026, 11, 20)
BOARDS = pa.table({"board_id": [1, 2, 3]})
SPEC = DatasetSpec(
    "boards",
    pa.schema([pa.field("board_id", pa.int64(), nullable=False), described("category", pa.string(), "", source="raw")]),
    "board_id",
)


def day(number):
    return DAY + dt.timedelta(days=number)


@pytest.fixture
def root(tmp_path, publish):
    """Five complete dates, and one whose run was cut off after the boards."""
    for number in range(5):
        for iteration in (0, 3):
            publish(tmp_path, BOARDS, "boards", date=day(number), iteration=iteration)
        for spec in JOIN_DATASETS:
            publish(tmp_path, BOARDS, spec.name, date=day(number))
    publish(tmp_path, BOARDS, "boards", date=day(5))
    return tmp_path


def found(root, number, n_days=7):
    return [(manifest.date, manifest.iteration) for manifest in manifests_before(root, "boards", day(number), n_days)]


def test_the_newest_versions_of_the_last_complete_dates_are_compared_with(root):
    assert found(root, 6, 3) == [(day(4), 3), (day(3), 3), (day(2), 3)]


def test_a_date_is_never_compared_with_itself_or_with_later_ones(root):
    assert found(root, 2) == [(day(1), 3), (day(0), 3)]
    assert found(root, 0) == []
    assert manifests_before(root, "no_such_dataset", DAY, 7) == []


def test_damaged_and_unreadable_versions_are_passed_over(root):
    places = [
        VersionPlace(root, "boards", "full", manifest.version)
        for manifest in manifests_before(root, "boards", day(5), 2)
    ]
    places[0].damage_mark.write_text("a part is missing")
    places[1].manifest.write_text("{")
    assert found(root, 5, 3) == [(day(4), 0), (day(3), 0), (day(2), 3)]


@pytest.mark.parametrize(
    ("n_rows", "before", "odd"),
    [
        (25, [10], False),
        (5, [2], False),
        (0, [99], False),
        (0, [1_000], True),
        (1_000, [0], True),
        (1_999, [1_000], False),
        (2_001, [1_000], True),
        (499, [1_000], True),
        (300, [1_000] * 5 + [290, 310], False),  # a Sunday after a Sunday
        (250, [1_000] * 5 + [290, 310], True),
        (1_000, [300, 1_000, 1_000], False),
    ],
)
def test_counts_are_odd_beyond_the_factor_and_beyond_all_days(n_rows, before, odd):
    assert is_odd(n_rows, before, 2.0) == odd


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=9), st.data())
def test_a_count_that_a_day_before_had_is_never_odd(before, data):
    assert not is_odd(data.draw(st.sampled_from(before)), before, 1.0)
    shares = [count / 10**9 for count in before]
    assert not is_odd_share(data.draw(st.sampled_from(shares)), shares, 0.0)


def before(n_rows, n_nulls, number=1):
    schema = {"board_id": "int64", "category": "string"}
    parts = (Part(0, "part-00000.parquet", n_rows, 100, "aa", 1, n_rows),)
    nulls = {"category": n_nulls}
    return Manifest("boards", "full", day(-number), 0, "board_id", True, "splitmix64", parts, schema, nulls=nulls)


def judged(check, n_rows, n_nulls, days, **limits):
    summary = Summary(n_rows, {"board_id": 0, "category": n_nulls})
    return check.judge(Situation(SPEC, summary, before=lambda: days, limits=Limits(**limits)))


def test_an_extreme_count_is_an_error_only_where_the_settings_say_so():
    days = [before(1_000, 0)]
    assert judged(RowCounts(), 50, 0, days)[::2] == (False, None)
    assert judged(RowCounts(), 50, 0, days, row_count_error_factor=10.0)[::2] == (False, "error")
    assert judged(RowCounts(), 400, 0, days, row_count_error_factor=10.0)[::2] == (False, None)
    assert judged(RowCounts(), 50, 0, []).detail == "50 rows; no earlier day to compare with"


@pytest.mark.parametrize(
    ("n_rows", "n_nulls", "days", "passed"),
    [
        (1_000, 1_000, [before(1_000, 900)], False),  # suddenly none has a category
        (1_000, 1_000, [before(1_000, 1_000)], True),
        (1_000, 350, [before(1_000, 100)], False),
        (1_000, 290, [before(1_000, 100)], True),
        (1_000, 350, [before(1_000, 100), before(1_000, 100, 2), before(1_000, 400, 3)], True),
        (99, 99, [before(1_000, 0)], True),  # too few to tell
        (1_000, 1_000, [before(99, 0)], True),
        (1_000, 1_000, [], True),
    ],
)
def test_null_shares_are_odd_beyond_the_change_and_beyond_all_days(n_rows, n_nulls, days, passed):
    assert judged(NullShares(), n_rows, n_nulls, days).passed == passed
    assert judged(NullShares(derived_only=True), n_rows, n_nulls, days).passed  # the column is a raw one


def test_what_an_earlier_release_did_not_count_is_not_compared_with(root, publish):
    dataset = publish(root, BOARDS, "board_ranks", date=day(9))
    check = EqualTotals("same_keys", "keys", "board_ranks", "keys", "every board has a row")
    situation = Situation(SPEC, Summary(3, totals={"keys": 7}), {"board_ranks": dataset})
    said = "board_ranks doesn't tell keys: an earlier release published it"
    assert check.judge(situation) == Judgement(passed=True, detail=said)
    newer = publish(root, BOARDS, "board_ranks", date=day(10), provenance=Provenance(totals={"keys": 8}))
    said = "keys is 7, keys of board_ranks is 8; every board has a row"
    assert check.judge(replace(situation, made_from={"board_ranks": newer})) == Judgement(passed=False, detail=said)


def test_what_is_said_of_a_share():
    said = judged(NullShares(), 1_000, 1_000, [before(1_000, 100), before(1_000, 200, 2)]).detail
    assert said == "category is null in 100.0% of the rows; in the days before in 10.0% to 20.0%"


def test_manifests_of_earlier_releases_tell_of_no_nulls(root, publish):
    assert all(not manifest.nulls for manifest in manifests_before(root, "boards", day(5), 7))
    publish(root, BOARDS, "boards", date=day(6), provenance=Provenance(nulls={"board_id": 0}, totals={"keys": 2**63}))
    for spec in JOIN_DATASETS:
        publish(root, BOARDS, spec.name, date=day(6))
    newest = manifests_before(root, "boards", day(7), 1)[0]
    assert (newest.nulls, newest.totals) == ({"board_id": 0}, {"keys": 2**63})
