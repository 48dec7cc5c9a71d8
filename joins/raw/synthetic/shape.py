"""The knobs of a generated pin graph: how big it is, how its structure is planted, how dirty it is.

The defaults follow what was published about Pinterest (32 categories, about 90 % repins: Zhong, Karamshuk and
Sastry, "Predicting Pinterest", 2015); where nothing was published they are ours, and each says why.
"""

import math
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from joins.errors import DiscoveryError

_MOST = 1_000_000_000  # more rows than one machine holds: a typing error, not a wish


class GraphShapeError(DiscoveryError, ValueError):
    """A knob of a graph's shape lies outside its range, or two of them contradict each other."""


class GraphSizes(NamedTuple):
    """How many of each a graph has, defaults filled in."""

    n_pins: int
    n_boards: int
    n_users: int
    n_pictures: int
    n_categories: int


def _knob(default: float | None, low: float, high: float, meaning: str) -> Any:  # noqa: ANN401 - as dataclasses.field
    return field(default=default, metadata={"allowed": (low, high), "meaning": meaning})


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphShape:
    """The shape of a made-up pin graph; `n_pins` drives it, as every other knob has a default that fits any size.

    Each knob is declared once, below: default, least and greatest value, meaning. A size of None follows from `n_pins`.

    Raises
    ------
    GraphShapeError
        If a knob is outside its range, or if pins lack boards or pictures, or boards lack users.

    Examples
    --------
    >>> GraphShape(n_pins=1000).sizes
    GraphSizes(n_pins=1000, n_boards=40, n_users=7, n_pictures=100, n_categories=2)
    """

    # fmt: off
    n_pins: int = _knob(100_000, 0, _MOST, "pins; the other sizes follow from it")
    n_boards: int | None = _knob(None, 0, _MOST, "boards; one for 25 pins, as on the real site they hold a few dozen")
    n_users: int | None = _knob(None, 0, _MOST, "users; one for 6 boards, which is enough to show what a user is about")
    n_pictures: int | None = _knob(
        None, 0, _MOST, "different pictures that can be pinned, a few of them never; one for 10 pins: with more, 90 % "
        "repins are out of reach, as the first pin of a picture repins nothing")
    n_categories: int | None = _knob(
        None, 1, 32, "categories that boards and pictures truly have; one for 16 boards, at least 2, all 32 from "
        "12,800 pins on: each needs enough boards to be told apart. Wrong labels come from all 32")
    category_concentration: float = _knob(
        2.0, 0.01, 1000, "Dirichlet parameter of the categories' shares: at 2 the biggest is several times the median")
    share_second_category: float = _knob(
        0.2, 0, 1, "share of pictures for which a second category is drawn, perhaps the same: no evidence is pure")
    popularity_exponent: float = _knob(
        0.8, 0, 3, "Zipf exponent a of picture popularity, rank ** -a: few pictures are everywhere")
    board_size_sigma: float = _knob(
        0.8, 0, 4, "standard deviation of the logarithm of a board's expected pins: many small, few huge")
    board_size_follows_quality: float = _knob(
        0.5, 0, 1, "correlation of that logarithm with the board's hidden quality: well-kept boards grow")
    share_empty_boards: float = _knob(
        0.04, 0, 0.9, "share of boards made without pins, beside those empty by chance: they still get their row")
    share_idle_users: float = _knob(
        0.05, 0, 0.9, "share of users made without boards, beside those without by chance: some only look")
    share_on_topic: float = _knob(
        0.75, 0, 1, "probability that a pin's picture comes from its board's category, else from all")
    share_wrong: float = _knob(0.15, 0, 1, "probability that an owner files a board under a wrong category")
    share_confusable: float = _knob(
        0.6, 0, 1, "share of wrong labels that are one of the category's three neighbours: errors have structure")
    share_missing: float = _knob(0.2, 0, 1, "probability that a board's label, right or wrong, is left out")
    share_repins: float = _knob(
        0.9, 0, 1, "share of all pins that are repins (published), at most: the first pin of a picture is never one, "
        "and others are uploaded anew to meet the share")
    quality_sigma: float = _knob(
        1.5, 0, 4, "standard deviation of the logarithm of a board's hidden quality; 0 plants no importance")
    n_parent_candidates: int = _knob(
        8, 1, 64, "earlier pins a repinner chooses among: with more, quality decides more often, at some cost in time")
    recency: float = _knob(
        3.0, 0.1, 100, "how strongly recent pins are preferred; 1 draws from all earlier pins alike. Chains are about "
        "recency * ln(pins of the picture) deep: tens for popular pictures")
    share_rewritten: float = _knob(
        0.15, 0, 1, "share of repins with a description of their own; the others keep their parent's")
    share_without_description: float = _knob(0.3, 0, 1, "probability that a written description is empty (null)")
    share_without_link: float = _knob(
        0.25, 0, 1, "probability that an original has no link (null); repins keep their parent's")
    share_tracked_links: float = _knob(
        0.05, 0, 1, "share of pins at which tracking (?utm_source=...) is put on the link; repins inherit it, so about "
        "a quarter of the links carry it")
    n_days: int = _knob(  # 12 days have enough milliseconds for a billion pins, each its own
        365, 12, 36_500, "days before the snapshot's in which pins were made")
    dirty_share: float = _knob(0.0, 0, 0.2, "share of pin rows made bad on purpose, to see what the checks find")
    # fmt: on

    def __post_init__(self) -> None:
        """Refuse a knob outside its range, and sizes that contradict each other."""
        for knob in fields(self):
            _check_range(knob.name, getattr(self, knob.name), *knob.metadata["allowed"])
        sizes = self.sizes
        for one, other in (("n_pins", "n_boards"), ("n_pins", "n_pictures"), ("n_boards", "n_users")):
            if getattr(sizes, one) and not getattr(sizes, other):
                raise GraphShapeError(
                    f"{one}={getattr(sizes, one):,} needs {other} of at least 1, got 0",
                    where="GraphShape",
                    remedy=f"leave {other} out to let it follow from n_pins",
                )

    @property
    def sizes(self) -> GraphSizes:
        """Pins, boards, users, pictures and categories, with the defaults filled in."""
        n_boards = math.ceil(self.n_pins / 25) if self.n_boards is None else self.n_boards
        n_users = math.ceil(n_boards / 6) if self.n_users is None else self.n_users
        n_pictures = math.ceil(self.n_pins / 10) if self.n_pictures is None else self.n_pictures
        n_categories = min(max(n_boards // 16, 2), 32) if self.n_categories is None else self.n_categories
        return GraphSizes(self.n_pins, n_boards, n_users, n_pictures, n_categories)


def _check_range(name: str, value: float | None, low: float, high: float) -> None:
    if value is None and name in GraphSizes._fields[1:]:
        return
    whole = not name.startswith("n_") or isinstance(value, int)
    if not isinstance(value, int | float) or not whole or not low <= value <= high:
        kind = "a whole number" if name.startswith("n_") else "a number"
        raise GraphShapeError(f"{name}={value!r}; {kind} from {low:,} to {high:,} is allowed", where="GraphShape")
