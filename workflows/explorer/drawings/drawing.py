"""What a drawing of a small graph is: points with a label and a link, lines between them, in a frame.

A template makes SVG of it (``drawing.html``); the JSON twin has the same coordinates. Sizes are in pixels of the frame,
which a narrow page makes smaller.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Side = Literal["start", "middle", "end"]  # of the point, on which its label begins, stands or ends
_WIDEST = 6.0
_SHORTEST = 1


@dataclass(frozen=True, slots=True)
class Point:
    """A node: where it is drawn, what it is called, where it leads to, and what is said when it is pointed at."""

    x: float
    y: float
    radius: float
    label: str
    href: str
    says: str
    kind: str  # a class of the style: "centre", "from", "to", "root", "pin"
    side: Side = "start"


@dataclass(frozen=True, slots=True)
class Line:
    """An edge from one point to another, the wider the more it stands for."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    says: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing: its frame, what it shows in words, its lines and points, and what is left out of it."""

    width: int
    height: int
    title: str
    lines: Sequence[Line]
    points: Sequence[Point]
    note: str = ""


def width_of(weight: float, most: float) -> float:
    """Return how wide a line is for its weight, where the largest weight has the widest.

    Examples
    --------
    >>> width_of(1, 1), width_of(1, 100), width_of(100, 100)
    (6.0, 1.75, 6.0)
    """
    share = math.log1p(weight) / math.log1p(most) if most > 0 else 1.0
    return round(_SHORTEST * (1 - share) + _WIDEST * share, 2) if share < 1 else _WIDEST


def cut_label(label: str, most: int) -> str:
    """Return a label that isn't longer than so many characters.

    Examples
    --------
    >>> cut_label("Recipes for winter", 8), cut_label("Recipes", 8)
    ('Recipes…', 'Recipes')
    """
    return label if len(label) <= most else f"{label[: most - 1].rstrip()}…"
