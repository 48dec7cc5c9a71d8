"""Columns and cells that the tables of a run report share: sizes, times and small numbers in words."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from workflows.pages.cells import Cell, Column
from workflows.pages.words import moment, n_bytes, significant

Section = dict[str, Any]  # of a report
Names = Mapping[str, str]  # of boards, by their ids as texts


def number(name: str, unit: str = "", meaning: str = "") -> Column:
    """Return a column of numbers."""
    return Column(name, unit, is_number=True, meaning=meaning)


def size(n: int | None) -> Cell:
    """Return a number of bytes in words, sorted as such."""
    return Cell(n, words=n_bytes(n))


def time_of(text: str | None) -> str | None:
    """Return a time of the JSON to the minute.

    Examples
    --------
    >>> time_of("2026-11-21T03:04:05.123+00:00"), time_of(None)
    ('2026-11-21 03:04', None)
    """
    return moment(dt.datetime.fromisoformat(text)).removesuffix(" UTC") if text else None


def small(n: float | None) -> Cell:
    """Return a number that may be very small, with its first digits."""
    return Cell(n, words=significant(n))


def percent(part: float | None) -> float | None:
    """Return a share as a number of percent, which its column names."""
    return None if part is None else round(100 * part, 1)


def moved(places: int) -> Cell:
    """Return by how many places something moved: up is positive."""
    return Cell(places, words=f"up {places:,}" if places > 0 else f"down {-places:,}")


def proved(is_proved: bool | None) -> Cell | None:
    """Return whether ranks are proved to their tolerance; None where that isn't recorded."""
    if is_proved is None:
        return None
    return Cell("yes", kind="good") if is_proved else Cell("no", kind="bad")
