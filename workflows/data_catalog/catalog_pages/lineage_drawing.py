"""What is made from what, drawn: boxes in layers, and lines between them, as SVG.

A drawing is plain values; its SVG is a pure function of them. Colours come from the page's style (``currentColor``), so
that it is light or dark as the page is, and it holds no style of its own, which a strict page would refuse. Where a box
leads somewhere its name is a link. A table beside a drawing says the same in words; that is the page's to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from joins.shown_text import shown

_CHARACTER_PX, _BOX_PX, _BESIDE_PX, _PASSED_PX, _EDGE_PX = 7.4, 26, 10, 8, 6
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
    """A drawing: its boxes layer by layer, from left to right or from top to bottom, and the lines between them."""

    title: str
    layers: tuple[tuple[Box, ...], ...]
    lines: tuple[Line, ...]
    gap_px: int = 56  # between two layers
    is_down: bool = False

    @property
    def svg(self) -> Markup:
        """The drawing as an element of a page."""
        return drawn(self)


@dataclass(frozen=True, slots=True)
class _Place:
    x: float  # of its middle, as y
    y: float
    width: float
    height: float


def drawn(drawing: Drawing) -> Markup:
    """Return a drawing as SVG, as large as it needs to be.

    Examples
    --------
    >>> picture = Drawing("two", ((Box("a", "<a>"),), (Box("b", "b", "/b"),)), (Line(("a", "b")),))
    >>> "&lt;a&gt;" in picture.svg, '<a href="/b">' in picture.svg
    (True, True)
    """
    places = _places(drawing)
    width = max((one.x + one.width / 2 for one in places.values()), default=0) + _EDGE_PX
    height = max((one.y + one.height / 2 for one in places.values()), default=0) + _EDGE_PX
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    title = escape(shown(drawing.title))
    parts = [
        f'<svg class="lineage" {size} role="group" aria-label="{title}" font-size="{_FONT_PX}">',
        '<g class="quiet" fill="none" stroke="currentColor" stroke-width="1.25">',
        *(_path(line, places, is_down=drawing.is_down) for line in drawing.lines),
        "</g>",
        *(_rectangle(box, places[box.name]) for layer in drawing.layers for box in layer if box.words),
        "</svg>",
    ]
    return Markup("\n".join(parts))  # noqa: S704 - what is from data was escaped


def _cut(words: str) -> str:
    return words if len(words) <= _MOST_CHARACTERS else f"{words[: _MOST_CHARACTERS - 1]}…"


def _size(box: Box, *, is_down: bool) -> tuple[float, float]:
    """Return width and height; a place that lines pass has as much as they need beside boxes."""
    if not box.words:
        return (_PASSED_PX, _BOX_PX) if is_down else (0, _PASSED_PX)
    return min(_MOST_PX, max(_LEAST_PX, _CHARACTER_PX * len(_cut(box.words)) + 2 * _PADDING_PX)), _BOX_PX


def _places(drawing: Drawing) -> dict[str, _Place]:
    """Return where each box stands: layer after layer, the boxes of one beside each other, all around one middle."""
    is_down = drawing.is_down
    layers = [[(box, *_size(box, is_down=is_down)) for box in layer] for layer in drawing.layers if layer]
    spans = [sum((width if is_down else height) + _BESIDE_PX for _, width, height in layer) for layer in layers]
    places, depth = dict[str, _Place](), float(_EDGE_PX)
    for layer, span in zip(layers, spans, strict=True):
        along = _EDGE_PX + (max(spans) - span) / 2
        thickness = max(height if is_down else width for _, width, height in layer)
        for box, width, height in layer:
            its_span = (width if is_down else height) + _BESIDE_PX
            middle, across = along + its_span / 2, depth + (thickness if is_down else width) / 2
            x, y = (middle, across) if is_down else (across, middle)
            places[box.name] = _Place(x, y, width, height)
            along += its_span
        depth += thickness + drawing.gap_px
    return places


def _path(line: Line, places: Mapping[str, _Place], *, is_down: bool) -> str:
    """Return a line that leaves a box at its far side and comes to the next at its near one."""
    way = [places[name] for name in line.way]
    pieces, (x, y) = list[str](), _side(way[0], 1, is_down=is_down)
    for number, place in enumerate(way):
        if number:
            to_x, to_y = _side(place, -1, is_down=is_down)
            bends = (x, (y + to_y) / 2, to_x, (y + to_y) / 2) if is_down else ((x + to_x) / 2, y, (x + to_x) / 2, to_y)
            pieces.append("C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}".format(*bends, to_x, to_y))
            x, y = _side(place, 1, is_down=is_down)
            pieces.append("" if place is way[-1] else f"L{x:.1f} {y:.1f}")
    start_x, start_y = _side(way[0], 1, is_down=is_down)
    end_x, end_y = _side(way[-1], -1, is_down=is_down)
    dashed = ' stroke-dasharray="4 3"' if line.is_dashed else ""
    said = f"<title>{escape(shown(line.words))}</title>" if line.words else ""
    end = f'<circle cx="{end_x:.1f}" cy="{end_y:.1f}" r="2.5" fill="currentColor"/>'
    return f'<path d="M{start_x:.1f} {start_y:.1f}{"".join(pieces)}"{dashed}>{said}</path>{end}'


def _side(place: _Place, direction: int, *, is_down: bool) -> tuple[float, float]:
    """Return where lines leave a box (1), or come to it (-1)."""
    if is_down:
        return place.x, place.y + direction * place.height / 2
    return place.x + direction * place.width / 2, place.y


def _rectangle(box: Box, place: _Place) -> str:
    weight, bold = (' stroke-width="2.5"', ' font-weight="650"') if box.is_focus else ("", "")
    left, top = place.x - place.width / 2, place.y - place.height / 2
    words = shown(box.words)
    at = f'x="{left + _PADDING_PX:.1f}" y="{place.y + _BASELINE_PX:.1f}"'
    text = f'<text {at} fill="currentColor"{bold}>{escape(_cut(words))}</text>'
    if _cut(words) != words:
        text = f"<g><title>{escape(words)}</title>{text}</g>"
    size = f'width="{place.width:.1f}" height="{place.height}" rx="5" stroke="currentColor"{weight}'
    linked = f'<a href="{escape(box.href)}">{text}</a>' if box.href else text
    return f'<rect x="{left:.1f}" y="{top:.1f}" {size}/>{linked}'
