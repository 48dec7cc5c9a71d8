"""What a page of the box shows of values: all of them, whole and in the words of DuckDB, and the same in its twin."""

import html
import re

import pytest

from workflows.shared_sql.box_asked import BoxAsked

# An expression, its words on the page, and its value in the twin.
SHOWN = [
    ("340282366920938463463374607431768211455::UHUGEINT", *["340282366920938463463374607431768211455"] * 2),
    ("'12:00:00+15:59'::TIMETZ", *["12:00:00+15:59"] * 2),
    ("'0101'::BIT", "0101", "0101"),
    ("5::BIGNUM", "5", "5"),
    ("INTERVAL '1 hour'", "01:00:00", "01:00:00"),
    ("union_value(k := 1)", "1", "1"),
    ("'2026-01-01 00:00:01'::TIMESTAMP_S", "2026-01-01 00:00:01", "2026-01-01T00:00:01"),
    ("TIMESTAMP '2026-01-01 00:00:00.123'", "2026-01-01 00:00:00.123000", "2026-01-01T00:00:00.123000"),
    ("TIMESTAMPTZ '2026-01-01 00:00:01+00'", "2026-01-01 00:00:01 UTC", "2026-01-01T00:00:01Z"),
    ("TIMESTAMP_NS '2026-01-01 00:00:00.123456789'", *["2026-01-01 00:00:00.123456789"] * 2),
    ("TIMESTAMP '0001-01-01'", "0001-01-01 00:00:00", "0001-01-01T00:00:00"),
    ("DATE '0001-01-01'", "0001-01-01", "0001-01-01"),
    ("TIME '00:00:01'", "00:00:01", "00:00:01"),
    ("'\\xAB'::BLOB", "ab", "ab"),
    ("['\\xAB'::BLOB]", '["ab"]', ["ab"]),
    ("sum(12345)", "12,345", "12345"),
    ("[TIMESTAMP '2026-01-01 00:00:01']", '["2026-01-01 00:00:01"]', ["2026-01-01T00:00:01"]),
]


def address(sql, path="/sql.json", **more):
    return BoxAsked(sql).address(path, run="yes", **more)


def test_a_page_and_its_twin_show_values_whole(client):
    sql = "SELECT " + ", ".join(f"{expression} AS c{place}" for place, (expression, *_) in enumerate(SHOWN))
    page = html.unescape(client.get(address(sql, "/sql")).text)
    cells = re.findall(r"<td[^>]*><bdi>(.*?)</bdi></td>", page)
    assert cells == [words for _, words, _ in SHOWN]
    (row,) = client.get(address(sql)).json()["answer"]["rows"]["rows"]
    assert row == [value for *_, value in SHOWN]


def test_a_value_that_is_refused_is_told_with_a_cast_on_the_page_and_in_downloads(client):
    sql = "SELECT TIME '24:00:00' AS t"
    said = "column t, a TIME, holds 24:00:00"
    assert said in client.get(address(sql)).json()["problem"]["text"]
    for kind in ("csv", "json", "parquet"):
        answer = client.get(address(sql, "/sql/download", **{"as": kind}))
        assert answer.status_code == 400
        assert said in answer.text


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_a_union_is_downloaded_as_its_text(client, kind):
    answer = client.get(address("SELECT union_value(k := 1) AS d", "/sql/download", **{"as": kind}))
    assert answer.status_code == 200
    if kind == "csv":
        assert answer.text == '"d"\n"1"\n'


def test_a_chart_over_nanoseconds_is_drawn(client):
    sql = "SELECT TIMESTAMP_NS '2026-01-01 00:00:00.000000001' + INTERVAL 1 DAY * i AS at, i FROM range(3) AS t(i)"
    figure = client.get(address(sql.replace("TIMESTAMP_NS", "TIMESTAMP_NS"), chart="line")).json()["chart"]["figure"]
    assert len(figure["data"][0]["x"]) == 3
    sql = "SELECT '2026-01-01 00:00:00.000000001'::TIMESTAMP_NS AS at, 1 AS n UNION ALL SELECT NULL, 2"
    assert client.get(address(sql, chart="line")).json()["chart"]["figure"]["data"][0]["x"] == [
        "2026-01-01 00:00:00.000000001"
    ]


def test_ids_stand_as_names_do_and_numbers_as_numbers(client):
    page = client.get(address("SELECT 300000566 AS root_pin_id, 300000566 AS board_id, 1234 AS n", "/sql")).text
    heads = re.findall(r'<th scope="col"( class="number")?[^>]*>(\w+)', page)
    assert heads == [("", "root_pin_id"), ("", "board_id"), (' class="number"', "n")]
    assert "<bdi>300000566</bdi></td>" in page
    assert "<bdi>1,234</bdi>" in page
