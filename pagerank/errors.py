"""What this package raises: one base class, one subclass for what a caller gave and one for what a solver met."""

from joins.errors import DiscoveryError


class PageRankError(DiscoveryError, ValueError):
    """Base of every error of this package."""


class InvalidGraphError(PageRankError):
    """Edges, nodes, weights or settings that no PageRank is defined for; the message names the first one."""


class NotConvergedError(PageRankError):
    """The sweeps ended before the asked tolerance was proved; the message says how far they came."""
