"""Charts as plain data: a figure in Plotly's JSON, what it shows in words, and the same numbers as a table.

Colours are not said here: the page's script takes them from its style, which knows light and dark. Every axis has a
title and its unit.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.pages.cells import Column, Rows
from workflows.pages.chart_axes import Axis, axis_layout, unique_labels
from workflows.pages.chart_bins import range_in_words

__all__ = ["Axis", "Chart", "bars", "gantt", "heatmap", "histogram", "lines", "scatter", "without_markup"]

Figure = dict[str, Any]  # Plotly's own JSON, {"data": [...], "layout": {...}}
_MOST_ROWS = 200  # of the table below a chart; more are not read aloud by anybody
_HEIGHT_PX = 340
_ROW_PX, _HEAD_PX = 26, 110  # of charts whose bars lie below each other


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of a page.

    Parameters
    ----------
    name
        Its name within the page, of letters, digits and dashes: its address and test hook.
    title
        What it shows, in a few words.
    caption
        A sentence below it that says what there is to see.
    figure
        Plotly's JSON.
    numbers
        The same as a table, for who can't see it.
    """

    name: str
    title: str
    caption: str
    figure: Figure
    numbers: Rows


def lines(
    name: str,
    title: str,
    caption: str,
    x: Axis,
    y: Axis,
    series: Mapping[str, tuple[Sequence[Any], Sequence[Any]]],
    *,
    markers: bool = True,
) -> Chart:
    """Return lines over a common axis: for each name its values on x and on y."""
    mode = "lines+markers" if markers else "lines"
    data = [
        {"type": "scatter", "mode": mode, "name": one, "x": _plain(xs), "y": _plain(ys)}
        for one, (xs, ys) in series.items()
    ]
    return Chart(name, title, caption, _figure(data, x, y), _of_series(title, x, y, series))


def scatter(
    name: str,
    title: str,
    caption: str,
    x: Axis,
    y: Axis,
    series: Mapping[str, tuple[Sequence[Any], Sequence[Any]]],
    *,
    labels: Mapping[str, Sequence[str]] | None = None,
) -> Chart:
    """Return points: for each name its values on x and on y, with a label each that is shown over a point."""
    data: list[Figure] = [
        {"type": "scatter", "mode": "markers", "name": one, "x": _plain(xs), "y": _plain(ys)}
        for one, (xs, ys) in series.items()
    ]
    for trace in data:
        if labels and trace["name"] in labels:
            trace["text"] = list(map(without_markup, labels[trace["name"]]))
    return Chart(name, title, caption, _figure(data, x, y), _of_series(title, x, y, series))


def bars(
    name: str,
    title: str,
    caption: str,
    x: Axis,
    y: Axis,
    series: Mapping[str, Sequence[float | None]],
    places: Sequence[Any],
    *,
    lying: bool = False,
    stacked: bool = False,
) -> Chart:
    """Return a bar at each place for each series.

    ``x`` is the axis of the places, ``y`` that of the values, also where the bars are ``lying``, which long names need.
    """
    has_names = any(isinstance(place, str) for place in places)  # else "5" is taken for a number, and "5 to 8" for none
    shown = unique_labels([without_markup(str(place)) for place in places]) if has_names else list(places)
    data: list[Figure] = [
        {"type": "bar", "name": one, "orientation": "h", "x": _plain(values), "y": shown}
        if lying
        else {"type": "bar", "name": one, "x": shown, "y": _plain(values)}
        for one, values in series.items()
    ]
    figure = _figure(data, *((y, x) if lying else (x, y)), bars_along="x" if lying else "y")
    figure["layout"]["barmode"] = "stack" if stacked else "group"
    if has_names:
        figure["layout"]["yaxis" if lying else "xaxis"] |= {"type": "category"}
    if lying:
        figure["layout"]["yaxis"] |= {"autorange": "reversed", "type": "category"}
        figure["layout"]["height"] = _HEAD_PX + _ROW_PX * max(len(shown), 3) * (1 if stacked else len(series) or 1)
    columns = [Column(x.words), *(Column(one, y.unit, is_number=True) for one in series)]
    return Chart(name, title, caption, figure, _rows(title, columns, list(zip(places, *series.values(), strict=True))))


def histogram(
    name: str,
    title: str,
    caption: str,
    x: Axis,
    y: Axis,
    edges: Sequence[float],
    counts: Sequence[int],
) -> Chart:
    """Return bars between edges: ``counts[i]`` values lie from ``edges[i]`` to below ``edges[i + 1]``.

    The binning is the caller's (`bins` and `whole_bins` make edges), so that a million values never travel to a page.
    """
    pairs = list(itertools.pairwise(edges))
    # Place and width of a bar are those before a log scale: Plotly draws it from edge to edge.
    middles, widths = [(low + high) / 2 for low, high in pairs], [high - low for low, high in pairs]
    texts = [range_in_words(low, high) for low, high in pairs]
    trace: Figure = {"type": "bar", "x": middles, "width": widths, "y": list(counts), "text": texts}
    trace |= {"textposition": "none", "hovertemplate": "%{text}: %{y:,}<extra></extra>"}
    figure = _figure([trace], x, y, bars_along="y")
    columns = [Column(x.words), Column(y.title, y.unit, is_number=True)]
    return Chart(name, title, caption, figure, _rows(title, columns, list(zip(texts, counts, strict=True))))


