"""The bins of histograms: edges in equal steps or factors, or between whole numbers, and what a bin holds in words."""

import math

_MOST_BINS = 60


def bins(low: float, high: float, n_bins: int = 30, *, is_log: bool = False) -> list[float]:
    """Return edges that part a range into equal steps, or into equal factors.

    Examples
    --------
    >>> bins(0, 10, 2), bins(1, 100, 2, is_log=True)
    ([0.0, 5.0, 10.0], [1.0, 10.0, 100.0])
    """
    n_bins = max(1, min(n_bins, _MOST_BINS))
    if not high > low:
        return [float(low), float(low) + (abs(low) or 1)]
    if is_log and low > 0:
        factor = (high / low) ** (1 / n_bins)
        return [low * factor**step for step in range(n_bins)] + [float(high)]
    return [low + (high - low) * step / n_bins for step in range(n_bins)] + [float(high)]


def whole_bins(low: float, high: float, n_bins: int = 30, *, is_log: bool = False) -> list[float]:
    """Return edges between whole numbers, so that each bin holds equally many, or twice as many as the one before.

    Examples
    --------
    >>> whole_bins(1, 4), whole_bins(1, 100, 4)
    ([0.5, 1.5, 2.5, 3.5, 4.5], [0.5, 25.5, 50.5, 75.5, 100.5])
    >>> whole_bins(1, 10, is_log=True)
    [0.5, 1.5, 2.5, 4.5, 8.5, 16.5]
    """
    edges = [low - 0.5]
    if is_log and low > 0:
        edges += [2.0**power + 0.5 for power in range(int(high).bit_length() + 1) if 2**power >= low]
        return edges[: next(place for place, edge in enumerate(edges) if edge > high) + 1]
    step = math.ceil((high - low + 1) / max(1, min(n_bins, _MOST_BINS)))
    while edges[-1] < high:
        edges.append(edges[-1] + step)
    return edges


def range_in_words(low: float, high: float) -> str:
    """Return what a bin holds; one between halves holds whole numbers.

    Examples
    --------
    >>> range_in_words(0.5, 1.5), range_in_words(2.5, 4.5), range_in_words(0.1, 0.25)
    ('1', '3 to 4', '0.1 to 0.25')
    """
    if all((edge - 0.5).is_integer() for edge in (low, high)):
        first, last = low + 0.5, high - 0.5
        return f"{first:,.0f}" if first == last else f"{first:,.0f} to {last:,.0f}"
    return f"{low:,.6g} to {high:,.6g}"
