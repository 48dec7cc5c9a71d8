"""Which chart shows an answer best, by the types of its columns and how many values they have; pure, and changeable.

A time beside a number is a line, a name beside a number is bars, two numbers are points, one number alone a histogram.
Whoever looks may choose another kind and other columns, of those that can be drawn so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import pyarrow as pa

ChartKind = Literal["line", "bar", "scatter", "histogram"]
CHART_KINDS: tuple[ChartKind, ...] = get_args(ChartKind)
Role = Literal["time", "number", "name", "other"]

_MOST_BARS = 60
_MOST_LINES = 7  # that can be told apart
_MOST_TOGETHER = 3  # numbers of one row that are drawn beside each other unasked: more are hardly of one scale
_FEWEST_ROWS = 2
_ID_ENDINGS = ("_id", "_ids")


@dataclass(frozen=True, slots=True)
class ColumnTraits:
    """What a choice goes by: what a column holds, and how many different values it has."""

    name: str
    role: Role
    n_distinct: int = 0

    @property
    def is_id(self) -> bool:
        """Whether its numbers are names of things, which nobody adds up or lays along an axis."""
        return is_id(self.name)


@dataclass(frozen=True, slots=True)
class ChartChoice:
    """A chart: its kind, the column along it, the columns that are drawn, and why it was chosen.

    Where ``by`` names a column, there is a line, or a kind of point, for each of its values.
    """

    kind: ChartKind
    x: str
    ys: tuple[str, ...] = ()
    by: str = ""
    why: str = ""


def traits_of(table: pa.Table) -> list[ColumnTraits]:
    """Return what is known of the columns of an answer."""
    return [
        ColumnTraits(name, role, _n_distinct(column) if role != "other" else 0)
        for name, column in zip(table.column_names, table.columns, strict=True)
        for role in (role_of(column.type),)
    ]


def is_id(name: str) -> bool:
    """Return whether a column of this name holds names of things, be they numbers.

    Examples
    --------
    >>> is_id("board_id"), is_id("paid")
    (True, False)
    """
    return name == "id" or name.endswith(_ID_ENDINGS)


def role_of(type_: pa.DataType) -> Role:
    """Return what values of a type are in a chart."""
    if pa.types.is_timestamp(type_) or pa.types.is_date(type_):
        return "time"
    if pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_):
        return "number"
    if pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_boolean(type_):
        return "name"
    return "other"


def chart_for(columns: Sequence[ColumnTraits], n_rows: int) -> ChartChoice | None:
    """Return the chart that shows an answer best; None where a table says it all.

    Examples
    --------
    >>> chart_for([ColumnTraits("category", "name", 12), ColumnTraits("boards", "number", 9)], 12)
    ChartChoice(kind='bar', x='category', ys=('boards',), by='', why='a number for each category')
    >>> chart_for([ColumnTraits("title", "name", 3)], 3) is None
    True
    """
    times, names = _of("time", columns), _of("name", columns)
    numbers = [column for column in _of("number", columns) if not column.is_id]
    if n_rows < _FEWEST_ROWS or not numbers:
        return None
    if times and times[0].n_distinct > 1:
        by = _kinds(names, times[0].n_distinct < n_rows)
        ys = _names(numbers[:1] if by or len(numbers) > _MOST_TOGETHER else numbers)
        return ChartChoice(
            "line", times[0].name, ys, by, f"{ys[0] if len(ys) == 1 else 'numbers'} over {times[0].name}"
        )
    places = [column for column in names if _FEWEST_ROWS <= column.n_distinct == n_rows]
    if places and n_rows <= _MOST_BARS:
        return ChartChoice("bar", places[0].name, _names(numbers[:1]), why=f"a number for each {places[0].name}")
    if len(numbers) > 1:
        x, y = numbers[0], numbers[1]
        is_counted = x.n_distinct == n_rows and not names and n_rows <= _MOST_BARS
        if is_counted:
            return ChartChoice("bar", x.name, (y.name,), why=f"a number for each {x.name}")
        return ChartChoice("scatter", x.name, (y.name,), _kinds(names, n_rows > _MOST_LINES), "two numbers of each row")
    return ChartChoice("histogram", numbers[0].name, why=f"how {numbers[0].name} is spread")


def chart_as_asked(
    columns: Sequence[ColumnTraits], n_rows: int, kind: str, x: str, ys: Sequence[str]
) -> ChartChoice | None:
    """Return the chart that somebody chose; what can't be drawn, or wasn't said, is as `chart_for` or the types say."""
    chosen = chart_for(columns, n_rows)
    if kind not in CHART_KINDS:
        return None if kind == "none" else chosen
    asked: ChartKind = next(one for one in CHART_KINDS if one == kind)
    allowed_x, allowed_y = columns_for(asked, columns)
    if not allowed_x or (asked != "histogram" and not allowed_y):
        return None
    usual_x = chosen.x if chosen and chosen.x in allowed_x else allowed_x[0]
    at = x if x in allowed_x else usual_x
    if asked == "histogram":
        return ChartChoice(asked, at)
    usual = [name for name in (chosen.ys if chosen else ()) if name in allowed_y and name != at]
    drawn = [name for name in ys if name in allowed_y and name != at] or usual or _others(allowed_y, at)
    by = chosen.by if chosen and chosen.kind == asked and chosen.x == at and len(drawn) == 1 else ""
    return ChartChoice(asked, at, tuple(drawn[: _MOST_LINES if asked in ("line", "bar") else 1]), by)


def columns_for(kind: ChartKind, columns: Sequence[ColumnTraits]) -> tuple[list[str], list[str]]:
    """Return which columns may lie along a chart of a kind, and which may be drawn in it."""
    numbers = [column.name for column in columns if column.role == "number"]
    if kind == "histogram":
        return numbers, []
    if kind == "scatter":
        return numbers + [column.name for column in _of("time", columns)], numbers
    along = [column.name for column in columns if column.role != "other"]
    return along, numbers


def _of(role: Role, columns: Sequence[ColumnTraits]) -> list[ColumnTraits]:
    return [column for column in columns if column.role == role]


def _kinds(names: Sequence[ColumnTraits], are_wanted: bool) -> str:
    """Return a column whose few values part the rows; nothing where there is none."""
    return next((one.name for one in names if are_wanted and _FEWEST_ROWS <= one.n_distinct <= _MOST_LINES), "")


def _names(columns: Sequence[ColumnTraits]) -> tuple[str, ...]:
    return tuple(column.name for column in columns[:_MOST_LINES])


def _others(names: Sequence[str], at: str) -> list[str]:
    return [name for name in names if name != at][:1] or list(names[:1])


def _n_distinct(column: pa.ChunkedArray) -> int:
    return len(column.unique())