def heatmap(
    name: str,
    title: str,
    caption: str,
    x: Axis,
    y: Axis,
    columns: Sequence[str],
    rows: Sequence[str],
    cells: Sequence[Sequence[float | None]],
) -> Chart:
    """Return a field of cells, ``cells[row][column]``, darker where more; each cell has its number in it."""
    across, down = (unique_labels(list(map(without_markup, names))) for names in (columns, rows))
    values = [_plain(row) for row in cells]
    trace: Figure = {"type": "heatmap", "x": across, "y": down, "z": values, "texttemplate": "%{z}"}
    trace |= {"xgap": 1, "ygap": 1, "hovertemplate": f"{y.title} %{{y}}, {x.title} %{{x}}: %{{z}}<extra></extra>"}
    figure = _figure([trace], x, y)
    figure["layout"]["yaxis"] |= {"autorange": "reversed", "type": "category"}
    figure["layout"]["xaxis"] |= {"type": "category"}
    figure["layout"]["height"] = _HEAD_PX + _ROW_PX * max(len(down), 6)
    heads = [Column(y.title), *(Column(one, is_number=True) for one in columns)]
    table = _rows(title, heads, [(row, *values) for row, values in zip(rows, cells, strict=True)])
    return Chart(name, title, caption, figure, table)


def gantt(
    name: str,
    title: str,
    caption: str,
    x: Axis,
    y: Axis,
    spans: Sequence[tuple[str, float, float, str]],
    notes: Sequence[str] = (),
) -> Chart:
    """Return what ran when: for each span its row, begin and end on x, and a kind, which has its colour.

    ``notes`` say more of each span, over it and in the table.
    """
    kinds = list(dict.fromkeys(kind for *_, kind in spans))  # in the order in which they ran
    told = list(zip(spans, notes or [""] * len(spans), strict=True))
    data: list[Figure] = [
        {
            "type": "bar",
            "orientation": "h",
            "name": kind,
            "y": [without_markup(row) for row, _, _, its in spans if its == kind],
            "base": [begin for _, begin, _, its in spans if its == kind],
            "x": [end - begin for _, begin, end, its in spans if its == kind],
            "customdata": [without_markup(note) for (*_, its), note in told if its == kind],
            "hovertemplate": f"%{{y}}: %{{x:,.2f}} {x.unit}<br>%{{customdata}}<extra></extra>",
        }
        for kind in kinds
    ]
    figure = _figure(data, x, y)
    rows = list(dict.fromkeys(without_markup(row) for row, *_ in spans))
    figure["layout"] |= {"barmode": "overlay", "height": _HEAD_PX + _ROW_PX * max(len(rows), 3)}
    figure["layout"]["xaxis"] = axis_layout(x)  # bars lie between begin and end, and Plotly chooses best
    figure["layout"]["yaxis"] |= {"autorange": "reversed", "type": "category", "categoryarray": rows}
    edges = (Column(edge, x.unit, is_number=True) for edge in ("from", "to"))
    columns = [Column(y.title), *edges, Column("kind"), *([Column("took")] if notes else [])]
    table = [(*span, note) if notes else span for span, note in told]
    return Chart(name, title, caption, figure, _rows(title, columns, table))


def without_markup(text: str) -> str:
    """Return a text that Plotly shows as it stands: it reads some HTML in texts, links and line breaks among it.

    Examples
    --------
    >>> without_markup("<b>red</b> & blue")
    '&lt;b&gt;red&lt;/b&gt; &amp; blue'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _figure(data: list[Figure], x: Axis, y: Axis, *, bars_along: str = "") -> Figure:
    """Return a figure whose axes fit what lies on them; ``bars_along`` names the axis on which bars end."""
    layout: Figure = {"height": _HEIGHT_PX, "showlegend": len(data) > 1}
    for name, axis in (("x", x), ("y", y)):
        values = itertools.chain.from_iterable(trace.get(name) or () for trace in data)
        layout[f"{name}axis"] = axis_layout(axis, values, is_of_bars=bars_along == name)
    return {"data": data, "layout": layout}


def _plain(values: Sequence[Any]) -> list[Any]:
    """Return values that JSON has: what is no finite number is none, and a gap in the chart."""
    return [None if isinstance(one, float) and not math.isfinite(one) else one for one in values]


def _of_series(title: str, x: Axis, y: Axis, series: Mapping[str, tuple[Sequence[Any], Sequence[Any]]]) -> Rows:
    columns = [Column(x.words, is_number=True), Column(y.words, is_number=True)]
    if len(series) > 1:
        columns = [Column("series"), *columns]
    rows = [
        (name, *pair) if len(series) > 1 else pair
        for name, (xs, ys) in series.items()
        for pair in zip(xs, ys, strict=True)
    ]
    return _rows(title, columns, rows)


def _rows(title: str, columns: Sequence[Column], rows: Sequence[Sequence[object]]) -> Rows:
    return Rows(title, columns, rows[:_MOST_ROWS], len(rows))
