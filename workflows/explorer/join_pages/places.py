"""Where a row stands among all rows of its join, in words: its place, its percentile, its share of the whole."""

from typing import cast

from storage_tiers.reading import Row
from workflows.pages.cells import Cell
from workflows.pages.words import number, share, significant

_OF_ALL = {"page_rank": "PageRank", "importance": "importance"}


def place_facts(row: Row, field: str, many: str) -> list[tuple[str, object]]:
    """Return what a row's importance is, and where that stands.

    Parameters
    ----------
    row
        With ``rank_order`` (from 1) and ``percentile`` (0 to 1).
    field
        ``page_rank`` or ``importance``, which sum to 1 over all rows.
    many
        What the rows are, for people.

    Examples
    --------
    >>> row = {"importance": 0.002, "rank_order": 3, "percentile": 0.9996}
    >>> [(name, cell.words) for name, cell in place_facts(row, "importance", "pictures")]
    [('importance', '0.002'), ('place', '3 of all pictures'), ('no more important', 'over 99.9 % of pictures')]
    """
    value, place = cast("float | None", row[field]), cast("int | None", row["rank_order"])
    percentile = cast("float | None", row["percentile"])
    return [
        (_OF_ALL[field], Cell(value, words=significant(value))),
        ("place", Cell(place, words=f"{number(place)} of all {many}")),
        ("no more important", Cell(percentile, words=f"{share(percentile)} of {many}")),
    ]
