import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.joins.contenders import KEY, PIN_FIELDS
from benchmarks.joins.digest import digest_groups
from benchmarks.joins.grouping import group_pins

STRING = pa.string()
TEXT = ("image", "description", "link")


def pin(pin_id, board_id, user_id, **further):
    return dict.fromkeys(PIN_FIELDS) | {"pin_id": pin_id, "board_id": board_id, "user_id": user_id} | further


def a_group(**changed):
    pins = [pin(1, 10, 7, link="x"), pin(2, 11, 7)]
    return {KEY: "aa", "pins": pins, "n_pins": 2, "n_boards": 2, "n_users": 1, "board_ids": [10, 11]} | changed


ANOTHER_GROUP = {KEY: "bb", "pins": [pin(3, 10, 7)], "n_pins": 1, "n_boards": 1, "n_users": 1, "board_ids": [10]}


def digest_of(folder, *files, text=STRING):
    struct = pa.struct([(name, text if name in TEXT else pa.int64()) for name in PIN_FIELDS])
    counts = [(name, pa.int64()) for name in ("n_pins", "n_boards", "n_users")]
    schema = pa.schema([(KEY, text), ("pins", pa.list_(struct)), *counts, ("board_ids", pa.list_(pa.int64()))])
    folder.mkdir()
    for number, rows in enumerate(files):
        pq.write_table(pa.Table.from_pylist(rows, schema), folder / f"part-{number}.parquet")
    return digest_groups(folder)


def test_groups_are_equal_however_they_lie_in_files_and_whatever_the_width_of_text(tmp_path):
    together = digest_of(tmp_path / "one", [a_group(), ANOTHER_GROUP])
    apart = digest_of(tmp_path / "two", [ANOTHER_GROUP], [a_group()], text=pa.large_string())
    assert together == apart
    assert (together.n_rows, together.rows_sorted) == (2, True)


@pytest.mark.parametrize(
    "changed",
    [
        {"pins": [pin(2, 11, 7), pin(1, 10, 7, link="x")]},
        {"pins": [pin(1, 10, 7, link="x"), pin(2, 11, 7, description="")]},
        {"pins": [pin(1, 10, 7), pin(2, 11, 7, link="x")]},
        {"n_users": 2},
        {"n_boards": 1},
        {"board_ids": [11, 10]},
    ],
    ids=["swapped pins", "empty for null", "link of another pin", "users", "boards", "swapped boards"],
)
def test_one_changed_value_changes_the_digest(tmp_path, changed):
    assert digest_of(tmp_path / "one", [a_group()]) != digest_of(tmp_path / "two", [a_group(**changed)])


def test_unsorted_rows_are_noticed(tmp_path):
    assert not digest_of(tmp_path / "one", [ANOTHER_GROUP, a_group()]).rows_sorted


def test_our_step_groups_as_worked_out_by_hand():
    rows = [
        {KEY: "bb"} | pin(3, 10, 7),
        {KEY: "aa"} | pin(2, 11, 7),
        {KEY: "aa"} | pin(1, 10, 7, link="x"),
        {KEY: "aa"} | pin(4, 10, 8),
    ]
    types = {name: pa.string() for name in (KEY, *TEXT)} | {"created_at": pa.timestamp("ms", tz="UTC")}
    schema = pa.schema([(name, types.get(name, pa.int64())) for name in (KEY, *PIN_FIELDS)])
    groups = group_pins(pa.Table.from_pylist(rows, schema)).to_pylist()
    assert [(group[KEY], [one["pin_id"] for one in group["pins"]]) for group in groups] == [
        ("aa", [1, 2, 4]),
        ("bb", [3]),
    ]
    assert [(g["n_pins"], g["n_boards"], g["n_users"], g["board_ids"]) for g in groups] == [
        (3, 2, 2, [10, 11]),
        (1, 1, 1, [10]),
    ]
