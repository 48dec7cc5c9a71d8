"""The knobs of a generated pin graph: how big it is, how its structure is planted, how dirty it is.

The defaults follow what was published about Pinterest (32 categories, about 90 % repins: Zhong, Karamshuk and
Sastry, "Predicting Pinterest", 2015); where nothing was published they are ours, and each says why.
"""

import math
from dataclasses import dataclass, fields
from typing import NamedTuple

from joins.errors import DiscoveryError

_MOST = 1_000_000_000  # more rows than one machine holds: a typing error, not a wish

_ALLOWED = {
    "n_pins": (0, _MOST),
    "n_boards": (0, _MOST),
    "n_users": (0, _MOST),
    "n_pictures": (0, _MOST),
    "n_categories": (1, 32),
    "category_concentration": (0.01, 1000),
    "share_second_category": (0, 1),
    "popularity_exponent": (0, 3),
    "board_size_sigma": (0, 4),
    "board_size_follows_quality": (0, 1),
    "share_empty_boards": (0, 0.9),
    "share_idle_users": (0, 0.9),
    "share_on_topic": (0, 1),
    "share_wrong": (0, 1),
    "share_confusable": (0, 1),
    "share_missing": (0, 1),
    "share_repins": (0, 1),
    "quality_sigma": (0, 4),
    "n_parent_candidates": (1, 64),
    "recency": (0.1, 100),
    "share_rewritten": (0, 1),
    "share_without_description": (0, 1),
    "share_without_link": (0, 1),
    "share_tracked_links": (0, 1),
    "n_days": (12, 36_500),  # 12 days have enough milliseconds for a billion pins, each its own
    "dirty_share": (0, 0.2),
}


class GraphShapeError(DiscoveryError, ValueError):
    """A knob of a graph's shape lies outside its range, or two of them contradict each other."""


