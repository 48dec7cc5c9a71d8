"""The neighbours of a board in the repin graph.

At the left stand the boards it saves from, at the right those that save from it, the strongest edges first. A board may
stand on both sides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from workflows.explorer.drawings.drawing import Drawing, Line, Point, Side, cut_label, width_of
from workflows.pages.words import count

MOST_NEIGHBOURS = 50
_WIDTH, _ROW, _MARGIN = 960, 26, 24
_LEFT, _MIDDLE, _RIGHT = 300, 480, 660
_RADIUS, _CENTRE_RADIUS = 6.0, 14.0
_MOST_LABEL = 38


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A board beside another one: how many pins were saved along the edge."""

    board_id: int
    name: str
    n_repins: int
    href: str


def draw_neighbours(centre: str, sources: Sequence[Neighbour], savers: Sequence[Neighbour]) -> Drawing:
    """Draw the edges of a board.

    Parameters
    ----------
    centre
        Name of the board.
    sources
        Boards that it saves from.
    savers
        Boards that save from it.

    Returns
    -------
    Drawing
        With at most `MOST_NEIGHBOURS` neighbours, shared between both sides by how many there are.
    """
    left, right = _shown(sources, len(savers)), _shown(savers, len(sources))
    n_rows = max(len(left), len(right), 1)
    height = 2 * _MARGIN + _ROW * n_rows
    most = max([one.n_repins for one in (*left, *right)], default=1)
    lines, points = list[Line](), [Point(_MIDDLE, height / 2, _CENTRE_RADIUS, "", "", centre, "centre", "middle")]
    for side, x, shown in (("from", _LEFT, left), ("to", _RIGHT, right)):
        top = (height - _ROW * len(shown)) / 2 + _ROW / 2
        for number, one in enumerate(shown):
            y = top + number * _ROW
            lines.append(_line(x, y, height / 2, one, most, side))
            points.append(_point(x, y, one, side))
    left_out = len(sources) + len(savers) - len(left) - len(right)
    saving = "1 board saves" if len(savers) == 1 else f"{len(savers):,} boards save"
    title = f"{centre} saves from {count(len(sources), 'board')}, and {saving} from it"
    note = f"{left_out:,} more neighbours with fewer repins are not drawn." if left_out else ""
    return Drawing(_WIDTH, height, title, lines, points, note)


def _shown(those: Sequence[Neighbour], n_others: int) -> list[Neighbour]:
    """Return the strongest; a side that has fewer than half leaves its room to the other."""
    half = MOST_NEIGHBOURS // 2
    room = max(half, MOST_NEIGHBOURS - n_others)
    return sorted(those, key=lambda one: (-one.n_repins, one.board_id))[:room]


def _line(x: float, y: float, middle: float, one: Neighbour, most: int, side: str) -> Line:
    says = f"{one.n_repins:,} {'repin' if one.n_repins == 1 else 'repins'}"
    width = width_of(one.n_repins, most)
    if side == "from":
        return Line(x, y, _MIDDLE - _CENTRE_RADIUS, middle, width, says)
    return Line(_MIDDLE + _CENTRE_RADIUS, middle, x, y, width, says)


def _point(x: float, y: float, one: Neighbour, side: str) -> Point:
    which = "saves from it" if side == "to" else "it saves from"
    says = f"{one.name}: {which}, {one.n_repins:,} pins"
    label_side: Side = "end" if side == "from" else "start"
    label = f"{cut_label(one.name, _MOST_LABEL)} · {one.n_repins:,}"
    return Point(x, y, _RADIUS, label, one.href, says, side, label_side)
