"""An answer to a query as a chart, as it was chosen (`workflows.shared_sql.chart_choice`)."""

import bisect
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import pyarrow as pa

from joins.shown_text import shown
from storage_tiers.reading.answer_formats import values_of
from workflows.pages.chart_bins import bins, whole_bins
from workflows.pages.charts import Axis, Chart, bars, histogram, lines, scatter
from workflows.pages.words import NO_CATEGORY, category, count
from workflows.shared_sql.chart_choice import ChartChoice

_NAME = "answer"
_FEW_BARS = 12  # more, or longer names, lie on their side
_LONG_NAME = 10
_LONGEST_WORD = 32  # characters beside an axis; the table has all of them
_LOG_FROM = 1_000  # times that the largest value is the smallest
_N_BINS = 30


def chart_of(table: pa.Table, choice: ChartChoice, name: str = "answer", *, is_whole: bool = True) -> Chart:
    """Return the chart of an answer, or of its first rows where it ``is_whole`` no more; the caption says which.

    Rows in which a value is missing are left out, and the caption says how many.
    """
    match choice.kind:
        case "histogram":
            chart = _histogram(table, choice)
        case "bar":
            chart = _bars(table, choice)
        case _:
            chart = _over(table, choice)
    cut = "" if is_whole else " Only these first rows are drawn, as the answer has more: let the query count or group."
    return replace(chart, name=name, caption=chart.caption + cut)


def _over(table: pa.Table, choice: ChartChoice) -> Chart:
    """Return lines or points over a column."""
    along, series, n_left_out = _values(table, choice.x), dict[str, tuple[list[object], list[object]]](), 0
    kinds = _values(table, choice.by) if choice.by else None
    for y in choice.ys:
        for place, (at, value) in enumerate(zip(along, _values(table, y), strict=True)):
            if at is None or value is None:
                n_left_out += 1
                continue
            name = _word(kinds[place]) if kinds else y
            xs, ys = series.setdefault(name, ([], []))
            xs.append(at)
            ys.append(value)
    title = f"{', '.join(choice.ys)} over {choice.x}" + (f", by {choice.by}" if choice.by else "")
    x = Axis(choice.x, is_log=choice.kind == "scatter" and _is_wide(along))
    y_axis = Axis(choice.ys[0] if len(choice.ys) == 1 else "value")
    if choice.kind == "line":
        ordered = {name: _in_order(*pair) for name, pair in series.items()}
        return lines(_NAME, title, _caption(table, n_left_out), x, y_axis, ordered)
    is_log = any(_is_wide(ys) for _, ys in series.values()) and all(_are_above_zero(ys) for _, ys in series.values())
    y_axis = Axis(y_axis.title, is_log=is_log)
    return scatter(_NAME, title, _caption(table, n_left_out), x, y_axis, series)


def _bars(table: pa.Table, choice: ChartChoice) -> Chart:
    places = [_word(value) for value in _values(table, choice.x)]
    series: Mapping[str, Sequence[float | None]] = {y: [_number(one) for one in _values(table, y)] for y in choice.ys}
    lying = len(places) > _FEW_BARS or any(len(place) > _LONG_NAME for place in places)
    title = f"{', '.join(choice.ys)} of each {choice.x}"
    y = Axis(choice.ys[0] if len(choice.ys) == 1 else "value")
    return bars(_NAME, title, _caption(table, 0), Axis(choice.x), y, series, _distinct(places), lying=lying)


def _histogram(table: pa.Table, choice: ChartChoice) -> Chart:
    given = [_number(value) for value in _values(table, choice.x)]
    values = sorted(value for value in given if value is not None)
    is_log = _is_wide(values)
    make = whole_bins if all(float(value).is_integer() for value in values) else bins
    edges = make(values[0], values[-1], _N_BINS, is_log=is_log) if values else [0.0, 1.0]
    counts = [0] * (len(edges) - 1)
    for value in values:
        counts[min(max(bisect.bisect_right(edges, value) - 1, 0), len(counts) - 1)] += 1
    title = f"How {choice.x} is spread"
    caption = _caption(table, len(given) - len(values))
    return histogram(_NAME, title, caption, Axis(choice.x, is_log=is_log), Axis("rows"), edges, counts)


def _values(table: pa.Table, name: str) -> list[object]:
    """Return the values of a column as a chart takes them: times as texts, decimals as numbers."""
    return [_plain(value) for chunk in table.column(name).chunks for value in values_of(chunk, name)]


def _plain(value: object) -> object:
    match value:
        case dt.datetime() | dt.date():
            return value.isoformat()
        case Decimal():
            return float(value)
    return value


def _number(value: object) -> float | None:
    """Return a number that can be drawn; what is none, or not finite, is None."""
    is_number = isinstance(value, int | float) and value - value == 0
    return value if is_number and isinstance(value, int | float) else None


def _word(value: object) -> str:
    """Return a value as it stands beside an axis: short, and with nothing in it that can't be seen."""
    match value:
        case None:
            return NO_CATEGORY
        case "":
            return "empty"
        case bool():
            return "yes" if value else "no"
    word = category(shown(str(value)[: _LONGEST_WORD + 1]))
    return word if len(word) <= _LONGEST_WORD else f"{word[: _LONGEST_WORD - 1]}…"


def _in_order(xs: list[object], ys: list[object]) -> tuple[list[object], list[object]]:
    order = sorted(range(len(xs)), key=lambda place: (str(type(xs[place])), xs[place]))
    return [xs[place] for place in order], [ys[place] for place in order]


def _distinct(places: Sequence[str]) -> list[str]:
    """Return places of which none is like another: Plotly would lay bars of one name over each other."""
    seen = dict[str, int]()
    made = []
    for place in places:
        seen[place] = seen.get(place, 0) + 1
        made.append(place if seen[place] == 1 else f"{place} ({seen[place]})")
    return made


def _is_wide(values: Sequence[object]) -> bool:
    """Return whether numbers are so far apart that equal factors should be equal steps."""
    numbers = [number for number in map(_number, values) if number is not None]
    return bool(numbers) and min(numbers) > 0 and max(numbers) / min(numbers) >= _LOG_FROM


def _are_above_zero(values: Sequence[object]) -> bool:
    return all(number is None or number > 0 for number in map(_number, values))


def _caption(table: pa.Table, n_left_out: int) -> str:
    left_out = f"; {count(n_left_out, 'value')} left out, as one of the two is missing" if n_left_out else ""
    return f"{count(table.num_rows, 'row')} of the answer{left_out}."
