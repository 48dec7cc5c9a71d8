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
    """Return a time of the JSON to the minute."""
    return moment(dt.datetime.fromisoformat(text)).removesuffix(" UTC") if text else None


def small(n: float | None) -> Cell:
    """Return a number that may be very small, with its first digits."""
    return Cell(n, words=significant(n))


def percent(part: float | None) -> float | None:
    """Return a share as a number of percent, which its column names."""
    return None if part is None else round(100 * part, 1)
