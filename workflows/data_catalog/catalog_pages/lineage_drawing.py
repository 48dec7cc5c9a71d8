"""What is made from what, drawn: boxes in columns, from left to right, and lines between them, as SVG.

A drawing is plain values; its SVG is a pure function of them. Colours come from the page's style (``currentColor``), so
that it is light or dark as the page is, and it holds no style of its own, which a strict page would refuse. Where a box
leads somewhere its name is a link. A table beside a drawing says the same in words; that is the page's to do.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

from joins.shown_text import shown

_CHARACTER_PX, _BOX_PX, _ROW_PX, _PASSED_PX, _GAP_PX, _EDGE_PX = 7.4, 26, 36, 16, 56, 6
_LEAST_PX, _MOST_PX = 90, 330
_FONT_PX, _BASELINE_PX, _PADDING_PX = 13, 4.5, 10
_MOST_CHARACTERS = int((_MOST_PX - 2 * _PADDING_PX) / _CHARACTER_PX)


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its name, which no other has, what is written in it, and where it leads to."""

    name: str
    words: str  # none: a place that lines pass, and no box
    href: str = ""
    is_focus: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line from one box to another, by way of the places between; what is computed, and not taken over, is dashed."""

    way: tuple[str, ...]
    is_dashed: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing: its boxes column by column, from left to right, and the lines between them."""

    title: str
    columns: tuple[tuple[Box, ...], ...]
    lines: tuple[Line, ...]

    @property
    def svg(self) -> Markup:
        """The drawing as an element of a page."""
        return drawn(self)


def drawn(drawing: Drawing) -> Markup:
    """Return a drawing as SVG, as large as it needs to be.

    Examples
    --------
    >>> picture = Drawing("two", ((Box("a", "<a>"),), (Box("b", "b", "/b"),)), (Line(("a", "b")),))
    >>> "&lt;a&gt;" in picture.svg, '<a href="/b">' in picture.svg
    (True, True)
    """
    columns = [column for column in drawing.columns if column]
    widths = [max(_width(box) for box in column) for column in columns]
    height = max((sum(map(_height, column)) for column in columns), default=0) + 2 * _EDGE_PX
    places = dict(_places(columns, widths, height))
    width = sum(widths) + max(0, len(widths) - 1) * _GAP_PX + 2 * _EDGE_PX
    title = escape(shown(drawing.title))
    size = f'width="{width:.0f}" height="{height}" viewBox="0 0 {width:.0f} {height}"'
    parts = [
        f'<svg class="lineage" {size} role="group" aria-label="{title}" font-size="{_FONT_PX}">',
        '<g class="quiet" fill="none" stroke="currentColor" stroke-width="1.25">',
        *(_path(line, places) for line in drawing.lines),
        "</g>",
        *(_rectangle(box, places[box.name]) for column in columns for box in column if box.words),
        "</svg>",
    ]
    return Markup("\n".join(parts))  # noqa: S704 - what is from data was escaped


@dataclass(frozen=True, slots=True)
class _Place:
    x: float  # of its left edge
    y: float  # of its middle
    width: float


def _height(box: Box) -> int:
    return _ROW_PX if box.words else _PASSED_PX


def _width(box: Box) -> float:
    if not box.words:
        return 0.0
    return min(_MOST_PX, max(_LEAST_PX, _CHARACTER_PX * len(_cut(box.words)) + 2 * _PADDING_PX))


def _cut(words: str) -> str:
    return words if len(words) <= _MOST_CHARACTERS else f"{words[: _MOST_CHARACTERS - 1]}…"


def _places(columns: Sequence[Sequence[Box]], widths: Sequence[float], height: float) -> Iterator[tuple[str, _Place]]:
    """Yield where each box stands; a column with fewer boxes stands in the middle."""
    x = float(_EDGE_PX)
    for column, width in zip(columns, widths, strict=True):
        y = (height - sum(map(_height, column))) / 2
        for box in column:
            its_height = _height(box)
            yield box.name, _Place(x, y + its_height / 2, width)
            y += its_height
        x += width + _GAP_PX


def _path(line: Line, places: Mapping[str, _Place]) -> str:
    """Return a line that leaves a box at its right and comes to the next at its left; it passes a place straight."""
    way = [places[name] for name in line.way]
    start = way[0]
    pieces = [f"M{start.x + start.width:.1f} {start.y:.1f}"]
    for one, other in pairwise(way):
        middle = (one.x + one.width + other.x) / 2
        pieces.append(f"C{middle:.1f} {one.y:.1f} {middle:.1f} {other.y:.1f} {other.x:.1f} {other.y:.1f}")
        pieces.append(f"H{other.x + other.width:.1f}" if other is not way[-1] else "")
    dashed = ' stroke-dasharray="4 3"' if line.is_dashed else ""
    said = f"<title>{escape(shown(line.words))}</title>" if line.words else ""
    end = f'<circle cx="{way[-1].x:.1f}" cy="{way[-1].y:.1f}" r="2.5" fill="currentColor"/>'
    return f'<path d="{"".join(pieces)}"{dashed}>{said}</path>{end}'


def _rectangle(box: Box, place: _Place) -> str:
    weight = ' stroke-width="2.5"' if box.is_focus else ""
    bold = ' font-weight="650"' if box.is_focus else ""
    words = shown(box.words)
    text = (
        f'<text x="{place.x + _PADDING_PX:.1f}" y="{place.y + _BASELINE_PX:.1f}" fill="currentColor"{bold}>'
        f"{escape(_cut(words))}</text>"
    )
    if _cut(words) != words:
        text = f"<g><title>{escape(words)}</title>{text}</g>"
    linked = f'<a href="{escape(box.href)}">{text}</a>' if box.href else text
    return (
        f'<rect x="{place.x:.1f}" y="{place.y - _BOX_PX / 2:.1f}" width="{place.width:.1f}" height="{_BOX_PX}" rx="5" '
        f'stroke="currentColor"{weight}/>{linked}'
    )
