"""A chart follows from the types of an answer; what somebody chooses is drawn if it can be."""

import datetime as dt

import plotly.graph_objects as go
import pyarrow as pa
import pytest

from workflows.shared_sql.answer_charts import chart_of
from workflows.shared_sql.chart_choice import CHART_KINDS, chart_as_asked, chart_for, traits_of

DAYS = [dt.date(2026, 11, number) for number in range(1, 7)]


def chosen(columns):
    table = pa.table(columns)
    return chart_for(traits_of(table), table.num_rows)


@pytest.mark.parametrize(
    ("columns", "kind", "x", "ys"),
    [
        ({"day": DAYS, "pins": range(6)}, "line", "day", ("pins",)),
        ({"pins": range(6), "day": DAYS, "repins": range(6)}, "line", "day", ("pins", "repins")),
        ({"category": list("abcdef"), "boards": range(6)}, "bar", "category", ("boards",)),
        ({"is_corrected": [True, False], "boards": [3, 4]}, "bar", "is_corrected", ("boards",)),
        ({"board_id": range(6), "page_rank": [0.1] * 6, "n_pins": range(6)}, "scatter", "page_rank", ("n_pins",)),
        ({"page_rank": [0.1, 0.2, 0.3]}, "histogram", "page_rank", ()),
        ({"name": ["a", "a", "b"], "page_rank": [0.1, 0.2, 0.3]}, "histogram", "page_rank", ()),
        ({"board_id": range(6), "page_rank": [0.1] * 6}, "histogram", "page_rank", ()),
        ({"depth": [0, 1, 2], "n_pins": [9, 9, 1]}, "bar", "depth", ("n_pins",)),
    ],
)
def test_the_types_choose(columns, kind, x, ys):
    found = chosen(columns)
    assert (found.kind, found.x, found.ys) == (kind, x, ys)


def test_few_values_of_a_name_part_a_line_into_several():
    found = chosen({"day": DAYS, "category": list("ababab"), "pins": range(6)})
    assert (found.kind, found.by) == ("line", "")  # every day has one row: one line
    twice = chosen({"day": DAYS[:3] * 2, "category": list("aaabbb"), "pins": range(6)})
    assert (twice.kind, twice.x, twice.ys, twice.by) == ("line", "day", ("pins",), "category")


@pytest.mark.parametrize(
    "columns",
    [
        {"n": [1]},  # one row: a table says it
        {"title": list("abc")},
        {"board_id": [1, 2, 3]},
        {"lists": [[1], [2]]},
        {"n": pa.array([], pa.int64())},
        {"nothing": pa.nulls(3)},
    ],
)
def test_what_a_chart_says_nothing_of_has_none(columns):
    assert chosen(columns) is None


TABLE = {
    "day": [*DAYS[:5], None],
    "name": ["<b>a</b>", "b", "b", None, "é" * 30, "f"],
    "n": [1, None, 3, 4, 5_000, 6],
    "share": [0.1, float("nan"), float("inf"), None, 0.5, -1.0],
    "board_id": range(6),
    "lists": [[1]] * 6,
}


@pytest.mark.parametrize("kind", CHART_KINDS)
@pytest.mark.parametrize("x", ["day", "name", "n", "share", "lists", "nope", ""])
@pytest.mark.parametrize("y", ["n", "share", "name", ""])
def test_whatever_is_chosen_is_a_figure_or_none(kind, x, y):
    table = pa.table(TABLE)
    choice = chart_as_asked(traits_of(table), table.num_rows, kind, x, [y])
    assert choice is not None
    chart = chart_of(table, choice)
    go.Figure(chart.figure)  # Plotly's own check
    assert chart.title
    assert chart.caption
    assert choice.x in ("day", "name", "n", "share", "board_id")


def test_no_chart_can_be_chosen_and_what_is_no_kind_is_as_the_types_say():
    table = pa.table(TABLE)
    assert chart_as_asked(traits_of(table), 6, "none", "", ()) is None
    assert chart_as_asked(traits_of(table), 6, "pie", "", ()) == chart_for(traits_of(table), 6)
    texts = pa.table({"name": ["a", "b"]})
    assert all(chart_as_asked(traits_of(texts), 2, kind, "", ()) is None for kind in CHART_KINDS)


def test_rows_that_can_not_be_drawn_are_counted_in_the_caption():
    table = pa.table({"day": DAYS, "n": [1, None, 3, None, 5, 6]})
    chart = chart_of(table, chart_for(traits_of(table), 6))
    assert chart.caption == "6 rows of the answer; 2 values left out, as one of the two is missing."
    assert chart.figure["data"][0]["y"] == [1, 3, 5, 6]


def test_names_beside_an_axis_are_short_distinct_and_can_be_seen():
    names = ["x" * 10_000, "x" * 9_000, "red \u202e hidden", "", None, "a"]
    table = pa.table({"name": names, "n": range(6)})
    chart = chart_of(table, chart_for(traits_of(table), 6))
    places = chart.figure["data"][0]["y"]
    assert places == ["x" * 31 + "…", "x" * 31 + "… (2)", "red \\u202e hidden", "empty", "none", "a"]


def test_a_line_goes_in_the_order_of_its_times():
    table = pa.table({"day": DAYS[::-1], "n": range(6)})
    chart = chart_of(table, chart_for(traits_of(table), 6))
    assert chart.figure["data"][0]["x"] == [day.isoformat() for day in DAYS]


def test_a_histogram_holds_every_value_once():
    values = [1.0, 1.0, 2.0, 9.0, 10.0]
    table = pa.table({"n": values})
    chart = chart_of(table, chart_for(traits_of(table), 5))
    assert sum(chart.figure["data"][0]["y"]) == len(values)
    far = pa.table({"n": [1, 10, 100, 100_000]})
    assert chart_of(far, chart_for(traits_of(far), 4)).figure["layout"]["xaxis"]["type"] == "log"
