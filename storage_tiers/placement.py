"""Where a dataset is placed: which variant of it goes into a tier, and how many bytes it may take there.

It is written as one word: ``pin_joins``, ``pin_joins/full``, ``pin_joins/light:500MB``.
"""

import re
from dataclasses import dataclass

from storage_tiers.versioned.versions import Variant

_WRITTEN = re.compile(
    r"(?P<dataset>[a-z][a-z_]*)(/(?P<variant>full|light))?(:(?P<number>\d+(\.\d+)?)(?P<unit>[kMGT]?B))?"
)
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


@dataclass(frozen=True, slots=True)
class Placement:
    """A dataset in a tier."""

    dataset: str
    variant: Variant | None = None  # None: the tier's own, or full where the dataset has no other
    budget_bytes: int | None = None  # None: as many as it takes

    def __str__(self) -> str:
        variant = f"/{self.variant}" if self.variant else ""
        return f"{self.dataset}{variant}{'' if self.budget_bytes is None else f':{_written(self.budget_bytes)}'}"


def read_placement(text: str) -> Placement:
    """Read a placement from its word; a ValueError says that it is none.

    Examples
    --------
    >>> read_placement("pin_joins/light:500MB")
    Placement(dataset='pin_joins', variant='light', budget_bytes=500000000)
    >>> str(read_placement("board_joins:1.5GB"))
    'board_joins:1500MB'
    """
    found = _WRITTEN.fullmatch(text)
    if not found:
        raise ValueError(text)
    budget = round(float(found["number"]) * _UNITS[found["unit"]]) if found["number"] else None
    if budget == 0:
        raise ValueError(text)  # a dataset of no bytes is one that isn't named
    variant: Variant | None = "full" if found["variant"] == "full" else "light" if found["variant"] else None
    return Placement(found["dataset"], variant, budget)


def _written(n_bytes: int) -> str:
    """Return a number of bytes in the largest unit that it is a whole number of."""
    unit = next(unit for unit, size in reversed(_UNITS.items()) if n_bytes % size == 0)
    return f"{n_bytes // _UNITS[unit]}{unit}"
