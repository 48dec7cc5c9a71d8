import json
import math

import plotly.graph_objects as go
import pytest

from workflows.pages import charts
from workflows.pages.chart_bins import bins, whole_bins
from workflows.pages.charts import Axis, Chart
from workflows.pages.templates import environment

X, Y = Axis("sweep"), Axis("residual", "sums to 1", is_log=True)
HOSTILE = "<a href='https://example.com'>x</a> & </script><script>alert(1)</script>"

CHARTS = [
    charts.lines("l", "t", "c", X, Y, {"a": ([1, 2], [0.1, math.nan]), "b": ([1], [math.inf])}),
    charts.scatter("s", "t", "c", X, Y, {"a": ([1, 2], [3, 4])}, labels={"a": [HOSTILE, "b"]}),
    charts.bars("b", "t", "c", X, Y, {"a": [1, None]}, [HOSTILE, "q"], lying=True),
    charts.bars("bs", "t", "c", X, Y, {"a": [1, 2], "b": [3, 4]}, ["p", "q"], stacked=True),
    charts.histogram("h", "t", "c", Axis("pins", "pins", is_log=True), Axis("boards"), [1.0, 10.0, 100.0], [5, 6]),
    charts.heatmap("m", "t", "c", X, Axis("owner"), ["a", "b"], ["c", HOSTILE], [[1, None], [math.nan, 4]]),
    charts.gantt(
        "g", "t", "c", Axis("time", "s"), Axis("task"), [("facts", 0.0, 1.5, "done"), ("ranks", 1.5, 3.0, "failed")]
    ),
]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_plotly_itself_takes_every_figure(chart: Chart):
    assert go.Figure(chart.figure).to_dict()["data"]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_every_figure_is_json_that_ends_no_script(chart: Chart):
    source = '{% import "macros.html" as ui %}{{ ui.figure(chart) }}'
    text = environment("pages").from_string(source).render(chart=chart)
    inside = text.split('class="spec">')[1].split("</script>")[0]
    assert "<" not in inside
    assert json.loads(inside, parse_constant=pytest.fail) == json.loads(json.dumps(chart.figure))


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_every_axis_has_a_title_and_every_chart_its_numbers(chart: Chart):
    layout = chart.figure["layout"]
    assert layout["xaxis"]["title"]["text"]
    assert layout["yaxis"]["title"]["text"]
    assert chart.numbers.rows


def test_a_unit_and_a_log_scale_stand_beside_the_axis():
    assert Y.words == "residual (sums to 1, log scale)"
    assert Axis("pins", is_log=True).words == "pins (log scale)"


def test_a_name_is_no_markup_of_plotly():
    (bars,) = CHARTS[2].figure["data"]
    assert bars["y"][0].startswith("&lt;a href=")


def test_a_value_that_is_no_number_is_a_gap():
    assert CHARTS[0].figure["data"][0]["y"] == [0.1, None]


def test_bars_of_a_histogram_touch_and_lie_between_their_edges():
    chart = charts.histogram("h", "t", "c", Axis("n"), Axis("rows"), [0.0, 1.0, 3.0], [5, 6])
    (bars,) = chart.figure["data"]
    assert (bars["x"], bars["width"]) == ([0.5, 2.0], [1.0, 2.0])


def test_a_bar_of_a_log_scale_lies_between_its_edges_too():
    edges = bins(1, 100, 2, is_log=True)
    chart = charts.histogram("h", "t", "c", Axis("n", is_log=True), Axis("rows"), edges, [5, 6])
    (bars,) = chart.figure["data"]
    sides = [(at - width / 2, at + width / 2) for at, width in zip(bars["x"], bars["width"], strict=True)]
    assert sides == [(1.0, 10.0), (10.0, 100.0)]


def test_bins_of_whole_numbers_hold_whole_numbers():
    chart = charts.histogram(
        "h", "t", "c", Axis("n", is_log=True), Axis("rows"), whole_bins(1, 9, is_log=True), [1] * 5
    )
    assert [row[0] for row in chart.numbers.rows] == ["1", "2", "3 to 4", "5 to 8", "9 to 16"]
    assert whole_bins(0, 1_000)[1] - whole_bins(0, 1_000)[0] == 34
    assert whole_bins(7, 7, is_log=True) == [6.5, 8.5]
    for low, high in ((1, 1), (3, 5), (1, 2**40), (100, 1_000_000)):
        for is_log in (False, True):
            edges = whole_bins(low, high, is_log=is_log)
            assert edges[0] < low
            assert edges[-2] < high < edges[-1]
            assert edges == sorted(set(edges))


def test_bins_of_one_value_hold_it():
    low, high = bins(5, 5)
    assert low <= 5 < high
