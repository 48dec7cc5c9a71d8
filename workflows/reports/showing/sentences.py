"""What a run report says in sentences: how values are spread, what was corrected, how pictures turned out.

Each is whole for any count: nothing, one, or a million.
"""

from collections.abc import Iterator
from typing import Any

from joins.shown_text import count_text
from workflows.pages.words import number, significant
from workflows.pages.words import share as in_percent

Report = dict[str, Any]

_ONE = {"pictures": "picture", "boards": "board", "users": "user"}
_STATUSES = {"ok": "signed", "flat": "next to blank"}


def sentences_of(report: Report) -> dict[str, list[str]]:
    """Return the sentences of each section; none where it has no data."""
    ranks, sizes, chains = report["ranks"].get("distribution"), report["sizes"], report["chains"]
    return {
        "changes": [] if "missing" in report["changes"] else [compared(report)],
        "ranks": [spread("PageRank", ranks, "board")] if ranks and ranks["at_least"] else [],
        "sizes": [
            spread("Pins", one, _ONE[group]) for group, one in sizes.items() if group in _ONE and one["at_least"]
        ],
        "chains": [chained(chains["n_chains"], chains["n_pins"])] if chains.get("n_chains") else [],
        "categories": list(corrected(report["categories"])),
        "pictures": [] if "missing" in report["pictures"] else [turned_out(report["pictures"])],
    }


def compared(report: Report) -> str:
    """Return what a version is compared with."""
    before = report["changes"]["before"]
    why = ", of the same date, as no earlier one is published" if before["date"] == report["date"] else ""
    return f"Compared with date {before['date']}, iteration {before['iteration']}{why}."


def spread(measure: str, found: Report, what: str) -> str:
    """Return what a distribution comes to.

    Examples
    --------
    >>> found = {"n": 200, "n_zero": 3, "median": 2, "of_99_percent_at_most": 40, "largest": 90, "n_top": 2,
    ...          "top_percent_share": 0.3}
    >>> print(spread("Pins", found, "picture"))
    Pins of 200 pictures: half have at most 2, 99 % at most 40, the first 90; 3 have none. The first 2 hold 30 % of all.
    >>> spread("Pins", found | {"n": 1, "n_zero": 0}, "picture")
    'Pins of 1 picture: 90.'
    """
    half, most, largest = (
        number(value) if isinstance(value, int) else significant(value, 3)
        for value in (found["median"], found["of_99_percent_at_most"], found["largest"])
    )
    begun = f"{measure} of {count_text(found['n'], what)}"
    if found["n"] == 1:
        return f"{begun}: {largest}."
    zero = f"; {found['n_zero']:,} {'has' if found['n_zero'] == 1 else 'have'} none" if found["n_zero"] else ""
    first = "The first holds" if found["n_top"] == 1 else f"The first {found['n_top']:,} hold"
    return (
        f"{begun}: half have at most {half}, 99 % at most {most}, the first {largest}{zero}. "
        f"{first} {in_percent(found['top_percent_share'])} of all."
    )


def chained(n_chains: int, n_pins: int) -> str:
    """Return how many pins the repin chains have.

    Examples
    --------
    >>> chained(1, 2), chained(3, 1200)
    ('1 chain of at least one repin has 2 pins.', '3 chains of at least one repin have 1,200 pins.')
    """
    has = "has" if n_chains == 1 else "have"
    return f"{count_text(n_chains, 'chain')} of at least one repin {has} {count_text(n_pins, 'pin')}."


def corrected(categories: Report) -> Iterator[str]:
    """Yield how many boards owners filed, how many were corrected, and what the correction says of itself."""
    if "missing" in categories:
        return
    n_changed, n_filled, n_unknown = (categories[name] or 0 for name in ("n_changed", "n_filled", "n_unknown"))
    filled = f"{n_filled:,} without one {'was' if n_filled == 1 else 'were'} given one"
    yield (
        f"Owners filed {categories['n_labelled']:,} of {count_text(categories['n_boards'], 'board')} under a category. "
        f"{n_changed:,} of these {'was' if n_changed == 1 else 'were'} corrected, {filled}, and {n_unknown:,} "
        f"{'has' if n_unknown == 1 else 'have'} none still."
    )
    fit = categories["fit"]
    if fit:
        yield f"About {in_percent(fit['error_rate'])} of what owners filed is wrong, as the correction has it."
        yield f"{fit['trial']}; {fit['why']}."


def turned_out(pictures: Report) -> str:
    """Return how the pictures that came without a signature turned out.

    Examples
    --------
    >>> turned_out({"n_images": 12, "statuses": {"ok": 10, "missing": 2}})
    '12 pictures came without a signature: 10 signed, 2 missing.'
    """
    words = ", ".join(
        f"{n:,} {_STATUSES.get(name, name).replace('_', ' ')}" for name, n in pictures["statuses"].items()
    )
    return f"{count_text(pictures['n_images'], 'picture')} came without a signature{f': {words}' if words else ''}."
