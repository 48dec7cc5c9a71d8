"""Plain data of reports: bounded texts, sections that say why they are empty, and rows of tables as dicts."""

from collections.abc import Callable, Mapping

import pyarrow as pa

from joins.errors import DiscoveryError
from joins.uri_secrets import without_secrets

Plain = dict[str, object]  # what JSON holds
MOST_TEXT = 240  # characters of a text from data
MOST_NAME = 60  # of the name of a category or key, as tables have them
MOST_LONG_TEXT = 600  # of any text at all
_CUT = "…"


def bounded(text: str, most: int = MOST_TEXT) -> str:
    """Return a text that is no longer than allowed, cut where it is, and without the secrets of addresses.

    Examples
    --------
    >>> bounded("a" * 300, 10), bounded("short")
    ('aaaaaaaaa…', 'short')
    """
    kept = without_secrets(text)
    return kept if len(kept) <= most else kept[: most - len(_CUT)] + _CUT


def all_bounded(value: object) -> object:
    """Return plain data in which no text is longer than allowed, however deep it lies.

    Examples
    --------
    >>> all_bounded({"rows": [("b" * 900, 1)]})["rows"][0][0][-3:]
    'bb…'
    """
    if isinstance(value, str):
        return bounded(value, MOST_LONG_TEXT)
    if isinstance(value, Mapping):
        return {all_bounded(name): all_bounded(one) for name, one in value.items()}
    return [all_bounded(one) for one in value] if isinstance(value, list | tuple) else value


def missing(why: str) -> Plain:
    """Return a section without data, and why."""
    return {"missing": why}


def section(gather: Callable[[], Plain]) -> Plain:
    """Return what a section tells; where its data can't be read, that, and the others go on."""
    try:
        return gather()
    except (DiscoveryError, OSError, pa.ArrowException) as error:
        return missing(f"It can't be told, as what it is read from is lost or damaged: {bounded(str(error))}")


def share(part: float, whole: float) -> float | None:
    """Return a share with six digits; None of nothing.

    Examples
    --------
    >>> share(1, 3), share(1, 0)
    (0.333333, None)
    """
    return round(part / whole, 6) if whole else None
