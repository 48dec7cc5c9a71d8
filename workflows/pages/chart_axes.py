"""The axes of charts: titles with units, room for labels of any length, and ticks that are whole where values are.

A title stands off the labels of its axis, and Plotly widens the margin by what both need, so that a long label and a
rotated title never meet. How much of a narrow page labels may take is for the page's script to say.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from workflows.pages.words import number, significant

Layout = dict[str, Any]  # of Plotly's JSON

_STANDOFF_PX = 14  # between the labels of an axis and its title
_FEW = 12  # whole steps up to which each has a tick
_MOST_TICKS = 7
_DECADES = 2  # from which on powers of ten are ticks enough
_LARGE = 1e7  # counts from here on are written as powers of ten


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: what it shows, in which unit, and whether equal factors are equal steps on it."""

    title: str
    unit: str = ""
    is_log: bool = False

    @property
    def words(self) -> str:
        """What stands beside the axis."""
        scale = ", log scale" if self.is_log else ""
        return f"{self.title} ({self.unit}{scale})" if self.unit else f"{self.title}{' (log scale)' if scale else ''}"


def axis_layout(axis: Axis, values: Iterable[object] = (), *, is_of_bars: bool = False) -> Layout:
    """Return an axis as Plotly has it.

    Parameters
    ----------
    axis
        What it shows.
    values
        What lies on it; texts, and what isn't there, choose no ticks.
    is_of_bars
        Whether bars end on it: on a log scale it begins below the shortest then, which else would have no height.
    """
    made: Layout = {"title": {"text": axis.words, "standoff": _STANDOFF_PX}, "automargin": True}
    numbers = [float(one) for one in values if isinstance(one, int | float) and math.isfinite(one)]
    if axis.is_log:
        return made | _log_layout([one for one in numbers if one > 0], is_of_bars=is_of_bars)
    is_whole = bool(numbers) and all(one.is_integer() for one in numbers)
    few = is_whole and max(*numbers, 0) - min(*numbers, 0) <= _FEW
    return made | ({"tick0": 0, "dtick": 1} if few else {})  # half a pin is none


def log_ticks(low: float, high: float) -> list[float]:
    """Return the ticks of a log scale between two values: powers of ten, or 1, 2 and 5 of each; none for near values.

    Examples
    --------
    >>> log_ticks(1, 3000), log_ticks(0.02, 0.3)
    ([1.0, 10.0, 100.0, 1000.0], [0.02, 0.05, 0.1, 0.2])
    >>> log_ticks(1e-14, 1)[:3], log_ticks(7, 8)
    ([1e-14, 1e-11, 1e-08], [])
    """
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    if math.log10(high / low) >= _DECADES:
        step = math.ceil((last - first + 1) / _MOST_TICKS)
        found = [float(f"1e{power}") for power in range(first, last + 1, step)]
    else:
        found = [float(f"{digit}e{power}") for power in range(first, last + 1) for digit in (1, 2, 5)]
    within = [one for one in found if low * (1 - 1e-9) <= one <= high * (1 + 1e-9)]
    return within if len(within) > 1 else []


def unique_labels(labels: Sequence[str]) -> list[str]:
    """Return labels of which no two are equal, as an axis would lay equal ones over each other in silence.

    Examples
    --------
    >>> unique_labels(["art", "food", "art"])
    ['art', 'food', 'art (2)']
    """
    taken, found = set(labels), list[str]()
    for label in labels:
        made = label
        if label in found:
            made = next(one for one in (f"{label} ({n})" for n in count(2)) if one not in taken)
            taken.add(made)
        found.append(made)
    return found


def _log_layout(positive: Sequence[float], *, is_of_bars: bool) -> Layout:
    made: Layout = {"type": "log", "tickformat": "~g"}  # raised digits need a style that CSP forbids
    if not positive:
        return made
    low, high = min(positive), max(positive)
    ticks = log_ticks(low, high)
    if ticks:
        made |= {"tickmode": "array", "tickvals": ticks, "ticktext": list(map(_tick, ticks))}
    if is_of_bars:
        made |= {"range": [math.log10(low / 2), math.log10(high * 1.25)]}
    return made


def _tick(value: float) -> str:
    return number(int(value)) if 1 <= value < _LARGE else significant(value)
