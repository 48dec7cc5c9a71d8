"""What this package raises: one base class, one subclass for what a caller gave and one for what a solver met."""

import reprlib

from joins.errors import DiscoveryError

_MOST_PARTS = 4
_MOST_CHARACTERS = 60


class PageRankError(DiscoveryError, ValueError):
    """Base of every error of this package."""


class InvalidGraphError(PageRankError):
    """Edges, nodes, weights or settings that no PageRank is defined for; the message names the first one."""


class NotConvergedError(PageRankError):
    """The sweeps ended before the asked tolerance was proved; the message says how far they came."""


def shown(value: object) -> str:
    """Return how a given value is written in a message: in full if it is short, else by its first parts.

    Examples
    --------
    >>> shown((1, 2)), shown(list(range(100_000)))
    ('(1, 2)', '[0, 1, 2, 3, ...]')
    """
    short = reprlib.Repr()
    short.maxlist = short.maxtuple = short.maxset = short.maxdict = _MOST_PARTS
    short.maxstring = short.maxlong = short.maxother = _MOST_CHARACTERS
    short.maxlevel = 3  # of what stands in one another
    return short.repr(value)
