"""Which fields a query reads, by DuckDB's own plan: whatever way it is written."""

import datetime as dt

import pyarrow as pa
import pytest

from storage_tiers.sql_batch import SqlBatchTier
from storage_tiers.sql_batch.locked_queries import Bound
from storage_tiers.sql_batch.read_fields import fields_read

BOARDS = pa.table(
    {
        "board_id": [1, 2],
        "name": ["a", "b"],
        "owner": [{"user_id": 1, "since": 3}, None],
        "terms": [["x"], []],
        "pins": pa.array(
            [[{"pin_id": 1, "at": 2}], []], pa.list_(pa.struct([("pin_id", pa.int64()), ("at", pa.int64())]))
        ),
    }
)
USERS = pa.table({"user_id": [1], "name": ["u"]})


@pytest.fixture
def tier(tmp_path, publish):
    publish(tmp_path, BOARDS, "board_joins", date=dt.date(2026, 11, 19))
    publish(tmp_path, BOARDS, "board_joins", date=dt.date(2026, 11, 20))
    publish(tmp_path, USERS, "user_joins", date=dt.date(2026, 11, 20), key="user_id")
    return SqlBatchTier(tmp_path)


@pytest.mark.parametrize(
    ("sql", "fields"),
    [
        ("SELECT name FROM board_joins", {"board_joins": ["name"]}),
        ("SELECT count(*) FROM board_joins", {"board_joins": []}),
        ("SELECT * FROM user_joins", {"user_joins": ["name", "user_id"]}),
        ("FROM board_joins SELECT owner.user_id", {"board_joins": ["owner.user_id"]}),
        ("SELECT 1 FROM Board_Joins WHERE name = 'x'", {"board_joins": ["name"]}),
        ('SELECT 1 FROM "board_joins" ORDER BY board_id', {"board_joins": ["board_id"]}),
        ("WITH w AS (SELECT * FROM board_joins) SELECT terms FROM w", {"board_joins": ["terms"]}),
        ("SELECT t FROM board_joins, unnest(terms) AS one(t)", {"board_joins": ["terms"]}),
        (
            "SELECT u.name FROM user_joins u JOIN board_joins b ON b.owner.user_id = u.user_id",
            {"board_joins": ["owner.user_id"], "user_joins": ["name", "user_id"]},
        ),
        (
            "SELECT name FROM user_joins WHERE user_id IN (SELECT board_id FROM board_joins WHERE name > '')",
            {"board_joins": ["board_id", "name"], "user_joins": ["name", "user_id"]},
        ),
        ("SELECT name FROM board_joins_2026_11_19_iteration_1", {"board_joins": ["name"]}),
        (
            "SELECT name FROM board_joins UNION ALL SELECT name FROM user_joins",
            {"board_joins": ["name"], "user_joins": ["name"]},
        ),
        ("SELECT 'user_joins', name AS user_joins FROM board_joins", {"board_joins": ["name"]}),
        ("SELECT name FROM board_joins -- and user_joins", {"board_joins": ["name"]}),
        ("SHOW TABLES", {}),
        ("SELECT 1", {}),
        ("SELECT nope FROM board_joins", {}),
        ("not even SQL about board_joins", {}),
    ],
)
def test_fields_are_those_that_the_plan_scans(tier, sql, fields):
    assert fields_read(tier, Bound(sql)) == fields


def test_values_of_parameters_change_nothing_of_what_is_read(tier):
    asked = Bound("SELECT board_id FROM board_joins WHERE name = $p_name", {"p_name": "x"})
    assert fields_read(tier, asked) == {"board_joins": ["board_id", "name"]}


def test_a_query_over_a_dataset_that_can_not_be_opened_reads_none(tier):
    tier.open("board_joins").place.manifest.write_text("{")
    assert fields_read(tier, Bound("SELECT name FROM board_joins")) == {}
    assert fields_read(tier, Bound("SELECT name FROM user_joins")) == {"user_joins": ["name"]}
