"""Answers to SQL: Arrow tables of the right types, from a session that can change nothing."""

import datetime as dt
import decimal

import pyarrow as pa
import pytest

from storage_tiers import DatasetError
from storage_tiers.light import project_light

UTC = dt.UTC


@pytest.mark.parametrize(
    ("expression", "type_", "value"),
    [
        ("true", pa.bool_(), True),
        ("7::smallint", pa.int16(), 7),
        ("7", pa.int32(), 7),
        ("7::bigint", pa.int64(), 7),
        ("0.5::real", pa.float32(), 0.5),
        ("0.5::float8", pa.float64(), 0.5),
        ("'attic'", pa.string(), "attic"),
        ("'attic'::varchar", pa.string(), "attic"),
        (r"'\x00ff'::bytea", pa.binary(), b"\x00\xff"),
        ("date '2026-11-20'", pa.date32(), dt.date(2026, 11, 20)),
        ("timestamptz '2026-11-20 12:00+02'", pa.timestamp("us", tz="UTC"), dt.datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("timestamp '2026-11-20 12:00'", pa.timestamp("us"), dt.datetime(2026, 11, 20, 12)),  # noqa: DTZ001
        ("'{\"b\": [1, null]}'::jsonb", pa.string(), '{"b": [1, null]}'),
        ("'{\"b\":  1}'::json", pa.string(), '{"b":  1}'),
        ("ARRAY['a', NULL]", pa.list_(pa.string()), ["a", None]),
        ("ARRAY[1, 2]", pa.list_(pa.int32()), [1, 2]),
        ("12.50::numeric", pa.decimal128(38, 2), decimal.Decimal("12.50")),
        ("1e40::numeric + 0.5", pa.decimal256(76, 1), decimal.Decimal(f"1{'0' * 40}.5")),
        ("'NaN'::numeric", pa.string(), "NaN"),
        ("10::numeric ^ 100", pa.string(), None),
        ("interval '1 day'", pa.string(), "1 day, 0:00:00"),
        ("NULL", pa.string(), None),
    ],
)
def test_a_value_of_each_type(tier, expression, type_, value):
    answer = tier.sql(f"SELECT {expression} AS v")
    assert answer.schema.field("v").type == type_
    if value is not None or expression == "NULL":
        assert answer["v"].to_pylist() == [value]


def test_an_answer_without_rows_has_its_columns(tier):
    answer = tier.sql("SELECT 1::bigint AS n, 2.5 AS share, 'x' AS name WHERE false")
    assert answer.schema == pa.schema([("n", pa.int64()), ("share", pa.decimal128(38, 0)), ("name", pa.string())])


def test_columns_of_one_name_are_both_there(tier):
    assert tier.sql("SELECT 1 AS n, 2 AS n").column(1).to_pylist() == [2]


def test_the_aggregates_of_a_light_dataset(tier, publish, wide_table):
    light = project_light(wide_table(40))
    tier.serve(publish(tier.root, light, variant="light"))
    terms = [term for row in light["terms"].to_pylist() if row for term in row if term]
    counted = tier.sql(
        "SELECT term, count(*) AS n FROM board_joins, jsonb_array_elements_text(terms) AS term GROUP BY 1"
    )
    assert {row["term"]: row["n"] for row in counted.to_pylist() if row["term"]} == {
        term: terms.count(term) for term in {*terms}
    }
    mean = tier.sql("SELECT avg(page_rank) AS mean FROM board_joins WHERE is_corrected")["mean"][0].as_py()
    ranks = [row["page_rank"] for row in light.to_pylist() if row["is_corrected"] and row["page_rank"] is not None]
    assert mean == pytest.approx(sum(ranks) / len(ranks))


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE board_joins_2026_11_20_iteration_1",
        "DELETE FROM board_joins_2026_11_20_iteration_1",
        "UPDATE _current SET iteration = 9",
        "CREATE TABLE mine (n int)",
        "WITH gone AS (DELETE FROM _versions RETURNING 1) SELECT * FROM gone",
        "SELECT 1; DROP VIEW board_joins",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
        "COMMIT",
        "COPY board_joins TO STDOUT",
        "SELECT setval('x', 1)",
    ],
)
def test_a_query_changes_nothing(tier, publish, wide_table, tables, query):
    tier.serve(publish(tier.root, wide_table(3)))
    before = tables()
    with pytest.raises(DatasetError) as told:
        tier.sql(query)
    assert "\n" not in str(told.value)
    assert (tables(), tier.sql("SELECT count(*) AS n FROM board_joins").to_pylist()) == (before, [{"n": 3}])


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("SELECT * FROM nonsense", 'relation "nonsense" does not exist'),
        ("SELECT nope FROM board_joins", 'column "nope" does not exist'),
        ("SELECT 1/0", "division by zero"),
        ("SELECT 100 % 7 AS rest, 'a%sb' LIKE '%s%' AS like_it FROM", "syntax error"),
    ],
)
def test_what_the_server_refuses_is_one_line(tier, publish, wide_table, query, problem):
    tier.serve(publish(tier.root, wide_table(3)))
    with pytest.raises(DatasetError, match=problem):
        tier.sql(query)


def test_percent_signs_are_the_querys_own(tier):
    assert tier.sql("SELECT 100 % 7 AS rest, 'a%sb' LIKE '%s%' AS like_it").to_pylist() == [
        {"rest": 2, "like_it": True}
    ]
