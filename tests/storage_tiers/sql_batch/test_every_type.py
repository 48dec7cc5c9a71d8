"""Every type of DuckDB in every form of an answer: the right value, or a refusal that names the column and a cast."""

import csv
import decimal
import io
import json
import re

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest

from storage_tiers.errors import DatasetError
from storage_tiers.reading.answer_formats import csv_blocks, json_blocks, with_distinct_names, write_parquet
from storage_tiers.sql_batch import SqlBatchTier

RANKS = pa.table({"board_id": [1], "page_rank": [1.0]})
HUGE = str(2**127 - 1)
LONG = "-1234567890123456789012345678.9012345678"
NANO = "2026-01-01 00:00:00.123456789"

# A type, an expression of it, and how its value stands in CSV and in JSON.
VALUES = [
    ("BOOLEAN", "true", "true", True),
    ("TINYINT", "(-128)::TINYINT", "-128", -128),
    ("SMALLINT", "(-32768)::SMALLINT", "-32768", -32768),
    ("INTEGER", "(-2147483648)::INTEGER", "-2147483648", -(2**31)),
    ("BIGINT", "(-9223372036854775808)::BIGINT", "-9223372036854775808", -(2**63)),
    ("HUGEINT", f"{HUGE}::HUGEINT", HUGE, 2**127 - 1),
    ("HUGEINT", f"(-{HUGE})::HUGEINT", f"-{HUGE}", -(2**127) + 1),
    ("HUGEINT", "sum(12)", "12", 12),
    ("UTINYINT", "255::UTINYINT", "255", 255),
    ("USMALLINT", "65535::USMALLINT", "65535", 65535),
    ("UINTEGER", "4294967295::UINTEGER", "4294967295", 2**32 - 1),
    ("UBIGINT", "18446744073709551615::UBIGINT", "18446744073709551615", 2**64 - 1),
    ("UHUGEINT", f"{2**128 - 1}::UHUGEINT", str(2**128 - 1), str(2**128 - 1)),
    ("UHUGEINT", f"{2**127}::UHUGEINT", str(2**127), str(2**127)),
    ("BIGNUM", "5::BIGNUM", "5", "5"),
    ("BIGNUM", f"(-{10**30})::BIGNUM", str(-(10**30)), str(-(10**30))),
    ("DECIMAL", f"'{LONG}'::DECIMAL(38,10)", LONG, decimal.Decimal(LONG)),
    ("FLOAT", "0.5::FLOAT", "0.5", 0.5),
    ("DOUBLE", "0.1::DOUBLE", "0.1", 0.1),
    ("DOUBLE", "5e-324::DOUBLE", "5e-324", 5e-324),
    ("VARCHAR", "'a\"b'", 'a"b', 'a"b'),
    ("VARCHAR", "''", "", ""),
    ("VARCHAR", """'{"a": 1}'::JSON""", '{"a": 1}', '{"a": 1}'),
    ("UUID", "'00000000-0000-0000-0000-0000000000ff'::UUID", *["00000000-0000-0000-0000-0000000000ff"] * 2),
    ("ENUM", "'b'::ENUM('a', 'b')", "b", "b"),
    ("BLOB", r"'\x00\xFF'::BLOB", "00ff", "00ff"),
    ("BIT", "'0101'::BIT", "0101", "0101"),
    ("BIT", "'000000001'::BIT", "000000001", "000000001"),
    ("NULL", "NULL", "", None),
    ("DATE", "DATE '0001-01-01'", "0001-01-01", "0001-01-01"),
    ("DATE", "DATE '9999-12-31'", "9999-12-31", "9999-12-31"),
    ("TIME", "TIME '23:59:59.999999'", "23:59:59.999999", "23:59:59.999999"),
    ("TIME_NS", "'23:59:59.999999999'::TIME_NS", "23:59:59.999999999", "23:59:59.999999999"),
    ("TIME WITH TIME ZONE", "'12:00:00+15:59'::TIMETZ", "12:00:00+15:59", "12:00:00+15:59"),
    ("TIME WITH TIME ZONE", "'24:00:00-15:59:59'::TIMETZ", "24:00:00-15:59:59", "24:00:00-15:59:59"),
    ("TIMESTAMP", "TIMESTAMP '0001-01-01 00:00:01'", "0001-01-01 00:00:01.000000", "0001-01-01T00:00:01"),
    ("TIMESTAMP", "TIMESTAMP '9999-12-31 23:59:59.999999'", "9999-12-31 23:59:59.999999", "9999-12-31T23:59:59.999999"),
    ("TIMESTAMP_S", "'2026-01-01 00:00:01'::TIMESTAMP_S", "2026-01-01 00:00:01", "2026-01-01T00:00:01"),
    (
        "TIMESTAMP_MS",
        "'2026-01-01 00:00:00.123'::TIMESTAMP_MS",
        "2026-01-01 00:00:00.123",
        "2026-01-01T00:00:00.123000",
    ),
    ("TIMESTAMP_NS", f"'{NANO}'::TIMESTAMP_NS", NANO, NANO),
    (
        *("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ '2026-01-01 00:00:01+01'"),
        *("2025-12-31 23:00:01.000000Z", "2025-12-31T23:00:01Z"),
    ),
    ("TIMESTAMPTZ_NS", "'2026-01-01 00:00:00.000000001+00'::TIMESTAMPTZ_NS", *["2026-01-01 00:00:00.000000001Z"] * 2),
    ("INTERVAL", "INTERVAL '1 hour'", "01:00:00", "01:00:00"),
    ("INTERVAL", "INTERVAL '14 months 3 days 1 us'", *["1 year 2 months 3 days 00:00:00.000001"] * 2),
    ("LIST", "[1, NULL]", "[1,null]", [1, None]),
    ("LIST", "[]", "[]", []),
    ("LIST", "['0101'::BIT]", '["0101"]', ["0101"]),
    ("LIST", f"['{NANO}'::TIMESTAMP_NS]", f'["{NANO}"]', [NANO]),
    ("ARRAY", "[INTERVAL '1 day']::INTERVAL[1]", '["1 day"]', ["1 day"]),
    ("ARRAY", "[1, 2]::INTEGER[2]", "[1,2]", [1, 2]),
    ("MAP", "MAP {'k': 5::BIGNUM}", '[["k","5"]]', [["k", "5"]]),
    ("MAP", "MAP {1: 2}", "[[1,2]]", [[1, 2]]),
    (
        *("STRUCT", "{'a b': 1::UHUGEINT, 'c': [NULL], 'd': {'e': '1'::BIT}}"),
        *('{"a b":"1","c":[null],"d":{"e":"1"}}', {"a b": "1", "c": [None], "d": {"e": "1"}}),
    ),
    (
        *("STRUCT", "{'a': 'x'::ENUM('x'), 'b': DATE '2026-01-01'}"),
        *('{"a":"x","b":"2026-01-01"}', {"a": "x", "b": "2026-01-01"}),
    ),
    ("TUPLE", "row(1, '01'::BIT)", '{"element1":1,"element2":"01"}', {"element1": 1, "element2": "01"}),
    ("UNION", "union_value(k := 1)", "1", "1"),
    ("LIST", "[union_value(k := 1)]", '["1"]', ["1"]),
    ("VARIANT", "[1, 2]::VARIANT", "[1, 2]", "[1, 2]"),
    ("GEOMETRY", "'POINT(1 2)'::GEOMETRY", "POINT (1 2)", "POINT (1 2)"),
    ("TYPE", "get_type(1)", "INTEGER", "INTEGER"),
]

