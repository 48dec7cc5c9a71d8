"""The numbers among the settings of PageRank, checked before anything is read; what is no number is named.

Texts are no numbers, as it isn't known how they were meant to be read, and truth values are none either: NumPy and
Python would count with both True and False. Whole numbers are not taken from floats.
"""

import math
from numbers import Integral, Real

import numpy as np

from pagerank.errors import InvalidGraphError, shown

_USUAL_DAMPING = "0.85"
_USUAL_TOLERANCE = "1e-8"


def as_damping(value: object) -> float:
    """Return the damping as a float, from 0 to below 1.

    Examples
    --------
    >>> as_damping(np.float32(0.5))
    0.5
    """
    number = _as_real(value)
    if not 0.0 <= number < 1.0:
        problem = f"damping={shown(value)}; allowed is 0 <= damping < 1, a number"
        raise InvalidGraphError(f"{problem}, usual is {_USUAL_DAMPING}")
    return number


def as_tolerance(value: object) -> float:
    """Return the tolerance as a float, above 0 and finite.

    Examples
    --------
    >>> as_tolerance("1e-8")
    Traceback (most recent call last):
    pagerank.errors.InvalidGraphError: tolerance='1e-8'; allowed is a number above 0, usual is 1e-8
    """
    number = _as_real(value)
    if not 0.0 < number < math.inf:
        problem = f"tolerance={shown(value)}; allowed is a number above 0"
        raise InvalidGraphError(f"{problem}, usual is {_USUAL_TOLERANCE}")
    return number


def as_count(name: str, value: object, least: int, if_none: str) -> int | None:
    """Return a whole number of at least so much, or None, which stands for `if_none`.

    Examples
    --------
    >>> as_count("n_threads", 0, 1, "for all cores")
    Traceback (most recent call last):
    pagerank.errors.InvalidGraphError: n_threads=0; allowed is 1 or more, a whole number, or None for all cores
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        problem = f"{name}={shown(value)}; allowed is {least} or more, a whole number, or None {if_none}"
        raise InvalidGraphError(problem)
    return int(value)


def _as_real(value: object) -> float:
    """Return a number as a float, and NaN, which no setting allows, for what is no number."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        return math.nan
    try:
        return float(value)
    except OverflowError:  # a whole number of more digits than a float holds
        return math.inf