class GraphSizes(NamedTuple):
    """How many of each a graph has, defaults filled in."""

    n_pins: int
    n_boards: int
    n_users: int
    n_pictures: int
    n_categories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphShape:
    """The shape of a made-up pin graph. `n_pins` drives it: every other knob has a default that fits any size.

    Parameters
    ----------
    n_pins : int
        Pins, 0 to 1e9, default 100,000; the other sizes follow from it.
    n_boards : int or None
        Boards, default one for 25 pins, as boards on the real site hold a few dozen pins.
    n_users : int or None
        Users, default one for 6 boards: enough boards a user to show what the user is about.
    n_pictures : int or None
        Different pictures that can be pinned, default one for 10 pins: with more, 90 % repins are out of reach,
        as the first pin of a picture repins nothing. A few are never pinned.
    n_categories : int or None
        Categories that boards and pictures truly have, 1 to 32; default one for 16 boards, at least 2, so all 32 from
        12,800 pins on: in a small graph each needs enough boards to be told apart. Wrong labels come from all 32.
    category_concentration : float
        Dirichlet parameter of the categories' shares, 0.01 to 1000, default 2: the biggest is then several times the
        median one. Lower is more uneven.
    share_second_category : float
        Share of pictures for which a second category is drawn, 0 to 1, default 0.2: no evidence is pure. A draw of the
        same category again leaves them with one.
    popularity_exponent : float
        Zipf exponent a of picture popularity, rank ** -a, 0 to 3, default 0.8: few pictures are everywhere.
    board_size_sigma : float
        Standard deviation of the logarithm of a board's expected pins, 0 to 4, default 0.8: many small, few huge.
    board_size_follows_quality : float
        Correlation of that logarithm with the board's hidden quality, 0 to 1, default 0.5: well-kept boards grow.
    share_empty_boards : float
        Share of boards made without pins, 0 to 0.9, default 0.04: entities without pins still get their row.
        Small boards may be empty by chance beyond that.
    share_idle_users : float
        Share of users made without boards, 0 to 0.9, default 0.05: some only look.
        Users may be without boards by chance beyond that.
    share_on_topic : float
        Probability that a pin's picture comes from its board's category, else from all, 0 to 1, default 0.75.
    share_wrong : float
        Probability that an owner files a board under a wrong category, 0 to 1, default 0.15.
    share_confusable : float
        Share of wrong labels that are one of the category's three neighbours, 0 to 1, default 0.6: errors have
        structure.
    share_missing : float
        Probability that a board's label, right or wrong, is left out, 0 to 1, default 0.2.
    share_repins : float
        Share of all pins that are repins, 0 to 1, default 0.9 (published). An upper bound: the first pin of a
        picture is never one. Beyond those first pins, others are uploaded anew to meet the share.
    quality_sigma : float
        Standard deviation of the logarithm of a board's hidden quality, 0 to 4, default 1.5. 0 plants no importance.
    n_parent_candidates : int
        Earlier pins a repinner chooses among, 1 to 64, default 8: with more, quality decides more often,
        at some cost in time.
    recency : float
        How strongly recent pins are preferred, 0.1 to 100, default 3. Chains are about ``recency * ln(pins of the
        picture)`` deep: tens for popular pictures. 1 draws from all earlier pins alike.
    share_rewritten : float
        Share of repins with a description of their own, 0 to 1, default 0.15; the others keep their parent's.
    share_without_description : float
        Probability that a written description is empty (null), 0 to 1, default 0.3.
    share_without_link : float
        Probability that an original has no link (null), 0 to 1, default 0.25; repins keep their parent's.
    share_tracked_links : float
        Share of pins at which tracking (``?utm_source=...``) is put on the link, 0 to 1, default 0.05. Repins inherit
        it, so about a quarter of the links carry it.
    n_days : int
        Days before `as_of` in which pins were made, 12 to 36,500, default 365.
    dirty_share : float
        Share of pin rows made bad on purpose, 0 to 0.2, default 0: for tests and demonstrations of the checks.

    Raises
    ------
    GraphShapeError
        If a knob is outside its range, or if pins lack boards or pictures, or boards lack users.

    Examples
    --------
    >>> GraphShape(n_pins=1000).sizes
    GraphSizes(n_pins=1000, n_boards=40, n_users=7, n_pictures=100, n_categories=2)
    """

    n_pins: int = 100_000
    n_boards: int | None = None
    n_users: int | None = None
    n_pictures: int | None = None
    n_categories: int | None = None
    category_concentration: float = 2.0
    share_second_category: float = 0.2
    popularity_exponent: float = 0.8
    board_size_sigma: float = 0.8
    board_size_follows_quality: float = 0.5
    share_empty_boards: float = 0.04
    share_idle_users: float = 0.05
    share_on_topic: float = 0.75
    share_wrong: float = 0.15
    share_confusable: float = 0.6
    share_missing: float = 0.2
    share_repins: float = 0.9
    quality_sigma: float = 1.5
    n_parent_candidates: int = 8
    recency: float = 3.0
    share_rewritten: float = 0.15
    share_without_description: float = 0.3
    share_without_link: float = 0.25
    share_tracked_links: float = 0.05
    n_days: int = 365
    dirty_share: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a knob outside its range, and sizes that contradict each other."""
        for knob in fields(self):
            _check_range(knob.name, getattr(self, knob.name))
        sizes = self.sizes
        for one, other in (("n_pins", "n_boards"), ("n_pins", "n_pictures"), ("n_boards", "n_users")):
            if getattr(sizes, one) and not getattr(sizes, other):
                raise GraphShapeError(
                    f"GraphShape: {one}={getattr(sizes, one):,} needs {other} of at least 1, got 0; "
                    f"leave {other} out to let it follow from n_pins"
                )

    @property
    def sizes(self) -> GraphSizes:
        """Pins, boards, users, pictures and categories, with the defaults filled in."""
        n_boards = math.ceil(self.n_pins / 25) if self.n_boards is None else self.n_boards
        n_users = math.ceil(n_boards / 6) if self.n_users is None else self.n_users
        n_pictures = math.ceil(self.n_pins / 10) if self.n_pictures is None else self.n_pictures
        n_categories = min(max(n_boards // 16, 2), 32) if self.n_categories is None else self.n_categories
        return GraphSizes(self.n_pins, n_boards, n_users, n_pictures, n_categories)


def _check_range(name: str, value: float | None) -> None:
    low, high = _ALLOWED[name]
    if value is None and name in GraphSizes._fields[1:]:
        return
    whole = not name.startswith("n_") or isinstance(value, int)
    if not isinstance(value, int | float) or not whole or not low <= value <= high:
        kind = "a whole number" if name.startswith("n_") else "a number"
        raise GraphShapeError(f"GraphShape: {name}={value!r}; {kind} from {low:,} to {high:,} is allowed")
