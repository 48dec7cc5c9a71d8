"""``interest-graph diff``: against a dictionary of rows, whatever the parts, the types and the keys are."""

import datetime as dt
import json
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from storage_tiers import Version, VersionError, VersionNotFoundError
from storage_tiers.debugging import DebuggingTier
from storage_tiers.hive_batch import HiveBatchTier
from workflows.version_diff.asked_versions import asked_versions, read_dataset
from workflows.version_diff.changed_values import comparable, differs, sizes_of_changes
from workflows.version_diff.moves import CategoryMove
from workflows.version_diff.version_diff import NoDifferenceError, version_diff

FRIDAY, SATURDAY = dt.date(2026, 11, 20), dt.date(2026, 11, 21)
NAN = float("nan")


def same(one, other):
    """Compare as people would: null is null, NaN is NaN, at any depth."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other):
        return True
    return type(one) is type(other) and one == other


@pytest.fixture
def diff(tmp_path, publish):
    """Publish two tables as versions of Friday and Saturday, and compare them."""

    def compare(before, after, *, n_parts=(3, 3), n_most=10, **how):
        one = publish(tmp_path, before, date=FRIDAY, n_parts=n_parts[0], **how)
        return version_diff(one, publish(tmp_path, after, date=SATURDAY, n_parts=n_parts[1], **how), n_most)

    return compare


@pytest.mark.parametrize("n_parts", [(3, 3), (1, 4), (5, 2)])
def test_rows_and_fields_are_those_of_a_dictionary(diff, wide_table, n_parts):
    before = wide_table(200)
    rows = [row for row in before.to_pylist() if row["board_id"] % 70]
    for row in rows[::7]:
        row["name"] = f"{row['name']} and more"
    for row in rows[::11]:
        row["pin_joins"] = [*(row["pin_joins"] or []), {"image_signature": "ff", "n_pins": None}]
    for row in rows[::13]:
        row["owner"] = None
    rows += [row | {"board_id": row["board_id"] + 5} for row in rows[:9]]
    after = pa.Table.from_pylist(rows, before.schema)
    found = diff(before, after, n_parts=n_parts)
    old, new = ({row["board_id"]: row for row in table.to_pylist()} for table in (before, after))
    common = old.keys() & new.keys()
    changed = {name: sum(not same(old[key][name], new[key][name]) for key in common) for name in before.schema.names}
    assert {one.name: one.n_changed for one in found.fields} == {name: n for name, n in changed.items() if n}
    assert found.n_changed == sum(not same(old[key], new[key]) for key in common)
    assert (found.counts.n_rows_gone, found.counts.n_rows_new) == (len(old.keys() - new.keys()), 9)
    assert (found.n_common, found.n_rows_before, found.n_rows_after) == (len(common), 200, len(rows))
    assert not found.schema
    assert not found.is_none


def test_numbers_say_how_far_and_where(diff):
    before = pa.table({"board_id": [1, 2, 3, 4], "page_rank": [0.5, NAN, None, 1.0], "n_pins": [1, 2, 3, 2**62]})
    after = pa.table(
        {"board_id": [1, 2, 3, 4], "page_rank": [0.75, NAN, 0.1, math.inf], "n_pins": [1, 4, 3, 2**62 + 1]}
    )
    changes = {one.name: one for one in diff(before, after).fields}
    rank, pins = changes["page_rank"], changes["n_pins"]
    assert (rank.n_changed, rank.mean_size, rank.largest, rank.largest_at) == (3, 0.25, 0.25, 1)
    assert (pins.n_changed, pins.mean_size, pins.largest, pins.largest_at) == (2, 1.5, 2.0, 2)


def test_nothing_differs_between_equal_versions_however_they_are_cut(diff, wide_table):
    assert diff(wide_table(100), wide_table(100), n_parts=(4, 3)).is_none


def test_a_schema_that_changed_is_told_and_what_can_be_compared_is(diff):
    users_before = pa.list_(pa.struct({"user_id": pa.int64(), "old": pa.int8()}))
    before = pa.table(
        {
            "board_id": [1, 2],
            "rank": pa.array([0.1, 0.2], pa.float32()),
            "gone": ["a", "b"],
            "mixed": ["1", "2"],
            "users": pa.array([[{"user_id": 1, "old": 1}], []], users_before),
        }
    )
    users = pa.list_(pa.struct({"user_id": pa.int32(), "new": pa.string()}))
    after = pa.table(
        {
            "board_id": [1, 2],
            "rank": pa.array([0.1, 0.25], pa.float64()),
            "mixed": [1, 2],
            "users": pa.array([[{"user_id": 1, "new": "x"}], [{"user_id": 2, "new": "x"}]], users),
            "added": [True, False],
        }
    )
    found = diff(before, after)
    assert (found.schema.added, found.schema.removed) == (("users.new", "added"), ("gone", "users.old"))
    assert {(one.name, one.before, one.after) for one in found.schema.types} == {
        ("rank", "float", "double"),
        ("mixed", "string", "int64"),
        ("users.user_id", "int64", "int32"),
    }
    assert found.not_compared == ["mixed"]
    assert {one.name: one.n_changed for one in found.fields} == {"rank": 1, "users": 1}


@pytest.mark.parametrize("n_parts", [(2, 2), (2, 5)])
def test_rows_of_a_key_are_counted_where_keys_are_not_unique(diff, n_parts):
    before = pa.table({"board_id": [1, 1, 2, 3, 3, 5], "pin_id": [10, 11, 20, 30, 31, 50]})
    after = pa.table({"board_id": [1, 1, 2, 2, 3, 4, 4], "pin_id": [10, 12, 20, 21, 30, 40, 41]})
    found = diff(before, after, n_parts=n_parts, key_is_unique=False)
    counts = found.counts
    assert (counts.n_keys_gone, counts.n_keys_new, counts.n_keys_recounted) == (1, 1, 2)
    assert (counts.n_rows_gone, counts.n_rows_new, counts.n_rows_uncompared) == (2, 3, 2)
    assert (found.n_common, found.n_changed) == (2, 1)


def test_the_farthest_moves_of_all_parts_are_found(diff):
    random = np.random.default_rng(1)
    n = 500

    def table(ranks, categories):
        columns = {"board_id": np.arange(n), "page_rank": ranks, "rank_order": _places(ranks), "category": categories}
        return pa.table(columns).replace_schema_metadata({"importance": "page_rank"})

    ranks, later = random.random(n), random.random(n)
    categories = ["art" if number % 2 else None for number in range(n)]
    moved = [*categories]
    moved[7], moved[8] = "food", "food"
    found = diff(table(ranks, categories), table(later, moved), n_most=3)
    by_places = np.abs(_places(later) - _places(ranks))
    assert [move.size for move in found.moves.by_places] == sorted(by_places.tolist(), reverse=True)[:3]
    assert all(by_places[move.key] == move.size for move in found.moves.by_places)
    assert [move.key for move in found.moves.by_importance] == np.argsort(-np.abs(later - ranks))[:3].tolist()
    assert found.moves.n_by_categories == {("art", "food"): 1, (None, "food"): 1}
    expected = [CategoryMove(7, "art", "food", later[7]), CategoryMove(8, None, "food", later[8])]
    assert found.moves.categories == sorted(expected, key=lambda move: -move.importance)


def _places(ranks):
    places = np.empty(len(ranks), np.int64)
    places[np.argsort(-ranks)] = np.arange(1, len(ranks) + 1)
    return places


def test_keys_of_another_kind_can_not_be_matched(tmp_path, publish):
    one = publish(tmp_path, pa.table({"board_id": [1], "n": [1]}), date=FRIDAY)
    other = publish(tmp_path, pa.table({"board_id": ["1"], "n": [1]}), date=SATURDAY)
    with pytest.raises(NoDifferenceError, match="their key is board_id, a number, in date=2026-11-20 iteration=1 and"):
        version_diff(one, other, 3)


@settings(deadline=None)
@given(some.lists(some.tuples(*[some.none() | some.lists(some.none() | some.floats(), max_size=3)] * 2), max_size=8))
def test_lists_differ_as_python_says(pairs):
    type_ = pa.list_(pa.float64())
    columns = [pa.array([pair[side] for pair in pairs], type_) for side in (0, 1)]
    assert differs(*columns).tolist() == [not same(*pair) for pair in pairs]
    assert differs(columns[0], columns[0]).tolist() == [False] * len(pairs)
    assert differs(columns[0], columns[0].cast(pa.large_list(pa.float64()))).tolist() == [False] * len(pairs)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (pa.array([0.1, 0.3], pa.float32()), pa.array([0.1, 0.30001]), [False, True]),
        (pa.array([1, 2], pa.int8()), pa.array([1.0, 2.5]), [False, True]),
        (pa.array([2**63], pa.uint64()), pa.array([-1], pa.int64()), [True]),
        (pa.array(["a", None]), pa.array(["a", "b"]).dictionary_encode(), [False, True]),
        (pa.array([9], pa.timestamp("s")), pa.array([9_000], pa.timestamp("ms")), [False]),
        (pa.array([b"ab"], pa.binary(2)), pa.array([b"ab"]), [False]),
        (pa.array([None, None]), pa.array([None, None]), [False, False]),
        (pa.array([{"a": 1}, None]), pa.array([{"a": 1}, {"a": None}]), [False, True]),
        (pa.array([[1, 2]], pa.list_(pa.int64(), 2)), pa.array([[1, 3]]), [True]),
        (pa.array([[("x", 1)]], pa.map_(pa.string(), pa.int64())),) * 2 + ([False],),
    ],
)
def test_values_of_two_types_are_compared_as_both_can_say_them(before, after, expected):
    assert comparable(before.type, after.type)
    assert differs(before, after).tolist() == expected
    rest = pa.chunked_array([before[:1], before[1:]])
    assert differs(rest, after).tolist() == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [(pa.string(), pa.int64()), (pa.list_(pa.string()), pa.string()), (pa.timestamp("s"), pa.timestamp("s", "UTC"))],
)
def test_values_that_say_different_things_are_not_compared(one, other):
    assert not comparable(one, other)


def test_the_size_of_a_change_of_whole_numbers_does_not_overflow():
    one, other = pa.array([-(2**63), 0, 5], pa.int64()), pa.array([2**63 - 1, None, 5], pa.int64())
    assert sizes_of_changes(one, other).tolist()[0] == float(2**64 - 1)
    assert sizes_of_changes(pa.array([2**64 - 1], pa.uint64()), pa.array([1], pa.uint64())).tolist() == [2.0**64]


def test_versions_are_named_by_dates_and_by_words(tmp_path, publish):
    rows = pa.table({"board_id": [1]})
    for date, iteration in ((FRIDAY, 1), (FRIDAY, 2), (SATURDAY, 1)):
        publish(tmp_path, rows, date=date, iteration=iteration)
    DebuggingTier(tmp_path).make_current({"board_joins": Version(FRIDAY, 2)})

    def asked(*words):
        return [(one.date.day, one.iteration) for one in asked_versions(tmp_path, "board_joins", "full", *words)]

    assert asked("2026-11-20", "2026-11-20/1") == [(20, 2), (20, 1)]
    assert asked("previous", "newest") == [(20, 2), (21, 1)]
    assert asked("newest", "previous") == [(21, 1), (20, 2)]
    assert asked("current", "newest") == [(20, 2), (21, 1)]
    HiveBatchTier(tmp_path).make_current({"board_joins": Version(SATURDAY, 1)})
    with pytest.raises(VersionError, match=r"tiers serve different versions of board_joins: .*debugging"):
        asked("current", "newest")
    with pytest.raises(VersionError, match="'yesterday' is no version; allowed: newest, current, previous"):
        asked("yesterday", "newest")
    with pytest.raises(VersionError, match="name that one"):
        asked("previous", "previous")
    with pytest.raises(VersionNotFoundError, match="no version of board_joins/full is published before"):
        asked("previous", "2026-11-20/1")
    with pytest.raises(VersionNotFoundError, match="no tier serves nothing"):
        asked_versions(tmp_path, "nothing", "full", "current", "newest")
    assert read_dataset("pin_joins/light") == ("pin_joins", "light")
    with pytest.raises(ValueError, match="no variant 'wide'; allowed: full, light"):
        read_dataset("pin_joins/wide")


def test_the_command_prints_for_people_and_as_json(tmp_path, publish, run_command):
    before = pa.table({"board_id": [1, 2], "category": ["art", "art"], "rank_order": [1, 2]})
    publish(tmp_path, before, date=FRIDAY)
    publish(tmp_path, before.set_column(1, "category", [["art", "food\x1b[2J"]]), date=SATURDAY)
    run = ("interest-graph", "diff", "board_joins", "previous", "newest", "--output", tmp_path)
    printed = run_command(*run, cwd=tmp_path)
    assert (printed.returncode, printed.stderr) == (0, "")
    assert "rows: 2 -> 2: 0 gone, 0 new, 1 changed of 2 that both have (50.0%)" in printed.stdout
    assert r"art -> food\x1b[2J 1" in printed.stdout
    told = json.loads(run_command(*run, "--json", cwd=tmp_path).stdout)
    assert told["rows"] == {"before": 2, "after": 2, "gone": 0, "new": 0, "common": 2, "changed": 1, "uncompared": 0}
    assert (told["is_same"], told["fields"][0]["name"], told["fields"][0]["share"]) == (False, "category", 0.5)
    assert told["moved_by_category"][0]["key"] == 2
    failed = run_command(*run[:3], "2020-01-01", "newest", "--output", tmp_path, cwd=tmp_path)
    assert (failed.returncode, failed.stderr.count("\n")) == (2, 1)
