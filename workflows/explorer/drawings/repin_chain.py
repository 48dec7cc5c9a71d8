"""A repin chain as a tree from left to right: its root first, each repin right of the pin it was saved from."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows.explorer.drawings.drawing import Drawing, Line, Point

MOST_PINS = 60
_WIDTH, _ROW, _MARGIN = 960, 22, 20
_WIDEST_STEP = 140
_RADIUS, _ROOT_RADIUS = 6.0, 9.0


@dataclass(frozen=True, slots=True)
class ChainPin:
    """What is said of a pin of a chain, and where it leads to."""

    says: str
    href: str


def draw_chain(root: int, edges: Sequence[tuple[int, int]], pins: Mapping[int, ChainPin]) -> Drawing:
    """Draw a chain.

    Parameters
    ----------
    root
        The pin that it began with.
    edges
        Pin and the pin it was saved from; a tree below the root.
    pins
        What is said of each pin.

    Returns
    -------
    Drawing
        The `MOST_PINS` pins that are nearest to the root, those of equal depth by their id.
    """
    children = defaultdict[int, list[int]](list)
    for pin, parent in sorted(edges):
        children[parent].append(pin)
    depths = _nearest(root, children)
    shown = {pin: [child for child in children[pin] if child in depths] for pin in depths}
    rows = _rows(root, shown)
    deepest = max(depths.values())
    step = min(_WIDEST_STEP, (_WIDTH - 2 * _MARGIN) / max(deepest, 1))
    height = int(2 * _MARGIN + _ROW * (max(rows.values()) + 1))
    places = {
        pin: (round(_MARGIN + depths[pin] * step, 1), round(_MARGIN + (rows[pin] + 0.5) * _ROW, 1)) for pin in depths
    }
    lines = [Line(*places[pin], *places[child], 1.5) for pin, below in shown.items() for child in below]
    points = [_point(pin, *places[pin], pins, is_root=pin == root) for pin in depths]
    n_all = len(edges) + 1
    note = f"The {len(depths)} pins nearest to the root of {n_all:,} are drawn." if n_all > len(depths) else ""
    title = f"A repin chain of {n_all:,} pins, from its root at the left"
    return Drawing(_WIDTH, height, title, lines, points, note)


def _nearest(root: int, children: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """Return the depth of the pins nearest to the root; a pin that was seen is passed over."""
    depths, row = {root: 0}, [root]
    while row and len(depths) < MOST_PINS:
        below = sorted({child for pin in row for child in children.get(pin, ())} - depths.keys())
        row = below[: MOST_PINS - len(depths)]
        depths |= dict.fromkeys(row, max(depths.values()) + 1)
    return depths


def _rows(root: int, children: Mapping[int, Sequence[int]]) -> dict[int, float]:
    """Return the row of each pin: leaves below each other, a pin in the middle of its children."""
    rows, n_leaves, waiting = dict[int, float](), 0, [(root, False)]
    while waiting:
        pin, is_done = waiting.pop()
        below = children[pin]
        if is_done:
            rows[pin] = (rows[below[0]] + rows[below[-1]]) / 2
        elif below:
            waiting.append((pin, True))
            waiting += [(child, False) for child in reversed(below)]
        else:
            rows[pin] = float(n_leaves)
            n_leaves += 1
    return rows


def _point(pin: int, x: float, y: float, pins: Mapping[int, ChainPin], *, is_root: bool) -> Point:
    said = pins.get(pin, ChainPin(f"pin {pin}", ""))
    kind, radius = ("root", _ROOT_RADIUS) if is_root else ("pin", _RADIUS)
    return Point(x, y, radius, "", said.href, said.says, kind, "middle")