MARKS = [
    *("TIME '24:00:00'", "'24:00:00'::TIME_NS"),
    *(f"'{sign}infinity'::{type_}" for sign in ("", "-") for type_ in ("DATE", "TIMESTAMP", "TIMESTAMPTZ")),
    *(f"'infinity'::TIMESTAMP_{unit}" for unit in ("S", "MS", "NS")),
]


@pytest.fixture(scope="module")
def tier(tmp_path_factory, publish):
    """Answer queries over an output that no test changes."""
    root = tmp_path_factory.mktemp("every_type") / "output"
    publish(root, RANKS, "board_ranks")
    return SqlBatchTier(root)


def written(tier, query, form, path):
    """Return an answer in a form: an Arrow table, the text of CSV or JSON, or the path of a Parquet file."""
    with tier.answer(query) as opened:
        answer = with_distinct_names(opened)
        if form == "arrow":
            return pa.Table.from_batches(answer.batches, answer.schema)
        if form == "parquet":
            write_parquet(answer, path)
            return path
        return b"".join((csv_blocks if form == "csv" else json_blocks)(answer)).decode()


def as_text(source, given=None):
    """Return the columns of the first row, and of the second, as DuckDB writes them; times are in UTC."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        if given is not None:
            connection.register("given", given)
        return connection.execute(f"SELECT COLUMNS(*)::VARCHAR FROM {source}").fetchall()  # noqa: S608


def query_of(values):
    """Return a query with a column for each of the values, and a row of nulls below."""
    columns = ", ".join(f"{expression} AS v{place}" for place, (_, expression, *_) in enumerate(values))
    nulls = "SELECT b.* FROM (SELECT 1) LEFT JOIN a b ON false"
    return f"WITH a AS (SELECT {columns}) SELECT * FROM a UNION ALL {nulls}"  # noqa: S608


def test_every_type_of_duckdb_has_a_value_here():
    there = {type_ for (type_,) in duckdb.sql("SELECT DISTINCT logical_type FROM duckdb_types()").fetchall()}
    assert there == {type_ for type_, *_ in VALUES}


def test_a_value_of_every_type_is_right_in_csv(tier):
    right, nulls = csv.DictReader(io.StringIO(written(tier, query_of(VALUES), "csv", None)))
    assert list(right.values()) == [in_csv for _, _, in_csv, _ in VALUES]
    assert set(nulls.values()) == {""}


def test_a_value_of_every_type_is_right_in_json(tier):
    text = written(tier, query_of(VALUES), "json", None)
    right, nulls = json.loads(text, parse_float=decimal.Decimal)
    for found, (_, _, _, expected) in zip(right.values(), VALUES, strict=True):
        assert (float(found) if isinstance(expected, float) else found) == expected
    assert set(nulls.values()) == {None}


@pytest.mark.parametrize("expression", MARKS)
def test_a_mark_of_duckdb_is_refused_with_a_cast_that_shows_it(tier, expression):
    for whole in (expression, f"[{expression}]", f"{{'a': [NULL, {expression}]}}", f"MAP {{1: {expression}}}"):
        query = f'SELECT i, if(i = 2, {whole}, NULL) AS "a b" FROM range(4) AS t(i)'  # noqa: S608
        with pytest.raises(DatasetError) as refused:
            written(tier, query, "arrow", None)
        said = str(refused.value)
        assert re.search(r"column a b, a (DATE|TIMESTAMP|TIME), holds (infinity|24:00:00)", said)
        assert 'CAST("a b" AS VARCHAR)' in said
        assert "\n" not in said
    assert re.search("infinity|24:00:00", written(tier, f"SELECT CAST({expression} AS VARCHAR) AS v", "csv", None))


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_a_mark_of_duckdb_is_refused_in_every_form(tier, tmp_path, form):
    with pytest.raises(DatasetError, match="holds infinity"):
        written(tier, "SELECT 'infinity'::DATE AS v", form, tmp_path / "answer.parquet")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_year_without_four_digits_is_refused_where_it_is_text(tier, form):
    for expression in ("DATE '0044-03-15 (BC)'", "TIMESTAMP '10000-01-01'", "[DATE '10000-01-01']"):
        with pytest.raises(DatasetError, match=r"outside the years 1 to 9999; cast it: CAST\(v AS VARCHAR\)"):
            written(tier, f"SELECT {expression} AS v", form, None)


def test_what_is_cast_keeps_its_order_its_names_and_its_parameters(tier):
    query = "SELECT i, i::BIGNUM AS i, $word AS b FROM range(200_000) AS t(i) ORDER BY i DESC -- the end"
    with tier.answer(query, values={"word": "x"}) as answer:
        table = pa.Table.from_batches(answer.batches, answer.schema)
    assert table.column_names == ["i", "i", "b"]
    assert table.column(0).to_pylist() == list(range(199_999, -1, -1))
    assert [*map(int, table.column(1).to_pylist())] == table.column(0).to_pylist()


@pytest.mark.parametrize("type_", ["INTEGER", "DOUBLE", "DATE", "BOOLEAN", "VARCHAR", "BIT", "INTEGER[]", "BLOB"])
def test_null_in_the_only_column_of_a_csv_is_a_row_to_readers(tier, type_):
    text = written(tier, f"SELECT NULL::{type_} AS v FROM range(3)", "csv", None)  # noqa: S608
    assert text == '"v"\n' + '""\n' * 3
    assert len(list(csv.DictReader(io.StringIO(text)))) == 3
    assert pa_csv.read_csv(io.BytesIO(text.encode())).column("v").null_count == 3


def test_an_empty_line_within_a_text_stays_where_it_is(tier):
    text = written(tier, r"SELECT unnest(['a' || chr(10) || chr(10) || 'b', NULL, '', 'c']) AS v", "csv", None)
    assert [row["v"] for row in csv.DictReader(io.StringIO(text))] == ["a\n\nb", "", "", "c"]
